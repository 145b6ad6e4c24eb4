/* SPDX-License-Identifier: MIT */
/* memory_map: storage, copies and changes. Each change is one change of one tree. */
#include "core/region_tree.h"

_Static_assert(LB_NODES_(5) == 2, "the smallest map is two leaves");

/* The most regions that fit, whatever happens to them. */
static size_t capacity_of(size_t bytes)
{
	size_t low = 0;
	size_t high = bytes / sizeof(struct lb_region);

	while (low < high) {
		size_t middle = high - (high - low) / 2;

		if (LB_MEMORY_MAP_BYTES(middle) <= bytes) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	LB_ASSERT(low); /* the caller looked */
	return low;
}

void lb_memory_map_clear(struct lb_memory_map *map)
{
	LB_ASSERT(map->pool.capacity >= 2); /* a leaf for each set */
	map->pool.used = 0;
	map->pool.free = LB_NODE_NONE;
	lb_region_tree_init(&map->pool, &map->memory, false);
	lb_region_tree_init(&map->pool, &map->reserved, true);
}

enum lb_status lb_memory_map_init(struct lb_memory_map *map, void *storage, size_t bytes)
{
	size_t nodes = bytes / LB_NODE_BYTES;

	LB_ASSERT(((uintptr_t)storage & (_Alignof(struct lb_region_node) - 1)) == 0);
	if (bytes < LB_MEMORY_MAP_BYTES(1)) {
		return LB_NO_STORAGE;
	}
	nodes = nodes < LB_NODE_NONE ? nodes : LB_NODE_NONE - 1;
	*map = (struct lb_memory_map){
		.pool = {.nodes = storage, .capacity = (uint32_t)nodes},
		.capacity = capacity_of(nodes * LB_NODE_BYTES),
	};
	lb_memory_map_clear(map);
	return LB_OK;
}

static void copy_leaf(struct lb_region_leaf *dst, const struct lb_region_leaf *src)
{
	LB_ASSERT(src->count <= LB_LEAF_REGIONS);
	__builtin_memcpy(
		dst, src, offsetof(struct lb_region_leaf, regions) +
			src->count * sizeof(src->regions[0]));
}

/* The other map's nodes lie further apart than dst can follow: packs them anew. */
static enum lb_status copy_packed(struct lb_memory_map *dst, const struct lb_memory_map *src)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	enum lb_status status = LB_OK;

	LB_ASSERT(dst->pool.nodes != src->pool.nodes);
	lb_memory_map_clear(dst);
	while (status == LB_OK && lb_memory_map_next_memory(src, &cursor, &region)) {
		status = lb_memory_map_add(dst, region.range, region.node, region.flags);
	}
	while (status == LB_OK && lb_memory_map_next_reserved(src, &cursor, &region)) {
		status = lb_memory_map_reserve(dst, region.range, region.node, region.flags);
	}
	return status;
}

enum lb_status lb_memory_map_copy(struct lb_memory_map *dst, const struct lb_memory_map *src)
{
	if (src->memory.count + src->reserved.count > dst->capacity) {
		return LB_NO_STORAGE;
	}
	if (dst == src) {
		return LB_OK;
	}
	if (src->pool.used > dst->pool.capacity) {
		return copy_packed(dst, src);
	}
	if (!src->memory.height && !src->reserved.height) {
		lb_memory_map_clear(dst);
		copy_leaf(lb_leaf(&dst->pool, dst->memory.root),
			lb_leaf(&src->pool, src->memory.root));
		copy_leaf(lb_leaf(&dst->pool, dst->reserved.root),
			lb_leaf(&src->pool, src->reserved.root));
		dst->memory.count = src->memory.count;
		dst->memory.total = src->memory.total;
		dst->reserved.count = src->reserved.count;
		dst->reserved.total = src->reserved.total;
		return LB_OK;
	}
	LB_ASSERT(dst->pool.nodes != src->pool.nodes);
	__builtin_memcpy(dst->pool.nodes, src->pool.nodes,
		src->pool.used * sizeof(struct lb_region_node));
	dst->pool.used = src->pool.used;
	dst->pool.free = src->pool.free;
	dst->memory = src->memory;
	dst->reserved = src->reserved;
	return LB_OK;
}

static enum lb_status apply(struct lb_memory_map *map, struct lb_region_tree *tree,
	const struct lb_region_change *change)
{
	LB_ASSERT(change->range.start <= change->range.end);
	LB_ASSERT(tree == &map->memory || tree == &map->reserved);
	return lb_region_tree_change(&map->pool, tree, change, lb_memory_map_room(map));
}

/* Apart, and without structs by value: their copies would be made on the quick way, too. */
static enum lb_status __attribute__((noinline)) apply_add(struct lb_memory_map *map,
	struct lb_region_tree *tree, lb_phys_addr start, lb_phys_addr end, int32_t node,
	uint32_t flags)
{
	struct lb_range range = {start, end};

	return apply(map, tree,
		&(struct lb_region_change){LB_CHANGE_ADD, range, node, .set = flags, .clear = 0});
}

static enum lb_status __attribute__((noinline)) apply_remove(struct lb_memory_map *map,
	struct lb_region_tree *tree, lb_phys_addr start, lb_phys_addr end)
{
	return apply(map, tree,
		&(struct lb_region_change){.kind = LB_CHANGE_REMOVE, .range = {start, end}});
}

