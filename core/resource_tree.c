/* SPDX-License-Identifier: MIT */
/* resource_tree: nodes linked by index, children ascending. */
#include "lifeboat/resource_tree.h"

void lb_resource_tree_init(struct lb_resource_tree *tree, struct lb_resource *nodes,
	uint32_t capacity, const char *owner, struct lb_range range)
{
	LB_ASSERT(capacity >= 1 && owner && !lb_range_empty(range));
	*tree = (struct lb_resource_tree){.nodes = nodes, .capacity = capacity, .used = 1,
		.unused = LB_RESOURCE_NONE};
	nodes[LB_RESOURCE_ROOT] = (struct lb_resource){range, owner, LB_RESOURCE_NONE,
		LB_RESOURCE_NONE, LB_RESOURCE_NONE};
}

static bool has_unused(const struct lb_resource_tree *tree)
{
	return tree->unused != LB_RESOURCE_NONE || tree->used < tree->capacity;
}

static uint32_t take_unused(struct lb_resource_tree *tree)
{
	uint32_t index = tree->unused;

	LB_ASSERT(has_unused(tree));
	if (index == LB_RESOURCE_NONE) {
		return tree->used++;
	}
	LB_ASSERT(index < tree->used);
	tree->unused = tree->nodes[index].sibling;
	return index;
}

static void give_back(struct lb_resource_tree *tree, uint32_t index)
{
	LB_ASSERT(index != LB_RESOURCE_ROOT && index < tree->used);
	tree->nodes[index] = (struct lb_resource){.parent = LB_RESOURCE_NONE,
		.child = LB_RESOURCE_NONE, .sibling = tree->unused};
	tree->unused = index;
}

/* Where a range goes among the children of a node. */
struct place {
	uint32_t *link;  /* the child or sibling field that leads to `next` */
	uint32_t next;   /* the first child that ends above the start of the range */
};

static struct place find_place(
	struct lb_resource_tree *tree, uint32_t parent, lb_phys_addr start)
{
	struct place place = {.link = &tree->nodes[parent].child};

	LB_ASSERT(parent < tree->used);
	place.next = *place.link;
	while (place.next != LB_RESOURCE_NONE && tree->nodes[place.next].range.end <= start) {
		place.link = &tree->nodes[place.next].sibling;
		place.next = *place.link;
	}
	return place;
}

static enum lb_status in_the_way(const struct lb_resource *holder, struct lb_range range,
	const char *owner, struct lb_resource_conflict *ret_conflict)
{
	if (ret_conflict) {
		*ret_conflict = (struct lb_resource_conflict){
			range, owner, holder->range, holder->owner};
	}
	return LB_CONFLICT;
}

/* Links a new node in at the place, around the siblings from place->next to `last`. */
static void link_in(struct lb_resource_tree *tree, struct place place, uint32_t parent,
	struct lb_range range, const char *owner, uint32_t last, uint32_t *ret_index)
{
	uint32_t index = take_unused(tree);
	struct lb_resource *node = &tree->nodes[index];

	LB_ASSERT(lb_range_contains(tree->nodes[parent].range, range));
	*node = (struct lb_resource){range, owner, parent, LB_RESOURCE_NONE, place.next};
	if (last != LB_RESOURCE_NONE) {
		node->child = place.next;
		node->sibling = tree->nodes[last].sibling;
		tree->nodes[last].sibling = LB_RESOURCE_NONE;
		for (uint32_t i = node->child; i != LB_RESOURCE_NONE;
			i = tree->nodes[i].sibling) {
			LB_ASSERT(lb_range_contains(range, tree->nodes[i].range));
			tree->nodes[i].parent = index;
		}
	}
	*place.link = index;
	if (ret_index) {
		*ret_index = index;
	}
}

enum lb_status lb_resource_tree_request(struct lb_resource_tree *tree, uint32_t parent,
	struct lb_range range, const char *owner, uint32_t *ret_index,
	struct lb_resource_conflict *ret_conflict)
{
	struct place place;

	LB_ASSERT(parent < tree->used && owner);
	if (lb_range_empty(range)) {
		return LB_INVALID;
	}
	if (!lb_range_contains(tree->nodes[parent].range, range)) {
		return in_the_way(&tree->nodes[parent], range, owner, ret_conflict);
	}
	place = find_place(tree, parent, range.start);
	if (place.next != LB_RESOURCE_NONE && tree->nodes[place.next].range.start < range.end) {
		return in_the_way(&tree->nodes[place.next], range, owner, ret_conflict);
	}
	if (!has_unused(tree)) {
		return LB_NO_STORAGE;
	}
	link_in(tree, place, parent, range, owner, LB_RESOURCE_NONE, ret_index);
	return LB_OK;
}

