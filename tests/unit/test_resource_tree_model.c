/* SPDX-License-Identifier: MIT */
/*
 * resource_tree against stacks: each cell of a small address space knows its owners from the
 * outermost to the innermost. Every sequence of three insertions, and after it every request,
 * removal and release at every node; and trees that have no node left.
 */
#include "tests/harness/test.h"

#include "lifeboat/resource_tree.h"
#include "tests/prop/material.h"

#define CELLS 5
#define UNIT UINT64_C(0x100)
#define BASE UINT64_C(0x7000)
#define RANGES (CELLS * (CELLS + 1) / 2)
#define MOST 12

/* Owners by number; 0 is the root, which every cell has at the bottom of its stack. */
struct stacks {
	unsigned int owner[CELLS][MOST];
	unsigned int depth[CELLS];
	struct lb_range range[MOST];
	uint32_t index[MOST];
	unsigned int owners;
};

static const char *const names[MOST] = {"root", "one", "two", "three", "four", "five", "six",
	"seven", "eight", "nine", "ten", "eleven"};

static struct lb_resource nodes[MOST];
static struct lb_resource_tree tree;
static struct stacks stacks;

static lb_phys_addr address(unsigned int cell)
{
	return BASE + cell * UNIT;
}

static struct lb_range cells(unsigned int from, unsigned int to)
{
	return (struct lb_range){address(from), address(to)};
}

/* All ranges of cells that are not empty, by number. */
static struct lb_range numbered(unsigned int number)
{
	for (unsigned int from = 0; from < CELLS; from++) {
		if (number < CELLS - from) {
			return cells(from, from + number + 1);
		}
		number -= CELLS - from;
	}
	return cells(0, CELLS);
}

static bool covers(struct lb_range range, unsigned int cell)
{
	return range.start <= address(cell) && address(cell) < range.end;
}

static void start(uint32_t capacity)
{
	lb_resource_tree_init(&tree, nodes, capacity, names[0], cells(0, CELLS));
	__builtin_memset(&stacks, 0, sizeof(stacks));
	stacks.owners = 1;
	stacks.range[0] = cells(0, CELLS);
	for (unsigned int c = 0; c < CELLS; c++) {
		stacks.depth[c] = 1;
	}
}

static bool inside(struct lb_range inner, struct lb_range outer)
{
	return inner.start >= outer.start && inner.end <= outer.end;
}

static bool same(struct lb_range a, struct lb_range b)
{
	return a.start == b.start && a.end == b.end;
}

/* The position of an owner in a cell's stack; the depth of the stack if it is not there. */
static unsigned int position(unsigned int cell, unsigned int owner)
{
	unsigned int at = 0;

	while (at < stacks.depth[cell] && stacks.owner[cell][at] != owner) {
		at++;
	}
	return at;
}

static bool present(unsigned int owner)
{
	for (unsigned int c = 0; c < CELLS; c++) {
		if (position(c, owner) < stacks.depth[c]) {
			return true;
		}
	}
	return false;
}

static void push(unsigned int cell, unsigned int at, unsigned int owner)
{
	for (unsigned int i = stacks.depth[cell]++; i > at; i--) {
		stacks.owner[cell][i] = stacks.owner[cell][i - 1];
	}
	stacks.owner[cell][at] = owner;
}

/* The outermost, then lowest owner whose range crosses an edge of this one; MOST: none. */
static unsigned int cut_owner(struct lb_range range)
{
	unsigned int found = MOST;
	unsigned int found_depth = MOST;

	for (unsigned int c = 0; c < CELLS; c++) {
		for (unsigned int i = 0; covers(range, c) && i < stacks.depth[c]; i++) {
			unsigned int owner = stacks.owner[c][i];

			if (!inside(stacks.range[owner], range) &&
				!inside(range, stacks.range[owner]) && i < found_depth) {
				found = owner;
				found_depth = i;
			}
		}
	}
	return found;
}

