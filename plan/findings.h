/* SPDX-License-Identifier: MIT */
/* findings: why an answer is as it is, what is wrong with it, and what would help. */
#ifndef LIFEBOAT_PLAN_FINDINGS_H
#define LIFEBOAT_PLAN_FINDINGS_H

#include "plan/evaluate.h"
#include "plan/boot/model.h"
#include "plan/plan.h"

/* Fills the "why" part of the plan: holders, windows, the largest hole, bounce pool, needs. */
enum lb_status LB_MUST_CHECK lb_plan_explain(
	struct lb_plan *plan, const struct lb_model *model, struct lb_evaluator *evaluator);

/* Fills plan->findings, errors first; tries other requests by the same simulation. */
enum lb_status LB_MUST_CHECK lb_plan_advise(
	struct lb_plan *plan, const struct lb_model *model, struct lb_evaluator *evaluator);

#endif
