/* SPDX-License-Identifier: MIT */
/* findings: what will go wrong, asked of the request, the place and the machine. */
#include "plan/findings.h"

#include "plan/findings_internal.h"

enum lb_status lb_plan_find(struct lb_plan *plan, const struct lb_model *model)
{
	struct finder finder = {.plan = plan, .model = model, .list = {.arena = model->arena}};
	enum lb_status status;

	find_in_request(&finder);
	find_in_place(&finder);
	find_in_reading(&finder);
	find_in_machine(&finder);
	status = finding_sort(&finder.list);
	if (!status) {
		plan->findings = finder.list.items;
		plan->finding_count = finder.list.count;
	}
	return status;
}
