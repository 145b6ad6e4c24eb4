/* SPDX-License-Identifier: MIT */
/* rebuild: from a machine to the moment at which one of its boots searches. */
#ifndef LIFEBOAT_PLAN_REBUILD_H
#define LIFEBOAT_PLAN_REBUILD_H

#include "plan/boot/model.h"

/* A boot of a machine. All text outlives the model. */
struct lb_boot_asked {
	const char *kernel; /* release */
	uint32_t version;   /* LB_LINUX() of it */
	const char *cmdline;
	bool cmdline_given;     /* by the question, as a whole; else the machine's, and there */
	bool crashkernel_given; /* every crashkernel= is the question's */
	bool other_request;     /* something else is asked than what the recorded boot did */
};

/*
 * The model of that boot, in the arena, with the doubts that the machine's own problems and another
 * kernel than the recorded one bring. journal may be NULL. LB_NOT_FOUND: ret->missing names the
 * source without which nothing can be said; LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_rebuild(const struct lb_machine *machine,
	const struct lb_boot_asked *asked, struct lb_arena *arena, struct lb_journal *journal,
	struct lb_model *ret);

#endif
