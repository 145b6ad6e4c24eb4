/* SPDX-License-Identifier: MIT */
/*
 * linear_map against the tables that should be there. A model says of each cell of memory what it
 * is; which entry stands where follows by definition: an entry maps a span if the span is one run
 * of mapped memory with the same attributes, there is none if nothing of the span is mapped, else
 * there is a table. Every subset of memory, every two calls, every format, every strategy.
 */
#include "tests/harness/test.h"

#include "lifeboat/linear_map.h"
#include "table_pool.h"
#include "tests/prop/material.h"

#define CELLS 10

enum cell_state { CELL_UNMAPPED, CELL_OPEN, CELL_READ_ONLY, CELL_HIDDEN };

/* What one entry at a place of a level is. */
enum expected { EXPECT_NONE, EXPECT_LEAF, EXPECT_TABLE };

static struct {
	const struct table_format *format;
	struct lb_linear_config config;
	struct lb_linear_map map;
	lb_phys_addr border[CELLS + 1];
	enum cell_state state[CELLS];
	struct lb_range base_pages; /* here only base pages are allowed */
	struct lb_linear_cost cost; /* as counted from the model */
} world;

static unsigned int page_shift(void)
{
	return world.format->page == 4096 ? 12 : world.format->page == 16384 ? 14 : 16;
}

static uint64_t span_of(unsigned int level)
{
	return UINT64_C(1) << (page_shift() + level * (page_shift() - 3));
}

static unsigned int root_level(void)
{
	return world.format->format == LB_PAGES_X86_5LEVEL ? 4 : page_shift() == 16 ? 2 : 3;
}

static bool level_has_blocks(unsigned int level)
{
	unsigned int highest = page_shift() == 12 ? 2 : 1;

	return level <= highest &&
		(!world.config.largest_block || span_of(level) <= world.config.largest_block);
}

/* Entries of the level that may carry the contiguous bit together; 1: none. */
static uint64_t group_of(unsigned int level)
{
	static const uint8_t groups[3][2] = {{16, 16}, {128, 32}, {32, 32}};

	return world.config.contiguous && level < 2 ? groups[(page_shift() - 12) / 2][level] : 1;
}

/* The state of a span, if it is the same all over and as far as base pages are concerned too. */
static bool uniform(struct lb_range span, enum cell_state *ret)
{
	bool first = true;

	if (lb_range_overlaps(span, world.base_pages) &&
		!lb_range_contains(world.base_pages, span)) {
		return false;
	}
	*ret = CELL_UNMAPPED;
	for (unsigned int i = 0; i <= CELLS; i++) {
		struct lb_range cell = {world.border[i],
			i < CELLS ? world.border[i + 1] : LB_PHYS_ADDR_MAX};
		enum cell_state state = i < CELLS ? world.state[i] : CELL_UNMAPPED;

		if (!lb_range_overlaps(span, cell)) {
			continue;
		}
		if (!first && state != *ret) {
			return false;
		}
		*ret = state;
		first = false;
	}
	return true;
}

static enum expected expect_entry(unsigned int level, lb_phys_addr at, enum cell_state *ret_state)
{
	struct lb_range span = {at, at + span_of(level)};
	bool base_only = lb_range_overlaps(span, world.base_pages);

	if (!uniform(span, ret_state)) {
		return EXPECT_TABLE;
	}
	if (*ret_state == CELL_UNMAPPED) {
		return EXPECT_NONE;
	}
	return !level || (level_has_blocks(level) && !base_only) ? EXPECT_LEAF : EXPECT_TABLE;
}

/* A leaf has the contiguous bit if all entries of its group are leaves of one present run. */
static bool expect_contiguous(unsigned int level, lb_phys_addr at)
{
	uint64_t bytes = group_of(level) * span_of(level);
	lb_phys_addr start = at / bytes * bytes;
	enum cell_state state;

	return group_of(level) > 1 && uniform((struct lb_range){start, start + bytes}, &state) &&
		(state == CELL_OPEN || state == CELL_READ_ONLY);
}

/* Adds what a table of the level costs, with all below it. Depth is bounded by the levels. */
static void count_table(unsigned int level, lb_phys_addr base)
{
	uint64_t entries = world.format->page / 8;

	world.cost.tables[level]++;
	world.cost.table_bytes += world.format->page;
	for (uint64_t i = 0; i < entries; i++) {
		lb_phys_addr at = base + i * span_of(level);
		enum cell_state state;
		enum expected expected;

		if (at >= world.border[CELLS]) {
			return;
		}
		expected = expect_entry(level, at, &state);
		if (expected == EXPECT_TABLE) {
			count_table(level - 1, at);
		} else if (expected == EXPECT_LEAF) {
			world.cost.leaves[level]++;
			world.cost.contiguous[level] += expect_contiguous(level, at);
		}
	}
}

