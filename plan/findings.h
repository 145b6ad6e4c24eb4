/* SPDX-License-Identifier: MIT */
/* findings: what is wrong with an answer. */
#ifndef LIFEBOAT_PLAN_FINDINGS_H
#define LIFEBOAT_PLAN_FINDINGS_H

#include "plan/boot/model.h"
#include "plan/plan.h"

/*
 * Every kind of finding that a plan can hold: its stable id and its level. Findings are made from
 * this list alone; docs/findings.md documents each.
 */
struct lb_finding_kind {
	const char *id; /* "no-low-memory" */
	enum lb_level level;
	bool advice; /* another crashkernel= may help */
};

/* The kind at an index from 0 on; false beyond the last. */
bool lb_finding_kind(size_t index, struct lb_finding_kind *ret);

/* Fills plan->findings, all there are, errors first; LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_plan_find(struct lb_plan *plan, const struct lb_model *model);

#endif
