/* SPDX-License-Identifier: MIT */
/* region_tree: every invariant of region_tree.h, tested from scratch. */
#include "core/region_tree.h"

/* What has been seen so far, left to right. */
struct seen {
	const struct lb_region *last;
	uint32_t next_leaf; /* the leaf that has to come next */
	size_t regions;
	uint64_t total;
};

static bool leaf_is_sound(const struct lb_node_pool *pool, uint32_t node, struct seen *seen)
{
	const struct lb_region_leaf *leaf = lb_leaf(pool, node);

	if (node != seen->next_leaf || leaf->count > LB_LEAF_REGIONS) {
		return false;
	}
	for (uint32_t i = 0; i < leaf->count; i++) {
		const struct lb_region *region = &leaf->regions[i];
		const struct lb_region *last = seen->last;

		if (region->range.start >= region->range.end) {
			return false;
		}
		if (last && (last->range.end > region->range.start ||
				    (last->range.end == region->range.start &&
					    lb_same_attributes(last, region)))) {
			return false;
		}
		seen->last = region;
		seen->total += lb_range_size(region->range);
	}
	seen->regions += leaf->count;
	seen->next_leaf = leaf->next;
	return true;
}

static bool is_described(const struct lb_node_pool *pool, bool by_gap,
	const struct lb_region_inner *inner, uint32_t slot, bool is_leaf)
{
	struct lb_child_description fresh =
		lb_describe(pool, by_gap, inner->child[slot], is_leaf);

	return fresh.start == inner->start[slot] && fresh.end == inner->end[slot] &&
		fresh.offer == inner->offer[slot];
}

static bool node_is_sound(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	uint32_t node, uint32_t height, struct seen *seen)
{
	const struct lb_region_inner *inner = lb_inner(pool, node);
	bool is_root = node == tree->root;

	if (node >= pool->used) {
		return false;
	}
	if (!height) {
		return (is_root || lb_leaf(pool, node)->count >= LB_LEAF_MIN) &&
			leaf_is_sound(pool, node, seen);
	}
	if (inner->count < (is_root ? 2 : LB_INNER_MIN) || inner->count > LB_INNER_CHILDREN) {
		return false;
	}
	for (uint32_t slot = 0; slot < inner->count; slot++) {
		if (!node_is_sound(pool, tree, inner->child[slot], height - 1, seen) ||
			!is_described(pool, tree->by_gap, inner, slot, height == 1)) {
			return false;
		}
	}
	return true;
}

bool lb_region_tree_check(const struct lb_node_pool *pool, const struct lb_region_tree *tree)
{
	struct seen seen = {.next_leaf = tree->first_leaf};

	return tree->height <= LB_TREE_LEVELS &&
		node_is_sound(pool, tree, tree->root, tree->height, &seen) &&
		seen.next_leaf == LB_NODE_NONE && seen.regions == tree->count &&
		seen.total == tree->total;
}
