/* SPDX-License-Identifier: MIT */
/*
 * memory_map against its model (tests/prop/memory_model.h): every small universe of one
 * operation, random tapes of all of them, tapes in storage that is too small, and trees of several
 * levels; then the corners that a model of cells cannot show.
 */
#include "tests/harness/test.h"
#include "tests/prop/memory_model.h"

#define SMALL 32     /* cells: both sets are flat */
#define LARGE 3000   /* cells: both sets are trees */
#define SPREAD 9000  /* regions in one set: three levels */

static unsigned char storage[LB_MEMORY_MAP_BYTES(SPREAD)] __attribute__((aligned(8)));
static unsigned char other_storage[LB_MEMORY_MAP_BYTES(2 * LARGE)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static struct lb_memory_map other;
static struct model model;

static void start(lb_phys_addr base, uint64_t unit, size_t cells)
{
	model_init(&model, base, unit, cells);
	CHECK(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
}

static void run_tape(lb_phys_addr base, uint64_t unit, uint64_t seed)
{
	struct tape tape = tape_of_seed(seed, 3);

	start(base, unit, SMALL);
	for (int i = 0; i < 150; i++) {
		REQUIRE(both_do(&model, &map, tape_operation(&tape, &model)));
		REQUIRE(model_matches(&model, &map, &tape, 8));
	}
}

TEST(memory_map, tapes_match_the_model_at_the_bottom)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		run_tape(0, 4096, seed);
	}
}

TEST(memory_map, tapes_match_the_model_in_the_middle)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		run_tape(3 * LB_GIB, 2 * LB_MIB, seed);
	}
}

TEST(memory_map, tapes_match_the_model_at_the_top)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		run_tape(LB_PHYS_ADDR_MAX - SMALL * LB_MIB, LB_MIB, seed);
	}
}

/* Few long ranges, so that sets grow to hundreds of regions; now and then one clears a lot. */
TEST(memory_map, large_tapes_match_the_model)
{
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct tape tape = tape_of_seed(seed, 400);

		start(0, 4096, LARGE);
		for (int i = 0; i < 6000; i++) {
			REQUIRE(both_do(&model, &map, tape_operation(&tape, &model)));
			REQUIRE(i % 16 || model_matches(&model, &map, &tape, 1));
			REQUIRE(lb_memory_map_check(&map));
		}
		REQUIRE(model_matches(&model, &map, &tape, 64));
	}
}

/* Two bits a cell: 0 absent, 1 plain, 2 no-map, 3 node 0. */
static void fill_memory(unsigned int code, unsigned int cells)
{
	for (unsigned int i = 0; i < cells; i++) {
		unsigned int kind = code >> (2 * i) & 3;
		struct operation add = {.kind = OP_ADD, .start = i, .end = i + 1,
			.node = kind == 3 ? 0 : LB_NO_NODE,
			.set = kind == 2 ? LB_MEM_NOMAP : 0};

		if (kind) {
			CHECK(both_do(&model, &map, add));
		}
	}
}

/* Every arrangement of five cells of memory, under every change of every range. */
TEST(memory_map, every_change_of_every_small_map)
{
	enum { CELLS = 5 };
	static const struct operation changes[] = {
		{.kind = OP_ADD, .node = LB_NO_NODE},
		{.kind = OP_ADD, .node = 0},
		{.kind = OP_REMOVE},
		{.kind = OP_SET_NODE, .node = 0},
		{.kind = OP_CHANGE_FLAGS, .set = LB_MEM_NOMAP},
		{.kind = OP_CHANGE_FLAGS, .clear = LB_MEM_NOMAP},
	};
	struct tape tape = tape_of_seed(1, 3);

	for (unsigned int code = 0; code < 1U << (2 * CELLS); code++) {
		for (unsigned int i = 0; i < LB_ARRAY_COUNT(changes) * 36; i++) {
			struct operation change = changes[i / 36];

			change.start = i % 6;
			change.end = i / 6 % 6;
			if (change.start > change.end) {
				continue;
			}
			start(LB_MIB, 4096, CELLS);
			fill_memory(code, CELLS);
			REQUIRE(both_do(&model, &map, change));
			REQUIRE(model_matches(&model, &map, &tape, 0));
		}
	}
}

