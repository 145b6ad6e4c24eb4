/* SPDX-License-Identifier: MIT */
/* findings_internal: the parts of findings, by what they are about. */
#ifndef LIFEBOAT_PLAN_FINDINGS_INTERNAL_H
#define LIFEBOAT_PLAN_FINDINGS_INTERNAL_H

#include "plan/finding_list.h"
#include "plan/remedy.h"

struct advisor {
	struct lb_plan *plan;
	const struct lb_model *model;
	struct lb_remedy remedy;
	struct finding_list list;
};

/* What becomes of a request that leads to no search; how the words of it are read. */
void advise_on_request(struct advisor *advisor);
void advise_on_reading(struct advisor *advisor);
/* Whether there was room, and whether a capture kernel can live in it. */
void advise_on_place(struct advisor *advisor);
/* What the machine shows of its own boot, and where it contradicts itself. */
void advise_on_machine(struct advisor *advisor);

#endif
