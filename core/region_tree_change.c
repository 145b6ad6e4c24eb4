/* SPDX-License-Identifier: MIT */
/*
 * region_tree: changes. Every change says what becomes of each byte of a range: add fills holes,
 * remove empties, the others give regions new attributes. It is made in steps, each inside one
 * leaf: a run of regions there is replaced by what they become, merged where they touch and agree.
 * A change of [a, c) is a change of [a, b) and one of [b, c), so steps need no memory of their own.
 */
#include "core/region_tree.h"

#define STEP_REGIONS 10 /* STEP_ENOUGH, then at most three of one region and its hole, and one */
#define STEP_ENOUGH 6

/* What a step replaces in its leaf, and by what. */
struct step {
	struct lb_region regions[STEP_REGIONS];
	uint32_t count;
	uint32_t at;         /* first region replaced */
	uint32_t replaced; /* how many */
	uint64_t bytes_gone;
	uint64_t bytes_new;
	lb_phys_addr reached; /* everything below is as the change wants it */
	bool joins_left;      /* the first region of a leaf is among those replaced */
};

static int64_t signed_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void put(struct step *step, lb_phys_addr start, lb_phys_addr end, uint32_t flags,
	int32_t node)
{
	struct lb_region *next = &step->regions[step->count];

	if (start >= end) {
		return;
	}
	LB_ASSERT(step->count < STEP_REGIONS);
	LB_ASSERT(!step->count || next[-1].range.end <= start);
	step->bytes_new += end - start;
	if (step->count && next[-1].range.end == start && next[-1].flags == flags &&
		next[-1].node == node) {
		next[-1].range.end = end;
		return;
	}
	*next = (struct lb_region){{start, end}, flags, node};
	step->count++;
}

/* What becomes of one region that the change reaches. */
static void put_changed(struct step *step, const struct lb_region *region, lb_phys_addr from,
	const struct lb_region_change *change)
{
	lb_phys_addr start = lb_max(region->range.start, from);
	lb_phys_addr end = lb_min(region->range.end, change->range.end);
	uint32_t flags = region->flags;
	int32_t node = region->node;

	LB_ASSERT(start < end); /* the change reaches into the region */
	put(step, region->range.start, start, flags, node);
	switch (change->kind) {
	case LB_CHANGE_ADD:
		put(step, start, end, flags, node);
		break;
	case LB_CHANGE_REMOVE:
		break;
	case LB_CHANGE_NODE:
		put(step, start, end, flags, change->node);
		break;
	case LB_CHANGE_FLAGS:
		put(step, start, end, (flags | change->set) & ~change->clear, node);
		break;
	}
	put(step, end, region->range.end, flags, node);
	step->replaced++;
	step->bytes_gone += lb_range_size(region->range);
	step->reached = end;
}

static void put_kept(struct step *step, const struct lb_region *region)
{
	put(step, region->range.start, region->range.end, region->flags, region->node);
	step->replaced++;
	step->bytes_gone += lb_range_size(region->range);
}

/* Fills the hole up to the next region, if the change adds. */
static void pass_hole(struct step *step, lb_phys_addr next, const struct lb_region_change *change)
{
	lb_phys_addr end = lb_min(next, change->range.end);

	if (change->kind == LB_CHANGE_ADD) {
		put(step, step->reached, end, change->set, change->node);
	}
	step->reached = lb_max(step->reached, end);
}

static bool enough(const struct step *step)
{
	return step->count >= STEP_ENOUGH || step->count >= step->replaced + LB_CHANGE_GROWTH;
}

