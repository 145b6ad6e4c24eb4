/* SPDX-License-Identifier: MIT */
/*
 * distribution: all boots of a model.
 *
 * All boots: the kernel image is on one of up to millions of slots. Slots are taken in intervals.
 * For an interval, two boots are run: one where only the memory is taken that the image covers
 * wherever in the interval it is, one where all memory is taken that it covers somewhere. If
 * every search of the two ends at the same place, so does every search of every boot between
 * them (searches are monotone); otherwise the interval is halved.
 */
#include "plan/evaluate_internal.h"

#include <string.h>

/* One whose size is not sure begins elsewhere when it is larger. */
static bool same_trace(const struct lb_evaluator *evaluator)
{
	const struct lb_model *model = evaluator->model;
	const struct lb_trace *a = &evaluator->lower;
	const struct lb_trace *b = &evaluator->upper;
	bool same = lb_reservation_same(&a->reservation, &b->reservation);

	for (size_t i = 0; i < model->early_count && same; i++) {
		same = a->early[i] == b->early[i] || model->early[i].unsure;
	}
	return same;
}

static lb_phys_addr slot_at(const struct lb_slot_area *area, uint64_t index)
{
	return area->first + index * area->stride;
}

/* True, with the common answer in lower, if every slot of [first, last] gives the same. */
static bool interval_agrees(struct lb_evaluator *evaluator, const struct lb_slot_area *area,
	uint64_t first, uint64_t last)
{
	const struct lb_model *model = evaluator->model;
	enum lb_view low = evaluator->best_only ? LB_VIEW_BEST : LB_VIEW_LOWER;
	enum lb_view high = evaluator->best_only ? LB_VIEW_BEST : LB_VIEW_UPPER;
	struct lb_range at_first = lb_model_kernel(model, low, slot_at(area, first));
	struct lb_range at_last = lb_model_kernel(model, high, slot_at(area, last));
	struct lb_range always = {slot_at(area, last), at_first.end};
	struct lb_range somewhere = {slot_at(area, first), at_last.end};

	if (always.start >= always.end) {
		always = (struct lb_range){0, 0};
	}
	if (lb_range_empty(always) && evaluator->nowhere_known) {
		evaluator->lower = evaluator->nowhere;
	} else {
		evaluator->status = lb_evaluator_boot(evaluator, low, always, NULL);
		evaluator->lower = evaluator->last;
		if (lb_range_empty(always)) {
			evaluator->nowhere = evaluator->last;
			evaluator->nowhere_known = true;
		}
	}
	if (evaluator->status || (first == last && low == high)) {
		return true;
	}
	evaluator->status = lb_evaluator_boot(evaluator, high, somewhere, NULL);
	evaluator->upper = evaluator->last;
	return evaluator->status || same_trace(evaluator);
}

static void count_interval(struct lb_evaluator *evaluator, const struct lb_slot_area *area,
	uint64_t first, uint64_t last, bool *certain)
{
	const struct lb_model *model = evaluator->model;
	double weight = (double)(last - first + 1) / (double)model->slots.total;
	uint64_t middle = first + (last - first) / 2;

	if (evaluator->status) {
		return;
	}
	if (interval_agrees(evaluator, area, first, last)) {
		lb_evaluator_count(evaluator, &evaluator->lower.reservation, weight,
			lb_model_kernel(model, LB_VIEW_BEST, slot_at(area, first)));
		return;
	}
	if (first == last || evaluator->boots > BOOTS_MAX) {
		struct lb_range kernel =
			lb_model_kernel(model, LB_VIEW_BEST, slot_at(area, middle));

		*certain = false;
		evaluator->status = lb_evaluator_boot(evaluator, LB_VIEW_BEST, kernel, NULL);
		lb_evaluator_count(evaluator, &evaluator->last.reservation, weight, kernel);
		return;
	}
	count_interval(evaluator, area, first, middle, certain);
	count_interval(evaluator, area, middle + 1, last, certain);
}

/* How far a range of a lies from the same one of b, at most; UINT64_MAX where they are not of the
 * same kinds and sizes. */
static uint64_t distance(const struct lb_reservation *a, const struct lb_reservation *b)
{
	uint64_t most = 0;

	if (a->outcome != b->outcome || a->range_count != b->range_count) {
		return UINT64_MAX;
	}
	for (size_t i = 0; i < a->range_count; i++) {
		struct lb_range x = a->ranges[i].range, y = b->ranges[i].range;

		if (a->ranges[i].kind != b->ranges[i].kind ||
			lb_range_size(x) != lb_range_size(y)) {
			return UINT64_MAX;
		}
		most = lb_max(most, x.start > y.start ? x.start - y.start : y.start - x.start);
	}
	return most;
}

/* Every state of memory between the views ends between their places (model.h), so the middle one
 * is off by no more than its distance to the farther of them. */
