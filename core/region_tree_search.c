/* SPDX-License-Identifier: MIT */
/*
 * region_tree: searches that skip every subtree whose offer is too small. On each level at most
 * one child that offers enough can disappoint, the one that the limit cuts.
 */
#include "core/region_tree.h"

static const struct lb_region *found_region(
	struct lb_region_finger *finger, const struct lb_region_leaf *leaf, uint32_t slot)
{
	*finger = (struct lb_region_finger){leaf, slot};
	return &leaf->regions[slot];
}

/* Highest region among the first `slots` that offers enough. */
static const struct lb_region *leaf_region_below(const struct lb_region_leaf *leaf,
	uint32_t slots, uint64_t need, struct lb_region_finger *finger)
{
	while (slots--) {
		if (lb_region_offer(&leaf->regions[slots]) >= need) {
			return found_region(finger, leaf, slots);
		}
	}
	return NULL;
}

static const struct lb_region *region_below(const struct lb_node_pool *pool, uint32_t node,
	uint32_t height, struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need)
{
	const struct lb_region_inner *inner = lb_inner(pool, node);

	if (!height) {
		const struct lb_region_leaf *leaf = lb_leaf(pool, node);

		return leaf_region_below(leaf, lb_leaf_below(leaf, limit), need, finger);
	}
	for (uint32_t slot = inner->count; slot--;) {
		const struct lb_region *region;

		if (inner->start[slot] >= limit || inner->offer[slot] < need) {
			continue;
		}
		region = region_below(pool, inner->child[slot], height - 1, finger, limit, need);
		if (region) {
			return region;
		}
	}
	return NULL;
}

const struct lb_region *lb_region_tree_region_below(const struct lb_node_pool *pool,
	const struct lb_region_tree *tree, struct lb_region_finger *finger, lb_phys_addr limit,
	uint64_t need)
{
	const struct lb_region_leaf *leaf = finger->leaf;

	if (leaf && leaf->regions[0].range.start < limit) {
		uint32_t slots = finger->slot + 1;
		const struct lb_region *region;

		while (leaf->regions[slots - 1].range.start >= limit) {
			slots--;
		}
		region = leaf_region_below(leaf, slots, need, finger);
		if (region) {
			return region;
		}
		limit = leaf->regions[0].range.start;
	}
	return region_below(pool, tree->root, tree->height, finger, limit, need);
}

/* Lowest region from `slot` on that offers enough. */
static const struct lb_region *leaf_region_above(const struct lb_region_leaf *leaf,
	uint32_t slot, uint64_t need, struct lb_region_finger *finger)
{
	for (; slot < leaf->count; slot++) {
		if (lb_region_offer(&leaf->regions[slot]) >= need) {
			return found_region(finger, leaf, slot);
		}
	}
	return NULL;
}

/* The first region of the leaf that ends above the limit. */
static uint32_t first_above(const struct lb_region_leaf *leaf, lb_phys_addr limit)
{
	uint32_t slot = lb_leaf_below(leaf, limit);

	return slot && leaf->regions[slot - 1].range.end > limit ? slot - 1 : slot;
}

/* The first region of the leaf, from `slot` on, that ends above the limit. */
static uint32_t next_above(
	const struct lb_region_leaf *leaf, uint32_t slot, lb_phys_addr limit)
{
	while (slot < leaf->count && leaf->regions[slot].range.end <= limit) {
		slot++;
	}
	return slot;
}

static const struct lb_region *region_above(const struct lb_node_pool *pool, uint32_t node,
	uint32_t height, struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need)
{
	const struct lb_region_inner *inner = lb_inner(pool, node);

	if (!height) {
		const struct lb_region_leaf *leaf = lb_leaf(pool, node);

		return leaf_region_above(leaf, first_above(leaf, limit), need, finger);
	}
	for (uint32_t slot = 0; slot < inner->count; slot++) {
		const struct lb_region *region;

		if (inner->end[slot] <= limit || inner->offer[slot] < need) {
			continue;
		}
		region = region_above(pool, inner->child[slot], height - 1, finger, limit, need);
		if (region) {
			return region;
		}
	}
	return NULL;
}

const struct lb_region *lb_region_tree_region_above(const struct lb_node_pool *pool,
	const struct lb_region_tree *tree, struct lb_region_finger *finger, lb_phys_addr limit,
	uint64_t need)
{
	const struct lb_region_leaf *leaf = finger->leaf;

	if (leaf && leaf->regions[leaf->count - 1].range.end > limit) {
		const struct lb_region *region = leaf_region_above(
			leaf, next_above(leaf, finger->slot, limit), need, finger);

		if (region) {
			return region;
		}
		limit = leaf->regions[leaf->count - 1].range.end;
	}
	return region_above(pool, tree->root, tree->height, finger, limit, need);
}

static bool is_gap(lb_phys_addr start, lb_phys_addr end, uint64_t need, struct lb_range *ret)
{
	if (end - start < need) {
		return false;
	}
	*ret = (struct lb_range){start, end};
	return true;
}

/* Highest gap that is large enough before one of the regions [1, slot]. */
static bool leaf_gap_below(const struct lb_region_leaf *leaf, uint32_t slot, uint64_t need,
	struct lb_region_finger *finger, struct lb_range *ret)
{
	for (; slot; slot--) {
		const struct lb_region *region = &leaf->regions[slot];

		if (is_gap(region[-1].range.end, region->range.start, need, ret)) {
			*finger = (struct lb_region_finger){leaf, slot};
			return true;
		}
	}
	return false;
}

