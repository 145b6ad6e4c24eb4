/* SPDX-License-Identifier: MIT */
/* explain: why an answer is as it is; reads the searches that the policy made. */
#ifndef LIFEBOAT_PLAN_EXPLAIN_H
#define LIFEBOAT_PLAN_EXPLAIN_H

#include "plan/evaluate.h"

/* Fills the "why" part of the plan: holders, windows, the largest hole, bounce pools, needs. */
enum lb_status LB_MUST_CHECK lb_plan_explain(
	struct lb_plan *plan, const struct lb_model *model, struct lb_evaluator *evaluator);

#endif
