/* SPDX-License-Identifier: MIT */
/*
 * evaluate: one boot, or all boots, of a model.
 *
 * All boots: the kernel image is on one of up to millions of slots. Slots are taken in intervals.
 * For an interval, two boots are run: one where only the memory is taken that the image covers
 * wherever in the interval it is, one where all memory is taken that it covers somewhere. If
 * every search of the two ends at the same place, so does every search of every boot between
 * them (searches are monotone); otherwise the interval is halved.
 */
#include "plan/evaluate.h"

#include <stdlib.h>
#include <string.h>

#define OUTCOMES_MAX 4096
#define BUCKETS (2 * OUTCOMES_MAX) /* a power of two */
/* How many boots a distribution may take; what is not resolved then is judged by its middle. */
#define BOOTS_MAX 8192

struct trace {
	lb_phys_addr floats[LB_MODEL_FLOATS_MAX];
	struct lb_reservation reservation;
};

struct lb_evaluator {
	const struct lb_model *model;
	lb_reserve_function *reserve;
	struct lb_memory_map base[3];  /* by view */
	struct lb_memory_map ready[3]; /* base, and the floats where they land without an image */
	lb_phys_addr ready_floats[3][LB_MODEL_FLOATS_MAX];
	bool ready_known[3];
	struct lb_memory_map scratch;
	struct lb_memory_map *kept;
	struct trace last;
	struct trace lower, upper; /* of the interval under test */
	struct trace nowhere;      /* `low` with the kernel image nowhere; see interval_agrees */
	bool nowhere_known;
	unsigned int boots;
	const char *cmdline;
	bool same_views; /* LOWER and UPPER hold the same memory */
	bool best_only;  /* what is not known matters anyway: follow BEST alone */
	struct lb_possible *outcomes;
	size_t count;
	uint16_t buckets[BUCKETS]; /* index of an outcome + 1, by hash; 0: free */
	enum lb_status status;
};

static bool taken_in(enum lb_holding holding, enum lb_view view)
{
	switch (view) {
	case LB_VIEW_LOWER:
		return holding == LB_HELD;
	case LB_VIEW_BEST:
		return holding != LB_FREE_LIKELY;
	case LB_VIEW_UPPER:
		return true;
	}
	return true;
}

static enum lb_status fill_base(
	const struct lb_model *model, enum lb_view view, struct lb_memory_map *map)
{
	enum lb_status status = LB_OK;

	for (size_t i = 0; i < model->memory_count && !status; i++) {
		const struct lb_region *region = &model->memory[i];

		status = lb_memory_map_add(map, region->range, region->node, region->flags);
	}
	for (size_t i = 0; i < model->holder_count && !status; i++) {
		if (taken_in(model->holders[i].holding, view)) {
			status = lb_memory_map_reserve(map, model->holders[i].range, LB_NO_NODE, 0);
		}
	}
	return status;
}

static enum lb_status new_map(struct lb_arena *arena, size_t regions, struct lb_memory_map *map)
{
	size_t bytes = LB_MEMORY_MAP_BYTES(regions);
	void *storage = lb_arena_alloc(arena, bytes);

	return storage ? lb_memory_map_init(map, storage, bytes) : LB_NO_STORAGE;
}

enum lb_status lb_evaluator_make(
	const struct lb_model *model, lb_reserve_function *reserve, struct lb_evaluator **ret)
{
	size_t regions = 2 * (model->memory_count + model->holder_count) + model->float_count + 32;
	struct lb_evaluator *evaluator = lb_arena_alloc(model->arena, sizeof(*evaluator));
	enum lb_status status = LB_OK;

	if (!evaluator) {
		return LB_NO_STORAGE;
	}
	evaluator->model = model;
	evaluator->reserve = reserve;
	evaluator->same_views = true;
	for (size_t i = 0; i < model->holder_count; i++) {
		evaluator->same_views &= model->holders[i].holding == LB_HELD;
	}
	for (size_t i = 0; i < model->float_count; i++) {
		evaluator->same_views &= !model->floats[i].doubtful;
	}
	for (int view = LB_VIEW_LOWER; view <= LB_VIEW_UPPER && !status; view++) {
		status = new_map(model->arena, regions, &evaluator->base[view]);
		if (!status) {
			status = new_map(model->arena, regions, &evaluator->ready[view]);
		}
		if (!status) {
			status = fill_base(model, (enum lb_view)view, &evaluator->base[view]);
		}
	}
	if (!status) {
		status = new_map(model->arena, regions, &evaluator->scratch);
	}
	if (!status) {
		*ret = evaluator;
	}
	return status;
}

