/* SPDX-License-Identifier: MIT */
/* region_tree: a whole tree from regions in order: full leaves first, then level by level. */
#include "core/region_tree.h"

bool lb_region_tree_append(struct lb_node_pool *pool, struct lb_region_builder *builder,
	const struct lb_region *region)
{
	struct lb_region_leaf *leaf = builder->leaf;
	struct lb_region *last;

	LB_ASSERT(!lb_range_empty(region->range));
	if (leaf->count) {
		last = &leaf->regions[leaf->count - 1];
		if (region->range.start >= last->range.start &&
			region->range.start <= last->range.end &&
			lb_same_attributes(last, region)) {
			last->range.end = lb_max(last->range.end, region->range.end);
			return true;
		}
		if (region->range.start < last->range.end) {
			return false;
		}
	}
	if (leaf->count == LB_LEAF_REGIONS) {
		uint32_t node = lb_node_alloc(pool);

		builder->before = leaf;
		leaf->next = node;
		leaf = lb_leaf(pool, node);
		leaf->count = 0;
		leaf->next = LB_NODE_NONE;
		builder->leaf = leaf;
		builder->leaves++;
	}
	leaf->regions[leaf->count++] = *region;
	return true;
}

/* The last leaf may have too few: it takes some from the one before. */
static void fill_last_leaf(struct lb_region_builder *builder)
{
	struct lb_region_leaf *leaf = builder->leaf;
	struct lb_region_leaf *before = builder->before;
	uint32_t moved;

	if (!before || leaf->count >= LB_LEAF_MIN) {
		return;
	}
	LB_ASSERT(before->count == LB_LEAF_REGIONS); /* only the last one is not full */
	moved = (before->count - leaf->count) / 2;
	__builtin_memmove(&leaf->regions[moved], &leaf->regions[0],
		leaf->count * sizeof(leaf->regions[0]));
	before->count -= moved;
	__builtin_memcpy(&leaf->regions[0], &before->regions[before->count],
		moved * sizeof(leaf->regions[0]));
	leaf->count += moved;
	LB_ASSERT(leaf->count >= LB_LEAF_MIN && before->count >= LB_LEAF_MIN);
}

/* One level of inner nodes over `children` nodes, the first of which is `child`; the first of the
 * new ones. Leaves are found by their links, inner nodes stand one after the other. */
static uint32_t build_level(struct lb_node_pool *pool, const struct lb_region_tree *tree,
	uint32_t child, uint32_t children, uint32_t parents)
{
	uint32_t first = LB_NODE_NONE;
	bool is_leaf = tree->height == 0;

	LB_ASSERT(parents && parents < children);
	for (uint32_t i = 0; i < parents; i++) {
		uint32_t node = lb_node_alloc(pool);
		struct lb_region_inner *inner = lb_inner(pool, node);

		first = i ? first : node;
		inner->count = children / parents + (i < children % parents);
		LB_ASSERT(inner->count > 1 && inner->count <= LB_INNER_CHILDREN);
		for (uint32_t slot = 0; slot < inner->count; slot++) {
			inner->child[slot] = child;
			lb_inner_describe(pool, tree->by_gap, inner, slot, is_leaf);
			child = is_leaf ? lb_leaf(pool, child)->next : child + 1;
		}
	}
	return first;
}

void lb_region_tree_finish(struct lb_node_pool *pool, struct lb_region_tree *tree,
	struct lb_region_builder *builder)
{
	uint32_t nodes = builder->leaves;

	LB_ASSERT(!tree->height && !tree->count && !tree->total);
	LB_ASSERT(nodes && builder->leaf->next == LB_NODE_NONE);
	fill_last_leaf(builder);
	for (uint32_t node = tree->first_leaf; node != LB_NODE_NONE;
		node = lb_leaf(pool, node)->next) {
		const struct lb_region_leaf *leaf = lb_leaf(pool, node);

		tree->count += leaf->count;
		for (uint32_t i = 0; i < leaf->count; i++) {
			tree->total += lb_range_size(leaf->regions[i].range);
		}
	}
	while (nodes > 1) {
		uint32_t parents = (nodes + LB_INNER_CHILDREN - 1) / LB_INNER_CHILDREN;

		tree->root = build_level(pool, tree, tree->root, nodes, parents);
		tree->height++;
		LB_ASSERT(tree->height <= LB_TREE_LEVELS);
		nodes = parents;
	}
}