/* Every arrangement of memory and reservations on six cells, and every request there. */
TEST(memory_map, every_search_of_every_small_map)
{
	enum { CELLS = 6 };

	for (unsigned int code = 0; code < 1U << (2 * CELLS); code++) {
		start(LB_MIB, 4096, CELLS);
		for (unsigned int i = 0; i < CELLS; i++) {
			struct operation add = {.kind = OP_ADD, .start = i, .end = i + 1,
				.node = LB_NO_NODE};
			struct operation reserve = add;

			reserve.kind = OP_RESERVE;
			if (code >> i & 1) {
				CHECK(both_do(&model, &map, add));
			}
			if (code >> (CELLS + i) & 1) {
				CHECK(both_do(&model, &map, reserve));
			}
		}
		for (unsigned int i = 0; i < 4 * 3 * 2 * 4; i++) {
			struct lb_memory_request request = {
				.size = (1 + i % 4) * 4096,
				.align = UINT64_C(4096) << i / 4 % 3,
				.window = {LB_MIB + i / 24 * 1024,
					LB_MIB + CELLS * 4096 - i / 24 * 3072},
				.node = LB_NO_NODE,
				.bottom_up = i / 12 % 2,
			};

			REQUIRE(model_search_matches(&model, &map, &request));
		}
	}
}

/* Splits and merges on every level: a set grows, in one order, and goes, in another. */
static void check_spread(uint64_t step_in, uint64_t step_out)
{
	start(0, 4096, 0);
	for (uint64_t i = 0; i < SPREAD; i++) {
		lb_phys_addr at = (1 + i * step_in % SPREAD) * 0x10000;

		REQUIRE(lb_memory_map_reserve(
				&map, (struct lb_range){at, at + 0x8000}, LB_NO_NODE, 0) == LB_OK);
		REQUIRE(i % 64 || lb_memory_map_check(&map));
	}
	CHECK_EQUAL(lb_memory_map_reserved_count(&map), SPREAD);
	for (uint64_t i = 0; i < SPREAD; i++) {
		lb_phys_addr at = (1 + i * step_out % SPREAD) * 0x10000;

		REQUIRE(lb_memory_map_overlaps_reserved(
			&map, (struct lb_range){at + 0x7fff, at + 0x8000}));
		REQUIRE(lb_memory_map_release(&map, (struct lb_range){at, at + 0x8000}) == LB_OK);
		REQUIRE(!lb_memory_map_overlaps_reserved(
			&map, (struct lb_range){at - 0x8000, at + 0x10000}) ||
			lb_memory_map_reserved_count(&map) > 0);
		REQUIRE(i % 64 || lb_memory_map_check(&map));
	}
	CHECK_EQUAL(lb_memory_map_reserved_count(&map), 0);
	CHECK(lb_memory_map_check(&map));
}

TEST(memory_map, trees_grow_and_go_in_any_order)
{
	check_spread(1, 1);
	check_spread(1, SPREAD - 1);
	check_spread(SPREAD - 1, 1);
	check_spread(1789, 2741);
}

