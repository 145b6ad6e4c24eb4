/* SPDX-License-Identifier: MIT */
/*
 * region_tree: one set of regions as a B+ tree of nodes from a pool. Private to core/.
 *
 * Invariants (lb_region_tree_check tests them):
 *   regions are sorted, disjoint, not empty, and two that touch differ in node or flags;
 *   every node but the root is at least LB_LEAF_MIN or LB_INNER_MIN full, an inner root has two
 *   children, all leaves are at the same depth, and each links to its successor;
 *   start[c], end[c] and offer[c] of an inner node describe child c exactly.
 */
#ifndef LIFEBOAT_CORE_REGION_TREE_H
#define LIFEBOAT_CORE_REGION_TREE_H

#include "lifeboat/memory_map.h"

#define LB_NODE_NONE UINT32_MAX
#define LB_LEAF_REGIONS 128
#define LB_INNER_CHILDREN 109
#define LB_CHANGE_GROWTH 2 /* regions that one step of a change may add to a leaf */
#define LB_TREE_LEVELS 7   /* 60 * 50^6 regions are more than 2^32 nodes hold */

struct lb_region_leaf {
	uint32_t count;
	uint32_t next; /* leaf; LB_NODE_NONE: the last. Of a free node: the next free one */
	struct lb_region regions[LB_LEAF_REGIONS];
};

struct lb_region_inner {
	uint32_t count;
	uint32_t unused;
	uint32_t child[LB_INNER_CHILDREN];
	lb_phys_addr start[LB_INNER_CHILDREN];
	lb_phys_addr end[LB_INNER_CHILDREN];
	uint64_t offer[LB_INNER_CHILDREN];
};

struct lb_region_node {
	union {
		struct lb_region_leaf leaf;
		struct lb_region_inner inner;
	};
};
_Static_assert(sizeof(struct lb_region_node) == LB_NODE_BYTES, "LB_MEMORY_MAP_BYTES is wrong");

/* The way from the root to a leaf: node[height] is the leaf, slot[l] the child taken at l. */
struct lb_region_path {
	uint32_t node[LB_TREE_LEVELS + 1];
	uint32_t slot[LB_TREE_LEVELS + 1];
	lb_phys_addr fence; /* first start of the next leaf; LB_PHYS_ADDR_MAX: none */
	bool leftmost;
};

enum lb_change_kind { LB_CHANGE_ADD, LB_CHANGE_REMOVE, LB_CHANGE_NODE, LB_CHANGE_FLAGS };

struct lb_region_change {
	enum lb_change_kind kind;
	struct lb_range range;
	int32_t node;
	uint32_t set; /* flags; all flags of a region that is added */
	uint32_t clear;
};

static inline struct lb_region_leaf *lb_leaf(const struct lb_node_pool *pool, uint32_t node)
{
	return &pool->nodes[node].leaf;
}

static inline struct lb_region_inner *lb_inner(const struct lb_node_pool *pool, uint32_t node)
{
	return &pool->nodes[node].inner;
}

static inline bool lb_same_attributes(const struct lb_region *a, const struct lb_region *b)
{
	return a->flags == b->flags && a->node == b->node;
}

/* What a region offers to a search for free memory. */
static inline uint64_t lb_region_offer(const struct lb_region *region)
{
	return region->flags & (LB_MEM_NOMAP | LB_MEM_DRIVER_MANAGED)
		? 0 : lb_range_size(region->range);
}

/* How many regions of the leaf start below the address. */
static inline uint32_t lb_leaf_below(const struct lb_region_leaf *leaf, lb_phys_addr address)
{
	const struct lb_region *base = leaf->regions;
	uint32_t left = leaf->count;

	if (!left) {
		return 0;
	}
	while (left > 1) {
		uint32_t half = left / 2;

		base = base[half - 1].range.start < address ? base + half : base;
		left -= half;
	}
	return (uint32_t)(base - leaf->regions) + (base->range.start < address);
}

/* The same, quicker at both ends: boot code often goes up or down in order. */
static inline uint32_t lb_leaf_place(const struct lb_region_leaf *leaf, lb_phys_addr address)
{
	uint32_t count = leaf->count;

	if (!count || leaf->regions[count - 1].range.start < address) {
		return count;
	}
	return leaf->regions[0].range.start >= address ? 0 : lb_leaf_below(leaf, address);
}

