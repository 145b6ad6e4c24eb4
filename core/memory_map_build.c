/* SPDX-License-Identifier: MIT */
/*
 * memory_map: a map from lists. A list in order goes straight into leaves. Another one is sorted
 * first, by radix, in that part of the map's storage that the leaves will not reach. Where regions
 * overlap and disagree the order of the list decides, and they are added one by one.
 */
#include "core/region_tree.h"

#define DIGITS 8        /* of 8 bits */
#define DIGIT_VALUES 256
#define SORT_LEAST 256  /* a shorter list is added one by one: no slower */
#define AHEAD 24        /* regions of a sorted list lie anywhere: fetched so many ahead */

/* One region of the list. */
struct key {
	lb_phys_addr start;
	size_t index;
};

/* Free storage while a set is built: leaves grow up from `start`, what is sorted lies at `end`. */
struct scratch {
	unsigned char *start;
	unsigned char *end;
};

enum loaded { LOADED, OUT_OF_ORDER, TOO_MANY };

struct list {
	const struct lb_region *regions;
	size_t count;
	const struct key *order; /* NULL: as it is */
};

/* Fills the empty tree; leaves it unfinished unless LOADED. */
static enum loaded load(
	struct lb_memory_map *map, struct lb_region_tree *tree, const struct list *list)
{
	struct lb_region_builder builder = {.leaf = lb_leaf(&map->pool, tree->root), .leaves = 1};
	size_t room = lb_memory_map_room(map);

	LB_ASSERT(!tree->height && !tree->count && !builder.leaf->count);
	for (size_t i = 0; i < list->count; i++) {
		const struct lb_region *region =
			&list->regions[list->order ? list->order[i].index : i];

		if (list->order && i + AHEAD < list->count) {
			__builtin_prefetch(&list->regions[list->order[i + AHEAD].index]);
		}
		if (lb_range_empty(region->range)) {
			continue;
		}
		if (!lb_region_tree_append(&map->pool, &builder, region)) {
			return OUT_OF_ORDER;
		}
		if ((builder.leaves - 1) * (size_t)LB_LEAF_REGIONS + builder.leaf->count > room) {
			return TOO_MANY;
		}
	}
	lb_region_tree_finish(&map->pool, tree, &builder);
	return LOADED;
}

static void count_digit(
	const struct key *keys, size_t count, unsigned int digit, size_t *counts)
{
	__builtin_memset(counts, 0, DIGIT_VALUES * sizeof(*counts));
	for (size_t i = 0; i < count; i++) {
		counts[keys[i].start >> (8 * digit) & (DIGIT_VALUES - 1)]++;
	}
}

static void sort_by_digit(const struct key *from, struct key *to, size_t count,
	unsigned int digit, size_t *places)
{
	size_t place = 0;

	for (size_t value = 0; value < DIGIT_VALUES; value++) {
		size_t here = places[value];

		places[value] = place;
		place += here;
	}
	LB_ASSERT(place == count);
	for (size_t i = 0; i < count; i++) {
		to[places[from[i].start >> (8 * digit) & (DIGIT_VALUES - 1)]++] = from[i];
	}
}

/* One bit for each digit in which not all keys agree: the others need no pass. */
static unsigned int varying_digits(const struct list *list)
{
	uint64_t varies = 0;
	unsigned int digits = 0;

	for (size_t i = 0; i < list->count; i++) {
		varies |= list->regions[i].range.start ^ list->regions[0].range.start;
	}
	for (unsigned int digit = 0; digit < DIGITS; digit++) {
		digits |= (unsigned int)((varies >> (8 * digit) & (DIGIT_VALUES - 1)) != 0)
			<< digit;
	}
	return digits;
}

