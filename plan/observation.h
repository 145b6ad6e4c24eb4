/* SPDX-License-Identifier: MIT */
/* observation: what was read of a boot, held against an answer of the rules. */
#ifndef LIFEBOAT_PLAN_OBSERVATION_H
#define LIFEBOAT_PLAN_OBSERVATION_H

#include "plan/plan.h"

/* Whether the answer has a part that was read, where it was read. */
bool lb_observation_part_is(const struct lb_observation *seen,
	const struct lb_reservation *expected, const struct lb_crash_range *part);

/* How many parts of an answer can be read: all but those of CMA. */
size_t lb_searched_count(const struct lb_reservation *expected);

#endif
