/* SPDX-License-Identifier: MIT */
/*
 * memory_map by its laws: what is added can come in any order and in any pieces, what is reserved
 * and released was never there, attributes cut and join, every eligible kind of memory under every
 * request; and maps that have no room, which stay exactly what they were, change by change.
 */
#include "tests/harness/test.h"

#include "tests/prop/material.h"
#include "tests/prop/memory_model.h"

#define REGIONS 24
#define CELLS 5

static unsigned char storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static unsigned char other_storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static struct lb_memory_map other;

static const struct {
	lb_phys_addr base;
	uint64_t unit;
} worlds[] = {{0x10000, 0x1000}, {0x100000, 4}, {UINT64_MAX - CELLS * 0x1000, 0x1000}};

static size_t world;

static struct lb_range cells(unsigned int from, unsigned int to)
{
	return (struct lb_range){worlds[world].base + from * worlds[world].unit,
		worlds[world].base + to * worlds[world].unit};
}

static void start(void)
{
	CHECK_EQUAL(lb_memory_map_init(&map, storage, sizeof(storage)), LB_OK);
	CHECK_EQUAL(lb_memory_map_init(&other, other_storage, sizeof(other_storage)), LB_OK);
}

static bool same_regions(walk_function *next)
{
	struct lb_memory_cursor a = {0}, b = {0};
	struct lb_region left, right;

	while (next(&map, &a, &left)) {
		if (!next(&other, &b, &right) || left.range.start != right.range.start ||
			left.range.end != right.range.end || left.flags != right.flags ||
			left.node != right.node) {
			return false;
		}
	}
	return !next(&other, &b, &right);
}

/* Both maps show the same to every walk, and both are sound. */
static bool same(void)
{
	struct lb_range a = lb_memory_map_span(&map), b = lb_memory_map_span(&other);

	return same_regions(lb_memory_map_next_memory) &&
		same_regions(lb_memory_map_next_reserved) &&
		same_regions(lb_memory_map_next_free) &&
		lb_memory_map_total(&map) == lb_memory_map_total(&other) &&
		lb_memory_map_memory_count(&map) == lb_memory_map_memory_count(&other) &&
		lb_memory_map_reserved_count(&map) == lb_memory_map_reserved_count(&other) &&
		lb_memory_map_room(&map) == lb_memory_map_room(&other) && a.start == b.start &&
		a.end == b.end && lb_memory_map_check(&map) && lb_memory_map_check(&other);
}

/* The ranges of cells by number. */
#define RANGES (CELLS * (CELLS + 1) / 2)

static struct lb_range numbered(unsigned int number)
{
	unsigned int from = 0;

	while (number >= CELLS - from) {
		number -= CELLS - from++;
	}
	return cells(from, from + number + 1);
}

/* Every two ranges in every world: a number for each, which sets the world when it is drawn. */
#define ALL (RANGES * RANGES * 3)

static unsigned int enter(unsigned int code)
{
	world = code < ALL ? code / RANGES / RANGES : 0;
	return code;
}

/* Three ranges without attributes, added and reserved in two orders. */
TEST(memory_map_laws, the_order_of_equal_ranges_does_not_show)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 13;

	for (world = 0; world < LB_ARRAY_COUNT(worlds); world++) {
		for (unsigned int code = 0; code < RANGES * RANGES * RANGES; code += step) {
			struct lb_range ranges[] = {numbered(code % RANGES),
				numbered(code / RANGES % RANGES), numbered(code / RANGES / RANGES)};

			start();
			for (size_t i = 0; i < 3; i++) {
				REQUIRE(!lb_memory_map_add(&map, ranges[i], LB_NO_NODE, 0));
				REQUIRE(!lb_memory_map_reserve(
					&map, ranges[(i + 1) % 3], LB_NO_NODE, 0));
				REQUIRE(!lb_memory_map_reserve(
					&other, ranges[2 - i], LB_NO_NODE, 0));
			}
			for (size_t i = 0; i < 3; i++) {
				REQUIRE(!lb_memory_map_add(&other, ranges[2 - i], LB_NO_NODE, 0));
			}
			CHECK(same());
		}
	}
}

