/* SPDX-License-Identifier: MIT */
/*
 * resource_tree: who owns which physical addresses, nested, as /proc/iomem shows it
 * (kernel/resource.c, 6.12). A resource lies inside its parent; siblings are disjoint and
 * ascending. A range that cuts across another is a conflict, and a conflict names both owners.
 *
 *	struct lb_resource nodes[64];
 *	struct lb_resource_tree tree;
 *	struct lb_resource_conflict conflict;
 *
 *	lb_resource_tree_init(&tree, nodes, 64, "iomem", (struct lb_range){0, LB_PHYS_ADDR_MAX});
 *	lb_resource_tree_insert(&tree, (struct lb_range){0x100000, 0x80000000}, "System RAM",
 *		NULL, &conflict);
 *	lb_resource_tree_insert(&tree, (struct lb_range){0x6f000000, 0x7f000000}, "Crash kernel",
 *		&crash, &conflict);
 *	... tree.nodes[tree.nodes[crash].parent].owner is "System RAM" ...
 *
 * The same as a picture, and as /proc/iomem prints it:
 *
 *	iomem                            (the root, not printed)
 *	  |
 *	  child: System RAM              00100000-7fffffff : System RAM
 *	           |
 *	           child: Crash kernel     6f000000-7effffff : Crash kernel
 *
 * Nodes lie in the caller's array and are named by index; the root is LB_RESOURCE_ROOT. An index
 * stays valid until that resource is removed, then it may come back as another. Every function that
 * fails changes nothing. Cost: a walk over the siblings at each depth.
 *
 * Invariant: a child lies in its parent's range; siblings ascend and do not overlap (they may
 * touch); every node that is in use is reached from the root exactly once.
 */
#ifndef LIFEBOAT_RESOURCE_TREE_H
#define LIFEBOAT_RESOURCE_TREE_H

#include "lifeboat/base.h"

/* The index of the root, and the one that is no resource's. */
#define LB_RESOURCE_ROOT 0
#define LB_RESOURCE_NONE UINT32_MAX

/* Fields may be read; links are the tree's. */
struct lb_resource {
	struct lb_range range; /* never empty while in use */
	const char *owner; /* the caller's; lives as long as the resource */
	uint32_t parent;   /* LB_RESOURCE_NONE: the root, or not in use */
	uint32_t child;    /* lowest child */
	uint32_t sibling;  /* next higher one; of an unused node: the next unused one */
};

struct lb_resource_tree {
	struct lb_resource *nodes; /* the caller's */
	uint32_t capacity; /* nodes, the root included */
	uint32_t used;   /* nodes at and after this place were never used */
	uint32_t unused; /* first node given back */
};

/* Both sides of a conflict. */
struct lb_resource_conflict {
	struct lb_range asked;   /* as it was given */
	const char *asked_owner; /* as it was given */
	struct lb_range held;    /* the whole of the resource in the way */
	const char *held_owner;
};

/*
 * A tree of one resource, the root. capacity >= 1 nodes, the root among them; owner not NULL, range
 * not empty (bugs of the caller). Nothing outside the root's range can ever be entered.
 */
void lb_resource_tree_init(struct lb_resource_tree *tree, struct lb_resource *nodes,
	uint32_t capacity, const char *owner, struct lb_range range);

/*
 * Makes the range a child of `parent`, which must hold no other there (request_resource).
 * LB_INVALID: empty range. LB_CONFLICT, with *ret_conflict (may be NULL): a child is in the way,
 * or the range leaves its parent. LB_NO_STORAGE. *ret_index may be NULL.
 */
enum lb_status LB_MUST_CHECK lb_resource_tree_request(struct lb_resource_tree *tree,
	uint32_t parent, struct lb_range range, const char *owner, uint32_t *ret_index,
	struct lb_resource_conflict *ret_conflict);

/*
 * Puts the range where it belongs (insert_resource): inside the innermost resource that holds all
 * of it and is not the same range, around those that it holds. Errors as above; a conflict is
 * with the first resource that it cuts, or with the root where it leaves that. The same range a
 * second time goes around the first, as in Linux.
 */
enum lb_status LB_MUST_CHECK lb_resource_tree_insert(struct lb_resource_tree *tree,
	struct lb_range range, const char *owner, uint32_t *ret_index,
	struct lb_resource_conflict *ret_conflict);

/*
 * Takes out one resource; its children become its parent's (remove_resource). Not the root, and
 * only what is in use: else a bug of the caller.
 */
void lb_resource_tree_remove(struct lb_resource_tree *tree, uint32_t index);

/* Takes out a resource with all that is in it (release_resource). Not the root. */
void lb_resource_tree_release(struct lb_resource_tree *tree, uint32_t index);

/*
 * The innermost resource at the address, so the one that answers "whose byte is this"; its parents
 * follow by .parent. LB_RESOURCE_NONE: outside the root.
 */
uint32_t lb_resource_tree_at(const struct lb_resource_tree *tree, lb_phys_addr address);

/*
 * Walks in the order of /proc/iomem: every resource before what is in it. Start at
 * LB_RESOURCE_ROOT with depth 0; LB_RESOURCE_NONE at the end. *depth follows:
 *
 *	for (i = LB_RESOURCE_ROOT; i != LB_RESOURCE_NONE;
 *		i = lb_resource_tree_next(&tree, i, &depth)) { ... tree.nodes[i] ... }
 *
 * Changing the tree ends the walk.
 */
uint32_t lb_resource_tree_next(
	const struct lb_resource_tree *tree, uint32_t index, uint32_t *depth);

#endif
