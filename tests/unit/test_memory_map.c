/* SPDX-License-Identifier: MIT */
/*
 * memory_map against a naive model: a row of cells, each memory or not, reserved or not, with
 * flags and node. A region is a run of equal cells; a free range a run of equal memory cells none
 * of which is reserved. Random tapes of every operation, at the bottom, in the middle and at the
 * top of the address space; after each step everything that can be asked is asked.
 */
#include "lifeboat/memory_map.h"
#include "tests/harness/test.h"

#define SMALL 32    /* cells: both sets are flat */
#define LARGE 3000  /* cells: both sets are trees of three levels */
#define STORAGE_REGIONS (2 * LARGE)

struct cell {
	bool present;
	uint32_t flags;
	int32_t node;
};

struct model {
	lb_phys_addr base;
	uint64_t unit; /* bytes of a cell; requests are in quarters of it */
	size_t cells;
	struct cell memory[LARGE];
	struct cell reserved[LARGE];
	struct cell free[LARGE]; /* what a walk of free ranges sees */
};

static unsigned char storage[LB_MEMORY_MAP_BYTES(STORAGE_REGIONS)]
	__attribute__((aligned(8)));
static struct lb_memory_map map;
static struct model model;
static uint64_t random_state;
static uint64_t long_one_in; /* one range in so many may be of any length */

static uint64_t draw(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % limit;
}

static bool same(const struct cell *a, const struct cell *b)
{
	return a->present == b->present &&
		(!a->present || (a->flags == b->flags && a->node == b->node));
}

static lb_phys_addr address_of(size_t cell)
{
	return model.base + cell * model.unit;
}

/* The run of equal cells that starts at or after *at; false if there is none. */
static bool next_run(const struct cell *cells, size_t *at, size_t *ret_start)
{
	while (*at < model.cells && !cells[*at].present) {
		++*at;
	}
	if (*at == model.cells) {
		return false;
	}
	*ret_start = *at;
	while (*at < model.cells && same(&cells[*at], &cells[*ret_start])) {
		++*at;
	}
	return true;
}

typedef bool walk_function(
	const struct lb_memory_map *, struct lb_memory_cursor *, struct lb_region *);

static bool walk_matches(const struct cell *cells, walk_function *next, size_t count)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	size_t at = 0;
	size_t start;

	for (; next_run(cells, &at, &start); count--) {
		if (!next(&map, &cursor, &region) || region.range.start != address_of(start) ||
			region.range.end != address_of(at) ||
			region.flags != cells[start].flags || region.node != cells[start].node) {
			return false;
		}
	}
	return !next(&map, &cursor, &region) && count == 0;
}

static void find_free_cells(void)
{
	for (size_t i = 0; i < model.cells; i++) {
		const struct cell *memory = &model.memory[i];

		model.free[i] = *memory;
		model.free[i].present = memory->present && !model.reserved[i].present &&
			!(memory->flags & (LB_MEM_NOMAP | LB_MEM_DRIVER_MANAGED));
	}
}

static bool eligible(const struct cell *cell, const struct lb_memory_request *request)
{
	return cell->present && (request->node == LB_NO_NODE || request->node == cell->node) &&
		(!request->mirrored_only || (cell->flags & LB_MEM_MIRROR)) &&
		(!request->avoid_hotplug || !(cell->flags & LB_MEM_HOTPLUG));
}

static bool fits(const struct lb_memory_request *request, size_t start, size_t quarters)
{
	uint64_t quarter = model.unit / 4;
	lb_phys_addr address = model.base + start * quarter;
	struct lb_range block = {address, address + request->size};
	size_t first = start / 4;

	if (start + quarters > 4 * model.cells || block.start < 4096 ||
		(request->align && block.start % request->align) ||
		block.start < request->window.start || block.end > request->window.end) {
		return false;
	}
	for (size_t i = first; i <= (start + quarters - 1) / 4; i++) {
		if (!eligible(&model.free[i], request) ||
			!same(&model.free[i], &model.free[first])) {
			return false;
		}
	}
	return true;
}

static bool model_find(const struct lb_memory_request *request, lb_phys_addr *ret)
{
	size_t quarters = request->size / (model.unit / 4);

	for (size_t i = 0; i < 4 * model.cells; i++) {
		size_t start = request->bottom_up ? i : 4 * model.cells - 1 - i;

		if (fits(request, start, quarters)) {
			*ret = model.base + start * (model.unit / 4);
			return true;
		}
	}
	return false;
}

