/* SPDX-License-Identifier: MIT */
/*
 * give_back: what of the crash memory that a machine has reserved its capture kernel does not need,
 * and what the machine shows once it was given back (policy/linux/shrink.h). Until the next boot:
 * then the command line is asked again.
 */
#ifndef LIFEBOAT_PLAN_SIZE_GIVE_BACK_H
#define LIFEBOAT_PLAN_SIZE_GIVE_BACK_H

#include "plan/size/size.h"
#include "policy/linux/shrink.h"

struct lb_give_back {
	bool known; /* what is reserved now is shown; all but why_not is empty otherwise */
	struct lb_linux_crash now;
	uint64_t size_now;        /* what kexec_crash_size says of it */
	bool loaded_known, loaded; /* a capture kernel is: the kernel refuses as long as it is */

	uint64_t bytes; /* that are not needed; 0: none */
	/* With bytes: what is left, and what to write to kexec_crash_size, which it says then. */
	struct lb_linux_crash after;
	uint64_t size_after;
	const char *why_not; /* without bytes: why, a phrase; static. Else NULL */

	bool applied; /* it was written, and the kernel took it */
	bool as_said; /* then: the machine shows size_after and after */
};

/*
 * Computes. Kept are: the low region, whole; of the main region, in the steps of what is asked for,
 * all that does not fit into the low one, and no less than the images need in one piece to start.
 */
void lb_give_back_make(const struct lb_machine *machine, const struct lb_size *size,
	struct lb_give_back *ret);

/* Whether the machine, read again after the write, shows what was said. *ret_shown: what it shows;
 * its size_now is what kexec_crash_size says. */
bool lb_give_back_holds(const struct lb_give_back *said, const struct lb_machine *after,
	struct lb_give_back *ret_shown);

/* The regions as a list, the main one first; how many. */
size_t lb_give_back_list(const struct lb_linux_crash *crash, struct lb_crash_range ret[2]);

#endif
