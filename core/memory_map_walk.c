/* SPDX-License-Identifier: MIT */
/* memory_map: walks and lookups. Walks follow the links between leaves. */
#include "core/region_tree.h"

/*
 * Stands the cursor on the first region of the next leaf; false at the end. After random changes
 * leaves lie anywhere, and no hardware guesses the next one, so walks fetch two leaves ahead.
 */
static bool enter_leaf(const struct lb_node_pool *pool, struct lb_region_cursor *cursor)
{
	const struct lb_region_leaf *leaf;

	if (cursor->next_leaf == LB_NODE_NONE) {
		return false;
	}
	LB_ASSERT(cursor->next_leaf < pool->used);
	leaf = lb_leaf(pool, cursor->next_leaf);
	cursor->at = leaf->regions;
	cursor->end = leaf->regions + leaf->count;
	cursor->next_leaf = leaf->next;
	cursor->ahead = 0;
	if (leaf->next != LB_NODE_NONE) {
		uint32_t after_next = lb_leaf(pool, leaf->next)->next;

		if (after_next != LB_NODE_NONE) {
			cursor->ahead =
				(intptr_t)lb_leaf(pool, after_next) - (intptr_t)leaf;
		}
	}
	return leaf->count;
}

static void start_walk(const struct lb_region_tree *tree, struct lb_region_cursor *cursor)
{
	cursor->next_leaf = tree->first_leaf;
	cursor->started = true;
}

static inline bool has_region(const struct lb_node_pool *pool, struct lb_region_cursor *cursor)
{
	return cursor->at != cursor->end || enter_leaf(pool, cursor);
}

static bool next_region(const struct lb_memory_map *map, const struct lb_region_tree *tree,
	struct lb_region_cursor *cursor, struct lb_region *ret)
{
	if (!cursor->started) {
		start_walk(tree, cursor);
	}
	if (!has_region(&map->pool, cursor)) {
		return false;
	}
	LB_ASSERT(!lb_range_empty(cursor->at->range));
	*ret = *cursor->at++;
	return true;
}

bool lb_memory_map_next_memory(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	return next_region(map, &map->memory, &cursor->memory, ret);
}

bool lb_memory_map_next_reserved(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	return next_region(map, &map->reserved, &cursor->reserved, ret);
}

/* Goes on to the next memory region that can be handed out; its part from position on. */
static bool next_usable(const struct lb_memory_map *map, struct lb_memory_cursor *cursor)
{
	while (has_region(&map->pool, &cursor->memory)) {
		const struct lb_region *region = cursor->memory.at++;

		if (lb_region_offer(region) && region->range.end > cursor->position) {
			cursor->position = lb_max(cursor->position, region->range.start);
			cursor->usable_end = region->range.end;
			LB_ASSERT(cursor->position < cursor->usable_end);
			cursor->flags = region->flags;
			cursor->node = region->node;
			return true;
		}
	}
	return false;
}

bool lb_memory_map_next_free(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	if (!cursor->memory.started) {
		start_walk(&map->memory, &cursor->memory);
		start_walk(&map->reserved, &cursor->reserved);
	}
	for (;;) {
		lb_phys_addr start = cursor->position;
		lb_phys_addr end = cursor->usable_end;

		if (start >= end) {
			if (!next_usable(map, cursor)) {
				return false;
			}
			continue;
		}
		cursor->position = end;
		if (has_region(&map->pool, &cursor->reserved)) {
			const struct lb_region *taken = cursor->reserved.at;

			__builtin_prefetch((const char *)taken + cursor->reserved.ahead);
			if (taken->range.start < end) {
				end = taken->range.start;
				cursor->reserved.at++;
				/* A branch that goes one way, not a maximum: the next call then
				 * does not wait for this one's start. */
				if (__builtin_expect(taken->range.end > start, true)) {
					cursor->position = taken->range.end;
				} else {
					cursor->position = start;
				}
			}
		}
		if (start < end) {
			*ret = (struct lb_region){{start, end}, cursor->flags, cursor->node};
			return true;
		}
	}
}

/* The lowest region that ends above the address, or NULL. */
static const struct lb_region *first_above(
	const struct lb_memory_map *map, const struct lb_region_tree *tree, lb_phys_addr address)
{
	struct lb_region_path path;
	const struct lb_region_leaf *leaf;
	uint32_t at;

	leaf = lb_region_tree_descend(&map->pool, tree, address, &path);
	at = lb_leaf_below(leaf, address);
	if (at && leaf->regions[at - 1].range.end > address) {
		return &leaf->regions[at - 1];
	}
	if (at < leaf->count) {
		return &leaf->regions[at];
	}
	return leaf->next == LB_NODE_NONE ? NULL : lb_leaf(&map->pool, leaf->next)->regions;
}

static bool region_at(const struct lb_memory_map *map, const struct lb_region_tree *tree,
	lb_phys_addr address, struct lb_region *ret)
{
	const struct lb_region *region = first_above(map, tree, address);

	if (!region || region->range.start > address) {
		return false;
	}
	*ret = *region;
	return true;
}

bool lb_memory_map_memory_at(
	const struct lb_memory_map *map, lb_phys_addr address, struct lb_region *ret)
{
	return region_at(map, &map->memory, address, ret);
}

bool lb_memory_map_reserved_at(
	const struct lb_memory_map *map, lb_phys_addr address, struct lb_region *ret)
{
	return region_at(map, &map->reserved, address, ret);
}

static bool overlaps(const struct lb_memory_map *map, const struct lb_region_tree *tree,
	struct lb_range range)
{
	const struct lb_region *region = first_above(map, tree, range.start);

	return region && lb_range_overlaps(region->range, range);
}

bool lb_memory_map_overlaps_reserved(const struct lb_memory_map *map, struct lb_range range)
{
	return overlaps(map, &map->reserved, range);
}

bool lb_memory_map_overlaps_memory(const struct lb_memory_map *map, struct lb_range range)
{
	return overlaps(map, &map->memory, range);
}
