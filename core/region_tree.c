/* SPDX-License-Identifier: MIT */
/*
 * region_tree: the shape of the tree: descent, splice, split, merge, and the offers of subtrees.
 *
 * The pool is sized so that nodes cannot run out while the map's count of regions is kept
 * (memory_map_storage.h), so nothing here fails.
 */
#include "core/region_tree.h"

#define LEAF_FULL (LB_LEAF_REGIONS - LB_CHANGE_GROWTH + 1) /* at this count a leaf is split */
#define LEAF_MERGED 120 /* two leaves become one if the sum is at most this */
#define INNER_MERGED 100

uint32_t lb_node_alloc(struct lb_node_pool *pool)
{
	uint32_t node = pool->free;

	if (node != LB_NODE_NONE) {
		LB_ASSERT(node < pool->used);
		pool->free = lb_leaf(pool, node)->next;
		return node;
	}
	LB_ASSERT(pool->used < pool->capacity);
	return pool->used++;
}

static void node_free(struct lb_node_pool *pool, uint32_t node)
{
	LB_ASSERT(node < pool->used);
	LB_ASSERT(node != pool->free); /* given back once */
	lb_leaf(pool, node)->next = pool->free;
	pool->free = node;
}

void lb_region_tree_init(struct lb_node_pool *pool, struct lb_region_tree *tree, bool by_gap)
{
	uint32_t root = lb_node_alloc(pool);

	lb_leaf(pool, root)->count = 0;
	lb_leaf(pool, root)->next = LB_NODE_NONE;
	*tree = (struct lb_region_tree){.root = root, .first_leaf = root, .by_gap = by_gap};
}

/* The largest piece that regions [from, to) of the leaf offer, by gap with their neighbours. */
static uint64_t leaf_offer(
	const struct lb_region_leaf *leaf, bool by_gap, uint32_t from, uint32_t to)
{
	const struct lb_region *regions = leaf->regions;
	uint64_t most = 0;

	LB_ASSERT(from <= to && to <= leaf->count);
	if (!by_gap) {
		for (uint32_t i = from; i < to; i++) {
			most = lb_max(most, lb_region_offer(&regions[i]));
		}
		return most;
	}
	for (uint32_t i = from ? from : 1; i <= to && i < leaf->count; i++) {
		most = lb_max(most, regions[i].range.start - regions[i - 1].range.end);
	}
	return most;
}

uint64_t lb_leaf_offer(const struct lb_region_leaf *leaf, bool by_gap)
{
	return leaf_offer(leaf, by_gap, 0, leaf->count);
}

/* The same for children [from, to) of an inner node. */
static uint64_t inner_offer(
	const struct lb_region_inner *inner, bool by_gap, uint32_t from, uint32_t to)
{
	uint64_t most = 0;

	LB_ASSERT(from < to && to <= inner->count);
	for (uint32_t i = from; i < to; i++) {
		most = lb_max(most, inner->offer[i]);
	}
	for (uint32_t i = from ? from : 1; by_gap && i <= to && i < inner->count; i++) {
		most = lb_max(most, inner->start[i] - inner->end[i - 1]);
	}
	return most;
}

struct lb_child_description lb_describe(
	const struct lb_node_pool *pool, bool by_gap, uint32_t node, bool is_leaf)
{
	const struct lb_region_inner *inner = lb_inner(pool, node);
	const struct lb_region_leaf *leaf = lb_leaf(pool, node);

	LB_ASSERT(leaf->count); /* of either kind; only a root may be empty */
	if (is_leaf) {
		return (struct lb_child_description){leaf->regions[0].range.start,
			leaf->regions[leaf->count - 1].range.end, lb_leaf_offer(leaf, by_gap)};
	}
	return (struct lb_child_description){inner->start[0], inner->end[inner->count - 1],
		inner_offer(inner, by_gap, 0, inner->count)};
}

void lb_inner_describe(const struct lb_node_pool *pool, bool by_gap,
	struct lb_region_inner *inner, uint32_t slot, bool is_leaf)
{
	struct lb_child_description child =
		lb_describe(pool, by_gap, inner->child[slot], is_leaf);

	LB_ASSERT(slot < inner->count);
	LB_ASSERT(child.start < child.end);
	inner->start[slot] = child.start;
	inner->end[slot] = child.end;
	inner->offer[slot] = child.offer;
}

