/* SPDX-License-Identifier: MIT */
/*
 * memory_map: searches for a free place.
 *
 * A place lies in a memory region and in a gap between reserved regions, both at least as large
 * as the request. Both trees are searched for such pieces only, in turn, and what a pair that
 * does not fit rules out is never looked at: downwards, a place ends neither above the highest
 * aligned end in the pair nor, as the pair holds none, above the higher of their two starts.
 */
#include "core/region_tree.h"

#define FIRST_PAGE UINT64_C(4096) /* never handed out: address 0 means failure to many */

struct search {
	const struct lb_memory_map *map;
	const struct lb_memory_request *request;
	uint64_t align;
	struct lb_range window;
	struct lb_region_finger memory;
	struct lb_region_finger reserved;
};

static bool eligible(const struct lb_region *region, const struct lb_memory_request *request)
{
	if (request->node != LB_NO_NODE && region->node != request->node) {
		return false;
	}
	if (request->avoid_hotplug && (region->flags & LB_MEM_HOTPLUG)) {
		return false;
	}
	return !request->mirrored_only || (region->flags & LB_MEM_MIRROR);
}

static enum lb_status find_downwards(struct search *search, lb_phys_addr *ret_start)
{
	const struct lb_memory_map *map = search->map;
	uint64_t size = search->request->size;
	lb_phys_addr end = search->window.end; /* the place ends here or below */

	while (end > search->window.start && end - search->window.start >= size) {
		const struct lb_region *region = lb_region_tree_region_below(
			&map->pool, &map->memory, &search->memory, end, size);
		struct lb_range gap;
		lb_phys_addr low;
		lb_phys_addr start;

		if (!region) {
			break;
		}
		if (!eligible(region, search->request)) {
			end = region->range.start;
			continue;
		}
		end = lb_min(end, region->range.end);
		if (!lb_region_tree_gap_below(&map->pool, &map->reserved, &search->reserved, end,
			    size, &gap)) {
			break;
		}
		end = lb_min(end, gap.end);
		if (end < size) {
			break;
		}
		start = lb_align_down(end - size, search->align);
		low = lb_max(region->range.start, gap.start);
		if (start >= lb_max(low, search->window.start)) {
			*ret_start = start;
			return LB_OK;
		}
		end = lb_min(start + size, low);
	}
	return LB_NOT_FOUND;
}

static enum lb_status find_upwards(struct search *search, lb_phys_addr *ret_start)
{
	const struct lb_memory_map *map = search->map;
	uint64_t size = search->request->size;
	lb_phys_addr start = search->window.start; /* the place starts here or above */

	while (start < search->window.end && search->window.end - start >= size) {
		const struct lb_region *region = lb_region_tree_region_above(
			&map->pool, &map->memory, &search->memory, start, size);
		struct lb_range gap;
		lb_phys_addr high;

		if (!region) {
			break;
		}
		if (!eligible(region, search->request)) {
			start = region->range.end;
			continue;
		}
		start = lb_max(start, region->range.start);
		if (!lb_region_tree_gap_above(&map->pool, &map->reserved, &search->reserved,
			    start, size, &gap) ||
			!lb_align_up(lb_max(start, gap.start), search->align, &start)) {
			break;
		}
		high = lb_min(region->range.end, gap.end);
		if (start < lb_min(high, search->window.end) &&
			lb_min(high, search->window.end) - start >= size) {
			*ret_start = start;
			return LB_OK;
		}
		start = lb_max(start, high);
	}
	return LB_NOT_FOUND;
}

enum lb_status lb_memory_map_find(const struct lb_memory_map *map,
	const struct lb_memory_request *request, lb_phys_addr *ret_start)
{
	struct search search = {
		.map = map,
		.request = request,
		.align = request->align ? request->align : 1,
		.window = {lb_max(request->window.start, FIRST_PAGE), request->window.end},
	};

	LB_ASSERT(request->size && lb_is_power_of_two(search.align));
	return request->bottom_up ? find_upwards(&search, ret_start)
				  : find_downwards(&search, ret_start);
}

enum lb_status lb_memory_map_alloc(struct lb_memory_map *map,
	const struct lb_memory_request *request, lb_phys_addr *ret_start)
{
	lb_phys_addr start;
	enum lb_status status = lb_memory_map_find(map, request, &start);

	if (status != LB_OK) {
		return status;
	}
	LB_ASSERT(start >= lb_max(request->window.start, FIRST_PAGE));
	LB_ASSERT(start < request->window.end && request->size <= request->window.end - start);
	LB_ASSERT(!request->align || !(start & (request->align - 1)));
	LB_ASSERT(!lb_memory_map_overlaps_reserved(
		map, (struct lb_range){start, start + request->size}));
	status = lb_memory_map_reserve(
		map, (struct lb_range){start, start + request->size}, LB_NO_NODE, 0);
	if (status == LB_OK) {
		*ret_start = start;
	}
	return status;
}
