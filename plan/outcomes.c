/* SPDX-License-Identifier: MIT */
/* outcomes: boots that end in the same answer are one outcome. */
#include "plan/evaluate_internal.h"

#include <stdlib.h>

static size_t bucket_of(const struct lb_reservation *reservation)
{
	uint64_t hash = (uint64_t)reservation->outcome + 1;

	for (size_t i = 0; i < reservation->range_count; i++) {
		hash = (hash ^ reservation->ranges[i].range.start) * UINT64_C(0x9e3779b97f4a7c15);
		hash = (hash ^ (hash >> 29) ^ reservation->ranges[i].range.end) *
		       UINT64_C(0xbf58476d1ce4e5b9);
	}
	return (hash >> 32) & (BUCKETS - 1);
}

void lb_evaluator_count(struct lb_evaluator *evaluator, const struct lb_reservation *reservation,
	double weight, struct lb_range kernel)
{
	size_t bucket = bucket_of(reservation);
	bool unseen = !lb_range_empty(evaluator->unseen);
	struct lb_reservation *copy;

	for (; evaluator->buckets[bucket]; bucket = (bucket + 1) & (BUCKETS - 1)) {
		struct lb_possible *outcome = &evaluator->outcomes[evaluator->buckets[bucket] - 1];

		if (lb_reservation_same(outcome->reservation, reservation)) {
			if (unseen && weight > outcome->probability) {
				outcome->unseen_firmware = true;
				outcome->kernel = kernel;
			}
			outcome->probability += weight;
			outcome->kernel_last = kernel;
			return;
		}
	}
	if (evaluator->count == OUTCOMES_MAX) {
		return; /* its share shows as what the listed ones lack to 1 */
	}
	copy = lb_arena_alloc(evaluator->model->arena, sizeof(*copy));
	if (!copy) {
		evaluator->status = LB_NO_STORAGE;
		return;
	}
	*copy = *reservation;
	evaluator->outcomes[evaluator->count++] = (struct lb_possible){.probability = weight,
		.reservation = copy,
		.kernel = kernel,
		.kernel_last = kernel,
		.unseen_firmware = unseen};
	evaluator->buckets[bucket] = (uint16_t)evaluator->count;
}

static int by_probability(const void *a, const void *b)
{
	const struct lb_possible *x = a;
	const struct lb_possible *y = b;

	if (x->probability != y->probability) {
		return x->probability > y->probability ? -1 : 1;
	}
	return 0;
}

void lb_evaluator_sort(struct lb_evaluator *evaluator)
{
	qsort(evaluator->outcomes, evaluator->count, sizeof(*evaluator->outcomes), by_probability);
}