static bool same_range(struct lb_range a, struct lb_range b)
{
	return a.start == b.start && a.end == b.end;
}

enum lb_status lb_resource_tree_insert(struct lb_resource_tree *tree, struct lb_range range,
	const char *owner, uint32_t *ret_index, struct lb_resource_conflict *ret_conflict)
{
	uint32_t parent = LB_RESOURCE_ROOT;
	uint32_t last = LB_RESOURCE_NONE;
	struct place place;

	LB_ASSERT(owner);
	if (lb_range_empty(range)) {
		return LB_INVALID;
	}
	if (!lb_range_contains(tree->nodes[parent].range, range)) {
		return in_the_way(&tree->nodes[parent], range, owner, ret_conflict);
	}
	place = find_place(tree, parent, range.start);
	while (place.next != LB_RESOURCE_NONE &&
		lb_range_contains(tree->nodes[place.next].range, range) &&
		!same_range(tree->nodes[place.next].range, range)) {
		parent = place.next;
		place = find_place(tree, parent, range.start);
	}
	for (uint32_t i = place.next;
		i != LB_RESOURCE_NONE && tree->nodes[i].range.start < range.end;
		i = tree->nodes[i].sibling) {
		if (!lb_range_contains(range, tree->nodes[i].range)) {
			return in_the_way(&tree->nodes[i], range, owner, ret_conflict);
		}
		last = i;
	}
	if (!has_unused(tree)) {
		return LB_NO_STORAGE;
	}
	link_in(tree, place, parent, range, owner, last, ret_index);
	return LB_OK;
}

static uint32_t *link_to(struct lb_resource_tree *tree, uint32_t index)
{
	uint32_t *link = &tree->nodes[tree->nodes[index].parent].child;

	while (*link != index) {
		LB_ASSERT(*link != LB_RESOURCE_NONE); /* it is among its parent's children */
		link = &tree->nodes[*link].sibling;
	}
	return link;
}

void lb_resource_tree_remove(struct lb_resource_tree *tree, uint32_t index)
{
	struct lb_resource *node = &tree->nodes[index];
	uint32_t *link;

	LB_ASSERT(index != LB_RESOURCE_ROOT && index < tree->used);
	link = link_to(tree, index);
	*link = node->child;
	for (uint32_t i = node->child; i != LB_RESOURCE_NONE; i = tree->nodes[i].sibling) {
		tree->nodes[i].parent = node->parent;
		link = &tree->nodes[i].sibling;
	}
	*link = node->sibling;
	give_back(tree, index);
}

void lb_resource_tree_release(struct lb_resource_tree *tree, uint32_t index)
{
	while (tree->nodes[index].child != LB_RESOURCE_NONE) {
		uint32_t deepest = tree->nodes[index].child;

		LB_ASSERT(tree->nodes[deepest].parent == index);
		while (tree->nodes[deepest].child != LB_RESOURCE_NONE) {
			deepest = tree->nodes[deepest].child;
		}
		lb_resource_tree_remove(tree, deepest);
	}
	lb_resource_tree_remove(tree, index);
}

uint32_t lb_resource_tree_at(const struct lb_resource_tree *tree, lb_phys_addr address)
{
	uint32_t found = LB_RESOURCE_NONE;
	uint32_t i = LB_RESOURCE_ROOT;

	while (i != LB_RESOURCE_NONE && tree->nodes[i].range.start <= address) {
		if (lb_range_has(tree->nodes[i].range, address)) {
			found = i;
			i = tree->nodes[i].child;
		} else {
			i = tree->nodes[i].sibling;
		}
	}
	return found;
}

uint32_t lb_resource_tree_next(
	const struct lb_resource_tree *tree, uint32_t index, uint32_t *depth)
{
	if (tree->nodes[index].child != LB_RESOURCE_NONE) {
		++*depth;
		return tree->nodes[index].child;
	}
	while (index != LB_RESOURCE_NONE && tree->nodes[index].sibling == LB_RESOURCE_NONE) {
		index = tree->nodes[index].parent;
		*depth -= index != LB_RESOURCE_NONE;
	}
	return index == LB_RESOURCE_NONE ? index : tree->nodes[index].sibling;
}