/* One change that spans thousands of regions, and the border between any two leaves. */
TEST(memory_map, long_changes_reach_across_leaves)
{
	struct lb_range all = {0x10000, (SPREAD + 1) * UINT64_C(0x10000)};

	start(0, 4096, 0);
	for (uint64_t i = 1; i <= SPREAD / 2; i++) {
		REQUIRE(lb_memory_map_add(&map, (struct lb_range){i * 0x10000, i * 0x10000 + 4096},
				(int32_t)(i % 2), 0) == LB_OK);
	}
	CHECK(lb_memory_map_add(&map, all, 7, 0) == LB_OK);
	CHECK(lb_memory_map_check(&map));
	CHECK_EQUAL(lb_memory_map_memory_count(&map), SPREAD);
	CHECK_EQUAL(lb_memory_map_total(&map), lb_range_size(all));
	CHECK(lb_memory_map_set_node(&map, all, 3) == LB_OK);
	CHECK_EQUAL(lb_memory_map_memory_count(&map), 1);
	CHECK(lb_memory_map_remove(&map, all) == LB_OK);
	CHECK_EQUAL(lb_memory_map_memory_count(&map), 0);
	CHECK(lb_memory_map_check(&map));
}

/* The answer of a search, from a walk over all free ranges. */
static bool walk_find(const struct lb_memory_request *request, lb_phys_addr *ret)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region free;
	bool found = false;

	while (!(found && request->bottom_up) && lb_memory_map_next_free(&map, &cursor, &free)) {
		struct lb_range part = lb_range_intersect(free.range, request->window);
		lb_phys_addr at = part.start;

		if (lb_range_size(part) < request->size ||
			(request->node != LB_NO_NODE && request->node != free.node)) {
			continue;
		}
		at = request->bottom_up
			? lb_align_down(part.start + request->align - 1, request->align)
			: lb_align_down(part.end - request->size, request->align);
		if (at >= part.start && at + request->size <= part.end) {
			*ret = at;
			found = true;
		}
	}
	return found;
}

/* Pieces of many sizes in both sets, all levels of both trees in use. */
TEST(memory_map, searches_in_deep_trees_find_what_a_walk_finds)
{
	struct tape tape = tape_of_seed(11, 1);
	lb_phys_addr memory = LB_MIB;
	lb_phys_addr reserved = LB_MIB;

	start(0, 4096, 0);
	for (uint64_t i = 0; i < SPREAD / 2; i++) {
		uint64_t size = UINT64_C(4096) << tape_draw(&tape, tape_draw(&tape, 9) + 1);

		CHECK(lb_memory_map_add(&map, (struct lb_range){memory, memory + size},
			      (int32_t)(i % 2), 0) == LB_OK);
		memory += size + 4096 * tape_draw(&tape, 2);
		reserved += UINT64_C(2048) << tape_draw(&tape, tape_draw(&tape, 9) + 1);
		CHECK(lb_memory_map_reserve(&map, (struct lb_range){reserved, reserved + 2048},
			      (int32_t)(i % 2), 0) == LB_OK);
		reserved += 2048;
	}
	REQUIRE(lb_memory_map_check(&map));
	for (int i = 0; i < 400; i++) {
		lb_phys_addr a = LB_MIB + tape_draw(&tape, memory);
		lb_phys_addr b = LB_MIB + tape_draw(&tape, memory);
		struct lb_memory_request request = {
			.size = 1 + tape_draw(&tape, UINT64_C(4096) << tape_draw(&tape, 9)),
			.align = UINT64_C(1) << tape_draw(&tape, 20),
			.window = {i % 2 ? LB_MIB : lb_min(a, b), lb_max(a, b)},
			.node = (int32_t)tape_draw(&tape, 3) - 1,
			.bottom_up = tape_draw(&tape, 2),
		};
		lb_phys_addr expected = 1;
		lb_phys_addr found = 1;
		bool exists = walk_find(&request, &expected);

		REQUIRE(lb_memory_map_find(&map, &request, &found) ==
			(exists ? LB_OK : LB_NOT_FOUND));
		REQUIRE(found == expected);
	}
}

static void check_reserved(size_t expected)
{
	REQUIRE(lb_memory_map_check(&map));
	CHECK_EQUAL(lb_memory_map_reserved_count(&map), expected);
}

