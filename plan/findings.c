/* SPDX-License-Identifier: MIT */
/* findings: what will go wrong, and the cheapest changes that the simulation finds to help. */
#include "plan/findings.h"

#include "plan/findings_internal.h"

enum lb_status lb_plan_advise(
	struct lb_plan *plan, const struct lb_model *model, struct lb_evaluator *evaluator)
{
	struct advisor advisor = {.plan = plan,
		.model = model,
		.remedy = {.plan = plan, .arena = model->arena, .evaluator = evaluator},
		.list = {.arena = model->arena}};
	enum lb_status status;

	advise_on_request(&advisor);
	advise_on_place(&advisor);
	advise_on_reading(&advisor);
	advise_on_machine(&advisor);
	status = finding_sort(&advisor.list);
	if (!status) {
		plan->findings = advisor.list.items;
		plan->finding_count = advisor.list.count;
	}
	return status;
}