void lb_evaluator_keep_map(struct lb_evaluator *evaluator, struct lb_memory_map *map)
{
	evaluator->kept = map;
}

lb_phys_addr lb_evaluator_float(const struct lb_evaluator *evaluator, size_t index)
{
	LB_ASSERT(index < evaluator->model->float_count);
	return evaluator->last.floats[index];
}

struct lb_range lb_model_kernel(const struct lb_model *model, enum lb_view view, lb_phys_addr at)
{
	uint64_t size = view == LB_VIEW_LOWER  ? model->kernel_size_min
			: view == LB_VIEW_BEST ? model->kernel_size
					       : model->kernel_size_max;
	struct lb_range range = {at, at};

	if (!lb_add(at, size, &range.end)) {
		range.end = LB_PHYS_ADDR_MAX;
	}
	return range;
}

/* As memblock_alloc_range_nid does: the wanted node first, then any. */
static enum lb_status place_float(struct lb_memory_map *map, const struct lb_float *wanted,
	struct lb_journal *journal, lb_phys_addr *ret)
{
	struct lb_memory_request request = {.size = wanted->size,
		.align = wanted->align,
		.window = wanted->window,
		.node = wanted->node,
		.bottom_up = wanted->bottom_up};
	enum lb_status status = lb_memory_map_alloc(map, &request, ret);

	if (status == LB_NOT_FOUND && wanted->node != LB_NO_NODE) {
		request.node = LB_NO_NODE;
		status = lb_memory_map_alloc(map, &request, ret);
	}
	if (!status && wanted->kept && wanted->kept < wanted->size) {
		status = lb_memory_map_release(
			map, (struct lb_range){*ret + wanted->kept, *ret + wanted->size});
	}
	if (journal) {
		struct lb_event event = {.kind = status ? LB_EVENT_REFUSE : LB_EVENT_ALLOCATE,
			.owner = wanted->owner,
			.window = wanted->window,
			.size = wanted->size,
			.align = wanted->align};

		if (!status) {
			event.range = (struct lb_range){*ret, *ret + wanted->size};
		}
		lb_journal_add(journal, event);
	}
	return status == LB_NOT_FOUND ? LB_OK : status;
}

static enum lb_status place_floats(const struct lb_model *model, enum lb_view view,
	struct lb_memory_map *map, struct lb_journal *journal, lb_phys_addr *floats)
{
	enum lb_status status = LB_OK;

	for (size_t i = 0; i < model->float_count && !status; i++) {
		floats[i] = 0;
		if (!model->floats[i].doubtful || view != LB_VIEW_LOWER) {
			status = place_float(map, &model->floats[i], journal, &floats[i]);
		}
	}
	return status;
}

/* Where the image covers no float's place, every float lands as it does without an image: its
 * place is still free, and still the highest. */
static bool floats_undisturbed(
	const struct lb_evaluator *evaluator, enum lb_view view, struct lb_range kernel)
{
	const struct lb_model *model = evaluator->model;

	for (size_t i = 0; i < model->float_count; i++) {
		lb_phys_addr at = evaluator->ready_floats[view][i];
		struct lb_range range = {at, at + model->floats[i].size};

		if (!at || lb_range_overlaps(range, kernel)) {
			return false;
		}
	}
	return true;
}

static enum lb_status make_ready(struct lb_evaluator *evaluator, enum lb_view view)
{
	enum lb_status status = LB_OK;

	if (!evaluator->ready_known[view]) {
		status = lb_memory_map_copy(&evaluator->ready[view], &evaluator->base[view]);
	}
	if (!status && !evaluator->ready_known[view]) {
		status = place_floats(evaluator->model, view, &evaluator->ready[view], NULL,
			evaluator->ready_floats[view]);
		evaluator->ready_known[view] = !status;
	}
	return status;
}