static struct lb_memory_request random_request(void)
{
	uint64_t quarter = model.unit / 4;
	uint64_t quarters = 4 * model.cells;
	uint64_t a = draw(quarters + 1);
	uint64_t b = draw(quarters + 1);
	bool everywhere = draw(2);
	bool odd_base = model.base % model.unit != 0;

	return (struct lb_memory_request){
		.size = (1 + draw(draw(4) ? 12 : quarters)) * quarter,
		.align = odd_base ? draw(2) : draw(6) ? quarter << draw(7) : draw(2),
		.window = {everywhere ? 0 : model.base + lb_min(a, b) * quarter,
			everywhere ? LB_PHYS_ADDR_MAX : model.base + lb_max(a, b) * quarter},
		.node = draw(3) ? LB_NO_NODE : (int32_t)draw(2),
		.bottom_up = draw(2),
		.mirrored_only = draw(8) == 0,
		.avoid_hotplug = draw(4) == 0,
	};
}

static bool searches_match(int tries)
{
	for (int i = 0; i < tries; i++) {
		struct lb_memory_request request = random_request();
		lb_phys_addr expected = 1;
		lb_phys_addr found = 1;
		bool exists = model_find(&request, &expected);
		enum lb_status status = lb_memory_map_find(&map, &request, &found);

		if (status != (exists ? LB_OK : LB_NOT_FOUND) || found != expected) {
			return false;
		}
	}
	return true;
}

static bool lookups_match(void)
{
	for (size_t i = 0; i < model.cells; i++) {
		struct lb_region region;
		struct lb_range cell = {address_of(i), address_of(i + 1)};
		lb_phys_addr inside = cell.start + draw(model.unit);

		if (lb_memory_map_memory_at(&map, inside, &region) != model.memory[i].present ||
			lb_memory_map_overlaps_memory(&map, cell) != model.memory[i].present) {
			return false;
		}
		if (model.memory[i].present && (!lb_range_has(region.range, inside) ||
				region.flags != model.memory[i].flags ||
				region.node != model.memory[i].node)) {
			return false;
		}
		if (lb_memory_map_reserved_at(&map, inside, &region) !=
				model.reserved[i].present ||
			lb_memory_map_overlaps_reserved(&map, cell) !=
				model.reserved[i].present) {
			return false;
		}
	}
	return true;
}

static bool sums_match(void)
{
	struct lb_range span = lb_memory_map_span(&map);
	struct lb_range expected = {0, 0};
	uint64_t total = 0;

	for (size_t i = 0; i < model.cells; i++) {
		if (model.memory[i].present) {
			expected.start = total ? expected.start : address_of(i);
			expected.end = address_of(i + 1);
			total += model.unit;
		}
	}
	return lb_memory_map_total(&map) == total && span.start == expected.start &&
		span.end == expected.end;
}

static bool matches_model(int searches)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region free;
	size_t free_count = 0;

	find_free_cells();
	while (lb_memory_map_next_free(&map, &cursor, &free)) {
		free_count++;
	}
	return lb_memory_map_check(&map) && sums_match() && lookups_match() &&
		walk_matches(model.memory, lb_memory_map_next_memory,
			lb_memory_map_memory_count(&map)) &&
		walk_matches(model.reserved, lb_memory_map_next_reserved,
			lb_memory_map_reserved_count(&map)) &&
		walk_matches(model.free, lb_memory_map_next_free, free_count) &&
		searches_match(searches);
}

enum operation { ADD, REMOVE, RESERVE, RELEASE, SET_NODE, CHANGE_FLAGS, ALLOC, OPERATIONS };

static void model_apply(enum operation operation, size_t start, size_t end, int32_t node,
	uint32_t set, uint32_t clear)
{
	for (size_t i = start; i < end; i++) {
		struct cell *memory = &model.memory[i];
		struct cell *reserved = &model.reserved[i];

		if (operation == ADD && !memory->present) {
			*memory = (struct cell){true, set, node};
		} else if (operation == REMOVE) {
			memory->present = false;
		} else if (operation == RESERVE && !reserved->present) {
			*reserved = (struct cell){true, set, node};
		} else if (operation == RELEASE) {
			reserved->present = false;
		} else if (operation == SET_NODE) {
			memory->node = node;
		} else if (operation == CHANGE_FLAGS) {
			memory->flags = (memory->flags | set) & ~clear;
		}
	}
}