/* A range whole, and the same range cell by cell from the top. */
TEST(memory_map_laws, pieces_make_the_whole)
{
	for (unsigned int code = enter(0); code < ALL; code = enter(code + 1)) {
		struct lb_range range = numbered(code % RANGES);
		struct lb_range before = numbered(code / RANGES % RANGES);
		uint64_t unit;

		unit = worlds[world].unit;
		start();
		REQUIRE(!lb_memory_map_add(&map, before, 1, LB_MEM_HOTPLUG));
		REQUIRE(!lb_memory_map_add(&other, before, 1, LB_MEM_HOTPLUG));
		REQUIRE(!lb_memory_map_add(&map, range, 0, 0));
		REQUIRE(!lb_memory_map_set_node(&map, range, 2));
		REQUIRE(!lb_memory_map_change_flags(&map, range, LB_MEM_MIRROR, LB_MEM_HOTPLUG));
		for (lb_phys_addr at = range.end; at > range.start; at -= unit) {
			struct lb_range cell = {at - unit, at};

			REQUIRE(!lb_memory_map_add(&other, cell, 0, 0));
			REQUIRE(!lb_memory_map_change_flags(
				&other, cell, LB_MEM_MIRROR, LB_MEM_HOTPLUG));
			REQUIRE(!lb_memory_map_set_node(&other, cell, 2));
		}
		CHECK(same());
	}
}

/* Doing and undoing: as if nothing had been. Doing twice: as if once. */
TEST(memory_map_laws, what_is_undone_was_never_there)
{
	for (unsigned int code = enter(0); code < ALL; code = enter(code + 1)) {
		struct lb_range held = numbered(code % RANGES);
		struct lb_range range = numbered(code / RANGES % RANGES);

		if (lb_range_overlaps(held, range)) {
			continue;
		}
		start();
		REQUIRE(!lb_memory_map_add(&map, held, 0, 0));
		REQUIRE(!lb_memory_map_reserve(&map, held, LB_NO_NODE, LB_RESERVED_KERNEL));
		REQUIRE(!lb_memory_map_copy(&other, &map));
		REQUIRE(!lb_memory_map_reserve(&map, range, LB_NO_NODE, LB_RESERVED_KERNEL));
		REQUIRE(!lb_memory_map_reserve(&map, range, 5, 0));
		REQUIRE(!lb_memory_map_release(&map, range));
		REQUIRE(!lb_memory_map_release(&map, range));
		CHECK(same());
		REQUIRE(!lb_memory_map_add(&map, range, 0, 0));
		REQUIRE(!lb_memory_map_add(&map, range, 7, LB_MEM_NOMAP));
		REQUIRE(!lb_memory_map_remove(&map, range));
		REQUIRE(!lb_memory_map_remove(&map, range));
		CHECK(same());
		REQUIRE(!lb_memory_map_set_node(&map, held, 3));
		REQUIRE(!lb_memory_map_change_flags(&map, held, LB_MEM_NOMAP, 0));
		REQUIRE(!lb_memory_map_change_flags(&map, held, 0, LB_MEM_NOMAP));
		REQUIRE(!lb_memory_map_set_node(&map, held, 0));
		CHECK(same());
		lb_memory_map_clear(&map);
		lb_memory_map_clear(&other);
		CHECK(same());
		CHECK_EQUAL(lb_memory_map_total(&map), 0);
		CHECK(lb_range_empty(lb_memory_map_span(&map)));
	}
}

/* One cell of each kind of memory: which may be handed out, under each request. */
static const uint32_t kinds[] = {0, LB_MEM_HOTPLUG, LB_MEM_MIRROR, LB_MEM_NOMAP,
	LB_MEM_DRIVER_MANAGED, LB_MEM_HOTPLUG | LB_MEM_MIRROR, LB_MEM_MIRROR | LB_MEM_NOMAP};

#define KINDS LB_ARRAY_COUNT(kinds)

static bool eligible(uint32_t flags, int32_t node, const struct lb_memory_request *request)
{
	return !(flags & (LB_MEM_NOMAP | LB_MEM_DRIVER_MANAGED)) &&
		(!request->mirrored_only || flags & LB_MEM_MIRROR) &&
		(!request->avoid_hotplug || !(flags & LB_MEM_HOTPLUG)) &&
		(request->node == LB_NO_NODE || request->node == node);
}