struct lb_region_leaf *lb_region_tree_descend(const struct lb_node_pool *pool,
	const struct lb_region_tree *tree, lb_phys_addr address, struct lb_region_path *ret)
{
	uint32_t node = tree->root;

	LB_ASSERT(tree->height <= LB_TREE_LEVELS);
	ret->fence = LB_PHYS_ADDR_MAX;
	ret->leftmost = true;
	for (uint32_t level = 0; level < tree->height; level++) {
		const struct lb_region_inner *inner = lb_inner(pool, node);
		uint32_t slot = lb_inner_slot(inner, address);

		ret->node[level] = node;
		ret->slot[level] = slot;
		if (slot + 1 < inner->count) {
			ret->fence = inner->start[slot + 1];
		}
		ret->leftmost &= slot == 0;
		node = inner->child[slot];
	}
	ret->node[tree->height] = node;
	LB_ASSERT(ret->fence > address || address == LB_PHYS_ADDR_MAX);
	return lb_leaf(pool, node);
}

/* Moves children [from, from + count) of src to place `to` of dst, which has room there. */
static void move_children(struct lb_region_inner *dst, uint32_t to,
	const struct lb_region_inner *src, uint32_t from, uint32_t count)
{
	LB_ASSERT(to <= LB_INNER_CHILDREN && count <= LB_INNER_CHILDREN - to);
	LB_ASSERT(from <= LB_INNER_CHILDREN && count <= LB_INNER_CHILDREN - from);
	__builtin_memmove(&dst->child[to], &src->child[from], count * sizeof(src->child[0]));
	__builtin_memmove(&dst->start[to], &src->start[from], count * sizeof(src->start[0]));
	__builtin_memmove(&dst->end[to], &src->end[from], count * sizeof(src->end[0]));
	__builtin_memmove(&dst->offer[to], &src->offer[from], count * sizeof(src->offer[0]));
}

static void move_regions(struct lb_region_leaf *dst, uint32_t to,
	const struct lb_region_leaf *src, uint32_t from, uint32_t count)
{
	LB_ASSERT(to <= LB_LEAF_REGIONS && count <= LB_LEAF_REGIONS - to);
	LB_ASSERT(from <= LB_LEAF_REGIONS && count <= LB_LEAF_REGIONS - from);
	__builtin_memmove(&dst->regions[to], &src->regions[from], count * sizeof(struct lb_region));
}

/* Moves the upper part of one child, from `keep` on, into a new right neighbour. */
static void split_child(struct lb_node_pool *pool, bool by_gap, struct lb_region_inner *parent,
	uint32_t slot, bool is_leaf)
{
	uint32_t right_node = lb_node_alloc(pool);
	struct lb_region_node *left = &pool->nodes[parent->child[slot]];
	struct lb_region_node *right = &pool->nodes[right_node];

	LB_ASSERT(slot < parent->count);
	LB_ASSERT(parent->count < LB_INNER_CHILDREN); /* full parents were split on the way down */
	if (is_leaf) {
		uint32_t keep = left->leaf.count / 2;

		right->leaf.count = left->leaf.count - keep;
		move_regions(&right->leaf, 0, &left->leaf, keep, right->leaf.count);
		right->leaf.next = left->leaf.next;
		left->leaf.next = right_node;
		left->leaf.count = keep;
	} else {
		uint32_t keep = left->inner.count / 2;

		right->inner.count = left->inner.count - keep;
		move_children(&right->inner, 0, &left->inner, keep, right->inner.count);
		left->inner.count = keep;
	}
	LB_ASSERT(left->leaf.count >= (is_leaf ? LB_LEAF_MIN : LB_INNER_MIN));
	LB_ASSERT(right->leaf.count >= (is_leaf ? LB_LEAF_MIN : LB_INNER_MIN));
	move_children(parent, slot + 2, parent, slot + 1, parent->count - slot - 1);
	parent->count++;
	parent->child[slot + 1] = right_node;
	lb_inner_describe(pool, by_gap, parent, slot, is_leaf);
	lb_inner_describe(pool, by_gap, parent, slot + 1, is_leaf);
}

static bool node_full(const struct lb_node_pool *pool, uint32_t node, bool is_leaf)
{
	return is_leaf ? lb_leaf(pool, node)->count >= LEAF_FULL
		       : lb_inner(pool, node)->count == LB_INNER_CHILDREN;
}