/* The last child that starts at or below the address; 0 if none does. */
static inline uint32_t lb_inner_slot(const struct lb_region_inner *inner, lb_phys_addr address)
{
	const lb_phys_addr *base = inner->start;
	uint32_t left = inner->count;

	while (left > 1) {
		uint32_t half = left / 2;

		base = base[half] <= address ? base + half : base;
		left -= half;
	}
	return (uint32_t)(base - inner->start);
}

/* region_tree.c: shape. */
void lb_region_tree_init(struct lb_node_pool *pool, struct lb_region_tree *tree, bool by_gap);
uint32_t lb_node_alloc(struct lb_node_pool *pool);
/* Finds the leaf that holds the address or is the place for it. */
struct lb_region_leaf *lb_region_tree_descend(const struct lb_node_pool *pool,
	const struct lb_region_tree *tree, lb_phys_addr address, struct lb_region_path *ret);
/* Makes room for LB_CHANGE_GROWTH regions in the leaf of the address. Ends every path. */
void lb_region_tree_split(
	struct lb_node_pool *pool, struct lb_region_tree *tree, lb_phys_addr address);
/* Puts new_count regions in the place of old_count at `at` of the path's leaf, which has room.
 * Ends the path. */
void lb_region_tree_splice(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path, uint32_t at, uint32_t old_count,
	const struct lb_region *regions, uint32_t new_count);
/* Puts one more region at `at` of the path's leaf, which has room, and counts its bytes. */
void lb_region_tree_insert(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path, uint32_t at, lb_phys_addr start, lb_phys_addr end,
	uint32_t flags, int32_t node);
/* What an inner node says of a child. */
struct lb_child_description {
	lb_phys_addr start;
	lb_phys_addr end;
	uint64_t offer;
};
struct lb_child_description lb_describe(
	const struct lb_node_pool *pool, bool by_gap, uint32_t node, bool is_leaf);
/* Describes child `slot` of the inner node anew; the child is a leaf iff is_leaf. */
void lb_inner_describe(const struct lb_node_pool *pool, bool by_gap,
	struct lb_region_inner *inner, uint32_t slot, bool is_leaf);
/* The largest piece that the whole leaf offers. */
uint64_t lb_leaf_offer(const struct lb_region_leaf *leaf, bool by_gap);

/* region_tree_change.c: the one way in which sets change. room: regions that may be added. */
enum lb_status LB_MUST_CHECK lb_region_tree_change(struct lb_node_pool *pool,
	struct lb_region_tree *tree, const struct lb_region_change *change, size_t room);

/* region_tree_search.c. A finger remembers where the last answer was; zero it first, and ask
 * with limits that only fall (below) or only rise (above). */
struct lb_region_finger {
	const struct lb_region_leaf *leaf;
	uint32_t slot;
};
/* The highest region that starts below the limit and offers at least `need`; NULL: none. */
const struct lb_region *lb_region_tree_region_below(const struct lb_node_pool *pool,
	const struct lb_region_tree *tree, struct lb_region_finger *finger, lb_phys_addr limit,
	uint64_t need);
/* The lowest region that ends above the limit and offers at least `need`; NULL: none. */
const struct lb_region *lb_region_tree_region_above(const struct lb_node_pool *pool,
	const struct lb_region_tree *tree, struct lb_region_finger *finger, lb_phys_addr limit,
	uint64_t need);
/* The highest gap of at least `need` bytes that starts below the limit. The address space ends
 * at LB_PHYS_ADDR_MAX, and what lies outside all regions is a gap too. */
bool lb_region_tree_gap_below(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need,
	struct lb_range *ret);
/* The lowest gap of at least `need` bytes that ends above the limit. */
bool lb_region_tree_gap_above(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	struct lb_region_finger *finger, lb_phys_addr limit, uint64_t need,
	struct lb_range *ret);

/* region_tree_build.c: an empty tree from regions by address. */
struct lb_region_builder {
	struct lb_region_leaf *leaf;   /* the last one; starts as the root */
	struct lb_region_leaf *before; /* the one before */
	uint32_t leaves;               /* starts at 1 */
};
/* False: the region starts before the last one, or before that ends and they disagree. */
bool lb_region_tree_append(struct lb_node_pool *pool, struct lb_region_builder *builder,
	const struct lb_region *region);
void lb_region_tree_finish(struct lb_node_pool *pool, struct lb_region_tree *tree,
	struct lb_region_builder *builder);

/* region_tree_check.c */
bool lb_region_tree_check(const struct lb_node_pool *pool, const struct lb_region_tree *tree);

#endif
