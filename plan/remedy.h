/* SPDX-License-Identifier: MIT */
/* remedy: what else could be asked for and would be reserved, tried by the same simulation. */
#ifndef LIFEBOAT_PLAN_REMEDY_H
#define LIFEBOAT_PLAN_REMEDY_H

#include "plan/evaluate.h"

struct lb_remedy {
	const struct lb_plan *plan; /* with its outcomes */
	struct lb_arena *arena;
	struct lb_evaluator *evaluator;
};

/* Would this value, in place of every crashkernel=, be reserved in the likeliest boot? */
bool lb_remedy_works(const struct lb_remedy *remedy, const char *value, struct lb_reservation *ret);

/* The changes that are found to help, cheapest first: "A; or B"; NULL when memory is out. */
const char *lb_remedy_find(const struct lb_remedy *remedy);

#endif