static bool gap_below(const struct lb_node_pool *pool, uint32_t node, uint32_t height,
	struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need, struct lb_range *ret)
{
	const struct lb_region_inner *inner = lb_inner(pool, node);

	if (!height) {
		const struct lb_region_leaf *leaf = lb_leaf(pool, node);
		uint32_t slot = lb_leaf_below(leaf, limit);

		/* The gap before a region counts if the region before that ends below. */
		slot -= slot && leaf->regions[slot - 1].range.end >= limit;
		return leaf_gap_below(
			leaf, slot < leaf->count ? slot : slot - 1, need, finger, ret);
	}
	for (uint32_t slot = inner->count; slot--;) {
		if (inner->start[slot] >= limit) {
			continue;
		}
		if (slot + 1 < inner->count && inner->end[slot] < limit &&
			is_gap(inner->end[slot], inner->start[slot + 1], need, ret)) {
			return true;
		}
		if (inner->offer[slot] >= need && gap_below(pool, inner->child[slot], height - 1,
							  finger, limit, need, ret)) {
			return true;
		}
	}
	return false;
}

static lb_phys_addr tree_start(const struct lb_node_pool *pool, const struct lb_region_tree *tree)
{
	return lb_leaf(pool, tree->first_leaf)->regions[0].range.start;
}

static lb_phys_addr tree_end(const struct lb_node_pool *pool, const struct lb_region_tree *tree)
{
	if (tree->height) {
		const struct lb_region_inner *root = lb_inner(pool, tree->root);

		return root->end[root->count - 1];
	}
	return lb_leaf(pool, tree->root)->regions[tree->count - 1].range.end;
}

bool lb_region_tree_gap_below(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need, struct lb_range *ret)
{
	const struct lb_region_leaf *leaf = finger->leaf;

	if (!tree->count) {
		return limit && is_gap(0, LB_PHYS_ADDR_MAX, need, ret);
	}
	if (leaf && leaf->regions[0].range.end < limit) {
		uint32_t slot = finger->slot;

		while (slot && leaf->regions[slot - 1].range.end >= limit) {
			slot--;
		}
		if (leaf_gap_below(leaf, slot, need, finger, ret)) {
			return true;
		}
		limit = leaf->regions[0].range.end;
	} else if (tree_end(pool, tree) < limit &&
		is_gap(tree_end(pool, tree), LB_PHYS_ADDR_MAX, need, ret)) {
		return true;
	}
	if (gap_below(pool, tree->root, tree->height, finger, limit, need, ret)) {
		return true;
	}
	return limit && is_gap(0, tree_start(pool, tree), need, ret);
}

/* Lowest gap that is large enough before one of the regions from `slot` > 0 on. */
static bool leaf_gap_above(const struct lb_region_leaf *leaf, uint32_t slot, uint64_t need,
	struct lb_region_finger *finger, struct lb_range *ret)
{
	LB_ASSERT(slot); /* the gap before a leaf's first region is its parent's */
	for (; slot < leaf->count; slot++) {
		const struct lb_region *region = &leaf->regions[slot];

		if (is_gap(region[-1].range.end, region->range.start, need, ret)) {
			*finger = (struct lb_region_finger){leaf, slot};
			return true;
		}
	}
	return false;
}

/* The first region after the first of the leaf that starts above the limit. */
static uint32_t first_start_above(const struct lb_region_leaf *leaf, lb_phys_addr limit)
{
	uint32_t slot = lb_leaf_below(leaf, limit);

	slot += slot < leaf->count && leaf->regions[slot].range.start == limit;
	return slot ? slot : 1;
}

static bool gap_above(const struct lb_node_pool *pool, uint32_t node, uint32_t height,
	struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need, struct lb_range *ret)
{
	const struct lb_region_inner *inner = lb_inner(pool, node);

	if (!height) {
		const struct lb_region_leaf *leaf = lb_leaf(pool, node);

		return leaf_gap_above(leaf, first_start_above(leaf, limit), need, finger, ret);
	}
	for (uint32_t slot = 0; slot < inner->count; slot++) {
		if (slot && inner->start[slot] > limit &&
			is_gap(inner->end[slot - 1], inner->start[slot], need, ret)) {
			return true;
		}
		if (inner->end[slot] > limit && inner->offer[slot] >= need &&
			gap_above(pool, inner->child[slot], height - 1, finger, limit, need,
				ret)) {
			return true;
		}
	}
	return false;
}

bool lb_region_tree_gap_above(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need, struct lb_range *ret)
{
	const struct lb_region_leaf *leaf = finger->leaf;

	if (!tree->count) {
		return limit < LB_PHYS_ADDR_MAX && is_gap(0, LB_PHYS_ADDR_MAX, need, ret);
	}
	if (leaf && leaf->regions[leaf->count - 1].range.start > limit) {
		uint32_t slot = finger->slot;

		while (leaf->regions[slot].range.start <= limit) {
			slot++;
		}
		if (leaf_gap_above(leaf, slot, need, finger, ret)) {
			return true;
		}
		limit = leaf->regions[leaf->count - 1].range.start;
	} else if (tree_start(pool, tree) > limit &&
		is_gap(0, tree_start(pool, tree), need, ret)) {
		return true;
	}
	if (gap_above(pool, tree->root, tree->height, finger, limit, need, ret)) {
		return true;
	}
	return tree_end(pool, tree) < LB_PHYS_ADDR_MAX && limit < LB_PHYS_ADDR_MAX &&
		is_gap(tree_end(pool, tree), LB_PHYS_ADDR_MAX, need, ret);
}
