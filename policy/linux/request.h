/* SPDX-License-Identifier: MIT */
/*
 * request: what a kernel makes of the classes of `crashkernel=` before it searches, as its row
 * says. Internal to policy/linux/.
 */
#ifndef LIFEBOAT_POLICY_LINUX_REQUEST_H
#define LIFEBOAT_POLICY_LINUX_REQUEST_H

#include "policy/linux/crashkernel.h"
#include "policy/linux/reserve_step.h"

/* All sizes in bytes. */
struct reserve_request {
	uint64_t asked;    /* for the main region, as the command line has it */
	uint64_t size;     /* the same, rounded to a page where the row says so; > 0 */
	uint64_t offset;   /* 0: automatic */
	uint64_t low_size; /* to go with a main region above low memory; 0: none */
	uint64_t cma_size; /* 0: none */
	bool low_implied;  /* low_size is the kernel's default */
	bool high;         /* `,high` decided */
};

/* Reads the last occurrence of the class; logs the parser's message, if there is one. */
struct lb_crashkernel_value reserve_read(
	struct reserve_run *run, enum lb_crashkernel_class class_);

/*
 * Reads the whole request, class by class in the kernel's order, which is that of the messages.
 * False: the kernel gives up, and reserves nothing. A malformed `,cma` is complained about, and
 * its size used.
 */
bool LB_MUST_CHECK reserve_read_request(struct reserve_run *run, struct reserve_request *ret);

/* Reads `,low`, or takes the row's default where it is absent. False: it is malformed, and a
 * kernel that reads it early gives up. */
bool LB_MUST_CHECK reserve_read_low(struct reserve_run *run, struct reserve_request *request);

/* Low memory that nobody asked for, of the row's default size. */
void reserve_imply_low(const struct reserve_run *run, struct reserve_request *request);

#endif