/* Inside all that hold it and are not the same, around the rest. */
static void model_insert(struct lb_range range)
{
	unsigned int owner = stacks.owners++;

	stacks.range[owner] = range;
	for (unsigned int c = 0; c < CELLS; c++) {
		unsigned int at = 1;

		while (covers(range, c) && at < stacks.depth[c] &&
			inside(range, stacks.range[stacks.owner[c][at]]) &&
			!same(range, stacks.range[stacks.owner[c][at]])) {
			at++;
		}
		if (covers(range, c)) {
			push(c, at, owner);
		}
	}
}

static void check_conflict(
	const struct lb_resource_conflict *conflict, struct lb_range asked, unsigned int holder)
{
	CHECK(same(conflict->asked, asked) && same(conflict->held, stacks.range[holder]));
	CHECK_TEXT(conflict->asked_owner, "asking");
	CHECK_TEXT(conflict->held_owner, names[holder]);
}

/* The walk shows each owner where its first cell begins, outer ones first. */
static void check_walk(void)
{
	uint32_t index = LB_RESOURCE_ROOT;
	uint32_t depth = 0;

	for (unsigned int c = 0; c < CELLS; c++) {
		for (unsigned int i = 0; i < stacks.depth[c]; i++) {
			unsigned int owner = stacks.owner[c][i];

			if (stacks.range[owner].start != address(c)) {
				continue;
			}
			REQUIRE(index != LB_RESOURCE_NONE);
			CHECK_EQUAL(index, stacks.index[owner]);
			CHECK_EQUAL(depth, i);
			CHECK(same(tree.nodes[index].range, stacks.range[owner]));
			CHECK_EQUAL(tree.nodes[index].parent,
				i ? stacks.index[stacks.owner[c][i - 1]] : LB_RESOURCE_NONE);
			index = lb_resource_tree_next(&tree, index, &depth);
		}
	}
	CHECK_EQUAL(index, LB_RESOURCE_NONE);
}

static void check_tree(void)
{
	check_walk();
	for (unsigned int c = 0; c < CELLS; c++) {
		uint32_t innermost = stacks.index[stacks.owner[c][stacks.depth[c] - 1]];

		CHECK_EQUAL(lb_resource_tree_at(&tree, address(c)), innermost);
		CHECK_EQUAL(lb_resource_tree_at(&tree, address(c + 1) - 1), innermost);
	}
	CHECK_EQUAL(lb_resource_tree_at(&tree, BASE - 1), LB_RESOURCE_NONE);
	CHECK_EQUAL(lb_resource_tree_at(&tree, address(CELLS)), LB_RESOURCE_NONE);
	CHECK_EQUAL(lb_resource_tree_at(&tree, 0), LB_RESOURCE_NONE);
	CHECK_EQUAL(lb_resource_tree_at(&tree, UINT64_MAX), LB_RESOURCE_NONE);
}

/* The tree with all its nodes, to come back to or to compare with. */
struct kept {
	struct lb_resource_tree tree;
	struct lb_resource nodes[MOST];
};

static struct kept keep(void)
{
	struct kept kept = {.tree = tree};

	__builtin_memcpy(kept.nodes, nodes, sizeof(nodes));
	return kept;
}

static void come_back(const struct kept *kept)
{
	tree = kept->tree;
	__builtin_memcpy(nodes, kept->nodes, sizeof(nodes));
}

static bool tree_is(const struct kept *kept)
{
	return !__builtin_memcmp(&tree, &kept->tree, sizeof(tree)) &&
		!__builtin_memcmp(nodes, kept->nodes, sizeof(nodes));
}

static void insert(struct lb_range range)
{
	struct kept kept = keep();
	struct lb_resource_conflict conflict = {.asked_owner = NULL};
	unsigned int cut = cut_owner(range);
	unsigned int owner = stacks.owners;
	uint32_t index = 99;
	enum lb_status status = lb_resource_tree_insert(
		&tree, range, cut == MOST ? names[owner] : "asking", &index, &conflict);

	if (cut == MOST) {
		CHECK_EQUAL(status, LB_OK);
		model_insert(range);
		stacks.index[owner] = index;
		CHECK_TEXT(tree.nodes[index].owner, names[owner]);
		return;
	}
	CHECK_EQUAL(status, LB_CONFLICT);
	CHECK_EQUAL(index, 99);
	check_conflict(&conflict, range, cut);
	CHECK(tree_is(&kept));
	CHECK_EQUAL(lb_resource_tree_insert(&tree, range, "asking", NULL, NULL), LB_CONFLICT);
}