/* What meets its neighbours becomes one with them wherever the border between two leaves is. */
TEST(memory_map, regions_merge_across_every_border)
{
	enum { COUNT = 700 };

	for (unsigned int order = 0; order < 2; order++) {
		start(0, 4096, 0);
		for (uint64_t i = 0; i < COUNT; i++) {
			lb_phys_addr at = (order ? COUNT - i : 1 + i) * 0x4000;

			REQUIRE(lb_memory_map_reserve(&map, (struct lb_range){at, at + 0x1000},
					LB_NO_NODE, 0) == LB_OK);
		}
		for (uint64_t i = 1; i < COUNT; i++) {
			struct lb_range hole = {i * 0x4000 + 0x1000, i * 0x4000 + 0x4000};
			struct lb_range left = {hole.start, hole.start + 0x1000};
			struct lb_range right = {hole.end - 0x1000, hole.end};

			CHECK(lb_memory_map_reserve(&map, left, LB_NO_NODE, 0) == LB_OK);
			check_reserved(COUNT);
			CHECK(lb_memory_map_reserve(&map, right, LB_NO_NODE, 0) == LB_OK);
			check_reserved(COUNT);
			CHECK(lb_memory_map_reserve(&map, hole, LB_NO_NODE, 0) == LB_OK);
			check_reserved(COUNT - 1);
			CHECK(lb_memory_map_release(&map, hole) == LB_OK);
			check_reserved(COUNT);
			CHECK(lb_memory_map_reserve(&map, hole, LB_NO_NODE, 1) == LB_OK);
			check_reserved(COUNT + 1);
			CHECK(lb_memory_map_release(&map, hole) == LB_OK);
		}
	}
}

/* The same for attributes that become those of a neighbour. */
TEST(memory_map, attributes_merge_across_every_border)
{
	enum { COUNT = 700 };

	start(0, 4096, 0);
	for (uint64_t i = 0; i < COUNT; i++) {
		REQUIRE(lb_memory_map_add(&map, (struct lb_range){i * 0x1000, i * 0x1000 + 0x1000},
				(int32_t)(i % 2), 0) == LB_OK);
	}
	for (uint64_t n = 2; n < 2 * (COUNT - 1); n++) { /* up, then down */
		uint64_t i = n < COUNT ? n - 1 : 2 * COUNT - 2 - n;
		struct lb_range one = {i * 0x1000, i * 0x1000 + 0x1000};
		int32_t node = (int32_t)(i % 2);

		CHECK(lb_memory_map_set_node(&map, one, !node) == LB_OK);
		REQUIRE(lb_memory_map_check(&map));
		CHECK_EQUAL(lb_memory_map_memory_count(&map), COUNT - 2);
		CHECK(lb_memory_map_set_node(&map, one, node) == LB_OK);
		REQUIRE(lb_memory_map_check(&map));
		CHECK_EQUAL(lb_memory_map_memory_count(&map), COUNT);
	}
}

/* A leaf that loses a region at its border is mended there and then, at any number of regions. */
TEST(memory_map, borders_hold_while_leaves_are_mended)
{
	enum { COUNT = 320, NEAR = 64 };
	static const lb_phys_addr end = 2 * NEAR * 0x1000;

	for (uint64_t gone = 0; gone < 72; gone++) {
		for (uint64_t i = NEAR - 4; i <= NEAR + 4; i++) {
			struct lb_range one = {i * 0x1000, i * 0x1000 + 0x1000};

			start(0, 4096, 0);
			for (lb_phys_addr at = 0; at < COUNT * 0x1000; at += 0x1000) {
				REQUIRE(lb_memory_map_add(&map, (struct lb_range){at, at + 0x1000},
						(int32_t)(at / 0x1000 % 2), 0) == LB_OK);
			}
			CHECK(lb_memory_map_remove(&map,
				      (struct lb_range){end - gone * 0x1000, end}) == LB_OK);
			CHECK(lb_memory_map_set_node(&map, one, (int32_t)(i % 2 == 0)) == LB_OK);
			REQUIRE(lb_memory_map_check(&map));
		}
	}
}

