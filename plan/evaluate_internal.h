/* SPDX-License-Identifier: MIT */
/* evaluate_internal: what one boot (evaluate.c) and all boots (distribution.c) share. */
#ifndef LIFEBOAT_PLAN_EVALUATE_INTERNAL_H
#define LIFEBOAT_PLAN_EVALUATE_INTERNAL_H

#include "plan/evaluate.h"

#define OUTCOMES_MAX 4096
#define BUCKETS (2 * OUTCOMES_MAX) /* a power of two */
/* How many boots a distribution may take; what is not resolved then is judged by its middle. */
#define BOOTS_MAX 8192

struct lb_trace {
	lb_phys_addr early[LB_EARLY_ALLOCATIONS_MAX];
	struct lb_reservation reservation;
};

struct lb_evaluator {
	const struct lb_model *model;
	lb_policy_reserve *reserve;
	struct lb_memory_map base[3];  /* by view */
	struct lb_memory_map ready[3]; /* base, and what is taken early, without an image */
	lb_phys_addr ready_early[3][LB_EARLY_ALLOCATIONS_MAX];
	bool ready_known[3];
	struct lb_memory_map scratch;
	struct lb_memory_map *kept; /* NULL, or for the next boot; see lb_evaluator_keep */
	struct lb_searches *searches;
	struct lb_trace last;
	struct lb_trace lower, upper; /* of the interval under test */
	struct lb_trace nowhere;      /* `low` with the kernel image nowhere; see interval_agrees */
	bool nowhere_known;
	unsigned int boots;
	const char *cmdline;
	/* What model->evidence makes of the searches for cmdline, one for one: */
	struct lb_range proved[LB_EVIDENCE_MAX];  /* counts as taken, in LOWER */
	struct lb_range guessed[LB_EVIDENCE_MAX]; /* most likely was, in BEST */
	struct lb_searches *asked[2];
	struct lb_range unseen; /* taken by the firmware, as an assumption, in BEST */
	bool same_views; /* LOWER and UPPER hold the same memory */
	bool best_only;  /* what is not known matters anyway: follow BEST alone */
	struct lb_possible *outcomes;
	size_t count;
	uint16_t buckets[BUCKETS]; /* index of an outcome + 1, by hash; 0: free */
	enum lb_status status;
};

/* One boot; the result is in last. */
enum lb_status LB_MUST_CHECK lb_evaluator_boot(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, struct lb_journal *journal);

/* The command line of the boots that follow, and what is known about its searches. */
enum lb_status LB_MUST_CHECK lb_evaluator_ask(struct lb_evaluator *evaluator, const char *cmdline);

/* Prepares the shortcut for boots whose early allocations the kernel image does not disturb. */
enum lb_status LB_MUST_CHECK lb_evaluator_make_ready(
	struct lb_evaluator *evaluator, enum lb_view view);

/* Adds a boot to the outcomes, with its share of them. */
void lb_evaluator_count(struct lb_evaluator *evaluator, const struct lb_reservation *reservation,
	double weight, struct lb_range kernel);

/* Most probable first. No outcome can be added afterwards. */
void lb_evaluator_sort(struct lb_evaluator *evaluator);

/* Adds to the outcomes what comes of them if the firmware holds more memory
 * than is shown (plan/unseen_firmware.c). */
enum lb_status LB_MUST_CHECK lb_evaluator_spread(struct lb_evaluator *evaluator);

#endif
