/* SPDX-License-Identifier: MIT */
/* trial: the same machine asked for other values of crashkernel=. */
#ifndef LIFEBOAT_PLAN_TRIAL_H
#define LIFEBOAT_PLAN_TRIAL_H

#include "plan/evaluate.h"

/* Who answers: a model, an evaluator of it, and the policy whose rules it runs. */
struct lb_answerer {
	const struct lb_model *model;
	struct lb_evaluator *evaluator;
	lb_policy_reserve *reserve;
};

/*
 * What a plan of its own would say of the same question with these values (plan->what_if):
 * outcomes, certainty and findings, but nothing of how was searched. values become the answer's;
 * what it points to lives as long as they and the model's arena. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_plan_try(const struct lb_plan *plan,
	const struct lb_answerer *answerer, const char *const *values, size_t count,
	struct lb_plan *ret);

/* Of all boots, the share in which a request has to be reserved before it is recommended. */
#define LB_RESERVED_SHARE_MIN 0.99

/* The share of boots in which memory is reserved; below 0: it cannot be known. */
double lb_plan_reserved_share(const struct lb_plan *plan);

#endif