/* The map just before the reservation, in scratch. */
static enum lb_status prepare(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, struct lb_journal *journal)
{
	const struct lb_model *model = evaluator->model;
	struct lb_memory_map *map = &evaluator->scratch;
	bool quick = !journal && evaluator->ready_known[view] &&
		     floats_undisturbed(evaluator, view, kernel);
	enum lb_status status =
		lb_memory_map_copy(map, quick ? &evaluator->ready[view] : &evaluator->base[view]);

	if (!status && !lb_range_empty(kernel)) {
		status = lb_memory_map_reserve(map, kernel, LB_NO_NODE, 0);
		lb_journal_add(journal, (struct lb_event){.kind = LB_EVENT_RESERVE,
						.owner = "kernel image",
						.range = kernel});
	}
	if (quick) {
		memcpy(evaluator->last.floats, evaluator->ready_floats[view],
			sizeof(evaluator->last.floats));
		return status;
	}
	return status ? status : place_floats(model, view, map, journal, evaluator->last.floats);
}

static enum lb_status boot(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, struct lb_journal *journal)
{
	struct lb_memory_map *map = &evaluator->scratch;
	enum lb_status status = prepare(evaluator, view, kernel, journal);

	evaluator->boots++;
	if (!status && evaluator->kept) {
		status = lb_memory_map_copy(evaluator->kept, map);
		evaluator->kept = NULL;
	}
	if (!status) {
		status = evaluator->reserve(&evaluator->model->env, evaluator->cmdline, map,
			journal, &evaluator->last.reservation);
	}
	return status;
}

enum lb_status lb_evaluate_once(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, const char *cmdline, struct lb_journal *journal,
	struct lb_reservation *ret)
{
	enum lb_status status;

	evaluator->cmdline = cmdline;
	status = boot(evaluator, view, kernel, journal);
	if (!status) {
		*ret = evaluator->last.reservation;
	}
	return status;
}

static bool same_reservation(const struct lb_reservation *a, const struct lb_reservation *b)
{
	return a->outcome == b->outcome && a->range_count == b->range_count &&
	       a->log_bytes == b->log_bytes &&
	       !memcmp(a->ranges, b->ranges, a->range_count * sizeof(a->ranges[0])) &&
	       !memcmp(a->log, b->log, a->log_bytes);
}

static bool same_trace(const struct lb_evaluator *evaluator)
{
	const struct trace *a = &evaluator->lower;
	const struct trace *b = &evaluator->upper;
	size_t floats = evaluator->model->float_count;

	return same_reservation(&a->reservation, &b->reservation) &&
	       !memcmp(a->floats, b->floats, floats * sizeof(a->floats[0]));
}

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

