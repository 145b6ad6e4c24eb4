/* SPDX-License-Identifier: MIT */
/*
 * evaluate: run the reservation on a model, for one place of the kernel image or for all.
 */
#ifndef LIFEBOAT_PLAN_EVALUATE_H
#define LIFEBOAT_PLAN_EVALUATE_H

#include "plan/boot/model.h"
#include "plan/plan.h"
#include "policy/policy.h"

struct lb_evaluator;

/* An evaluator in the model's arena. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_evaluator_make(
	const struct lb_model *model, lb_policy_reserve *reserve, struct lb_evaluator **ret);

/* One boot: the kernel image at `kernel` (empty: nowhere), memory as `view` has it. */
enum lb_status LB_MUST_CHECK lb_evaluate_once(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, const char *cmdline, struct lb_journal *journal,
	struct lb_reservation *ret);

/* Where early allocation i landed in the last lb_evaluate_once; 0: nowhere. */
lb_phys_addr lb_evaluator_early(const struct lb_evaluator *evaluator, size_t index);

/* The next lb_evaluate_once leaves here the map just before the reservation, and how the policy
 * searched. Both are the caller's; the boots after that one leave them alone. */
void lb_evaluator_keep(
	struct lb_evaluator *evaluator, struct lb_memory_map *map, struct lb_searches *searches);

/* What all boots with a command line come to. */
struct lb_distribution {
	struct lb_possible *outcomes; /* most probable first; in the arena */
	size_t count;
	bool certain; /* nothing that is not known matters; randomisation may */
	bool drawn;   /* the outcomes are those of the draw, but for what matters in few slots */
	/* Not certain, and the first outcome is off by at most so many bytes, no more than the
	 * alignment of the reservation; 0: there is no such bound. */
	uint64_t off_by_at_most;
};
enum lb_status LB_MUST_CHECK lb_evaluate(
	struct lb_evaluator *evaluator, const char *cmdline, struct lb_distribution *ret);

#endif
