/* SPDX-License-Identifier: MIT */
/*
 * memory_map_storage: how much storage a memory map takes, and the struct that stands before it.
 * Fields belong to core/memory_map*.c and core/region_tree*.c.
 *
 * Each set is a B+ tree whose nodes come from one pool in the caller's storage. Leaves hold
 * regions in order and are linked; inner nodes hold, per child, its first start, its last end
 * and the largest piece that it could offer to a search. A map of up to 128 regions per set is
 * two leaves: two flat arrays.
 */
/*
 * Whoever uses memory_map includes that header and never this one; it stands apart because a caller
 * has to know the sizes, and nothing else in it.
 *
 * How much to provide: a boot-time map of a machine has some tens of regions of memory and up to a
 * few hundred reserved ones, so
 *
 *	static unsigned char storage[LB_MEMORY_MAP_BYTES(512)] __attribute__((aligned(8)));
 *
 * is 11 nodes, 33 KiB. lb_memory_map_room says what is left.
 */
#ifndef LIFEBOAT_MEMORY_MAP_STORAGE_H
#define LIFEBOAT_MEMORY_MAP_STORAGE_H

#include "lifeboat/base.h"

struct lb_region_node;

/* Nodes are named by their place in the array, so a copy of the array is a copy of the trees. */
/* Invariant: used <= capacity; each node below used is in one tree or linked as free. */
struct lb_node_pool {
	struct lb_region_node *nodes; /* the caller's storage */
	uint32_t capacity; /* nodes that it holds */
	uint32_t used; /* nodes at and after this place have never been touched */
	uint32_t free; /* first of the nodes given back, linked; LB_NODE_NONE: none */
};

/* One set of regions. Its invariants: core/region_tree.h. */
struct lb_region_tree {
	uint32_t root;       /* a node; never none: an empty set is one empty leaf */
	uint32_t first_leaf; /* the lowest; walks begin here and follow the links */
	uint32_t height; /* levels above the leaves; 0: the root is a leaf */
	bool by_gap;     /* what a subtree offers: its largest gap, else its largest region */
	size_t count;    /* regions */
	uint64_t total;  /* bytes in them */
};

/* The map itself, about 100 bytes; not to be copied but by lb_memory_map_copy. */
struct lb_memory_map {
	struct lb_node_pool pool;
	struct lb_region_tree memory;   /* offers regions: what a search asks is how large */
	struct lb_region_tree reserved; /* offers gaps: what is free lies between */
	size_t capacity; /* regions, of both sets together */
};

/* Where a walk of one set stands. */
struct lb_region_cursor {
	const struct lb_region *at;  /* the next region in this leaf */
	const struct lb_region *end; /* of this leaf */
	intptr_t ahead; /* bytes from here to the same place two leaves on; 0: no such */
	uint32_t next_leaf; /* LB_NODE_NONE (core/region_tree.h): this is the last */
	bool started;       /* false: zeroed, the walk has not begun */
};

/* Where a walk of the map stands; zero it to start. */
struct lb_memory_cursor {
	struct lb_region_cursor memory;
	struct lb_region_cursor reserved;
	/* Free ranges: the memory region that is being cut, from position to usable_end. */
	lb_phys_addr position;
	lb_phys_addr usable_end;
	uint32_t flags; /* these two of that memory region */
	int32_t node;
};

/*
 * Bytes of storage for a map that holds `regions` regions, of both sets together, whatever the
 * order of changes that led there; about 52 a region. LB_NO_STORAGE comes at one more, unless
 * storage is larger.
 *
 * For example 512 regions: 516 with the four, 1 + 516 / 60 = 9 leaves at most, and as there can be
 * 120 regions in one tree, or in each, a level of up to 2 inner nodes above them.
 *
 * Derivation: all but the root of a tree are at least so full: leaves 60, inner nodes 50. Two
 * trees of a and b regions have at most 1 + max(1, (a + b) / 60) leaves, and a level above
 * exists once one tree has two full-enough nodes below. Four regions more than promised, because
 * a change may cut before it merges. `regions` is evaluated more than once.
 */
/* A node, of either kind; and how full all but the root are (of 128 regions, 109 children). */
#define LB_NODE_BYTES 3080
/*
 * Regions in a leaf, children in an inner node; below, a neighbour gives some or both become one.
 */
#define LB_LEAF_MIN 60
#define LB_INNER_MIN 50
#define LB_MEMORY_MAP_BYTES(regions) (LB_NODE_BYTES * LB_NODES_((size_t)(regions) + 4))
/* Nodes for n regions: leaves, and then each level of inner nodes that n can lead to. */
#define LB_NODES_(n)                                                                             \
	(((n) < 120 ? 2 : 1 + (n) / 60) + LB_LEVEL_(n, 120, 3000) + LB_LEVEL_(n, 6000, 150000) + \
		LB_LEVEL_(n, 300000, 7500000) + LB_LEVEL_(n, 15000000, 375000000) +              \
		LB_LEVEL_(n, 750000000, 18750000000))
/* Inner nodes of one level, of both trees: none below `least` regions; each has per_node below. */
#define LB_LEVEL_(n, least, per_node)                                                            \
	((n) < (least) ? 0 : (n) < 2 * (least) ? 1 : (n) < (per_node) ? 2 : 1 + (n) / (per_node))

#endif