static void count_outcome(struct lb_evaluator *evaluator, const struct lb_reservation *reservation,
	double weight, struct lb_range kernel)
{
	size_t bucket = bucket_of(reservation);
	struct lb_reservation *copy;

	for (; evaluator->buckets[bucket]; bucket = (bucket + 1) & (BUCKETS - 1)) {
		struct lb_possible *outcome = &evaluator->outcomes[evaluator->buckets[bucket] - 1];

		if (same_reservation(outcome->reservation, reservation)) {
			outcome->probability += weight;
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
	evaluator->outcomes[evaluator->count++] =
		(struct lb_possible){.probability = weight, .reservation = copy, .kernel = kernel};
	evaluator->buckets[bucket] = (uint16_t)evaluator->count;
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
		evaluator->status = boot(evaluator, low, always, NULL);
		evaluator->lower = evaluator->last;
		if (lb_range_empty(always)) {
			evaluator->nowhere = evaluator->last;
			evaluator->nowhere_known = true;
		}
	}
	if (evaluator->status || (first == last && low == high)) {
		return true;
	}
	evaluator->status = boot(evaluator, high, somewhere, NULL);
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
		count_outcome(evaluator, &evaluator->lower.reservation, weight,
			lb_model_kernel(model, LB_VIEW_BEST, slot_at(area, first)));
		return;
	}
	if (first == last || evaluator->boots > BOOTS_MAX) {
		struct lb_range kernel =
			lb_model_kernel(model, LB_VIEW_BEST, slot_at(area, middle));

		*certain = false;
		evaluator->status = boot(evaluator, LB_VIEW_BEST, kernel, NULL);
		count_outcome(evaluator, &evaluator->last.reservation, weight, kernel);
		return;
	}
	count_interval(evaluator, area, first, middle, certain);
	count_interval(evaluator, area, middle + 1, last, certain);
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

/* Right up to the alignment: the same outcome with every range moved by less than 2 x align. */
static bool nearly_same(
	const struct lb_reservation *a, const struct lb_reservation *b, uint64_t align)
{
	if (a->outcome != b->outcome || a->range_count != b->range_count) {
		return false;
	}
	for (size_t i = 0; i < a->range_count; i++) {
		uint64_t x = a->ranges[i].range.start;
		uint64_t y = b->ranges[i].range.start;

		if (a->ranges[i].kind != b->ranges[i].kind || (x > y ? x - y : y - x) > align) {
			return false;
		}
	}
	return true;
}

static enum lb_status evaluate_one_place(
	struct lb_evaluator *evaluator, struct lb_distribution *ret)
{
	const struct lb_model *model = evaluator->model;
	bool known = model->kernel_place == LB_KERNEL_FIXED;
	uint64_t align = model->arch == LB_ARCH_X86_64 ? 16 * LB_MIB : 2 * LB_MIB;
	struct lb_range kernel = lb_model_kernel(model, LB_VIEW_BEST, model->kernel_at);
	enum lb_status status = boot(evaluator, LB_VIEW_LOWER,
		known ? lb_model_kernel(model, LB_VIEW_LOWER, model->kernel_at)
		      : (struct lb_range){0, 0},
		NULL);

	evaluator->lower = evaluator->last;
	if (!status) {
		status = boot(evaluator, LB_VIEW_UPPER,
			lb_model_kernel(model, LB_VIEW_UPPER, model->kernel_at), NULL);
		evaluator->upper = evaluator->last;
	}
	if (!status) {
		status = boot(evaluator, LB_VIEW_BEST, kernel, NULL);
	}
	if (status) {
		return status;
	}
	ret->certain = known && same_reservation(&evaluator->lower.reservation,
					&evaluator->upper.reservation);
	ret->aligned = known && nearly_same(&evaluator->lower.reservation,
					&evaluator->upper.reservation, align);
	count_outcome(evaluator, &evaluator->last.reservation, ret->certain ? 1.0 : -1.0, kernel);
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
	status = boot(evaluator, LB_VIEW_LOWER, (struct lb_range){0, 0}, NULL);
	evaluator->lower = evaluator->last;
	if (!status) {
		status = boot(evaluator, LB_VIEW_UPPER, (struct lb_range){0, 0}, NULL);
		evaluator->upper = evaluator->last;
	}
	evaluator->best_only = status || !same_reservation(&evaluator->lower.reservation,
						 &evaluator->upper.reservation);
	*ret_certain = !evaluator->best_only;
	return status;
}

enum lb_status lb_evaluate(
	struct lb_evaluator *evaluator, const char *cmdline, struct lb_distribution *ret)
{
	const struct lb_model *model = evaluator->model;
	enum lb_status status;

	*ret = (struct lb_distribution){0};
	evaluator->cmdline = cmdline;
	evaluator->count = 0;
	evaluator->nowhere_known = false;
	evaluator->boots = 0;
	memset(evaluator->buckets, 0, sizeof(evaluator->buckets));
	evaluator->status = LB_OK;
	evaluator->outcomes = lb_arena_array(model->arena, OUTCOMES_MAX, sizeof(*ret->outcomes));
	if (!evaluator->outcomes) {
		return LB_NO_STORAGE;
	}
	if (model->kernel_place != LB_KERNEL_DRAWN) {
		status = evaluate_one_place(evaluator, ret);
	} else {
		status = choose_views(evaluator, &ret->certain);
		for (int view = LB_VIEW_LOWER; view <= LB_VIEW_UPPER && !status; view++) {
			status = make_ready(evaluator, (enum lb_view)view);
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
	qsort(evaluator->outcomes, evaluator->count, sizeof(*evaluator->outcomes), by_probability);
	ret->outcomes = evaluator->outcomes;
	ret->count = evaluator->count;
	return LB_OK;
}
