/* SPDX-License-Identifier: MIT */
/*
 * linear_map: what a map would cost, computed from the ranges alone. Relies on the invariant that
 * tables are minimal: a table exists exactly for the spans that are touched and are not one block.
 */
#include "core/linear_map_geometry.h"

/* Counting goes upwards through the pieces; a table that two pieces share is counted once. */
struct counter {
	struct lb_linear_geometry shape;
	struct lb_linear_cost *cost;
	uint64_t counted[LB_LEVELS_MAX]; /* spans of each level below this one have been counted */
};

/* Tables for the level's spans first to last; those below counter->counted have theirs. */
static void count_tables(
	struct counter *counter, unsigned int level, uint64_t first, uint64_t last)
{
	first = lb_max(first, counter->counted[level]);
	if (first > last) {
		return;
	}
	counter->cost->tables[level - 1] += last - first + 1;
	counter->counted[level] = last + 1;
}

static void count_piece_tables(
	struct counter *counter, const struct piece *piece, unsigned int top)
{
	for (unsigned int level = 1; level <= lb_root_level(&counter->shape); level++) {
		unsigned int shift = lb_level_shift(&counter->shape, level);
		uint64_t inside = (UINT64_C(1) << shift) - 1;
		uint64_t first = piece->at >> shift;
		uint64_t last = piece->last >> shift;

		if (level > top) {
			count_tables(counter, level, first, last);
			continue;
		}
		if (piece->at & inside || (first == last && (piece->last & inside) != inside)) {
			count_tables(counter, level, first, first);
		}
		if ((piece->last & inside) != inside) {
			count_tables(counter, level, last, last);
		}
	}
}

/* Leaves of the level in [start, end), and how many of them form whole contiguous groups. */
static void count_run(struct counter *counter, const struct piece *piece, unsigned int level,
	uint64_t start, uint64_t end, bool present)
{
	unsigned int shift = lb_level_shift(&counter->shape, level);
	unsigned int group_shift = shift + counter->shape.contiguous_shift[level];
	uint64_t inside = (UINT64_C(1) << group_shift) - 1;
	uint64_t first = (start + inside) & ~inside;

	if (start >= end) {
		return;
	}
	counter->cost->leaves[level] += (end - start) >> shift;
	if (present && group_shift > shift && first < end && !((piece->at ^ piece->pa) & inside)) {
		counter->cost->contiguous[level] += ((end & ~inside) - first) >> shift;
	}
}

/* The part of the piece that blocks of the level or larger ones cover: [start, end), or empty. */
static struct lb_range covered(
	const struct counter *counter, const struct piece *piece, unsigned int level)
{
	uint64_t inside = lb_level_span(&counter->shape, level) - 1;
	struct lb_range ret = {(piece->at + inside) & ~inside, (piece->last + 1) & ~inside};

	return lb_range_empty(ret) ? (struct lb_range){0, 0} : ret;
}

static void count_piece(
	struct counter *counter, const struct piece *piece, unsigned int top, bool present)
{
	count_piece_tables(counter, piece, top);
	for (unsigned int level = 0; level <= top; level++) {
		struct lb_range here = covered(counter, piece, level);
		struct lb_range above = level < top ? covered(counter, piece, level + 1)
						    : (struct lb_range){0, 0};

		if (lb_range_empty(above)) {
			count_run(counter, piece, level, here.start, here.end, present);
		} else {
			count_run(counter, piece, level, here.start, above.start, present);
			count_run(counter, piece, level, above.end, here.end, present);
		}
	}
}

/* What happens to memory inside and outside the special range, by strategy. */
struct treatment {
	struct lb_range special;
	bool special_present;
	bool special_base_pages;
	bool other_base_pages;
};

static struct treatment treatment_of(const struct lb_linear_geometry *shape,
	struct lb_range region, enum lb_linear_strategy strategy)
{
	uint64_t inside = lb_level_span(shape, shape->block_level_max) - 1;

	switch (strategy) {
	case LB_LINEAR_UNPROTECTED:
		break;
	case LB_LINEAR_PROTECTED:
		return (struct treatment){.special = region};
	case LB_LINEAR_PUD_REMAP:
		if (lb_range_empty(region)) {
			break;
		}
		return (struct treatment){.special_present = true, .special_base_pages = true,
			.special = {region.start & ~inside, (region.end + inside) & ~inside}};
	case LB_LINEAR_BASE_PAGES:
		return (struct treatment){.special_present = true, .special_base_pages = true,
			.other_base_pages = true};
	}
	return (struct treatment){.special_present = true};
}

static enum lb_status count_range(struct counter *counter, const struct lb_linear_config *config,
	struct lb_range range, bool base_pages, bool present)
{
	struct piece piece;
	enum lb_status status;

	if (lb_range_empty(range)) {
		return LB_OK;
	}
	status = lb_linear_piece(
		config, &counter->shape, range.start + config->va_offset, range, &piece);
	if (!status) {
		count_piece(counter, &piece, base_pages ? 0 : lb_piece_top(&counter->shape, &piece),
			present);
	}
	return status;
}

/* One run of memory: before the special range, inside it, after it. */
static enum lb_status count_memory(struct counter *counter, const struct lb_linear_config *config,
	struct lb_range range, const struct treatment *treatment)
{
	struct lb_range special = lb_range_intersect(range, treatment->special);
	struct lb_range before = {range.start, special.start};
	struct lb_range after = {special.end, range.end};
	enum lb_status status;

	if (lb_range_empty(special)) {
		return count_range(counter, config, range, treatment->other_base_pages, true);
	}
	status = count_range(counter, config, before, treatment->other_base_pages, true);
	if (!status) {
		status = count_range(counter, config, special, treatment->special_base_pages,
			treatment->special_present);
	}
	return status ? status
		      : count_range(counter, config, after, treatment->other_base_pages, true);
}

enum lb_status lb_linear_map_estimate(const struct lb_linear_config *config,
	const struct lb_range *memory, size_t count, struct lb_range region,
	enum lb_linear_strategy strategy, struct lb_linear_cost *ret)
{
	struct lb_linear_cost cost = {0};
	struct counter counter = {.cost = &cost};
	enum lb_status status = lb_linear_geometry_init(config, &counter.shape);
	struct treatment treatment;

	if (status) {
		return status;
	}
	if ((region.start | region.end) & (lb_level_span(&counter.shape, 0) - 1)) {
		return LB_INVALID;
	}
	treatment = treatment_of(&counter.shape, region, strategy);
	for (size_t i = 0; i < count;) {
		struct lb_range range = memory[i++];

		for (; i < count && memory[i].start == range.end; i++) {
			range.end = memory[i].end;
		}
		if (lb_range_empty(range) || (i < count && memory[i].start < range.end)) {
			return LB_INVALID;
		}
		status = count_memory(&counter, config, range, &treatment);
		if (status) {
			return status;
		}
	}
	cost.tables[lb_root_level(&counter.shape)] = 1;
	for (size_t i = 0; i < LB_LEVELS_MAX; i++) {
		cost.table_bytes += cost.tables[i] << counter.shape.page_shift;
	}
	*ret = cost;
	return LB_OK;
}
