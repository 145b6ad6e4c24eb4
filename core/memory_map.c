/* SPDX-License-Identifier: MIT */
/* memory_map: changes. Each is one rewrite of a set over a range. */
#include "lifeboat/memory_map.h"

_Static_assert(sizeof(struct lb_region) == 24, "LB_MEMORY_MAP_BYTES counts on it");

enum change_kind { CHANGE_ADD, CHANGE_REMOVE, CHANGE_NODE, CHANGE_FLAGS };

struct change {
	enum change_kind kind;
	struct lb_range range;
	int32_t node;
	uint32_t set; /* flags; of a new region, too */
	uint32_t clear;
};

/* Receives regions in order; merges those that touch and agree. regions may be NULL: count. */
struct sink {
	struct lb_region *regions;
	size_t count;
	struct lb_region last;
	uint64_t total;
};

static void put(struct sink *sink, lb_phys_addr start, lb_phys_addr end, uint32_t flags,
	int32_t node)
{
	struct lb_region *last = &sink->last;

	if (start >= end) {
		return;
	}
	sink->total += end - start;
	if (sink->count && last->range.end == start && last->flags == flags &&
		last->node == node) {
		last->range.end = end;
	} else {
		sink->count++;
		*last = (struct lb_region){{start, end}, flags, node};
	}
	if (sink->regions) {
		sink->regions[sink->count - 1] = *last;
	}
}

static void put_inside(
	struct sink *sink, const struct lb_region *region, struct lb_range part,
	const struct change *change)
{
	switch (change->kind) {
	case CHANGE_ADD:
		put(sink, part.start, part.end, region->flags, region->node);
		break;
	case CHANGE_REMOVE:
		break;
	case CHANGE_NODE:
		put(sink, part.start, part.end, region->flags, change->node);
		break;
	case CHANGE_FLAGS:
		put(sink, part.start, part.end, (region->flags | change->set) & ~change->clear,
			region->node);
		break;
	}
}

static void rewrite(
	const struct lb_region_set *set, const struct change *change, struct sink *sink)
{
	struct lb_range range = change->range;
	bool adds = change->kind == CHANGE_ADD;
	lb_phys_addr at = range.start;

	for (size_t i = 0; i < set->count; i++) {
		const struct lb_region *region = &set->regions[i];
		struct lb_range part = lb_range_intersect(region->range, range);

		if (adds && region->range.start > at && region->range.end > range.start) {
			put(sink, at, lb_min(region->range.start, range.end), change->set,
				change->node);
			at = lb_min(region->range.start, range.end);
		}
		if (lb_range_empty(part)) {
			put(sink, region->range.start, region->range.end, region->flags,
				region->node);
			continue;
		}
		put(sink, region->range.start, part.start, region->flags, region->node);
		put_inside(sink, region, part, change);
		put(sink, part.end, region->range.end, region->flags, region->node);
		at = part.end;
	}
	if (adds) {
		put(sink, at, range.end, change->set, change->node);
	}
}

static enum lb_status apply(
	struct lb_memory_map *map, struct lb_region_set *set, const struct change *change)
{
	size_t others = map->memory.count + map->reserved.count - set->count;
	struct sink counted = {0};
	struct sink written = {.regions = map->scratch};

	LB_ASSERT(change->range.start <= change->range.end);
	if (lb_range_empty(change->range)) {
		return LB_OK;
	}
	rewrite(set, change, &counted);
	if (counted.count > map->capacity - others) {
		return LB_NO_STORAGE;
	}
	rewrite(set, change, &written);
	map->scratch = set->regions;
	set->regions = written.regions;
	set->count = written.count;
	set->total = written.total;
	return LB_OK;
}

enum lb_status lb_memory_map_init(struct lb_memory_map *map, void *storage, size_t bytes)
{
	struct lb_region *regions = storage;
	size_t capacity = bytes / LB_MEMORY_MAP_BYTES(1);