void lb_region_tree_split(
	struct lb_node_pool *pool, struct lb_region_tree *tree, lb_phys_addr address)
{
	uint32_t node;

	if (node_full(pool, tree->root, !tree->height)) {
		uint32_t root = lb_node_alloc(pool);

		lb_inner(pool, root)->count = 1;
		lb_inner(pool, root)->child[0] = tree->root;
		lb_inner_describe(pool, tree->by_gap, lb_inner(pool, root), 0, !tree->height);
		tree->root = root;
		tree->height++;
		LB_ASSERT(tree->height <= LB_TREE_LEVELS);
	}
	node = tree->root;
	for (uint32_t level = 1; level <= tree->height; level++) {
		struct lb_region_inner *inner = lb_inner(pool, node);
		uint32_t slot = lb_inner_slot(inner, address);

		if (node_full(pool, inner->child[slot], level == tree->height)) {
			split_child(pool, tree->by_gap, inner, slot, level == tree->height);
			slot = lb_inner_slot(inner, address);
		}
		node = inner->child[slot];
	}
}

/* Moves children or regions between two neighbours so that each has half, or the left all. */
static void even_out(struct lb_region_node *left, struct lb_region_node *right, bool is_leaf,
	uint32_t left_count)
{
	uint32_t sum = left->leaf.count + right->leaf.count;
	uint32_t had = left->leaf.count;

	LB_ASSERT(left_count <= sum);
	if (is_leaf && left_count > had) {
		move_regions(&left->leaf, had, &right->leaf, 0, left_count - had);
		move_regions(&right->leaf, 0, &right->leaf, left_count - had, sum - left_count);
	} else if (is_leaf) {
		move_regions(&right->leaf, had - left_count, &right->leaf, 0, sum - had);
		move_regions(&right->leaf, 0, &left->leaf, left_count, had - left_count);
	} else if (left_count > had) {
		move_children(&left->inner, had, &right->inner, 0, left_count - had);
		move_children(
			&right->inner, 0, &right->inner, left_count - had, sum - left_count);
	} else {
		move_children(&right->inner, had - left_count, &right->inner, 0, sum - had);
		move_children(&right->inner, 0, &left->inner, left_count, had - left_count);
	}
	left->leaf.count = left_count;
	right->leaf.count = sum - left_count;
}
_Static_assert(offsetof(struct lb_region_leaf, count) == offsetof(struct lb_region_inner, count),
	"even_out reads either count");

/* Mends a child that is not full enough, with the help of a neighbour. */
static void mend_child(struct lb_node_pool *pool, bool by_gap, struct lb_region_inner *parent,
	uint32_t slot, bool is_leaf)
{
	uint32_t at = slot ? slot - 1 : 0;
	struct lb_region_node *left = &pool->nodes[parent->child[at]];
	struct lb_region_node *right = &pool->nodes[parent->child[at + 1]];
	uint32_t sum = left->leaf.count + right->leaf.count;

	LB_ASSERT(parent->count > 1); /* so there is a neighbour */
	LB_ASSERT(at + 1 < parent->count);
	if (sum > (is_leaf ? LEAF_MERGED : INNER_MERGED)) {
		even_out(left, right, is_leaf, sum / 2);
		lb_inner_describe(pool, by_gap, parent, at, is_leaf);
		lb_inner_describe(pool, by_gap, parent, at + 1, is_leaf);
		return;
	}
	even_out(left, right, is_leaf, sum);
	if (is_leaf) {
		LB_ASSERT(left->leaf.next == parent->child[at + 1]);
		left->leaf.next = right->leaf.next;
	}
	node_free(pool, parent->child[at + 1]);
	parent->count--;
	move_children(parent, at + 1, parent, at + 2, parent->count - at - 1);
	lb_inner_describe(pool, by_gap, parent, at, is_leaf);
}

/* After a leaf lost regions and may be too empty: mends every level up to the root. */
static void mend_path(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path)
{
	for (uint32_t level = tree->height; level > 0; level--) {
		struct lb_region_inner *parent = lb_inner(pool, path->node[level - 1]);
		uint32_t slot = path->slot[level - 1];
		bool is_leaf = level == tree->height;
		uint32_t count = lb_leaf(pool, parent->child[slot])->count;

		if (count < (is_leaf ? LB_LEAF_MIN : LB_INNER_MIN)) {
			mend_child(pool, tree->by_gap, parent, slot, is_leaf);
		} else {
			lb_inner_describe(pool, tree->by_gap, parent, slot, is_leaf);
		}
	}
	while (tree->height && lb_inner(pool, tree->root)->count == 1) {
		uint32_t old = tree->root;

		tree->root = lb_inner(pool, old)->child[0];
		tree->height--;
		node_free(pool, old);
	}
}