/* Works out the step that starts at `from` in the leaf; changes nothing. */
static void plan_step(struct step *step, const struct lb_region_leaf *leaf, lb_phys_addr fence,
	lb_phys_addr from, const struct lb_region_change *change)
{
	uint32_t next = lb_leaf_below(leaf, from);

	LB_ASSERT(from < change->range.end && from < fence);
	step->count = 0;
	step->at = next;
	step->replaced = 0;
	step->bytes_gone = 0;
	step->bytes_new = 0;
	step->reached = from;
	step->joins_left = next == 0;
	if (next && leaf->regions[next - 1].range.end > from) {
		step->at--;
		put_changed(step, &leaf->regions[next - 1], from, change);
	} else if (next && leaf->regions[next - 1].range.end == from) {
		step->at--;
		put_kept(step, &leaf->regions[next - 1]);
	}
	while (step->reached < change->range.end) {
		bool last = next == leaf->count;

		pass_hole(step, last ? fence : leaf->regions[next].range.start, change);
		if (last || step->reached == change->range.end || enough(step)) {
			break;
		}
		put_changed(step, &leaf->regions[next++], step->reached, change);
	}
	if (step->count && next < leaf->count &&
		leaf->regions[next].range.start == step->regions[step->count - 1].range.end) {
		put_kept(step, &leaf->regions[next]);
	}
	LB_ASSERT(step->at + step->replaced <= leaf->count);
	LB_ASSERT(step->reached > from); /* or the change would never end */
	LB_ASSERT(step->reached <= change->range.end);
}

/* Makes one of the two regions that meet at the border, if there are two and they agree. */
static void join_at(struct lb_node_pool *pool, struct lb_region_tree *tree, lb_phys_addr border)
{
	struct lb_region_path path;
	struct lb_region_leaf *leaf = lb_region_tree_descend(pool, tree, border - 1, &path);
	uint32_t at = lb_leaf_below(leaf, border);
	struct lb_region both;
	const struct lb_region *right;

	LB_ASSERT(border); /* something ends there */
	if (!at || leaf->regions[at - 1].range.end != border) {
		return;
	}
	if (at == leaf->count && leaf->next == LB_NODE_NONE) {
		return;
	}
	right = at < leaf->count ? &leaf->regions[at] : &lb_leaf(pool, leaf->next)->regions[0];
	both = *right;
	both.range.start = leaf->regions[at - 1].range.start;
	if (right->range.start != border || !lb_same_attributes(&leaf->regions[at - 1], right)) {
		return;
	}
	if (at < leaf->count) {
		lb_region_tree_splice(pool, tree, &path, at - 1, 2, &both, 1);
		return;
	}
	lb_region_tree_splice(pool, tree, &path, at - 1, 1, NULL, 0);
	leaf = lb_region_tree_descend(pool, tree, border, &path);
	LB_ASSERT(leaf->regions[lb_leaf_below(leaf, border)].range.start == border);
	lb_region_tree_splice(pool, tree, &path, lb_leaf_below(leaf, border), 1, &both, 1);
}

/* Makes the planned step. Its leaf has room. */
static void make_step(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path, const struct step *step, lb_phys_addr from)
{
	const struct lb_region_leaf *leaf = lb_leaf(pool, path->node[tree->height]);
	bool at_end = step->at + step->replaced == leaf->count && path->fence != LB_PHYS_ADDR_MAX;
	bool joins_right = at_end && step->count &&
		step->regions[step->count - 1].range.end == path->fence;
	bool joins_left = step->joins_left && step->count && !path->leftmost &&
		step->regions[0].range.start == from;
	lb_phys_addr fence = path->fence;

	LB_ASSERT(tree->total >= step->bytes_gone && tree->count >= step->replaced);
	tree->total += step->bytes_new - step->bytes_gone;
	lb_region_tree_splice(
		pool, tree, path, step->at, step->replaced, step->regions, step->count);
	if (joins_right) {
		join_at(pool, tree, fence);
	}
	if (joins_left) {
		join_at(pool, tree, from);
	}
}

/*
 * How many regions more there will be, at most, at any moment of the change: walks what the
 * change reaches without changing it. `before` counts the regions that were dropped from `step`
 * because nothing can merge with them any more.
 */
