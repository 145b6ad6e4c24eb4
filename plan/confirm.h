/* SPDX-License-Identifier: MIT */
/*
 * confirm: is what a boot shows of its crash kernel memory all of it, and of this boot?
 *
 * A line that is missing from /proc/iomem or from the log is no evidence that nothing was there:
 * listings are cut, logs lose their beginning, and a region can be given back through
 * /sys/kernel/kexec_crash_size. So what was read is sure only where something else bears it out.
 */
#ifndef LIFEBOAT_PLAN_CONFIRM_H
#define LIFEBOAT_PLAN_CONFIRM_H

#include "plan/boot/model.h"
#include "plan/plan.h"

/*
 * NULL where something bears out what was read, else why it is not sure: a sentence without a full
 * stop. expected is what the rules say of the recorded boot, asked is false where its command line
 * asks for nothing.
 */
const char *lb_unconfirmed(const struct lb_model *model, const struct lb_observation *seen,
	const struct lb_reservation *expected, bool asked);

#endif