/* Two nodes on one piece of memory, redrawn a few cells at a time: leaves run empty and full. */
TEST(memory_map, borders_hold_under_churn)
{
	struct tape tape = tape_of_seed(7, 1);
	struct operation add = {.kind = OP_ADD, .end = LARGE};

	start(0, 4096, LARGE);
	REQUIRE(both_do(&model, &map, add));
	for (int step = 0; step < 20000; step++) {
		bool grows = step / 4000 % 2 == 0;
		struct operation set = {.kind = OP_SET_NODE};

		set.start = (size_t)tape_draw(&tape, LARGE);
		set.end = (size_t)lb_min(LARGE, set.start + 1 + tape_draw(&tape, grows ? 2 : 30));
		set.node = (int32_t)tape_draw(&tape, 2);
		REQUIRE(both_do(&model, &map, set));
		REQUIRE(lb_memory_map_check(&map));
		REQUIRE(step % 500 || model_matches(&model, &map, &tape, 0));
	}
}

/* 50 regions of node 1, then 60 of node 0, all apart: filling the holes with node 0 ends with
 * fewer regions than now, and has more on the way. */
TEST(memory_map, what_does_not_fit_on_the_way_is_refused)
{
	start(0, 4096, 0);
	CHECK(lb_memory_map_init(&map, storage, LB_MEMORY_MAP_BYTES(115)) == LB_OK);
	for (uint64_t i = 0; i < 110; i++) {
		REQUIRE(lb_memory_map_add(&map, (struct lb_range){i * 0x2000, i * 0x2000 + 0x1000},
				i < 50, 0) == LB_OK);
	}
	CHECK(lb_memory_map_add(&map, (struct lb_range){0, 110 * 0x2000}, 0, 0) == LB_NO_STORAGE);
	CHECK_EQUAL(lb_memory_map_memory_count(&map), 110);
	CHECK_EQUAL(lb_memory_map_total(&map), 110 * 0x1000);
	CHECK(lb_memory_map_add(&map, (struct lb_range){50 * 0x2000, 110 * 0x2000}, 0, 0) == LB_OK);
	CHECK_EQUAL(lb_memory_map_memory_count(&map), 51);
	CHECK(lb_memory_map_check(&map));
}

/* The next state in the same order, so that what does not fit is known: at most this many. */
static size_t regions_at_most(const struct operation *operation)
{
	size_t most = lb_memory_map_memory_count(&other) + lb_memory_map_reserved_count(&other);
	struct operation part = *operation;
	size_t peak = most;

	for (part.start = operation->start; part.start < operation->end; part.start++) {
		part.end = part.start + 1;
		CHECK(map_change(&other, operation_range(&model, &part), &part) == LB_OK);
		most = lb_memory_map_memory_count(&other) + lb_memory_map_reserved_count(&other);
		peak = most > peak ? most : peak;
	}
	return peak;
}

static void check_starved(size_t regions, size_t cells, uint64_t seed, int steps)
{
	struct tape tape = tape_of_seed(seed, 400);
	size_t refused = 0;

	start(0, 4096, cells);
	CHECK(lb_memory_map_init(&map, storage, LB_MEMORY_MAP_BYTES(regions)) == LB_OK);
	for (int i = 0; i < steps; i++) {
		struct operation operation = tape_operation(&tape, &model);
		size_t most;

		if (operation.kind == OP_ALLOC && !model_alloc(&model, &operation)) {
			continue;
		}
		CHECK(lb_memory_map_init(&other, other_storage, sizeof(other_storage)) == LB_OK);
		CHECK(lb_memory_map_copy(&other, &map) == LB_OK);
		most = regions_at_most(&operation);
		if (map_change(&map, operation_range(&model, &operation), &operation) == LB_OK) {
			model_change(&model, &operation);
		} else {
			REQUIRE(most > regions);
			refused++;
		}
		REQUIRE(i % 8 || model_matches(&model, &map, &tape, 0));
		REQUIRE(lb_memory_map_check(&map));
	}
	REQUIRE(model_matches(&model, &map, &tape, 0));
	CHECK(refused > 0);
}