/* Two cells of two kinds and two nodes; the request asks for one cell, or for both at once. */
static void search_two(unsigned int code)
{
	size_t a = code % KINDS, b = code / KINDS % KINDS;
	unsigned int options = code / KINDS / KINDS;
	int32_t nodes[] = {(int32_t)(options & 1), (int32_t)(options >> 1 & 1)};
	struct lb_memory_request request = {.align = worlds[world].unit,
		.size = worlds[world].unit * (1 + (options >> 2 & 1)),
		.window = {0, LB_PHYS_ADDR_MAX}, .node = (int32_t)(options >> 3 & 3) - 1,
		.bottom_up = options >> 5 & 1, .mirrored_only = options >> 6 & 1,
		.avoid_hotplug = options >> 7 & 1};
	bool fits[] = {eligible(kinds[a], nodes[0], &request),
		eligible(kinds[b], nodes[1], &request)};
	bool one = kinds[a] == kinds[b] && nodes[0] == nodes[1];
	bool exists = request.size > worlds[world].unit ? one && fits[0] : fits[0] || fits[1];
	unsigned int cell = request.size > worlds[world].unit ? 1
		: fits[0] && (request.bottom_up || !fits[1])  ? 1
							      : 2;
	lb_phys_addr found = 5;

	start();
	REQUIRE(!lb_memory_map_add(&map, cells(1, 2), nodes[0], kinds[a]));
	REQUIRE(!lb_memory_map_add(&map, cells(2, 3), nodes[1], kinds[b]));
	CHECK_EQUAL(lb_memory_map_find(&map, &request, &found), exists ? LB_OK : LB_NOT_FOUND);
	CHECK_EQUAL(found, exists ? cells(cell, cell).start : 5);
	REQUIRE(!lb_memory_map_copy(&other, &map));
	found = 5;
	CHECK_EQUAL(lb_memory_map_alloc(&map, &request, &found), exists ? LB_OK : LB_NOT_FOUND);
	if (!exists) {
		CHECK(same());
		return;
	}
	REQUIRE(!lb_memory_map_reserve(
		&other, (struct lb_range){found, found + request.size}, LB_NO_NODE, 0));
	CHECK(same());
}

TEST(memory_map_laws, every_two_kinds_of_memory_under_every_request)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 11;

	world = 0;
	for (unsigned int code = 0; code < KINDS * KINDS * 256; code += step) {
		search_two(code);
	}
}

/* Isolated ranges far away until only so many regions more are sure to fit. */
static void starve(size_t room)
{
	for (lb_phys_addr at = LB_TIB; lb_memory_map_room(&map) > room; at += 0x2000) {
		struct lb_range range = {at, at + 0x1000};

		CHECK_EQUAL(lb_memory_map_reserve(&map, range, LB_NO_NODE, 0), LB_OK);
	}
}

static enum lb_status change(unsigned int kind, struct lb_range range)
{
	switch (kind) {
	case 0:
		return lb_memory_map_add(&map, range, 1, 0);
	case 1:
		return lb_memory_map_remove(&map, range);
	case 2:
		return lb_memory_map_reserve(&map, range, 2, LB_RESERVED_NOINIT);
	case 3:
		return lb_memory_map_release(&map, range);
	case 4:
		return lb_memory_map_set_node(&map, range, 3);
	default:
		return lb_memory_map_change_flags(&map, range, LB_MEM_MIRROR, LB_MEM_HOTPLUG);
	}
}

/* Every change of a map that has room for 0, 1, 2 more: done, or nothing at all. */
TEST(memory_map_laws, a_change_without_room_is_not_begun)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 17, refused = 0;

	world = 0;
	for (unsigned int code = 0; code < RANGES * RANGES * 6 * 3; code += step) {
		struct lb_range first = numbered(code % RANGES);
		struct lb_range range = numbered(code / RANGES % RANGES);
		size_t room = code / RANGES / RANGES / 6;
		size_t regions;

		start();
		REQUIRE(!lb_memory_map_add(&map, first, LB_NO_NODE, LB_MEM_HOTPLUG));
		REQUIRE(!lb_memory_map_reserve(&map, first, LB_NO_NODE, 0));
		starve(room);
		REQUIRE(!lb_memory_map_copy(&other, &map));
		regions = lb_memory_map_memory_count(&map) + lb_memory_map_reserved_count(&map);
		if (change(code / RANGES / RANGES % 6, range)) {
			CHECK(same());
			refused++;
			continue;
		}
		CHECK(lb_memory_map_check(&map));
		CHECK(lb_memory_map_memory_count(&map) + lb_memory_map_reserved_count(&map) <=
			regions + room);
	}
	CHECK(refused > 0);
}

