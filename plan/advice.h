/* SPDX-License-Identifier: MIT */
/*
 * advice: what else could be asked for. Each piece is tried by the same simulation, on every boot:
 * the plan of that request would call it reserved in at least 99 of 100 boots, without a finding
 * as grave as the one that led here.
 */
#ifndef LIFEBOAT_PLAN_ADVICE_H
#define LIFEBOAT_PLAN_ADVICE_H

#include "plan/trial.h"

/*
 * Where a finding asks for it (struct lb_finding_kind, advice): fills plan->advice, the least
 * change first, and puts it into the fix of the first of those findings. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_plan_advise(
	struct lb_plan *plan, const struct lb_answerer *answerer);

#endif