/*
 * After regions [at, at + count) of the path's leaf took the place of others that offered
 * `before`: brings the descriptions above up to date. A rescan of a node is only needed when
 * what went away was its largest.
 */
static void refresh_path(struct lb_node_pool *pool, const struct lb_region_tree *tree,
	const struct lb_region_path *path, uint32_t at, uint32_t count, uint64_t before)
{
	const struct lb_region_leaf *leaf = lb_leaf(pool, path->node[tree->height]);
	lb_phys_addr start = leaf->regions[0].range.start;
	lb_phys_addr end = leaf->regions[leaf->count - 1].range.end;
	uint64_t after = leaf_offer(leaf, tree->by_gap, at, at + count);

	LB_ASSERT(tree->height); /* a root that is a leaf is described by nobody */
	for (uint32_t level = tree->height; level > 0; level--) {
		struct lb_region_inner *inner = lb_inner(pool, path->node[level - 1]);
		uint32_t slot = path->slot[level - 1];
		uint64_t offer = lb_max(inner->offer[slot], after);
		uint64_t inner_before;

		if (offer > after && offer == before) {
			offer = level == tree->height
				? lb_leaf_offer(leaf, tree->by_gap)
				: inner_offer(lb_inner(pool, path->node[level]), tree->by_gap, 0,
					  lb_inner(pool, path->node[level])->count);
		}
		if (inner->start[slot] == start && inner->end[slot] == end &&
			inner->offer[slot] == offer) {
			return;
		}
		inner_before = inner_offer(inner, tree->by_gap, slot, slot + 1);
		inner->start[slot] = start;
		inner->end[slot] = end;
		inner->offer[slot] = offer;
		before = inner_before;
		after = inner_offer(inner, tree->by_gap, slot, slot + 1);
		start = inner->start[0];
		end = inner->end[inner->count - 1];
	}
}

void lb_region_tree_splice(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path, uint32_t at, uint32_t old_count,
	const struct lb_region *regions, uint32_t new_count)
{
	struct lb_region_leaf *leaf = lb_leaf(pool, path->node[tree->height]);
	uint64_t before = 0;

	LB_ASSERT(at + old_count <= leaf->count);
	LB_ASSERT(leaf->count - old_count + new_count <= LB_LEAF_REGIONS);
	LB_ASSERT(tree->count >= old_count);
	if (tree->height) {
		before = leaf_offer(leaf, tree->by_gap, at, at + old_count);
	}
	if (old_count != new_count && at + old_count < leaf->count) {
		move_regions(leaf, at + new_count, leaf, at + old_count,
			leaf->count - at - old_count);
	}
	for (uint32_t i = 0; i < new_count; i++) {
		leaf->regions[at + i] = regions[i];
	}
	leaf->count += new_count - old_count;
	tree->count = tree->count + new_count - old_count;
	if (tree->height && leaf->count < LB_LEAF_MIN) {
		mend_path(pool, tree, path);
	} else if (tree->height) {
		refresh_path(pool, tree, path, at, new_count, before);
	}
}

/* Fields one by one: a struct just written in pieces would be read back as a whole, which waits
 * for the store buffer and costs more than all the rest. */
void lb_region_tree_insert(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path, uint32_t at, lb_phys_addr start, lb_phys_addr end,
	uint32_t flags, int32_t node)
{
	struct lb_region_leaf *leaf = lb_leaf(pool, path->node[tree->height]);
	struct lb_region *region = &leaf->regions[at];
	uint64_t before = tree->height ? leaf_offer(leaf, tree->by_gap, at, at) : 0;

	LB_ASSERT(start < end);
	LB_ASSERT(at <= leaf->count && leaf->count < LB_LEAF_REGIONS);
	if (at < leaf->count) {
		move_regions(leaf, at + 1, leaf, at, leaf->count - at);
	}
	region->range.start = start;
	region->range.end = end;
	region->flags = flags;
	region->node = node;
	leaf->count++;
	tree->count++;
	tree->total += end - start;
	if (tree->height) {
		refresh_path(pool, tree, path, at, 1, before);
	}
}