static enum lb_status map_apply(enum operation operation, struct lb_range range, int32_t node,
	uint32_t set, uint32_t clear)
{
	switch (operation) {
	case ADD:
		return lb_memory_map_add(&map, range, node, set);
	case REMOVE:
		return lb_memory_map_remove(&map, range);
	case RESERVE:
		return lb_memory_map_reserve(&map, range, node, set);
	case RELEASE:
		return lb_memory_map_release(&map, range);
	case SET_NODE:
		return lb_memory_map_set_node(&map, range, node);
	case CHANGE_FLAGS:
		return lb_memory_map_change_flags(&map, range, set, clear);
	default:
		return LB_INVALID;
	}
}

static bool one_alloc(void)
{
	struct lb_memory_request request = random_request();
	lb_phys_addr expected;
	lb_phys_addr found;

	find_free_cells();
	request.size = lb_align_down(request.size + model.unit - 1, model.unit);
	request.align = 0;
	request.window = (struct lb_range){0, LB_PHYS_ADDR_MAX};
	if (!model_find(&request, &expected)) {
		return lb_memory_map_alloc(&map, &request, &found) == LB_NOT_FOUND;
	}
	if (lb_memory_map_alloc(&map, &request, &found) != LB_OK || found != expected) {
		return false;
	}
	model_apply(RESERVE, (size_t)((found - model.base) / model.unit),
		(size_t)((found - model.base + request.size) / model.unit), LB_NO_NODE, 0, 0);
	return true;
}

static bool one_step(void)
{
	static const uint32_t flags[] = {0, 0, 0, LB_MEM_HOTPLUG, LB_MEM_MIRROR, LB_MEM_NOMAP,
		LB_MEM_DRIVER_MANAGED};
	enum operation operation = (enum operation)draw(OPERATIONS);
	size_t a = (size_t)draw(model.cells + 1);
	size_t b = draw(long_one_in) ? (size_t)lb_min(model.cells, a + draw(4))
				     : (size_t)draw(model.cells + 1);
	size_t start = (size_t)lb_min(a, b);
	size_t end = (size_t)lb_max(a, b);
	int32_t node = (int32_t)draw(3) - 1;
	uint32_t set = flags[draw(LB_ARRAY_COUNT(flags))];
	uint32_t clear = flags[draw(LB_ARRAY_COUNT(flags))];

	if (operation == ALLOC) {
		return one_alloc();
	}
	model_apply(operation, start, end, node, set, clear);
	return map_apply(operation, (struct lb_range){address_of(start), address_of(end)}, node,
		       set, clear) == LB_OK;
}

static void start_tape(lb_phys_addr base, uint64_t unit, size_t cells, uint64_t seed)
{
	model.base = base;
	model.unit = unit;
	model.cells = cells;
	__builtin_memset(model.memory, 0, sizeof(model.memory));
	__builtin_memset(model.reserved, 0, sizeof(model.reserved));
	find_free_cells();
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static void run_tape(lb_phys_addr base, uint64_t unit, uint64_t seed, int steps)
{
	start_tape(base, unit, SMALL, seed);
	long_one_in = 3;
	REQUIRE(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	for (int i = 0; i < steps; i++) {
		REQUIRE(one_step());
		REQUIRE(matches_model(8));
	}
}

TEST(memory_map, tapes_match_the_model_at_the_bottom)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		run_tape(0, 4096, seed, 150);
	}
}

TEST(memory_map, tapes_match_the_model_in_the_middle)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		run_tape(3 * LB_GIB, 2 * LB_MIB, seed, 150);
	}
}

TEST(memory_map, tapes_match_the_model_at_the_top)
{
	for (uint64_t seed = 0; seed < 12; seed++) {
		run_tape(LB_PHYS_ADDR_MAX - SMALL * LB_MIB, LB_MIB, seed, 150);
	}
}

/* Few long ranges, so that sets grow to hundreds of regions; now and then one clears a lot. */
static void run_large_tape(uint64_t seed, int steps)
{
	start_tape(0, 4096, LARGE, seed);
	long_one_in = 400;
	REQUIRE(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	for (int i = 0; i < steps; i++) {
		REQUIRE(one_step());
		REQUIRE(i % 16 || matches_model(1));
		REQUIRE(lb_memory_map_check(&map));
	}
	REQUIRE(matches_model(64));
}

TEST(memory_map, large_tapes_match_the_model)
{
	for (uint64_t seed = 0; seed < 4; seed++) {
		run_large_tape(seed, 6000);
	}
}
