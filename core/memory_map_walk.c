/* SPDX-License-Identifier: MIT */
/* memory_map: walks and lookups. Walks follow the links between leaves. */
#include "core/region_tree.h"

#define CACHE_LINE 64

/* Stands the cursor on the first region of the next leaf; false at the end. */
static bool enter_leaf(const struct lb_node_pool *pool, struct lb_region_cursor *cursor)
{
	const struct lb_region_leaf *leaf;

	if (cursor->next_leaf == LB_NODE_NONE) {
		return false;
	}
	leaf = lb_leaf(pool, cursor->next_leaf);
	cursor->at = leaf->regions;
	cursor->end = leaf->regions + leaf->count;
	cursor->next_leaf = leaf->next;
	if (leaf->next != LB_NODE_NONE) {
		/* After random changes the next leaf is anywhere, and no hardware guesses it. */
		const char *ahead = (const char *)lb_leaf(pool, leaf->next);

		for (size_t i = 0; i < LB_NODE_BYTES; i += CACHE_LINE) {
			__builtin_prefetch(ahead + i);
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

/* The lowest start of a reserved region that ends above the position. */
static inline lb_phys_addr next_taken(
	const struct lb_memory_map *map, struct lb_region_cursor *reserved, lb_phys_addr position)
{
	while (has_region(&map->pool, reserved)) {
		if (reserved->at->range.end > position) {
			return reserved->at->range.start;
		}
		reserved->at++;
	}
	return LB_PHYS_ADDR_MAX;
}

bool lb_memory_map_next_free(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret)
{
	if (!cursor->memory.started) {
		start_walk(&map->memory, &cursor->memory);
		start_walk(&map->reserved, &cursor->reserved);
	}
	while (has_region(&map->pool, &cursor->memory)) {
		const struct lb_region *region = cursor->memory.at;
		lb_phys_addr start = lb_max(cursor->position, region->range.start);
		lb_phys_addr end = region->range.end;

		if (start < end && !(region->flags & (LB_MEM_NOMAP | LB_MEM_DRIVER_MANAGED))) {
			lb_phys_addr taken = next_taken(map, &cursor->reserved, start);

			if (taken < end) {
				cursor->position = cursor->reserved.at->range.end;
				end = taken;
			} else {
				cursor->memory.at++;
			}
			if (start < end) {
				*ret = (struct lb_region){
					{start, end}, region->flags, region->node};
				return true;
			}
		} else {
			cursor->memory.at++;
		}
	}
	return false;
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