TEST(memory_map, what_does_not_fit_changes_nothing)
{
	/* Storage is in whole nodes: these sizes are the most that theirs hold. */
	check_starved(115, 1000, 1, 3000);
	check_starved(595, LARGE, 2, 5000);
}

TEST(memory_map, storage_holds_what_it_promises)
{
	static const size_t sizes[] = {1, 60, 115, 116, 119, 120, 595, 596, 5995, 5996, SPREAD};

	for (size_t i = 0; i < LB_ARRAY_COUNT(sizes); i++) {
		size_t bytes = LB_MEMORY_MAP_BYTES(sizes[i]);

		CHECK(bytes <= sizeof(storage));
		CHECK(lb_memory_map_init(&map, storage, bytes) == LB_OK);
		for (uint64_t n = 1; n <= sizes[i]; n++) {
			lb_phys_addr at = (n * 7919 % 100003) * 0x10000;

			REQUIRE(lb_memory_map_room(&map) > 0);
			REQUIRE(lb_memory_map_reserve(&map, (struct lb_range){at, at + 4096},
					LB_NO_NODE, 0) == LB_OK);
		}
		CHECK(lb_memory_map_check(&map));
	}
	CHECK(lb_memory_map_init(&map, storage, LB_MEMORY_MAP_BYTES(1) - 1) == LB_NO_STORAGE);
}

static bool same_as_other(void)
{
	struct lb_memory_cursor a = {0};
	struct lb_memory_cursor b = {0};
	struct lb_region left;
	struct lb_region right;
	bool more = true;

	while (more) {
		more = lb_memory_map_next_memory(&map, &a, &left);
		if (more != lb_memory_map_next_memory(&other, &b, &right) ||
			(more && __builtin_memcmp(&left, &right, sizeof(left)))) {
			return false;
		}
	}
	do {
		more = lb_memory_map_next_reserved(&map, &a, &left);
		if (more != lb_memory_map_next_reserved(&other, &b, &right) ||
			(more && __builtin_memcmp(&left, &right, sizeof(left)))) {
			return false;
		}
	} while (more);
	return lb_memory_map_total(&map) == lb_memory_map_total(&other);
}

TEST(memory_map, copies_are_equal_and_apart)
{
	static const size_t cells[] = {8, 100, LARGE};
	static const struct lb_range everything = {0, LB_PHYS_ADDR_MAX};

	for (size_t i = 0; i < LB_ARRAY_COUNT(cells); i++) {
		struct tape tape = tape_of_seed(i, 100);

		start(0, 4096, cells[i]);
		for (int n = 0; n < 3000; n++) {
			REQUIRE(both_do(&model, &map, tape_operation(&tape, &model)));
		}
		CHECK(lb_memory_map_init(&other, other_storage, sizeof(other_storage)) == LB_OK);
		REQUIRE(lb_memory_map_copy(&other, &map) == LB_OK);
		CHECK(same_as_other() && lb_memory_map_check(&other));
		CHECK(lb_memory_map_remove(&other, everything) == LB_OK);
		CHECK(lb_memory_map_release(&other, everything) == LB_OK);
		REQUIRE(model_matches(&model, &map, &tape, 8));
	}
}

