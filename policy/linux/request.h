/* SPDX-License-Identifier: MIT */
/*
 * request: what a kernel makes of the classes of `crashkernel=` before it searches, as its row
 * says. Internal to policy/linux/.
 */
#ifndef LIFEBOAT_POLICY_LINUX_REQUEST_H
#define LIFEBOAT_POLICY_LINUX_REQUEST_H

#include "policy/linux/crashkernel.h"
#include "policy/linux/reserve_step.h"

/*
 * The request as this kernel understands it. All sizes in bytes. Whatever the age:
 *   - a plain value and `,high` never count both; `,low` only ever goes with a region above low
 *     memory; `,cma` is on top of either
 *   - an offset comes only with a plain value
 */
struct reserve_request {
	uint64_t asked;    /* for the main region, as the command line has it */
	uint64_t size;     /* the same, rounded to a page where the row says so; > 0 */
	uint64_t offset;   /* 0: automatic */
	uint64_t low_size; /* to go with a main region above low memory; 0: none */
	uint64_t cma_size; /* 0: none */
	bool low_implied;  /* low_size is the kernel's default */
	bool high;         /* `,high` decided */
	bool declined;     /* understood, and asks for nothing (lb_crashkernel_declines) */
	bool unmatched;    /* declined because no range matches */
};

/* Reads the last occurrence of the class (lb_linux_read_class) in the part of the line that the
 * kernel keeps; logs the parser's message, if there is one with the word "crashkernel" in it, and
 * notes the reason of a refusal in the journal. */
struct lb_crashkernel_value reserve_read(
	struct reserve_run *run, enum lb_crashkernel_class class_);

/*
 * Reads the whole request, class by class in the kernel's order, which is that of the messages.
 * False: the kernel gives up, and reserves nothing; ret->declined says whether it was told to. A
 * malformed `,cma` is complained about, and its size used.
 */
bool LB_MUST_CHECK reserve_read_request(struct reserve_run *run, struct reserve_request *ret);

/* Reads `,low`, or takes the row's default where it is absent. False: it is malformed, and a
 * kernel that reads it early gives up. */
bool LB_MUST_CHECK reserve_read_low(struct reserve_run *run, struct reserve_request *request);

/* Low memory that nobody asked for, of the row's default size; UINT64_MAX, which fits nowhere,
 * where the bounce pool makes it pass 2^64. */
void reserve_imply_low(const struct reserve_run *run, struct reserve_request *request);

#endif