	LB_ASSERT(((uintptr_t)storage & 7) == 0);
	if (!capacity) {
		return LB_NO_STORAGE;
	}
	*map = (struct lb_memory_map){
		.memory = {.regions = regions},
		.reserved = {.regions = regions + capacity},
		.scratch = regions + 2 * capacity,
		.capacity = capacity,
	};
	return LB_OK;
}

static void copy_set(struct lb_region_set *dst, const struct lb_region_set *src)
{
	__builtin_memcpy(dst->regions, src->regions, src->count * sizeof(*src->regions));
	dst->count = src->count;
	dst->total = src->total;
}

enum lb_status lb_memory_map_copy(struct lb_memory_map *dst, const struct lb_memory_map *src)
{
	if (src->memory.count + src->reserved.count > dst->capacity) {
		return LB_NO_STORAGE;
	}
	copy_set(&dst->memory, &src->memory);
	copy_set(&dst->reserved, &src->reserved);
	return LB_OK;
}

enum lb_status lb_memory_map_add(
	struct lb_memory_map *map, struct lb_range range, int32_t node, uint32_t flags)
{
	struct change change = {CHANGE_ADD, range, .node = node, .set = flags};

	return apply(map, &map->memory, &change);
}

enum lb_status lb_memory_map_remove(struct lb_memory_map *map, struct lb_range range)
{
	return apply(map, &map->memory, &(struct change){.kind = CHANGE_REMOVE, .range = range});
}

enum lb_status lb_memory_map_reserve(
	struct lb_memory_map *map, struct lb_range range, int32_t node, uint32_t flags)
{
	return apply(map, &map->reserved,
		&(struct change){.kind = CHANGE_ADD, .range = range, .node = node, .set = flags});
}

enum lb_status lb_memory_map_release(struct lb_memory_map *map, struct lb_range range)
{
	return apply(map, &map->reserved, &(struct change){.kind = CHANGE_REMOVE, .range = range});
}

enum lb_status lb_memory_map_set_node(
	struct lb_memory_map *map, struct lb_range range, int32_t node)
{
	return apply(map, &map->memory,
		&(struct change){.kind = CHANGE_NODE, .range = range, .node = node});
}

enum lb_status lb_memory_map_change_flags(
	struct lb_memory_map *map, struct lb_range range, uint32_t set, uint32_t clear)
{
	return apply(map, &map->memory,
		&(struct change){.kind = CHANGE_FLAGS, .range = range, .set = set, .clear = clear});
}

uint64_t lb_memory_map_total(const struct lb_memory_map *map)
{
	return map->memory.total;
}

struct lb_range lb_memory_map_span(const struct lb_memory_map *map)
{
	const struct lb_region_set *memory = &map->memory;

	if (!memory->count) {
		return (struct lb_range){0, 0};
	}
	return (struct lb_range){memory->regions[0].range.start,
		memory->regions[memory->count - 1].range.end};
}

size_t lb_memory_map_memory_count(const struct lb_memory_map *map)
{
	return map->memory.count;
}

size_t lb_memory_map_reserved_count(const struct lb_memory_map *map)
{
	return map->reserved.count;
}

static bool set_is_minimal(const struct lb_region_set *set)
{
	uint64_t total = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct lb_region *region = &set->regions[i];

		total += region->range.end - region->range.start;
		if (region->range.start >= region->range.end) {
			return false;
		}
		if (i && (region[-1].range.end > region->range.start ||
				(region[-1].range.end == region->range.start &&
					region[-1].flags == region->flags &&
					region[-1].node == region->node))) {
			return false;
		}
	}
	return total == set->total;
}

bool lb_memory_map_check(const struct lb_memory_map *map)
{
	return map->memory.count + map->reserved.count <= map->capacity &&
		set_is_minimal(&map->memory) && set_is_minimal(&map->reserved);
}