/* Nodes of a map that was large lie far apart; a copy needs room for the regions only. */
TEST(memory_map, copies_fit_where_the_regions_fit)
{
	start(0, 4096, 0);
	for (uint64_t n = 0; n < 2000; n++) {
		REQUIRE(lb_memory_map_add(&map, (struct lb_range){n * 8192, n * 8192 + 4096}, 0,
				0) == LB_OK);
	}
	CHECK(lb_memory_map_remove(&map, (struct lb_range){0, 1800 * 8192}) == LB_OK);
	CHECK(lb_memory_map_reserve(&map, (struct lb_range){0, 4096}, 1, 0) == LB_OK);
	CHECK(lb_memory_map_init(&other, other_storage, LB_MEMORY_MAP_BYTES(201)) == LB_OK);
	REQUIRE(lb_memory_map_copy(&other, &map) == LB_OK);
	CHECK(same_as_other() && lb_memory_map_check(&other));
	CHECK(lb_memory_map_init(&other, other_storage, LB_MEMORY_MAP_BYTES(115)) == LB_OK);
	CHECK(lb_memory_map_copy(&other, &map) == LB_NO_STORAGE);
	CHECK_EQUAL(lb_memory_map_memory_count(&other), 0);
}

/* Lists of `count` regions: 0 in order, 1 shuffled, 2 overlapping alike, 3 overlapping unlike. */
static void make_list(struct lb_region *list, size_t count, unsigned int kind, uint64_t seed)
{
	struct tape tape = tape_of_seed(seed, 1);

	for (size_t i = 0; i < count; i++) {
		lb_phys_addr at = (1 + (kind ? i * 7919 % count : i)) * 0x3000;
		uint64_t size = kind < 2 ? 0x1000 + tape_draw(&tape, 0x2001)
					 : tape_draw(&tape, 0x8000);

		list[i] = (struct lb_region){{at, at + size},
			kind == 3 ? (uint32_t)tape_draw(&tape, 2) * LB_MEM_HOTPLUG : 0,
			kind == 2 ? 0 : (int32_t)tape_draw(&tape, 2)};
	}
}

TEST(memory_map, a_map_built_from_lists_is_the_map_of_single_steps)
{
	static struct lb_region list[2500];
	static const size_t counts[] = {0, 1, 27, 64, 65, 92, 129, 200, 255, 300, 1000, 2500};

	for (unsigned int i = 0; i < 4 * LB_ARRAY_COUNT(counts); i++) {
		size_t count = counts[i / 4];

		make_list(list, count, i % 4, i);
		start(0, 4096, 0);
		CHECK(lb_memory_map_init(&other, other_storage, sizeof(other_storage)) == LB_OK);
		for (size_t n = 0; n < 2 * count; n++) {
			const struct lb_region *region = &list[n % count];

			REQUIRE((n < count ? lb_memory_map_add(&other, region->range,
						     region->node, region->flags)
					   : lb_memory_map_reserve(&other, region->range,
						     region->node, region->flags)) == LB_OK);
		}
		REQUIRE(lb_memory_map_build(&map, list, count, list, count) == LB_OK);
		CHECK(lb_memory_map_check(&map));
		REQUIRE(same_as_other());
		CHECK(lb_memory_map_remove(&map, (struct lb_range){0x5000, 0x100000}) == LB_OK);
		CHECK(lb_memory_map_check(&map));
	}
}

TEST(memory_map, a_list_that_does_not_fit_leaves_the_map_empty)
{
	static struct lb_region list[400];

	for (unsigned int kind = 0; kind < 4; kind++) {
		size_t count;

		make_list(list, 400, kind, 1);
		start(0, 4096, 0);
		REQUIRE(lb_memory_map_build(&map, list, 400, list, 400) == LB_OK);
		count = lb_memory_map_memory_count(&map);
		CHECK(lb_memory_map_init(&other, other_storage, LB_MEMORY_MAP_BYTES(count)) ==
			LB_OK);
		if (lb_memory_map_room(&other) >= 2 * count) {
			continue; /* storage comes in whole nodes, so all fits */
		}
		CHECK(lb_memory_map_build(&other, list, 400, list, 400) == LB_NO_STORAGE);
		CHECK_EQUAL(lb_memory_map_memory_count(&other), 0);
		CHECK_EQUAL(lb_memory_map_reserved_count(&other), 0);
		CHECK(lb_memory_map_check(&other));
	}
}