static void count_model(void)
{
	__builtin_memset(&world.cost, 0, sizeof(world.cost));
	count_table(root_level(), 0);
}

static bool cost_is(const struct lb_linear_cost *cost)
{
	return !__builtin_memcmp(cost, &world.cost, sizeof(*cost));
}

/* One address: the walker finds the entry that the model wants, at its level. */
static void check_address(lb_phys_addr at)
{
	struct lb_mapping found = {.level = 99};
	unsigned int level = root_level();
	enum cell_state state;
	enum expected expected;

	for (;; level--) {
		expected = expect_entry(level, at / span_of(level) * span_of(level), &state);
		if (expected != EXPECT_TABLE) {
			break;
		}
	}
	CHECK_EQUAL(lb_linear_map_walk(&world.config, &table_pages, world.map.root,
			    at + world.config.va_offset, &found),
		LB_OK);
	CHECK_EQUAL(found.level, level);
	CHECK_EQUAL(found.block, span_of(level));
	CHECK_EQUAL(found.state, expected == EXPECT_NONE ? LB_MAPPING_NONE
			: state == CELL_HIDDEN           ? LB_MAPPING_INACCESSIBLE
							 : LB_MAPPING_PRESENT);
	if (expected == EXPECT_LEAF) {
		CHECK_EQUAL(found.pa, at);
		CHECK_EQUAL(found.is_protected, state != CELL_OPEN);
		CHECK_EQUAL(found.flags, state == CELL_OPEN ? LB_MAP_WRITE : 0);
		CHECK_EQUAL(found.contiguous, expect_contiguous(level, at));
	}
}

static void check_map(void)
{
	struct lb_linear_cost cost;

	count_model();
	lb_linear_map_measure(&world.map, &cost);
	CHECK(cost_is(&cost));
	CHECK(lb_linear_map_check(&world.map));
	for (unsigned int i = 0; i < CELLS; i++) {
		check_address(world.border[i]);
		check_address(world.border[i + 1] - 1);
	}
}

/* Two sets of borders: around blocks, and around groups and upper blocks. */
static void set_world(size_t f, struct lb_linear_config config, unsigned int kind)
{
	const struct table_format *format = &table_formats[f];
	const uint64_t page = format->page, group = format->group, block = format->block;
	const uint64_t upper = format->upper;
	const lb_phys_addr borders[2][CELLS + 1] = {
		{0, page, group, 2 * group, block - page, block, block + group, 2 * block,
			3 * block, 3 * block + page, 4 * block},
		{0, group + page, block, 16 * block, 32 * block, upper - block, upper - page, upper,
			upper + block, 2 * upper - group, 2 * upper}};

	__builtin_memset(&world, 0, sizeof(world));
	world.format = format;
	config.format = format->format;
	config.va_offset = format->va_offset;
	if (config.format == LB_PAGES_X86_4LEVEL || config.format == LB_PAGES_X86_5LEVEL) {
		config.contiguous = false;
	}
	if (config.largest_block) {
		config.largest_block = config.largest_block == 1 ? page : block;
	}
	world.config = config;
	__builtin_memcpy(world.border, borders[kind], sizeof(borders[kind]));
	table_pool_reset(format->page);
}

static bool begin(size_t f, struct lb_linear_config config, unsigned int kind)
{
	set_world(f, config, kind);
	return lb_linear_map_init(&world.map, &world.config, &table_pages, NULL) == LB_OK;
}

static void end(void)
{
	lb_linear_map_free(&world.map);
	CHECK_EQUAL(table_pool.taken, 0);
}

static const struct lb_linear_config variants[] = {
	{.contiguous = true}, {.contiguous = false}, {.largest_block = 2}, {.largest_block = 1},
	{.contiguous = true, .largest_block = 1}, {.contiguous = true, .largest_block = 2}};

/* Larger pages have larger tables, which take longer to look through and are no different. */
static unsigned int stride(size_t f)
{
	static const unsigned int strides[TABLE_FORMATS] = {3, 97, 3, 31, 211};

	return strides[f] * (__STDC_HOSTED__ ? 1 : 7);
}

/* Cells that are mapped by bits, added in an order that depends on the bits. */
static void add_cells(unsigned int bits)
{
	for (unsigned int i = 0; i < CELLS; i++) {
		unsigned int cell = bits % 2 ? i : CELLS - 1 - i;
		struct lb_range range = {world.border[cell], world.border[cell + 1]};

		if (bits >> cell & 1) {
			CHECK_EQUAL(lb_linear_map_add(&world.map, range, LB_MAP_WRITE), LB_OK);
			world.state[cell] = CELL_OPEN;
		}
	}
}