/* The list's order by address, stable, at the end of the scratch; NULL: too little scratch. */
static const struct key *sort(const struct list *list, struct scratch scratch)
{
	size_t *counts = (size_t *)(void *)scratch.start;
	size_t count = list->count;
	struct key *from = (struct key *)(void *)scratch.end - 2 * count;
	struct key *to = (struct key *)(void *)scratch.end - count;
	unsigned int digits;
	bool odd = false; /* passes */

	if ((size_t)(scratch.end - scratch.start) / sizeof(*from) / 2 < count ||
		(size_t)((unsigned char *)from - scratch.start) < DIGIT_VALUES * sizeof(*counts)) {
		return NULL;
	}
	LB_ASSERT(count); /* varying_digits compares with the first */
	digits = varying_digits(list);
	for (unsigned int left = digits; left; left &= left - 1) {
		odd = !odd;
	}
	if (!odd) { /* the last pass has to end at the end */
		struct key *other = from;

		from = to;
		to = other;
	}
	for (size_t i = 0; i < count; i++) {
		from[i] = (struct key){list->regions[i].range.start, i};
	}
	for (unsigned int digit = 0; digit < DIGITS; digit++) {
		if (digits >> digit & 1) {
			struct key *other = from;

			count_digit(from, count, digit, counts);
			sort_by_digit(from, to, count, digit, counts);
			from = to;
			to = other;
		}
	}
	LB_ASSERT(from == (struct key *)(void *)scratch.end - count);
	return from;
}

/* Where to sort: between the leaves that the list may fill and the end of the storage. */
static const struct key *order_of(const struct lb_memory_map *map, const struct list *list)
{
	size_t free_nodes = map->pool.capacity - map->pool.used;
	size_t leaves = list->count / LB_LEAF_REGIONS + 1;
	size_t inner = leaves / (LB_INNER_CHILDREN / 2) + LB_TREE_LEVELS;
	struct scratch scratch = {
		.start = (unsigned char *)&map->pool.nodes[map->pool.used],
		.end = (unsigned char *)&map->pool.nodes[map->pool.capacity],
	};

	if (list->count < SORT_LEAST || leaves + inner > free_nodes ||
		(free_nodes - leaves - inner) * sizeof(struct lb_region_node) / sizeof(struct key) <
			list->count) {
		return NULL;
	}
	return sort(list, scratch);
}

static void empty_tree(struct lb_memory_map *map, struct lb_region_tree *tree, uint32_t used)
{
	LB_ASSERT(used <= map->pool.used && map->pool.free == LB_NODE_NONE);
	LB_ASSERT(!tree->height && tree->root == tree->first_leaf && tree->root < used);
	map->pool.used = used;
	lb_leaf(&map->pool, tree->root)->count = 0;
	lb_leaf(&map->pool, tree->root)->next = LB_NODE_NONE;
}

static enum lb_status add_each(
	struct lb_memory_map *map, struct lb_region_tree *tree, const struct list *list)
{
	enum lb_status status = LB_OK;

	for (size_t i = 0; i < list->count && status == LB_OK; i++) {
		const struct lb_region *region = &list->regions[i];

		status = tree == &map->memory
			? lb_memory_map_add(map, region->range, region->node, region->flags)
			: lb_memory_map_reserve(
				  map, region->range, region->node, region->flags);
	}
	return status;
}

static enum lb_status build(
	struct lb_memory_map *map, struct lb_region_tree *tree, struct list list)
{
	uint32_t used = map->pool.used;
	enum loaded loaded = OUT_OF_ORDER;

	if (map->pool.free != LB_NODE_NONE) { /* loading takes nodes that stand in a row */
		return add_each(map, tree, &list);
	}
	loaded = load(map, tree, &list);
	if (loaded == OUT_OF_ORDER) {
		empty_tree(map, tree, used);
		list.order = order_of(map, &list);
		if (list.order) {
			loaded = load(map, tree, &list);
		}
	}
	if (loaded == OUT_OF_ORDER) {
		empty_tree(map, tree, used);
		return add_each(map, tree, &list);
	}
	return loaded == LOADED ? LB_OK : LB_NO_STORAGE;
}

enum lb_status lb_memory_map_build(struct lb_memory_map *map, const struct lb_region *memory,
	size_t memory_count, const struct lb_region *reserved, size_t reserved_count)
{
	enum lb_status status;

	LB_ASSERT(!map->memory.count && !map->reserved.count);
	lb_memory_map_clear(map);
	status = build(map, &map->memory, (struct list){memory, memory_count, NULL});
	if (status == LB_OK) {
		status = build(map, &map->reserved, (struct list){reserved, reserved_count, NULL});
	}
	if (status != LB_OK) {
		lb_memory_map_clear(map);
	}
	LB_ASSERT(status == LB_OK || !map->memory.count);
	return status;
}