static uint64_t off_by_at_most(
	const struct lb_evaluator *evaluator, const struct lb_reservation *middle)
{
	uint64_t most = lb_max(distance(middle, &evaluator->lower.reservation),
		distance(middle, &evaluator->upper.reservation));

	return most <= middle->align ? most : 0;
}

static enum lb_status evaluate_one_place(
	struct lb_evaluator *evaluator, struct lb_distribution *ret)
{
	const struct lb_model *model = evaluator->model;
	bool known = model->kernel_place == LB_KERNEL_FIXED;
	struct lb_range kernel = lb_model_kernel(model, LB_VIEW_BEST, model->kernel_at);
	enum lb_status status = lb_evaluator_boot(evaluator, LB_VIEW_LOWER,
		known ? lb_model_kernel(model, LB_VIEW_LOWER, model->kernel_at)
		      : (struct lb_range){0, 0},
		NULL);

	evaluator->lower = evaluator->last;
	if (!status) {
		status = lb_evaluator_boot(evaluator, LB_VIEW_UPPER,
			lb_model_kernel(model, LB_VIEW_UPPER, model->kernel_at), NULL);
		evaluator->upper = evaluator->last;
	}
	if (!status) {
		status = lb_evaluator_boot(evaluator, LB_VIEW_BEST, kernel, NULL);
	}
	if (status) {
		return status;
	}
	ret->certain = known && lb_reservation_same(&evaluator->lower.reservation,
					&evaluator->upper.reservation);
	ret->off_by_at_most = known ? off_by_at_most(evaluator, &evaluator->last.reservation) : 0;
	lb_evaluator_count(
		evaluator, &evaluator->last.reservation, ret->certain ? 1.0 : -1.0, kernel);
	return evaluator->status;
}

/* With the image nowhere, LOWER and UPPER already differ: no interval can agree. */
static enum lb_status choose_views(struct lb_evaluator *evaluator, bool *ret_certain)
{
	enum lb_status status = LB_OK;

	evaluator->best_only = false;
	*ret_certain = true;
	if (evaluator->same_views) {
		return LB_OK;
	}
	status = lb_evaluator_boot(evaluator, LB_VIEW_LOWER, (struct lb_range){0, 0}, NULL);
	evaluator->lower = evaluator->last;
	if (!status) {
		status = lb_evaluator_boot(evaluator, LB_VIEW_UPPER, (struct lb_range){0, 0}, NULL);
		evaluator->upper = evaluator->last;
	}
	evaluator->best_only = status || !lb_reservation_same(&evaluator->lower.reservation,
						 &evaluator->upper.reservation);
	*ret_certain = !evaluator->best_only;
	return status;
}

static bool looks_for_less(const struct lb_reservation *reservation, uint64_t size)
{
	return (reservation->size && reservation->size < size) ||
	       (reservation->low_size && reservation->low_size < size);
}

enum lb_status lb_evaluate(
	struct lb_evaluator *evaluator, const char *cmdline, struct lb_distribution *ret)
{
	const struct lb_model *model = evaluator->model;
	enum lb_status status;

	*ret = (struct lb_distribution){0};
	evaluator->count = 0;
	evaluator->nowhere_known = false;
	evaluator->boots = 0;
	memset(evaluator->buckets, 0, sizeof(evaluator->buckets));
	evaluator->status = LB_OK;
	evaluator->outcomes = lb_arena_array(model->arena, OUTCOMES_MAX, sizeof(*ret->outcomes));
	if (!evaluator->outcomes) {
		return LB_NO_STORAGE;
	}
	status = lb_evaluator_ask(evaluator, cmdline);
	if (status) {
		return status;
	}
	if (model->kernel_place != LB_KERNEL_DRAWN) {
		status = evaluate_one_place(evaluator, ret);
	} else {
		status = choose_views(evaluator, &ret->certain);
		for (int view = LB_VIEW_LOWER; view <= LB_VIEW_UPPER && !status; view++) {
			status = lb_evaluator_make_ready(evaluator, (enum lb_view)view);
		}
		ret->drawn = ret->certain;
		for (size_t i = 0; i < model->slots.count && !status; i++) {
			const struct lb_slot_area *area = &model->slots.areas[i];

			count_interval(evaluator, area, 0, area->count - 1, &ret->certain);
			status = evaluator->status;
		}
	}
	if (status) {
		return status;
	}
	if (looks_for_less(&evaluator->last.reservation, model->least_size)) {
		ret->certain = ret->drawn = false;
		ret->off_by_at_most = 0;
	}
	if (model->firmware_hidden && !ret->certain && !ret->drawn) {
		status = lb_evaluator_spread(evaluator);
	}
	lb_evaluator_sort(evaluator);
	ret->outcomes = evaluator->outcomes;
	ret->count = evaluator->count;
	return status;
}