/* The child of `parent` that is in the way first, the parent if the range leaves it, MOST: none. */
static unsigned int request_holder(unsigned int parent, struct lb_range range)
{
	if (!inside(range, stacks.range[parent])) {
		return parent;
	}
	for (unsigned int c = 0; c < CELLS; c++) {
		unsigned int above = position(c, parent) + 1;

		if (covers(range, c) && above < stacks.depth[c]) {
			return stacks.owner[c][above];
		}
	}
	return MOST;
}

/* A request, its success undone by a removal. */
static void try_request(unsigned int parent, struct lb_range range)
{
	struct kept kept = keep();
	struct stacks kept_stacks = stacks;
	struct lb_resource_conflict conflict = {.asked_owner = NULL};
	unsigned int holder = request_holder(parent, range);
	uint32_t index = 99;
	enum lb_status status = lb_resource_tree_request(
		&tree, stacks.index[parent], range, "asking", &index, &conflict);

	CHECK_EQUAL(status, holder == MOST ? LB_OK : LB_CONFLICT);
	if (status) {
		check_conflict(&conflict, range, holder);
		CHECK(tree_is(&kept));
		return;
	}
	for (unsigned int c = 0; c < CELLS; c++) {
		if (covers(range, c)) {
			push(c, stacks.depth[c], stacks.owners);
		}
	}
	stacks.range[stacks.owners] = range;
	stacks.index[stacks.owners++] = index;
	check_tree();
	lb_resource_tree_remove(&tree, index);
	stacks = kept_stacks;
	check_walk();
	come_back(&kept);
}

/* Takes an owner out, alone or with all that stands on it. */
static void model_take(unsigned int owner, bool all)
{
	for (unsigned int c = 0; c < CELLS; c++) {
		unsigned int at = position(c, owner);

		if (at == stacks.depth[c]) {
			continue;
		}
		stacks.depth[c] = all ? at : stacks.depth[c] - 1;
		for (unsigned int i = at; i < stacks.depth[c]; i++) {
			stacks.owner[c][i] = stacks.owner[c][i + 1];
		}
	}
}

static void try_take(unsigned int owner, bool all)
{
	struct kept kept = keep();
	struct stacks kept_stacks = stacks;

	if (all) {
		lb_resource_tree_release(&tree, stacks.index[owner]);
	} else {
		lb_resource_tree_remove(&tree, stacks.index[owner]);
	}
	model_take(owner, all);
	check_tree();
	/* The place that became free is good for another resource. */
	insert(kept_stacks.range[owner]);
	check_tree();
	stacks = kept_stacks;
	come_back(&kept);
}

TEST(resource_tree_model, every_three_insertions_and_what_may_follow)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 23;

	for (unsigned int code = 0; code < RANGES * RANGES * RANGES; code += step) {
		start(MOST);
		insert(numbered(code % RANGES));
		insert(numbered(code / RANGES % RANGES));
		insert(numbered(code / RANGES / RANGES));
		check_tree();
		for (unsigned int owner = 0; owner < stacks.owners; owner++) {
			for (unsigned int r = owner; r < RANGES; r += 3) {
				try_request(owner, numbered(r));
			}
			if (owner) {
				try_take(owner, false);
				try_take(owner, true);
			}
		}
	}
}

/* As long as nothing is cut, the order of insertion shows only among equal ranges. */
TEST(resource_tree_model, nested_ranges_give_the_same_tree_in_every_order)
{
	static const struct lb_range ranges[] = {{BASE, BASE + 4 * UNIT}, {BASE, BASE + 2 * UNIT},
		{BASE + UNIT, BASE + 2 * UNIT}, {BASE + 2 * UNIT, BASE + 4 * UNIT},
		{BASE + 3 * UNIT, BASE + 4 * UNIT}};
	static const uint32_t depths[] = {1, 2, 3, 2, 3};

	for (unsigned int code = 0; code < 5 * 4 * 3 * 2; code++) {
		bool used[5] = {false};
		uint32_t index = LB_RESOURCE_ROOT, depth = 0;

		start(MOST);
		for (unsigned int left = 5, rest = code; left; rest /= left, left--) {
			unsigned int skip = rest % left;
			unsigned int which = 0;

			while (used[which] || skip) {
				skip -= !used[which];
				which++;
			}
			used[which] = true;
			insert(ranges[which]);
		}
		for (unsigned int i = 0; i < 5; i++) {
			index = lb_resource_tree_next(&tree, index, &depth);
			REQUIRE(index != LB_RESOURCE_NONE);
			CHECK(same(tree.nodes[index].range, ranges[i]));
			CHECK_EQUAL(depth, depths[i]);
		}
		check_tree();
	}
}

