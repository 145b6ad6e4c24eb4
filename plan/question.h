/* SPDX-License-Identifier: MIT */
/* question: what is asked, made whole from what the machine shows. */
#ifndef LIFEBOAT_PLAN_QUESTION_H
#define LIFEBOAT_PLAN_QUESTION_H

#include "plan/boot/arena.h"
#include "plan/plan.h"
#include "policy/policy.h"

/*
 * Fills what plan says of the question (policy, arch, kernel, version, cmdline, crashkernel,
 * what_if); plan->machine is set. LB_INVALID: no such policy or version; LB_NOT_FOUND: the machine
 * does not show what the question leaves open; error names it. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_question_understand(const struct lb_question *question,
	struct lb_plan *plan, struct lb_arena *arena, const struct lb_policy **ret,
	struct lb_plan_error *error);

#endif
