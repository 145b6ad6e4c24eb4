/* SPDX-License-Identifier: MIT */
/* memory_map: searches for a free place. */
#include "lifeboat/memory_map.h"

#define FIRST_PAGE UINT64_C(4096) /* never handed out: address 0 means failure to many */

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

/* Highest or lowest aligned place for the request inside the free range. */
static bool place(struct lb_range free, const struct lb_memory_request *request, uint64_t align,
	lb_phys_addr *ret)
{
	lb_phys_addr start;

	if (lb_range_empty(free) || lb_range_size(free) < request->size) {
		return false;
	}
	if (!request->bottom_up) {
		start = lb_align_down(free.end - request->size, align);
		*ret = start;
		return start >= free.start;
	}
	if (!lb_align_up(free.start, align, &start)) {
		return false;
	}
	*ret = start;
	return start < free.end && free.end - start >= request->size;
}

enum lb_status lb_memory_map_find(const struct lb_memory_map *map,
	const struct lb_memory_request *request, lb_phys_addr *ret_start)
{
	struct lb_range window = {lb_max(request->window.start, FIRST_PAGE), request->window.end};
	uint64_t align = request->align ? request->align : 1;
	struct lb_memory_cursor cursor = {0};
	struct lb_region free;
	bool found = false;

	LB_ASSERT(request->size && lb_is_power_of_two(align));
	while (lb_memory_map_next_free(map, &cursor, &free)) {
		lb_phys_addr start;

		if (!eligible(&free, request) ||
			!place(lb_range_intersect(free.range, window), request, align, &start)) {
			continue;
		}
		*ret_start = start;
		found = true;
		if (request->bottom_up) {
			break;
		}
	}
	return found ? LB_OK : LB_NOT_FOUND;
}

enum lb_status lb_memory_map_alloc(struct lb_memory_map *map,
	const struct lb_memory_request *request, lb_phys_addr *ret_start)
{
	lb_phys_addr start;
	enum lb_status status = lb_memory_map_find(map, request, &start);

	if (status != LB_OK) {
		return status;
	}
	status = lb_memory_map_reserve(
		map, (struct lb_range){start, start + request->size}, LB_NO_NODE, 0);
	if (status == LB_OK) {
		*ret_start = start;
	}
	return status;
}