/* Base pages over all of the second world would be tens of thousands of entries. */
static bool too_many_pages(const struct lb_linear_config *config, unsigned int kind)
{
	return config->largest_block && kind;
}

TEST(linear_map_model, every_subset_of_memory_has_the_tables_that_it_must)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (unsigned int v = 0; v < 2 * LB_ARRAY_COUNT(variants); v++) {
			const struct lb_linear_config *config = &variants[v / 2];

			if (too_many_pages(config, v % 2)) {
				continue;
			}
			for (unsigned int bits = v; bits < 1U << CELLS; bits += stride(f)) {
				REQUIRE(begin(f, *config, v % 2));
				add_cells(bits);
				check_map();
				end();
			}
		}
	}
}

/* The ranges of cells by number, from the shortest start to the longest end. */
#define RANGES (CELLS * (CELLS + 1) / 2)

static void numbered(unsigned int number, unsigned int *ret_from, unsigned int *ret_to)
{
	unsigned int from = 0;

	while (number >= CELLS - from) {
		number -= CELLS - from++;
	}
	*ret_from = from;
	*ret_to = from + number + 1;
}

/* A call on a range of cells, on the map and on the model. */
static void call(enum cell_state wanted, unsigned int number)
{
	unsigned int from, to;
	struct lb_range range;
	enum lb_status status, expected = LB_OK;

	numbered(number, &from, &to);
	range = (struct lb_range){world.border[from], world.border[to]};
	for (unsigned int i = from; i < to; i++) {
		expected = world.state[i] == CELL_UNMAPPED ? LB_NOT_FOUND : expected;
	}
	status = wanted == CELL_OPEN ? lb_linear_map_unprotect(&world.map, range)
				     : lb_linear_map_protect(&world.map, range,
					       wanted == CELL_HIDDEN ? LB_PROTECT_INACCESSIBLE
								     : LB_PROTECT_READ_ONLY);
	CHECK_EQUAL(status, expected);
	for (unsigned int i = from; i < to && !status; i++) {
		world.state[i] = wanted;
	}
}

TEST(linear_map_model, every_two_calls_leave_the_tables_that_they_must)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		REQUIRE(begin(f, variants[0], 0));
		add_cells((1U << CELLS) - 1);
		for (unsigned int code = 0; code < 9 * RANGES * RANGES; code += 11 * stride(f)) {
			enum cell_state first = (enum cell_state)(CELL_OPEN + code % 3);
			enum cell_state second = (enum cell_state)(CELL_OPEN + code / 3 % 3);

			call(first, code / 9 % RANGES);
			call(second, code / 9 / RANGES);
			check_map();
			call(CELL_OPEN, CELLS - 1);
			check_map();
		}
		end();
	}
}

/* A hole in memory refuses whatever touches it, and nothing changes. */
TEST(linear_map_model, every_call_over_every_hole_is_refused_or_done)
{
	for (size_t f = 0; f < TABLE_FORMATS; f += 2) {
		for (unsigned int hole = 0; hole < CELLS; hole++) {
			REQUIRE(begin(f, variants[hole % 2], 0));
			add_cells(((1U << CELLS) - 1) & ~(1U << hole));
			for (unsigned int r = hole; r < RANGES; r += f == 4 ? 23 : 5) {
				call(CELL_HIDDEN, r);
				call(CELL_READ_ONLY, (r * 7 + hole) % RANGES);
				check_map();
				call(CELL_OPEN, r);
			}
			end();
		}
	}
}

/* The ranges of the plan: the mapped cells, neighbours apart or joined. */
static size_t list_memory(struct lb_range *ranges, bool joined)
{
	size_t count = 0;

	for (unsigned int i = 0; i < CELLS; i++) {
		struct lb_range cell = {world.border[i], world.border[i + 1]};

		if (world.state[i] == CELL_UNMAPPED) {
			continue;
		}
		if (joined && count && ranges[count - 1].end == cell.start) {
			ranges[count - 1].end = cell.end;
		} else {
			ranges[count++] = cell;
		}
	}
	return count;
}

/* What a strategy makes of the model: hidden cells, or a range of base pages. */
static void apply_strategy(
	enum lb_linear_strategy strategy, unsigned int from, unsigned int to)
{
	unsigned int highest = 2;
	uint64_t wide;

	while (!level_has_blocks(highest)) {
		highest--;
	}
	wide = span_of(highest);
	for (unsigned int i = from; i < to && strategy == LB_LINEAR_PROTECTED; i++) {
		world.state[i] = CELL_HIDDEN;
	}
	if (strategy == LB_LINEAR_PUD_REMAP) {
		world.base_pages.start = world.border[from] / wide * wide;
		world.base_pages.end = (world.border[to] + wide - 1) / wide * wide;
	}
	if (strategy == LB_LINEAR_BASE_PAGES) {
		world.base_pages = (struct lb_range){0, UINT64_C(1) << 50};
	}
}

