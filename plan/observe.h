/* SPDX-License-Identifier: MIT */
/* observe: what the recorded boot itself reserved, as far as it shows. */
#ifndef LIFEBOAT_PLAN_OBSERVE_H
#define LIFEBOAT_PLAN_OBSERVE_H

#include "plan/evaluate.h"
#include "plan/plan.h"

/*
 * Fills plan->observed. When the question is what this boot did (no what-if) and the machine
 * shows it, that becomes the verdict, and where the simulation of that boot, with the kernel image
 * where it was, disagrees, the differences are listed. It is exact only where something bears it
 * out (plan/confirm.h). LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_plan_observe(
	struct lb_plan *plan, struct lb_model *model, struct lb_evaluator *evaluator);

#endif