static size_t count_growth(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	const struct lb_region_change *change)
{
	struct lb_region_path path;
	struct step step = {.reached = change->range.start};
	const struct lb_region_leaf *leaf = lb_region_tree_descend(
		pool, tree, change->range.start - (change->range.start > 0), &path);
	uint32_t at = lb_leaf_below(leaf, change->range.start);
	int64_t before = 0;
	int64_t most = 0;

	LB_ASSERT(!lb_range_empty(change->range));
	at -= at && leaf->regions[at - 1].range.end >= change->range.start;
	for (;; at++) {
		const struct lb_region *region;

		if (at == leaf->count && leaf->next != LB_NODE_NONE) {
			leaf = lb_leaf(pool, leaf->next);
			at = 0;
		}
		if (at == leaf->count || leaf->regions[at].range.start > change->range.end) {
			pass_hole(&step, LB_PHYS_ADDR_MAX, change);
			LB_ASSERT(step.reached == change->range.end);
			return (size_t)signed_max(most, before + step.count - step.replaced);
		}
		region = &leaf->regions[at];
		pass_hole(&step, region->range.start, change);
		if (region->range.end <= step.reached || step.reached == change->range.end) {
			put_kept(&step, region);
		} else {
			put_changed(&step, region, step.reached, change);
		}
		most = signed_max(most, before + step.count - step.replaced);
		if (step.count > 1) {
			before += step.count - 1;
			step.regions[0] = step.regions[step.count - 1];
			step.count = 1;
		}
	}
}

/* True if there is room for the whole change, given its first step. */
static bool has_room(const struct lb_node_pool *pool, const struct lb_region_tree *tree,
	const struct lb_region_change *change, const struct step *step, size_t room)
{
	bool complete = step->reached == change->range.end;
	bool small = complete || change->kind == LB_CHANGE_REMOVE ||
		(change->kind != LB_CHANGE_ADD && room >= LB_CHANGE_GROWTH);

	if (small && step->count <= step->replaced + room) {
		return true;
	}
	return count_growth(pool, tree, change) <= room;
}

/*
 * The two changes that boot code makes most, without the planning: a new region that meets no
 * other, and one that goes as it came. False: not that simple.
 */
static inline bool change_one(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_path *path, struct lb_region_leaf *leaf,
	const struct lb_region_change *change, size_t room)
{
	lb_phys_addr start = change->range.start;
	lb_phys_addr end = change->range.end;
	uint32_t at = lb_leaf_place(leaf, start);
	struct lb_region *next = &leaf->regions[at];

	LB_ASSERT(start < end && start < path->fence);
	if (change->kind == LB_CHANGE_ADD) {
		if (!room || leaf->count == LB_LEAF_REGIONS ||
			(at && next[-1].range.end >= start) ||
			end >= (at < leaf->count ? next->range.start : path->fence)) {
			return false;
		}
		lb_region_tree_insert(
			pool, tree, path, at, start, end, change->set, change->node);
		return true;
	}
	if (change->kind == LB_CHANGE_REMOVE && at < leaf->count && next->range.start == start &&
		next->range.end == end) {
		LB_ASSERT(tree->total >= end - start);
		tree->total -= end - start;
		lb_region_tree_splice(pool, tree, path, at, 1, NULL, 0);
		return true;
	}
	return false;
}

/* Apart, so that the simple changes do not pay for its registers and its stack. */
static enum lb_status __attribute__((noinline)) change_by_steps(struct lb_node_pool *pool,
	struct lb_region_tree *tree, const struct lb_region_change *change, size_t room)
{
	lb_phys_addr from = change->range.start;
	bool checked = false;

	while (from < change->range.end) {
		struct lb_region_path path;
		const struct lb_region_leaf *leaf;
		struct step step;

		leaf = lb_region_tree_descend(pool, tree, from, &path);
		plan_step(&step, leaf, path.fence, from, change);
		if (!checked && !has_room(pool, tree, change, &step, room)) {
			return LB_NO_STORAGE;
		}
		checked = true;
		if (leaf->count - step.replaced + step.count > LB_LEAF_REGIONS) {
			lb_region_tree_split(pool, tree, from);
			continue;
		}
		LB_ASSERT(leaf->count - step.replaced + step.count <= LB_LEAF_REGIONS);
		make_step(pool, tree, &path, &step, from);
		from = step.reached;
	}
	return LB_OK;
}

enum lb_status lb_region_tree_change(struct lb_node_pool *pool, struct lb_region_tree *tree,
	const struct lb_region_change *change, size_t room)
{
	struct lb_region_path path;
	struct lb_region_leaf *leaf;

	if (lb_range_empty(change->range)) {
		return LB_OK;
	}
	leaf = lb_region_tree_descend(pool, tree, change->range.start, &path);
	if (change_one(pool, tree, &path, leaf, change, room)) {
		return LB_OK;
	}
	return change_by_steps(pool, tree, change, room);
}
