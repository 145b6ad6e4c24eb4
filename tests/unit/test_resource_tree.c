/* SPDX-License-Identifier: MIT */
/*
 * resource_tree against a flat list. In the list, b holds a if b's range holds a's, or if they are
 * the same range and b is further out; a's parent is the innermost that holds it.
 */
#include "lifeboat/resource_tree.h"
#include "tests/harness/test.h"

#define MOST 24
#define SPAN 20

struct entry {
	struct lb_range range;
	int outwards; /* orders equal ranges */
	uint32_t index;
};

static struct lb_resource nodes[MOST];
static struct lb_resource_tree tree;
static struct entry entries[MOST];
static size_t count;
static int outermost;
static int innermost;
static uint64_t random_state;

static const char *const owners[MOST] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
	"l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x"};

static uint64_t draw(uint64_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (random_state >> 33) % limit;
}

static bool same(struct lb_range a, struct lb_range b)
{
	return a.start == b.start && a.end == b.end;
}

static bool holds(const struct entry *outer, const struct entry *inner)
{
	return same(outer->range, inner->range) ? outer->outwards > inner->outwards
						: lb_range_contains(outer->range, inner->range);
}

static bool cuts(struct lb_range a, struct lb_range b)
{
	return lb_range_overlaps(a, b) && !lb_range_contains(a, b) && !lb_range_contains(b, a);
}

/* The innermost entry that holds this one; entry 0 is the root. */
static const struct entry *parent_of(const struct entry *entry)
{
	const struct entry *parent = &entries[0];

	for (size_t i = 0; i < count; i++) {
		if (&entries[i] != entry && holds(&entries[i], entry) &&
			holds(parent, &entries[i])) {
			parent = &entries[i];
		}
	}
	return parent;
}

/* Comes before in a walk: lower, or further out. */
static bool before(const struct entry *a, const struct entry *b)
{
	return a->range.start != b->range.start ? a->range.start < b->range.start : holds(a, b);
}

static bool matches(void)
{
	uint32_t depth = 0;
	uint32_t index = LB_RESOURCE_ROOT;
	const struct entry *last = &entries[0];
	size_t seen = 0;

	for (size_t i = 1; i < count; i++) {
		if (nodes[entries[i].index].parent != parent_of(&entries[i])->index ||
			!same(nodes[entries[i].index].range, entries[i].range)) {
			return false;
		}
	}
	while ((index = lb_resource_tree_next(&tree, index, &depth)) != LB_RESOURCE_NONE) {
		const struct entry *entry = NULL;
		uint32_t real_depth = 0;

		for (size_t i = 1; i < count; i++) {
			entry = entries[i].index == index ? &entries[i] : entry;
		}
		if (!entry || !before(last, entry)) {
			return false;
		}
		for (uint32_t i = index; i != LB_RESOURCE_ROOT; i = nodes[i].parent) {
			real_depth++;
		}
		if (depth != real_depth) {
			return false;
		}
		last = entry;
		seen++;
	}
	return seen == count - 1;
}

static bool lookups_match(void)
{
	for (lb_phys_addr address = 0; address < SPAN + 2; address++) {
		const struct entry point = {{address, address + 1}, -1000, 0};
		uint32_t expected = address < SPAN ? parent_of(&point)->index : LB_RESOURCE_NONE;

		if (lb_resource_tree_at(&tree, address) != expected) {
			return false;
		}
	}
	return true;
}

static enum lb_status expected_insert(struct lb_range range)
{
	enum lb_status status = count == MOST ? LB_NO_STORAGE : LB_OK;

	for (size_t i = 0; i < count; i++) {
		if (cuts(entries[i].range, range)) {
			status = LB_CONFLICT;
		}
	}
	if (!lb_range_contains(entries[0].range, range)) {
		status = LB_CONFLICT;
	}
	return lb_range_empty(range) ? LB_INVALID : status;
}

static enum lb_status expected_request(const struct entry *parent, struct lb_range range)
{
	enum lb_status status = count == MOST ? LB_NO_STORAGE : LB_OK;

	for (size_t i = 1; i < count; i++) {
		if (parent_of(&entries[i]) == parent &&
			lb_range_overlaps(entries[i].range, range)) {
			status = LB_CONFLICT;
		}
	}
	if (!lb_range_contains(parent->range, range)) {
		status = LB_CONFLICT;
	}
	return lb_range_empty(range) ? LB_INVALID : status;
}

