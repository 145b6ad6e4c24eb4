/* SPDX-License-Identifier: MIT */
/* findings_internal: the parts of findings, by what they are about. */
#ifndef LIFEBOAT_PLAN_FINDINGS_INTERNAL_H
#define LIFEBOAT_PLAN_FINDINGS_INTERNAL_H

#include "plan/finding_list.h"

struct finder {
	const struct lb_plan *plan;
	const struct lb_model *model;
	struct finding_list list;
};

/* What becomes of a request that leads to no search; how the words of it are read. */
void find_in_request(struct finder *finder);
void find_in_reading(struct finder *finder);
/* Whether there was room, and whether a capture kernel can live in it. */
void find_in_place(struct finder *finder);
/* What the machine shows of its own boot, and where it contradicts itself. */
void find_in_machine(struct finder *finder);

#endif