/* Lookups and overlaps at every byte next to an edge, in worlds of bytes and at the top. */
TEST(memory_map_laws, lookups_agree_with_the_walk_at_every_edge)
{
	for (unsigned int code = enter(0); code < ALL; code = enter(code + 1)) {
		struct lb_range memory = numbered(code % RANGES);
		struct lb_range reserved = numbered(code / RANGES % RANGES);

		start();
		REQUIRE(!lb_memory_map_add(&map, memory, 4, LB_MEM_MIRROR));
		REQUIRE(!lb_memory_map_reserve(&map, reserved, 5, LB_RESERVED_KERNEL));
		for (unsigned int edge = 0; edge < 3 * (CELLS + 1); edge++) {
			lb_phys_addr at = cells(edge / 3, 0).start + edge % 3 - 1;
			struct lb_range byte = {at, at + (at < UINT64_MAX)};
			struct lb_region region = {.node = 99};

			CHECK_EQUAL(lb_memory_map_memory_at(&map, at, &region),
				lb_range_has(memory, at));
			CHECK_EQUAL(region.node, lb_range_has(memory, at) ? 4 : 99);
			region.node = 99;
			CHECK_EQUAL(lb_memory_map_reserved_at(&map, at, &region),
				lb_range_has(reserved, at));
			CHECK_EQUAL(region.node, lb_range_has(reserved, at) ? 5 : 99);
			CHECK_EQUAL(lb_memory_map_overlaps_memory(&map, byte),
				lb_range_has(memory, at));
			CHECK_EQUAL(lb_memory_map_overlaps_reserved(&map, byte),
				lb_range_has(reserved, at));
		}
		for (unsigned int r = 0; r < RANGES; r++) {
			CHECK_EQUAL(lb_memory_map_overlaps_memory(&map, numbered(r)),
				lb_range_overlaps(memory, numbered(r)));
			CHECK_EQUAL(lb_memory_map_overlaps_reserved(&map, numbered(r)),
				lb_range_overlaps(reserved, numbered(r)));
		}
	}
}

/* A map is built from two lists as it is by single steps, in any order of the lists. */
TEST(memory_map_laws, lists_build_what_steps_build)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 19;

	world = 2;
	for (unsigned int code = 0; code < RANGES * RANGES * RANGES; code += step) {
		struct lb_region memory[] = {{.range = numbered(code % RANGES), .node = LB_NO_NODE},
			{.range = numbered(code / RANGES % RANGES),
				.node = 1,
				.flags = LB_MEM_NOMAP}};
		struct lb_region reserved[] = {
			{.range = numbered(code / RANGES / RANGES), .node = LB_NO_NODE,
				.flags = LB_RESERVED_KERNEL},
			{.range = numbered(code % RANGES), .node = LB_NO_NODE}};

		start();
		REQUIRE(!lb_memory_map_build(&map, memory, 2, reserved, 2));
		for (size_t i = 0; i < 2; i++) {
			REQUIRE(!lb_memory_map_add(
				&other, memory[i].range, memory[i].node, memory[i].flags));
		}
		for (size_t i = 0; i < 2; i++) {
			REQUIRE(!lb_memory_map_reserve(
				&other, reserved[i].range, reserved[i].node, reserved[i].flags));
		}
		CHECK(same());
	}
}

TEST(memory_map_laws, storage_too_small_for_one_region_is_refused)
{
	size_t least = LB_MEMORY_MAP_BYTES(1);

	for (size_t bytes = 0; bytes < least; bytes += bytes < least - 8 ? 37 : 1) {
		struct lb_memory_map tiny;

		CHECK_EQUAL(lb_memory_map_init(&tiny, storage, bytes), LB_NO_STORAGE);
	}
	CHECK_EQUAL(lb_memory_map_init(&map, storage, least), LB_OK);
	CHECK(lb_memory_map_room(&map) >= 1);
}

/* As many isolated regions as fit, in one list or in two; one more, and the map is empty. */
TEST(memory_map_laws, a_list_of_exactly_what_fits)
{
	static struct lb_region regions[256];

	for (size_t i = 0; i < LB_ARRAY_COUNT(regions); i++) {
		regions[i] = (struct lb_region){
			.range = {0x10000 + i * 0x2000, 0x11000 + i * 0x2000}, .node = LB_NO_NODE};
	}
	for (size_t split = 0; split <= 8; split++) {
		size_t room, first;

		start();
		room = lb_memory_map_room(&map);
		REQUIRE(room < LB_ARRAY_COUNT(regions));
		first = room * split / 8;
		REQUIRE(!lb_memory_map_build(&map, regions, first, regions, room - first));
		CHECK_EQUAL(lb_memory_map_room(&map), 0);
		CHECK_EQUAL(lb_memory_map_memory_count(&map), first);
		CHECK_EQUAL(lb_memory_map_reserved_count(&map), room - first);
		start();
		CHECK_EQUAL(lb_memory_map_build(&map, regions, first, regions, room - first + 1),
			LB_NO_STORAGE);
		CHECK(same());
	}
}
