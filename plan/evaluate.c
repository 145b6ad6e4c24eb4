/* SPDX-License-Identifier: MIT */
/* evaluate: one boot of a model. */
#include "plan/evaluate_internal.h"

#include <string.h>

#include "policy/linux/crashkernel.h"

#define CMDLINE_NEVER_CUT 1023 /* the least of the rows' cmdline_bytes */

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
	const struct lb_model *model, lb_policy_reserve *reserve, struct lb_evaluator **ret)
{
	size_t regions = 2 * (model->memory_count + model->holder_count) + model->early_count + 32;
	struct lb_evaluator *evaluator = lb_arena_alloc(model->arena, sizeof(*evaluator));
	enum lb_status status = LB_OK;

	if (!evaluator) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(evaluator->asked) && model->evidence_count; i++) {
		evaluator->asked[i] = lb_arena_alloc(model->arena, sizeof(*evaluator->asked[i]));
		if (!evaluator->asked[i]) {
			return LB_NO_STORAGE;
		}
	}
	evaluator->model = model;
	evaluator->reserve = reserve;
	evaluator->same_views = true;
	for (size_t i = 0; i < model->holder_count; i++) {
		evaluator->same_views &= model->holders[i].holding == LB_HELD;
	}
	for (size_t i = 0; i < model->early_count; i++) {
		evaluator->same_views &= !model->early[i].doubtful && !model->early[i].unsure;
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

void lb_evaluator_keep(
	struct lb_evaluator *evaluator, struct lb_memory_map *map, struct lb_searches *searches)
{
	evaluator->kept = map;
	evaluator->searches = searches;
}

lb_phys_addr lb_evaluator_early(const struct lb_evaluator *evaluator, size_t index)
{
	LB_ASSERT(index < evaluator->model->early_count);
	return evaluator->last.early[index];
}

/* As memblock_alloc_range_nid does: the wanted node first, then any. */
static enum lb_status search_early(struct lb_memory_map *map,
	const struct lb_early_allocation *wanted, lb_phys_addr *ret)
{
	struct lb_memory_request request = {.size = wanted->size,
		.align = wanted->align,
		.window = wanted->window,
		.node = wanted->node};
	enum lb_status status = LB_NOT_FOUND;

	if (wanted->pinned) {
		request.window = (struct lb_range){
			wanted->observed, wanted->observed + wanted->size};
		status = lb_memory_map_alloc(map, &request, ret);
		request.window = wanted->window;
	}
	if (status == LB_NOT_FOUND && wanted->spares_low) {
		request.window.start = lb_max(4 * LB_GIB, wanted->window.start);
		request.bottom_up = true;
		status = lb_memory_map_alloc(map, &request, ret);
		request.window.start = wanted->window.start;
		request.bottom_up = false;
	}
	if (status == LB_NOT_FOUND) {
		status = lb_memory_map_alloc(map, &request, ret);
	}
	if (status == LB_NOT_FOUND && wanted->node != LB_NO_NODE) {
		request.node = LB_NO_NODE;
		status = lb_memory_map_alloc(map, &request, ret);
	}
	return status;
}

static enum lb_status place_early(struct lb_memory_map *map,
	const struct lb_early_allocation *wanted, struct lb_journal *journal, lb_phys_addr *ret)
{
	enum lb_status status = search_early(map, wanted, ret);

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

static enum lb_status place_all_early(const struct lb_model *model, enum lb_view view,
	struct lb_memory_map *map, struct lb_journal *journal, lb_phys_addr *places)
{
	enum lb_status status = LB_OK;

	for (size_t i = 0; i < model->early_count && !status; i++) {
		struct lb_early_allocation wanted = model->early[i];

		places[i] = 0;
		wanted.size += view == LB_VIEW_UPPER ? wanted.unsure : 0;
		if (!wanted.doubtful || view != LB_VIEW_LOWER) {
			status = place_early(map, &wanted, journal, &places[i]);
		}
	}
	return status;
}

/* Where the image covers no early allocation, each lands as it does without an image: its
 * place is still free, and still the highest. */
static bool early_undisturbed(
	const struct lb_evaluator *evaluator, enum lb_view view, struct lb_range kernel)
{
	const struct lb_model *model = evaluator->model;

	for (size_t i = 0; i < model->early_count; i++) {
		lb_phys_addr at = evaluator->ready_early[view][i];
		struct lb_range range = {
			at, at + model->early[i].size + model->early[i].unsure};

		if (!at || lb_range_overlaps(range, kernel)) {
			return false;
		}
	}
	return true;
}

enum lb_status lb_evaluator_make_ready(struct lb_evaluator *evaluator, enum lb_view view)
{
	enum lb_status status = LB_OK;

	if (!evaluator->ready_known[view]) {
		status = lb_memory_map_copy(&evaluator->ready[view], &evaluator->base[view]);
	}
	if (!status && !evaluator->ready_known[view]) {
		status = place_all_early(evaluator->model, view, &evaluator->ready[view], NULL,
			evaluator->ready_early[view]);
		evaluator->ready_known[view] = !status;
	}
	return status;
}

/* The map just before the reservation, but for what only the evidence shows, in scratch. */
static enum lb_status prepare_shown(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, struct lb_journal *journal)
{
	const struct lb_model *model = evaluator->model;
	struct lb_memory_map *map = &evaluator->scratch;
	bool quick = !journal && evaluator->ready_known[view] &&
		     early_undisturbed(evaluator, view, kernel);
	enum lb_status status =
		lb_memory_map_copy(map, quick ? &evaluator->ready[view] : &evaluator->base[view]);

	if (!status && !lb_range_empty(kernel)) {
		status = lb_memory_map_reserve(map, kernel, LB_NO_NODE, 0);
		lb_journal_add(journal, (struct lb_event){.kind = LB_EVENT_RESERVE,
						.owner = "kernel image",
						.range = kernel});
	}
	if (quick) {
		memcpy(evaluator->last.early, evaluator->ready_early[view],
			sizeof(evaluator->last.early));
		return status;
	}
	return status ? status : place_all_early(model, view, map, journal, evaluator->last.early);
}

/* The map just before the reservation, in scratch. */
static enum lb_status prepare(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, struct lb_journal *journal)
{
	const struct lb_range *taken = view == LB_VIEW_LOWER ? evaluator->proved
				       : view == LB_VIEW_BEST ? evaluator->guessed
							      : NULL;
	enum lb_status status = prepare_shown(evaluator, view, kernel, journal);

	for (size_t i = 0; i < evaluator->model->evidence_count && taken && !status; i++) {
		if (lb_range_empty(taken[i])) {
			continue;
		}
		status = lb_memory_map_reserve(&evaluator->scratch, taken[i], LB_NO_NODE, 0);
		lb_journal_add(journal, (struct lb_event){.kind = LB_EVENT_RESERVE,
						.owner = "EFI firmware, probably",
						.reason = "crash memory of this machine found no "
							  "room there",
						.range = taken[i]});
	}
	if (!status && view == LB_VIEW_BEST) {
		status = lb_memory_map_reserve(
			&evaluator->scratch, evaluator->unseen, LB_NO_NODE, 0);
	}
	return status;
}

/* Narrows *taken to what counts as taken in all of these searches too; false where one of them is
 * of a kind that the evidence says nothing about. */
static bool proved_for(const struct lb_evidence *evidence, const struct lb_searches *searches,
	struct lb_range *taken, bool *asked)
{
	for (size_t i = 0; i < searches->count; i++) {
		const struct lb_search *search = &searches->list[i];

		if (!lb_range_overlaps(search->window, evidence->window)) {
			continue;
		}
		if (search->given_place || search->bottom_up ||
			search->align % evidence->align) {
			return false;
		}
		*taken = lb_range_intersect(*taken, lb_evidence_taken(evidence, search->size));
		*asked = true;
	}
	return !searches->dropped;
}

/* From there on, and in doubt from the end of what was found on, nothing was free. */
static struct lb_range guess(const struct lb_evidence *evidence, struct lb_range proved)
{
	if (lb_range_empty(evidence->found)) {
		return proved;
	}
	return (struct lb_range){lb_range_empty(proved) ? evidence->found.end : proved.start,
		evidence->window.end};
}

/* Every search that the request can come to is one of two boots: one without any free memory, and
 * one with free high memory only, which goes on to the low region. */
static enum lb_status list_searches(struct lb_evaluator *evaluator)
{
	const struct lb_reserve_env *env = &evaluator->model->env;
	const struct lb_range high = {env->low_max, env->high_max};

	for (size_t i = 0; i < LB_ARRAY_COUNT(evaluator->asked); i++) {
		struct lb_memory_map *map = &evaluator->scratch;
		enum lb_status status = LB_OK;

		lb_memory_map_clear(map);
		if (i) {
			status = lb_memory_map_add(map, high, LB_NO_NODE, 0);
		}
		if (!status) {
			status = evaluator->reserve(env, evaluator->cmdline, map, NULL,
				evaluator->asked[i], &evaluator->last.reservation);
		}
		if (status) {
			return status;
		}
	}
	return LB_OK;
}

/* What the rules look at, from before the first crashkernel= to behind the last: every boot reads
 * it anew. A line that a kernel may cut stays whole. */
static const char *crash_part(struct lb_arena *arena, const char *cmdline)
{
	size_t length = strlen(cmdline), cursor = 0, start = 0, end = 0;
	struct lb_crashkernel_token token;
	char *part;

	while (length <= CMDLINE_NEVER_CUT &&
		lb_crashkernel_next(cmdline, length, &cursor, &token)) {
		start = end ? start : token.start - (token.start > 0);
		end = lb_min(token.end + 1, length);
	}
	part = end ? lb_arena_array(arena, end - start + 1, 1) : NULL;
	if (!end || !part) {
		return cmdline;
	}
	memcpy(part, cmdline + start, end - start);
	part[end - start] = 0;
	return part;
}

enum lb_status lb_evaluator_ask(struct lb_evaluator *evaluator, const char *cmdline)
{
	const struct lb_model *model = evaluator->model;
	enum lb_status status = LB_OK;

	evaluator->cmdline = crash_part(model->arena, cmdline);
	memset(evaluator->proved, 0, sizeof(evaluator->proved));
	memset(evaluator->guessed, 0, sizeof(evaluator->guessed));
	if (model->evidence_count) {
		status = list_searches(evaluator);
	}
	for (size_t i = 0; i < model->evidence_count && !status; i++) {
		const struct lb_evidence *evidence = &model->evidence[i];
		struct lb_range taken = evidence->window;
		bool asked = false;

		if (!proved_for(evidence, evaluator->asked[0], &taken, &asked) ||
			!proved_for(evidence, evaluator->asked[1], &taken, &asked) || !asked) {
			taken = (struct lb_range){0, 0};
		}
		if (evidence->sure) {
			evaluator->proved[i] = taken;
		}
		if (evidence->likely) {
			evaluator->guessed[i] = guess(evidence, taken);
		}
	}
	return status;
}

enum lb_status lb_evaluator_boot(struct lb_evaluator *evaluator, enum lb_view view,
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
			journal, evaluator->searches, &evaluator->last.reservation);
		evaluator->searches = NULL;
	}
	return status;
}

enum lb_status lb_evaluate_once(struct lb_evaluator *evaluator, enum lb_view view,
	struct lb_range kernel, const char *cmdline, struct lb_journal *journal,
	struct lb_reservation *ret)
{
	enum lb_status status = lb_evaluator_ask(evaluator, cmdline);

	if (!status) {
		status = lb_evaluator_boot(evaluator, view, kernel, journal);
	}
	if (!status) {
		*ret = evaluator->last.reservation;
	}
	return status;
}
