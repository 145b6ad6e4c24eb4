/* SPDX-License-Identifier: MIT */
/* explain: who holds memory, where was searched, and what the largest free hole was. */
#include "plan/explain.h"

#include <stdlib.h>

#include "plan/paint.h"
#include "plan/pools.h"
#include "plan/size_floor.h"

/* Each byte has one holder: of those that overlap the one that says most, which is the smallest;
 * among equals who holds it for certain. */
static int by_telling(const void *a, const void *b)
{
	const struct lb_holder *x = a;
	const struct lb_holder *y = b;
	uint64_t x_size = lb_range_size(x->range), y_size = lb_range_size(y->range);

	if (x_size != y_size) {
		return x_size < y_size ? -1 : 1;
	}
	if (x->holding != y->holding) {
		return x->holding < y->holding ? -1 : 1;
	}
	return x->range.start < y->range.start ? -1 : x->range.start > y->range.start;
}

static enum lb_status make_disjoint(struct lb_plan *plan, const struct lb_model *model,
	struct lb_holder *holders, size_t count)
{
	struct lb_range *ranges = lb_arena_array(model->arena, count + 1, sizeof(*ranges));
	struct lb_holder *pieces;
	struct lb_painted *painted;
	enum lb_status status = ranges ? LB_OK : LB_NO_STORAGE;

	qsort(holders, count, sizeof(*holders), by_telling);
	for (size_t i = 0; !status && i < count; i++) {
		ranges[i] = holders[i].range;
	}
	if (!status) {
		status = lb_paint(ranges, count, &painted, &plan->holder_count);
	}
	if (status) {
		return status;
	}
	pieces = lb_arena_array(model->arena, plan->holder_count + 1, sizeof(*pieces));
	for (size_t i = 0; pieces && i < plan->holder_count; i++) {
		pieces[i] = holders[painted[i].by];
		pieces[i].range = painted[i].range;
	}
	free(painted);
	plan->holders = pieces;
	return pieces ? LB_OK : LB_NO_STORAGE;
}

/* The boot that is told is the recorded one, and shows where its kernel image was. */
static bool was_there(const struct lb_plan *plan, const struct lb_model *model)
{
	return plan->as_read && model->booted_at;
}

static enum lb_status list_holders(
	struct lb_plan *plan, const struct lb_model *model, const struct lb_evaluator *evaluator)
{
	size_t most = model->holder_count + model->early_count + 1;
	struct lb_holder *holders = lb_arena_array(model->arena, most, sizeof(*holders));
	size_t count = 0;

	if (!holders) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < model->holder_count; i++) {
		if (model->holders[i].holding != LB_FREE_LIKELY) {
			holders[count++] = model->holders[i];
		}
	}
	for (size_t i = 0; i < model->early_count; i++) {
		lb_phys_addr at = lb_evaluator_early(evaluator, i);

		if (at) {
			holders[count++] =
				(struct lb_holder){.range = {at, at + model->early[i].size},
					.owner = model->early[i].owner,
					.holding = LB_HELD_LIKELY};
		}
	}
	if (!lb_range_empty(plan->kernel_image)) {
		holders[count++] = (struct lb_holder){.range = plan->kernel_image,
			.owner = "kernel image",
			.holding = model->kernel_place == LB_KERNEL_FIXED || was_there(plan, model)
					   ? LB_HELD
					   : LB_HELD_LIKELY};
	}
	return make_disjoint(plan, model, holders, count);
}

static const char *owner_at(
	const struct lb_plan *plan, const struct lb_model *model, lb_phys_addr address)
{
	for (size_t i = 0; i < plan->holder_count; i++) {
		if (lb_range_has(plan->holders[i].range, address)) {
			return plan->holders[i].owner;
		}
	}
	return lb_model_region_at(model, address) ? "the next memory region" : "no memory";
}

/* The part that decided: the one that failed, else the main region. */
static enum lb_crash_kind deciding_kind(const struct lb_plan *plan)
{
	enum lb_crash_part failed = plan->reservation->failed;

	return failed == LB_PART_NONE ? LB_CRASH : lb_crash_part_kind(failed);
}