/* Any number of nodes, long tapes: what finds no node changes nothing, not even a byte. */
static void play(uint32_t capacity, uint32_t seed)
{
	struct dice dice = {seed};
	unsigned int alive = 1;

	start(capacity);
	for (unsigned int i = 0; i < 40 && stacks.owners < MOST; i++) {
		struct lb_range range = numbered(roll(&dice, RANGES));
		unsigned int owner = roll(&dice, stacks.owners);

		if (owner && present(owner) && roll(&dice, 2)) {
			bool all = roll(&dice, 2);

			if (all) {
				lb_resource_tree_release(&tree, stacks.index[owner]);
			} else {
				lb_resource_tree_remove(&tree, stacks.index[owner]);
			}
			model_take(owner, all);
		} else if (alive < capacity || cut_owner(range) != MOST) {
			insert(range);
		} else {
			struct kept kept = keep();

			CHECK_EQUAL(lb_resource_tree_insert(&tree, range, "asking", NULL, NULL),
				LB_NO_STORAGE);
			CHECK(tree_is(&kept));
		}
		alive = 0;
		for (unsigned int o = 0; o < stacks.owners; o++) {
			alive += present(o);
		}
		check_tree();
	}
}

TEST(resource_tree_model, tapes_with_any_number_of_nodes)
{
	for (uint32_t capacity = 1; capacity <= MOST; capacity++) {
		for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 400 : 40); seed++) {
			play(capacity, seed * 7919 + capacity);
		}
	}
}

/* Outside the root, empty, at the ends of the address space. */
TEST(resource_tree_model, edges_are_refused_with_the_root_or_taken)
{
	static const struct lb_range outside[] = {{BASE - UNIT, BASE}, {BASE - 1, BASE + UNIT},
		{BASE, BASE + CELLS * UNIT + 1}, {BASE + CELLS * UNIT, BASE + (CELLS + 1) * UNIT},
		{0, UINT64_MAX}};
	struct lb_resource_conflict conflict;

	start(MOST);
	for (size_t i = 0; i < LB_ARRAY_COUNT(outside); i++) {
		CHECK_EQUAL(lb_resource_tree_insert(&tree, outside[i], "asking", NULL, &conflict),
			LB_CONFLICT);
		check_conflict(&conflict, outside[i], 0);
		CHECK_EQUAL(lb_resource_tree_request(
				    &tree, LB_RESOURCE_ROOT, outside[i], "asking", NULL, &conflict),
			LB_CONFLICT);
		check_conflict(&conflict, outside[i], 0);
	}
	for (unsigned int c = 0; c <= CELLS; c++) {
		CHECK_EQUAL(lb_resource_tree_insert(&tree, cells(c, c), "asking", NULL, NULL),
			LB_INVALID);
		CHECK_EQUAL(lb_resource_tree_request(&tree, LB_RESOURCE_ROOT, cells(c, c), "asking",
				    NULL, NULL),
			LB_INVALID);
	}
	check_tree();
	lb_resource_tree_init(
		&tree, nodes, MOST, "root", (struct lb_range){0, LB_PHYS_ADDR_MAX});
	for (unsigned int i = 0; i < 4; i++) {
		struct lb_range top = {UINT64_MAX - 4 + i, UINT64_MAX - 3 + i};
		uint32_t index;

		REQUIRE(!lb_resource_tree_insert(&tree, top, "top", &index, NULL));
		CHECK_EQUAL(lb_resource_tree_at(&tree, top.start), index);
	}
	CHECK_EQUAL(lb_resource_tree_at(&tree, UINT64_MAX), LB_RESOURCE_NONE);
}