/*
 * The two changes that boot code makes most, in a set that is one leaf, without the machinery: a
 * region that meets no other, and one that goes as it came. What is not that simple falls through.
 */
static inline enum lb_status insert(struct lb_memory_map *map, struct lb_region_tree *tree,
	lb_phys_addr start, lb_phys_addr end, int32_t node, uint32_t flags)
{
	struct lb_region_leaf *leaf = lb_leaf(&map->pool, tree->root);
	struct lb_region *region;
	uint32_t at;

	if (tree->height || leaf->count == LB_LEAF_REGIONS || !lb_memory_map_room(map) ||
		start >= end) {
		return apply_add(map, tree, start, end, node, flags);
	}
	at = lb_leaf_place(leaf, start);
	region = &leaf->regions[at];
	if ((at && region[-1].range.end >= start) ||
		(at < leaf->count && region->range.start <= end)) {
		return apply_add(map, tree, start, end, node, flags);
	}
	LB_ASSERT(at <= leaf->count && leaf->count == tree->count);
	if (at < leaf->count) {
		__builtin_memmove(region + 1, region, (leaf->count - at) * sizeof(*region));
	}
	region->range.start = start;
	/* Else gcc 12 builds both in one vector register by way of the stack: 15 cycles. */
	__asm__ volatile("" ::: "memory");
	region->range.end = end;
	region->flags = flags;
	region->node = node;
	leaf->count++;
	tree->count++;
	tree->total += end - start;
	return LB_OK;
}

static inline enum lb_status erase(struct lb_memory_map *map, struct lb_region_tree *tree,
	lb_phys_addr start, lb_phys_addr end)
{
	struct lb_region_leaf *leaf = lb_leaf(&map->pool, tree->root);
	struct lb_region *region;
	uint32_t at;

	if (tree->height || start >= end) {
		return apply_remove(map, tree, start, end);
	}
	at = lb_leaf_place(leaf, start);
	region = &leaf->regions[at];
	if (at == leaf->count || region->range.start != start || region->range.end != end) {
		return apply_remove(map, tree, start, end);
	}
	LB_ASSERT(leaf->count == tree->count && tree->total >= end - start);
	leaf->count--;
	tree->count--;
	tree->total -= end - start;
	__builtin_memmove(region, region + 1, (leaf->count - at) * sizeof(*region));
	return LB_OK;
}

enum lb_status lb_memory_map_add(
	struct lb_memory_map *map, struct lb_range range, int32_t node, uint32_t flags)
{
	return insert(map, &map->memory, range.start, range.end, node, flags);
}

enum lb_status lb_memory_map_remove(struct lb_memory_map *map, struct lb_range range)
{
	return erase(map, &map->memory, range.start, range.end);
}

enum lb_status lb_memory_map_reserve(
	struct lb_memory_map *map, struct lb_range range, int32_t node, uint32_t flags)
{
	return insert(map, &map->reserved, range.start, range.end, node, flags);
}

enum lb_status lb_memory_map_release(struct lb_memory_map *map, struct lb_range range)
{
	return erase(map, &map->reserved, range.start, range.end);
}

enum lb_status lb_memory_map_set_node(
	struct lb_memory_map *map, struct lb_range range, int32_t node)
{
	return apply(map, &map->memory,
		&(struct lb_region_change){.kind = LB_CHANGE_NODE, .range = range, .node = node});
}

enum lb_status lb_memory_map_change_flags(
	struct lb_memory_map *map, struct lb_range range, uint32_t set, uint32_t clear)
{
	return apply(map, &map->memory,
		&(struct lb_region_change){
			.kind = LB_CHANGE_FLAGS, .range = range, .set = set, .clear = clear});
}

uint64_t lb_memory_map_total(const struct lb_memory_map *map)
{
	return map->memory.total;
}

struct lb_range lb_memory_map_span(const struct lb_memory_map *map)
{
	struct lb_region_path path;
	const struct lb_region_leaf *first = lb_leaf(&map->pool, map->memory.first_leaf);
	const struct lb_region_leaf *last;

	if (!map->memory.count) {
		return (struct lb_range){0, 0};
	}
	last = lb_region_tree_descend(&map->pool, &map->memory, LB_PHYS_ADDR_MAX, &path);
	LB_ASSERT(first->count && last->count && last->next == LB_NODE_NONE);
	return (struct lb_range){
		first->regions[0].range.start, last->regions[last->count - 1].range.end};
}

size_t lb_memory_map_memory_count(const struct lb_memory_map *map)
{
	return map->memory.count;
}

size_t lb_memory_map_reserved_count(const struct lb_memory_map *map)
{
	return map->reserved.count;
}

size_t lb_memory_map_room(const struct lb_memory_map *map)
{
	return map->capacity - map->memory.count - map->reserved.count;
}

bool lb_memory_map_check(const struct lb_memory_map *map)
{
	return map->memory.count + map->reserved.count <= map->capacity &&
		map->pool.used <= map->pool.capacity &&
		lb_region_tree_check(&map->pool, &map->memory) &&
		lb_region_tree_check(&map->pool, &map->reserved);
}