/* The largest free piece of a range in the windows that were searched for the deciding part. */
static struct lb_range searched_part(const struct lb_plan *plan, struct lb_range range)
{
	const struct lb_searches *searches = plan->searches;
	struct lb_range largest = {0, 0};

	for (size_t i = 0; i < searches->count; i++) {
		const struct lb_search *search = &searches->list[i];
		struct lb_range part = lb_range_intersect(range, search->window);

		if (search->kind == deciding_kind(plan) &&
			lb_range_size(part) > lb_range_size(largest)) {
			largest = part;
		}
	}
	return largest;
}

static void find_windows(struct lb_plan *plan, const struct lb_model *model)
{
	const struct lb_searches *searches = plan->searches;

	for (size_t i = 0; i < searches->count; i++) {
		const struct lb_search *search = &searches->list[i];
		bool is_low = search->window.end <= model->env.low_max;
		struct lb_range *window = is_low ? &plan->search_low : &plan->search_high;

		if (search->kind == LB_CRASH && lb_range_empty(*window)) {
			*window = search->window;
		}
	}
	plan->align = plan->reservation->align;
}

static void find_largest_hole(struct lb_plan *plan, const struct lb_model *model)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region free_range;

	while (lb_memory_map_next_free(plan->map, &cursor, &free_range)) {
		struct lb_range hole = searched_part(plan, free_range.range);

		if (lb_range_size(hole) > lb_range_size(plan->largest_hole)) {
			plan->largest_hole = hole;
		}
	}
	if (lb_range_empty(plan->largest_hole)) {
		return;
	}
	plan->hole_below = plan->largest_hole.start
				   ? owner_at(plan, model, plan->largest_hole.start - 1)
				   : "the first page";
	plan->hole_above = owner_at(plan, model, plan->largest_hole.end);
}

static void explain_linear_map(struct lb_plan *plan, const struct lb_model *model)
{
	plan->linear_map = model->row->linear_map(model);
	plan->linear_map.known = plan->reservation->outcome == LB_OUTCOME_RESERVED;
}

static enum lb_status list_needs(struct lb_plan *plan, const struct lb_model *model)
{
	struct lb_size_floor floor = lb_size_floor_of(model, plan->reservation);
	struct lb_need *needs = lb_arena_array(model->arena, 4, sizeof(*needs));
	size_t count = 0;

	if (!needs) {
		return LB_NO_STORAGE;
	}
	if (plan->reservation->range_count) {
		needs[count++] = (struct lb_need){.name = "page structures of the capture kernel",
			.source = "64 bytes for each of its own pages, and page tables",
			.size = floor.pages,
			.align = model->env.page_size,
			.limit = LB_PHYS_ADDR_MAX};
		if (plan->bounce.needed) {
			needs[count++] = (struct lb_need){.name = "bounce pool (SWIOTLB)",
				.source = plan->bounce.source,
				.size = plan->bounce.size,
				.align = model->env.page_size,
				.limit = model->env.low_max};
		}
		if (model->kernel_size_min) {
			needs[count++] = (struct lb_need){.name = "capture kernel image",
				.source = "size of the running kernel",
				.size = model->kernel_size,
				.align = 2 * LB_MIB,
				.limit = LB_PHYS_ADDR_MAX};
		}
		if (floor.initrd) {
			needs[count++] = (struct lb_need){.name = "initrd, as packed",
				.source = "size of the one that this boot was given",
				.size = floor.initrd,
				.align = model->env.page_size,
				.limit = LB_PHYS_ADDR_MAX};
		}
	}
	plan->needs = needs;
	plan->need_count = count;
	return LB_OK;
}

enum lb_status lb_plan_explain(
	struct lb_plan *plan, const struct lb_model *model, struct lb_evaluator *evaluator)
{
	enum lb_status status = list_holders(plan, model, evaluator);

	if (status) {
		return status;
	}
	find_windows(plan, model);
	find_largest_hole(plan, model);
	explain_linear_map(plan, model);
	status = lb_pools_explain(plan, model);
	return status ? status : list_needs(plan, model);
}