static void check_plan(size_t f, const struct lb_linear_config *config, unsigned int bits,
	enum lb_linear_strategy strategy)
{
	struct lb_range ranges[CELLS];
	unsigned int from = 0, to;
	struct lb_linear_cost cost;
	size_t count;

	set_world(f, *config, 0);
	for (unsigned int i = 0; i < CELLS; i++) {
		world.state[i] = bits >> i & 1 ? CELL_OPEN : CELL_UNMAPPED;
	}
	count = list_memory(ranges, bits % 3);
	/* The region: the longest run of mapped cells from the first one on. */
	while (from < CELLS && world.state[from] == CELL_UNMAPPED) {
		from++;
	}
	for (to = from; to < CELLS && world.state[to] != CELL_UNMAPPED;) {
		to++;
	}
	if (from == to) {
		return;
	}
	from = to - from > 2 ? from + 1 : from;
	apply_strategy(strategy, from, to);
	count_model();
	CHECK_EQUAL(lb_linear_map_estimate(&world.config, ranges, count,
			    (struct lb_range){world.border[from], world.border[to]}, strategy,
			    &cost),
		LB_OK);
	CHECK(cost_is(&cost));
}

TEST(linear_map_model, every_strategy_costs_what_its_tables_would)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (unsigned int v = 0; v < LB_ARRAY_COUNT(variants); v++) {
			for (unsigned int bits = 1 + v; bits < 1U << CELLS; bits += 4 * stride(f)) {
				check_plan(f, &variants[v], bits, LB_LINEAR_UNPROTECTED);
				check_plan(f, &variants[v], bits, LB_LINEAR_PROTECTED);
				check_plan(f, &variants[v], bits, LB_LINEAR_PUD_REMAP);
				check_plan(f, &variants[v], bits, LB_LINEAR_BASE_PAGES);
			}
		}
	}
}

/* No memory costs a root; the region is optional for each strategy. */
TEST(linear_map_model, an_empty_plan_is_a_root)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (int s = LB_LINEAR_UNPROTECTED; s <= LB_LINEAR_BASE_PAGES; s++) {
			struct lb_linear_cost cost;

			set_world(f, variants[0], 0);
			REQUIRE(!lb_linear_map_estimate(&world.config, NULL, 0,
				(struct lb_range){0, 0}, (enum lb_linear_strategy)s, &cost));
			CHECK_EQUAL(cost.table_bytes, world.format->page);
			CHECK_EQUAL(cost.tables[root_level()], 1);
			CHECK_EQUAL(cost.leaves[0] + cost.leaves[1] + cost.leaves[2], 0);
		}
	}
}

/* Every call with too few table pages, in a map full of edges: bit for bit as before. */
static uint64_t fingerprint(void)
{
	uint64_t sum = 14695981039346656037U;

	for (uint32_t page = 0; page < TABLE_POOL_BYTES / table_pool.page_bytes; page++) {
		const uint8_t *bytes = table_memory + page * table_pool.page_bytes;

		for (uint32_t i = 0; table_pool.used[page] && i < table_pool.page_bytes; i += 8) {
			sum = (sum ^ get_little(bytes + i, 8) ^ page) * 1099511628211U;
		}
	}
	return sum;
}

TEST(linear_map_model, too_few_table_pages_change_nothing)
{
	for (size_t f = 0; f < 3; f += 2) {
		for (unsigned int r = 0; r < RANGES; r += __STDC_HOSTED__ ? 1 : 5) {
			unsigned int from, to;
			uint64_t before;

			REQUIRE(begin(f, variants[0], r % 2));
			add_cells((1U << CELLS) - 1);
			call(CELL_READ_ONLY, (r * 3) % RANGES);
			numbered(r, &from, &to);
			before = fingerprint();
			for (uint32_t extra = 0; extra < 8; extra++) {
				uint64_t tables = world.map.tables;

				table_pool.limit = table_pool.taken + extra;
				if (lb_linear_map_protect(&world.map,
					    (struct lb_range){world.border[from], world.border[to]},
					    LB_PROTECT_INACCESSIBLE) != LB_NO_STORAGE) {
					break;
				}
				CHECK_EQUAL(world.map.tables, tables);
				CHECK_EQUAL(fingerprint(), before);
				check_map();
			}
			table_pool.limit = TABLE_POOL_BYTES / table_pool.page_bytes;
			end();
		}
	}
}
