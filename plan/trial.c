/* SPDX-License-Identifier: MIT */
/* trial: the model of a plan serves all values, because crashkernel= is read after it. */
#include "plan/trial.h"

#include "plan/certainty.h"
#include "plan/explain.h"
#include "plan/findings.h"
#include "plan/options.h"
#include "plan/pools.h"

/* As plan.c concludes for a what-if. */
static enum lb_status answer(struct lb_plan *plan, const struct lb_answerer *answerer)
{
	struct lb_model model = *answerer->model;
	struct lb_distribution distribution;
	enum lb_status status = lb_evaluate(answerer->evaluator, plan->cmdline, &distribution);

	if (status) {
		return status;
	}
	model.cmdline = plan->cmdline;
	plan->certainty = plan->observed.differs
				  ? LB_UNKNOWN
				  : lb_certainty_of(&model, answerer->reserve, &distribution);
	distribution.outcomes[0].probability = lb_certainty_share(plan->certainty, &distribution);
	plan->outcomes = distribution.outcomes;
	plan->outcome_count = distribution.count;
	plan->reservation = plan->outcomes[0].reservation;
	return LB_OK;
}

enum lb_status lb_plan_try(const struct lb_plan *plan, const struct lb_answerer *answerer,
	const char *const *values, size_t count, struct lb_plan *ret)
{
	enum lb_status status;

	*ret = *plan;
	ret->what_if = true;
	ret->crashkernel = values;
	ret->crashkernel_count = count;
	ret->as_read = false;
	ret->cmdline = lb_option_replace_crashkernel(
		answerer->model->arena, plan->cmdline, values, count);
	if (!ret->cmdline) {
		return LB_NO_STORAGE;
	}
	status = answer(ret, answerer);
	if (status) {
		return status;
	}
	lb_pools_explain_capture(ret, answerer->model);
	return lb_plan_find(ret, answerer->model);
}

double lb_plan_reserved_share(const struct lb_plan *plan)
{
	double share = 0;

	for (size_t i = 0; i < plan->outcome_count; i++) {
		if (plan->outcomes[i].probability < 0) {
			return -1;
		}
		if (plan->outcomes[i].reservation->outcome == LB_OUTCOME_RESERVED) {
			share += plan->outcomes[i].probability;
		}
	}
	return share;
}