/* Nodes that were given back are the copy's, too. */
TEST(memory_map, a_copy_grows_as_far_as_its_original)
{
	start(0, 4096, 0);
	CHECK(lb_memory_map_init(&map, storage, LB_MEMORY_MAP_BYTES(2000)) == LB_OK);
	CHECK(lb_memory_map_init(&other, other_storage, LB_MEMORY_MAP_BYTES(2000)) == LB_OK);
	for (uint64_t n = 0; n < 2000; n++) {
		REQUIRE(lb_memory_map_add(&map, (struct lb_range){n * 8192, n * 8192 + 4096}, 0,
				0) == LB_OK);
	}
	CHECK(lb_memory_map_remove(&map, (struct lb_range){0, 1500 * 8192}) == LB_OK);
	REQUIRE(lb_memory_map_copy(&other, &map) == LB_OK);
	for (uint64_t n = 0; n < 1500; n++) {
		REQUIRE(lb_memory_map_reserve(&other, (struct lb_range){n * 8192, n * 8192 + 4096},
				0, 0) == LB_OK);
	}
	CHECK(lb_memory_map_check(&other));
}

/* Sorting happens in the storage that the map itself fills. */
TEST(memory_map, a_shuffled_list_needs_no_more_storage)
{
	static struct lb_region list[3000];

	for (size_t count = 300; count <= 3000; count += 300) {
		start(0, 4096, 0);
		for (size_t i = 0; i < count; i++) {
			lb_phys_addr at = (1 + i * 7919 % count) * 0x10000000;

			list[i] = (struct lb_region){{at, at + 0x1000}, 0, (int32_t)i};
		}
		CHECK(lb_memory_map_init(&map, storage, LB_MEMORY_MAP_BYTES(count)) == LB_OK);
		REQUIRE(lb_memory_map_build(&map, list, count, NULL, 0) == LB_OK);
		CHECK_EQUAL(lb_memory_map_memory_count(&map), count);
		REQUIRE(lb_memory_map_check(&map));
		for (size_t i = 0; i < count; i++) {
			struct lb_region found;

			REQUIRE(lb_memory_map_memory_at(&map, list[i].range.start, &found));
			REQUIRE(found.node == (int32_t)i);
		}
	}
}

TEST(memory_map, an_empty_range_changes_nothing)
{
	struct lb_range none = {LB_MIB, LB_MIB};

	start(0, 4096, 0);
	CHECK(lb_memory_map_add(&map, none, 0, 0) == LB_OK);
	CHECK(lb_memory_map_reserve(&map, none, 0, 0) == LB_OK);
	CHECK(lb_memory_map_remove(&map, none) == LB_OK);
	CHECK_EQUAL(lb_memory_map_memory_count(&map), 0);
	CHECK_EQUAL(lb_memory_map_reserved_count(&map), 0);
}

TEST(memory_map, the_whole_address_space_is_one_region)
{
	struct lb_range all = {0, LB_PHYS_ADDR_MAX};
	struct lb_memory_request request = {.size = LB_PHYS_ADDR_MAX - 4096, .window = all,
		.node = LB_NO_NODE};
	lb_phys_addr found = 0;

	start(0, 4096, 0);
	CHECK(lb_memory_map_add(&map, all, 0, 0) == LB_OK);
	CHECK_EQUAL(lb_memory_map_total(&map), LB_PHYS_ADDR_MAX);
	CHECK(lb_memory_map_find(&map, &request, &found) == LB_OK);
	CHECK_EQUAL(found, 4096);
	request.size++;
	CHECK(lb_memory_map_find(&map, &request, &found) == LB_NOT_FOUND);
	request.size = 1;
	request.align = UINT64_C(1) << 63;
	request.window.start = request.align + 1;
	request.bottom_up = true;
	CHECK(lb_memory_map_find(&map, &request, &found) == LB_NOT_FOUND);
}