/* The asker, and either a holder that it meets or the bounds that it leaves. */
static bool names_both(const struct lb_resource_conflict *conflict, struct lb_range range,
	struct lb_range bounds)
{
	return same(conflict->asked, range) && conflict->asked_owner[0] == '!' &&
		conflict->held_owner &&
		(lb_range_contains(bounds, range) ? lb_range_overlaps(conflict->held, range)
						  : same(conflict->held, bounds));
}

static bool one_addition(void)
{
	lb_phys_addr start = draw(SPAN);
	struct lb_range range = {start, start + draw(draw(3) ? 4 : SPAN + 4)};
	struct lb_resource_conflict conflict;
	bool requests = draw(2);
	size_t parent = draw(count);
	uint32_t index;
	enum lb_status expected = requests ? expected_request(&entries[parent], range)
					   : expected_insert(range);
	enum lb_status status = requests
		? lb_resource_tree_request(
			  &tree, entries[parent].index, range, "!", &index, &conflict)
		: lb_resource_tree_insert(&tree, range, "!", &index, &conflict);

	if (status == LB_OK && expected == LB_OK) {
		nodes[index].owner = owners[count];
		entries[count++] = (struct entry){
			range, requests ? --innermost : ++outermost, index};
	}
	return status == expected && (status != LB_CONFLICT || names_both(&conflict, range,
		entries[requests ? parent : 0].range));
}

static void one_removal(void)
{
	struct entry gone;
	bool with_contents = draw(2);
	size_t at = 1 + draw(count - 1);

	gone = entries[at];
	if (with_contents) {
		lb_resource_tree_release(&tree, gone.index);
	} else {
		lb_resource_tree_remove(&tree, gone.index);
	}
	for (size_t i = count - 1; i > 0; i--) {
		if (entries[i].index == gone.index ||
			(with_contents && holds(&gone, &entries[i]))) {
			entries[i] = entries[--count];
		}
	}
}

TEST(resource_tree, tapes_match_the_flat_list)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		random_state = seed;
		outermost = 0;
		innermost = 0;
		lb_resource_tree_init(&tree, nodes, MOST, "root", (struct lb_range){0, SPAN});
		entries[0] = (struct entry){{0, SPAN}, 1000000, LB_RESOURCE_ROOT};
		count = 1;
		for (int step = 0; step < 400; step++) {
			if (count > 1 && draw(4) == 0) {
				one_removal();
			} else {
				REQUIRE(one_addition());
			}
			REQUIRE(matches());
			REQUIRE(lookups_match());
		}
	}
}

TEST(resource_tree, a_conflict_names_both_owners)
{
	struct lb_resource_conflict conflict;

	lb_resource_tree_init(
		&tree, nodes, MOST, "iomem", (struct lb_range){0, LB_PHYS_ADDR_MAX});
	REQUIRE(lb_resource_tree_insert(&tree, (struct lb_range){0x1000, 0x9fc00}, "System RAM",
			NULL, NULL) == LB_OK);
	CHECK(lb_resource_tree_insert(&tree, (struct lb_range){0x90000, 0xa0000}, "Crash kernel",
		      NULL, &conflict) == LB_CONFLICT);
	CHECK_TEXT(conflict.asked_owner, "Crash kernel");
	CHECK_TEXT(conflict.held_owner, "System RAM");
	CHECK_EQUAL(conflict.held.end, 0x9fc00);
}

TEST(resource_tree, what_is_inserted_around_adopts)
{
	uint32_t ram;
	uint32_t code;

	lb_resource_tree_init(
		&tree, nodes, MOST, "iomem", (struct lb_range){0, LB_PHYS_ADDR_MAX});
	REQUIRE(lb_resource_tree_insert(&tree, (struct lb_range){0x1000000, 0x2000000},
			"Kernel code", &code, NULL) == LB_OK);
	REQUIRE(lb_resource_tree_insert(&tree, (struct lb_range){0x100000, 0x80000000},
			"System RAM", &ram, NULL) == LB_OK);
	CHECK(nodes[code].parent == ram);
	CHECK(lb_resource_tree_at(&tree, 0x1800000) == code);
	lb_resource_tree_remove(&tree, ram);
	CHECK(nodes[code].parent == LB_RESOURCE_ROOT);
}
