/* SPDX-License-Identifier: MIT */
/* given_place: three faults, and the range that shows each. */
#include "policy/given_place.h"

/* The part of range, from its start on, that is not in one region of memory; empty: none is. */
static struct lb_range not_memory(const struct lb_memory_map *map, struct lb_range range)
{
	struct lb_region region;

	if (lb_memory_map_memory_at(map, range.start, &region)) {
		range.start = lb_min(region.range.end, range.end);
	}
	return range;
}

/* The first reserved memory in range; empty: all is free. */
static struct lb_range first_taken(const struct lb_memory_map *map, struct lb_range range)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	while (lb_memory_map_next_reserved(map, &cursor, &region)) {
		if (lb_range_overlaps(region.range, range)) {
			return lb_range_intersect(region.range, range);
		}
	}
	return (struct lb_range){0, 0};
}

/* Empty: no range shows it. */
static struct lb_range shown_by(
	const struct lb_memory_map *map, enum lb_place_fault fault, struct lb_range window)
{
	switch (fault) {
	case LB_PLACE_NOT_MEMORY:
		return not_memory(map, window);
	case LB_PLACE_TAKEN:
		return first_taken(map, window);
	case LB_PLACE_UNALIGNED:
	case LB_PLACE_FINE:
		break;
	}
	return (struct lb_range){0, 0};
}

static bool has_fault(const struct lb_memory_map *map, enum lb_place_fault fault,
	const struct lb_search *search)
{
	if (fault == LB_PLACE_UNALIGNED) {
		return search->window.start != lb_align_down(search->window.start, search->align);
	}
	if (fault == LB_PLACE_NOT_MEMORY && lb_range_size(search->window) < search->size) {
		return true;
	}
	return !lb_range_empty(shown_by(map, fault, search->window));
}

enum lb_place_fault lb_given_place_fault(const struct lb_memory_map *map,
	const enum lb_place_fault order[LB_PLACE_FAULTS], const struct lb_search *search)
{
	for (size_t i = 0; i < LB_PLACE_FAULTS; i++) {
		if (has_fault(map, order[i], search)) {
			return order[i];
		}
	}
	return LB_PLACE_FINE;
}

void lb_given_place_refuse(const struct lb_memory_map *map,
	const enum lb_place_fault order[LB_PLACE_FAULTS], struct lb_search *search)
{
	static const char *const refusals[] = {
		[LB_PLACE_NOT_MEMORY] = "the range is not all memory of one kind",
		[LB_PLACE_TAKEN] = "part of the range is taken",
		[LB_PLACE_UNALIGNED] = "the offset is not a multiple of the alignment",
		[LB_PLACE_FINE] = "the range cannot be handed out",
	};
	enum lb_place_fault fault = lb_given_place_fault(map, order, search);

	search->result = LB_SEARCH_REFUSED;
	search->refusal = refusals[fault];
	search->in_the_way = shown_by(map, fault, search->window);
}
