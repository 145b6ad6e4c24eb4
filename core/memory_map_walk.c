/* SPDX-License-Identifier: MIT */
/* memory_map: walks and lookups. */
#include "lifeboat/memory_map.h"

static bool next_region(const struct lb_region_set *set, size_t *at, struct lb_region *ret)
{
	if (*at == set->count) {
		return false;
	}
	*ret = set->regions[(*at)++];
	return true;
}

bool lb_memory_map_next_memory(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	return next_region(&map->memory, &cursor->memory, ret);
}

bool lb_memory_map_next_reserved(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	return next_region(&map->reserved, &cursor->reserved, ret);
}

/* The next hole of the reserved set in [position, end), which it moves past. */
static struct lb_range next_gap(
	const struct lb_region_set *reserved, struct lb_memory_cursor *cursor, lb_phys_addr end)
{
	while (cursor->position < end) {
		const struct lb_region *region = &reserved->regions[cursor->reserved];
		struct lb_range gap = {cursor->position, end};

		if (cursor->reserved == reserved->count || region->range.start >= end) {
			cursor->position = end;
			return gap;
		}
		gap.end = region->range.start;
		cursor->position = lb_max(cursor->position, region->range.end);
		cursor->reserved += region->range.end <= end;
		if (!lb_range_empty(gap)) {
			return gap;
		}
	}
	return (struct lb_range){0, 0};
}

bool lb_memory_map_next_free(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	for (; cursor->memory < map->memory.count; cursor->memory++) {
		const struct lb_region *region = &map->memory.regions[cursor->memory];
		struct lb_range gap;

		if (region->flags & (LB_MEM_NOMAP | LB_MEM_DRIVER_MANAGED)) {
			continue;
		}
		cursor->position = lb_max(cursor->position, region->range.start);
		gap = next_gap(&map->reserved, cursor, region->range.end);
		if (!lb_range_empty(gap)) {
			*ret = (struct lb_region){gap, region->flags, region->node};
			return true;
		}
	}
	return false;
}

/* Index of the first region that ends above the address. */
static size_t first_above(const struct lb_region_set *set, lb_phys_addr address)
{
	size_t low = 0;
	size_t high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->regions[middle].range.end > address) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

static bool region_at(
	const struct lb_region_set *set, lb_phys_addr address, struct lb_region *ret)
{
	size_t at = first_above(set, address);

	if (at == set->count || set->regions[at].range.start > address) {
		return false;
	}
	*ret = set->regions[at];
	return true;
}

bool lb_memory_map_memory_at(
	const struct lb_memory_map *map, lb_phys_addr address, struct lb_region *ret)
{
	return region_at(&map->memory, address, ret);
}

bool lb_memory_map_reserved_at(
	const struct lb_memory_map *map, lb_phys_addr address, struct lb_region *ret)
{
	return region_at(&map->reserved, address, ret);
}

static bool overlaps(const struct lb_region_set *set, struct lb_range range)
{
	size_t at = first_above(set, range.start);

	return at < set->count && lb_range_overlaps(set->regions[at].range, range);
}

bool lb_memory_map_overlaps_reserved(const struct lb_memory_map *map, struct lb_range range)
{
	return overlaps(&map->reserved, range);
}

bool lb_memory_map_overlaps_memory(const struct lb_memory_map *map, struct lb_range range)
{
	return overlaps(&map->memory, range);
}
