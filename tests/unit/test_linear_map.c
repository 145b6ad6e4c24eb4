/* SPDX-License-Identifier: MIT */
/*
 * linear_map against a model: an array of cells, each a run of pages that no operation cuts. The
 * cells' borders lie where it matters: next to pages, contiguous groups, blocks and upper tables.
 * What a user would notice is asked of the independent walker; a fake TLB notices a change that
 * was not flushed, and an entry that changed its size without having been invalid.
 */
#include "tests/harness/test.h"

#include "core/linear_map_change.h"
#include "table_pool.h"

static uint8_t before[TABLE_POOL_BYTES];

/* The model. Cell i is [border[i], border[i + 1]). */
#define CELLS_MAX 24

struct cell {
	bool mapped;
	uint32_t flags;
	enum leaf_state state;
};

static struct {
	struct lb_linear_config config;
	struct lb_linear_map map;
	size_t count;
	lb_phys_addr border[CELLS_MAX + 1];
	struct cell cells[CELLS_MAX];
	struct lb_mapping tlb[CELLS_MAX][3];
	unsigned int broken_rules;
	unsigned int flushes;
} world;

static void set_borders(size_t f)
{
	const uint64_t page = table_formats[f].page;
	const uint64_t group = table_formats[f].group;
	const uint64_t block = table_formats[f].block;
	const uint64_t upper = table_formats[f].upper;
	const lb_phys_addr borders[] = {0, page, group, group + page, 2 * group, block - page,
		block, block + page, block + group, 2 * block, 3 * block, upper - block,
		upper - page, upper, upper + group, upper + block, 2 * upper - page, 2 * upper,
		3 * upper};

	world.count = LB_ARRAY_COUNT(borders) - 1;
	__builtin_memcpy(world.border, borders, sizeof(borders));
}

static uint64_t sample(size_t cell, unsigned int which)
{
	uint64_t first = world.border[cell];
	uint64_t last = world.border[cell + 1] - 1;

	return which == 0 ? first : which == 1 ? last : first + ((last - first) / 2);
}

static struct lb_mapping walk(lb_phys_addr address)
{
	struct lb_mapping mapping = {.block = 0};
	enum lb_status status = lb_linear_map_walk(&world.config, &table_pages, world.map.root,
		address + world.config.va_offset, &mapping);

	CHECK_EQUAL(status, LB_OK);
	return mapping;
}

static bool same_size(const struct lb_mapping *a, const struct lb_mapping *b)
{
	return a->block == b->block && a->contiguous == b->contiguous;
}

static void fake_flush(void *context, uint64_t va, uint64_t size)
{
	(void)context;
	world.flushes++;
	for (size_t i = 0; i < world.count; i++) {
		for (unsigned int n = 0; n < 3; n++) {
			uint64_t at = sample(i, n) + world.config.va_offset;
			struct lb_mapping now = walk(sample(i, n));

			if (at - va >= size) {
				continue;
			}
			if (world.config.break_before_make &&
				world.tlb[i][n].state == LB_MAPPING_PRESENT &&
				now.state == LB_MAPPING_PRESENT &&
				!same_size(&now, &world.tlb[i][n])) {
				world.broken_rules++;
			}
			world.tlb[i][n] = now;
		}
	}
}

static const struct lb_linear_live live = {.flush = fake_flush};

static void tlb_refill(void)
{
	for (size_t i = 0; i < world.count; i++) {
		for (unsigned int n = 0; n < 3; n++) {
			world.tlb[i][n] = walk(sample(i, n));
		}
	}
}

/* After a call: no present translation that a CPU may hold differs from the tables. */
static void tlb_check(void)
{
	for (size_t i = 0; world.map.is_live && i < world.count; i++) {
		for (unsigned int n = 0; n < 3; n++) {
			struct lb_mapping now = walk(sample(i, n));
			const struct lb_mapping *held = &world.tlb[i][n];

			CHECK(held->state != LB_MAPPING_PRESENT ||
				(held->state == now.state && held->flags == now.flags &&
					same_size(held, &now)));
		}
	}
	CHECK_EQUAL(world.broken_rules, 0);
	tlb_refill();
}

static void check_cell(size_t i)
{
	const struct cell *cell = &world.cells[i];

	for (unsigned int n = 0; n < 3; n++) {
		struct lb_mapping found = walk(sample(i, n));
		uint32_t flags = cell->flags;

		if (!cell->mapped) {
			CHECK_EQUAL(found.state, LB_MAPPING_NONE);
			continue;
		}
		CHECK_EQUAL(found.pa, sample(i, n));
		CHECK_EQUAL(found.is_protected, cell->state != LEAF_OPEN);
		if (cell->state == LEAF_INACCESSIBLE) {
			CHECK_EQUAL(found.state, LB_MAPPING_INACCESSIBLE);
			continue;
		}
		flags &= ~(uint32_t)(cell->state == LEAF_READ_ONLY ? LB_MAP_WRITE : 0);
		CHECK_EQUAL(found.state, LB_MAPPING_PRESENT);
		CHECK_EQUAL(found.flags, flags);
	}
}

static void check_world(void)
{
	for (size_t i = 0; i < world.count; i++) {
		check_cell(i);
	}
	CHECK(lb_linear_map_check(&world.map));
	CHECK_EQUAL(world.map.tables, table_pool.taken);
}

static bool begin(size_t f, struct lb_linear_config config)
{
	table_pool_reset(table_formats[f].page);
	__builtin_memset(&world, 0, sizeof(world));
	config.format = table_formats[f].format;
	config.va_offset = table_formats[f].va_offset;
	if (lb_format_is_x86(config.format)) {
		config.contiguous = false;
		config.break_before_make = false;
	}
	world.config = config;
	set_borders(f);
	return lb_linear_map_init(&world.map, &config, &table_pages, NULL) == LB_OK;
}

static void end(void)
{
	lb_linear_map_set_live(&world.map, NULL);
	lb_linear_map_free(&world.map);
	CHECK_EQUAL(table_pool.taken, 0);
}

/* What the model says to an operation on cells [from, to). */
static enum lb_status model(
	enum change_kind kind, size_t from, size_t to, uint32_t flags, enum lb_protection how)
{
	for (size_t i = from; i < to; i++) {
		if (world.cells[i].mapped == (kind == CHANGE_ADD)) {
			return kind == CHANGE_ADD ? LB_CONFLICT : LB_NOT_FOUND;
		}
	}
	for (size_t i = from; i < to; i++) {
		struct cell *cell = &world.cells[i];

		if (kind == CHANGE_ADD) {
			*cell = (struct cell){.mapped = true, .flags = flags};
		} else if (kind == CHANGE_UNPROTECT) {
			cell->state = LEAF_OPEN;
		} else {
			cell->state = how == LB_PROTECT_READ_ONLY ? LEAF_READ_ONLY
								  : LEAF_INACCESSIBLE;
		}
	}
	return LB_OK;
}

static enum lb_status call(
	enum change_kind kind, size_t from, size_t to, uint32_t flags, enum lb_protection how)
{
	struct lb_range range = {world.border[from], world.border[to]};

	switch (kind) {
	case CHANGE_ADD:
		return lb_linear_map_add(&world.map, range, flags);
	case CHANGE_PROTECT:
		return lb_linear_map_protect(&world.map, range, how);
	case CHANGE_UNPROTECT:
		return lb_linear_map_unprotect(&world.map, range);
	}
	return LB_INVALID;
}

static bool used_pages_unchanged(const bool *used)
{
	uint32_t bytes = table_pool.page_bytes;

	for (uint32_t i = 0; i < TABLE_POOL_BYTES / bytes; i++) {
		if (used[i] != table_pool.used[i] ||
			(used[i] && __builtin_memcmp(table_memory + i * bytes, before + i * bytes,
					    bytes))) {
			return false;
		}
	}
	return true;
}

/* The same call with every smaller number of free pages must fail and change nothing. */
static void starve(
	enum change_kind kind, size_t from, size_t to, uint32_t flags, enum lb_protection how)
{
	static bool used[TABLE_POOL_BYTES / 4096];
	struct lb_linear_map copy = world.map;
	uint32_t limit = table_pool.limit;

	__builtin_memcpy(before, table_memory, sizeof(before));
	__builtin_memcpy(used, table_pool.used, sizeof(used));
	for (uint32_t extra = 0; extra < limit; extra++) {
		enum lb_status status;

		table_pool.limit = table_pool.taken + extra;
		status = call(kind, from, to, flags, how);
		if (status != LB_NO_STORAGE) {
			/* It worked, or failed for another reason: back to where we were. */
			table_pool.limit = limit;
			__builtin_memcpy(table_memory, before, sizeof(before));
			table_pool.taken = 0;
			for (uint32_t i = 0; i < LB_ARRAY_COUNT(used); i++) {
				table_pool.used[i] = used[i];
				table_pool.taken += used[i];
			}
			world.map = copy;
			return;
		}
		CHECK(used_pages_unchanged(used));
		CHECK_EQUAL(world.map.tables, copy.tables);
	}
	table_pool.limit = limit;
}

static void step(enum change_kind kind, size_t from, size_t to, uint32_t flags,
	enum lb_protection how, bool starving)
{
	struct lb_range range = {world.border[from], world.border[to]};
	struct lb_linear_change plan = {0};
	enum lb_status planned = LB_OK;
	uint64_t tables;

	if (starving) {
		starve(kind, from, to, flags, how);
		tlb_refill();
		world.broken_rules = 0;
	}
	if (kind == CHANGE_PROTECT) {
		planned = lb_linear_map_protect_plan(&world.map, range, how, &plan);
	}
	tables = world.map.tables;
	CHECK_EQUAL(call(kind, from, to, flags, how), model(kind, from, to, flags, how));
	if (kind == CHANGE_PROTECT && !planned) {
		CHECK(world.map.tables <= tables + plan.tables);
	}
	tlb_check();
	check_world();
}

static const struct lb_linear_config variants[] = {
	{.contiguous = false},
	{.contiguous = true, .break_before_make = true},
	{.contiguous = true, .keep_split = true, .break_before_make = true},
	{.largest_block = 1},
};

static struct lb_linear_config variant(size_t v, size_t f)
{
	struct lb_linear_config config = variants[v];

	config.largest_block *= table_formats[f].block;
	return config;
}

/*
 * Tables of larger pages are slow to look through, and no different: fewer cases are enough. Fewer
 * still in a kernel, which an emulator runs.
 */
static size_t stride(size_t f)
{
	return (table_formats[f].page == 4096 ? 1 : 5) * (__STDC_HOSTED__ ? 1 : 6);
}

/* Every range of cells is protected and given back, alone, in a map of one piece. */
static void protect_every_range(size_t f, size_t v)
{
	struct lb_linear_cost whole, again;

	REQUIRE(begin(f, variant(v, f)));
	REQUIRE(!call(CHANGE_ADD, 0, world.count, LB_MAP_WRITE, 0));
	REQUIRE(!model(CHANGE_ADD, 0, world.count, LB_MAP_WRITE, 0));
	lb_linear_map_measure(&world.map, &whole);
	lb_linear_map_set_live(&world.map, &live);
	tlb_refill();
	for (size_t from = 0; from < world.count; from++) {
		for (size_t to = from + 1; to <= world.count; to += stride(f)) {
			step(CHANGE_PROTECT, from, to, 0, LB_PROTECT_INACCESSIBLE, false);
			step(CHANGE_UNPROTECT, from, to, 0, 0, false);
		}
	}
	lb_linear_map_measure(&world.map, &again);
	CHECK(world.config.keep_split || !__builtin_memcmp(&whole, &again, sizeof(whole)));
	end();
}

TEST(linear_map, protects_every_range_and_gives_every_table_back)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (size_t v = 0; v < 3; v++) {
			protect_every_range(f, v);
		}
	}
}

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(random_state >> 8) * below) >> 24);
}

static void play_tape(size_t f, size_t v, uint32_t seed)
{
	static const uint32_t flags[] = {0, LB_MAP_WRITE, LB_MAP_EXECUTE,
		LB_MAP_WRITE | LB_MAP_GLOBAL, LB_MAP_DEVICE | LB_MAP_WRITE, LB_MAP_WRITE};

	random_state = seed;
	REQUIRE(begin(f, variant(v, f)));
	for (unsigned int i = 0; i < 40; i++) {
		size_t from = next_random((uint32_t)world.count);
		size_t to = from + 1 + next_random((uint32_t)(world.count - from));
		enum change_kind kind = i < 12 ? CHANGE_ADD : (enum change_kind)next_random(3);
		uint32_t flag = flags[next_random(seed % 3 ? 2 : LB_ARRAY_COUNT(flags))];

		if (i == 8) {
			lb_linear_map_set_live(&world.map, &live);
			tlb_refill();
		}
		step(kind, from, to, flag, (enum lb_protection)next_random(2), seed % 4 == 0);
	}
	end();
}

TEST(linear_map, agrees_with_a_flat_model_on_random_tapes)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
			for (uint32_t seed = 1; seed < 9; seed += (uint32_t)stride(f)) {
				play_tape(f, v, seed * 7919 + (uint32_t)(f * 10 + v));
			}
		}
	}
}

/* The same contents give the same cost in whatever order they came about, and as planned. */
static void plan_every_region(size_t f, size_t v)
{
	struct lb_range all;

	REQUIRE(begin(f, variant(v, f)));
	all = (struct lb_range){0, world.border[world.count]};
	REQUIRE(!call(CHANGE_ADD, 0, world.count, LB_MAP_WRITE, 0));
	for (size_t from = 0; from < world.count; from++) {
		for (size_t to = from + 1; to <= world.count; to += stride(f)) {
			struct lb_range region = {world.border[from], world.border[to]};
			struct lb_linear_cost plan, built;

			REQUIRE(!lb_linear_map_estimate(
				&world.config, &all, 1, region, LB_LINEAR_PROTECTED, &plan));
			REQUIRE(!call(CHANGE_PROTECT, from, to, 0, LB_PROTECT_INACCESSIBLE));
			lb_linear_map_measure(&world.map, &built);
			CHECK(!__builtin_memcmp(&plan, &built, sizeof(plan)));
			REQUIRE(!call(CHANGE_UNPROTECT, from, to, 0, 0));
		}
	}
	end();
}

TEST(linear_map, costs_what_the_plan_says)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		plan_every_region(f, 0);
		plan_every_region(f, 1);
	}
}

/* Memory with holes, added in several pieces: the plan and the map agree. */
TEST(linear_map, plans_memory_with_holes)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (uint32_t seed = 0; seed < 60; seed += (uint32_t)stride(f)) {
			struct lb_range ranges[CELLS_MAX];
			struct lb_linear_cost plan, built;
			size_t count = 0;

			random_state = seed * 31 + 5;
			REQUIRE(begin(f, (struct lb_linear_config){.contiguous = seed & 1}));
			for (size_t i = 0; i < world.count; i++) {
				if (next_random(3)) {
					ranges[count++] = (struct lb_range){
						world.border[i], world.border[i + 1]};
					REQUIRE(!call(CHANGE_ADD, i, i + 1, LB_MAP_WRITE, 0));
				}
			}
			REQUIRE(!lb_linear_map_estimate(&world.config, ranges, count,
				(struct lb_range){0, 0}, LB_LINEAR_UNPROTECTED, &plan));
			lb_linear_map_measure(&world.map, &built);
			CHECK(!__builtin_memcmp(&plan, &built, sizeof(plan)));
			CHECK(lb_linear_map_check(&world.map));
			end();
		}
	}
}

static void build_tebibyte(size_t f, uint64_t *ret_extra)
{
	const struct lb_range memory_map[] = {
		{0x1000000, 0x80000000}, {LB_GIB * 4, LB_TIB + 2 * LB_GIB}};
	struct lb_range crash = {0x60000000 - 16 * LB_MIB - 0x10000, 0};
	struct lb_linear_cost open, protected, built;

	crash.end = crash.start + 256 * LB_MIB;
	REQUIRE(begin(f, (struct lb_linear_config){.contiguous = true}));
	for (size_t i = 0; i < LB_ARRAY_COUNT(memory_map); i++) {
		REQUIRE(!lb_linear_map_add(&world.map, memory_map[i], LB_MAP_WRITE));
	}
	lb_linear_map_measure(&world.map, &open);
	REQUIRE(!lb_linear_map_protect(&world.map, crash, LB_PROTECT_INACCESSIBLE));
	lb_linear_map_measure(&world.map, &built);
	REQUIRE(!lb_linear_map_estimate(&world.config, memory_map, LB_ARRAY_COUNT(memory_map),
		crash, LB_LINEAR_PROTECTED, &protected));
	CHECK(!__builtin_memcmp(&protected, &built, sizeof(built)));
	*ret_extra = built.table_bytes - open.table_bytes;
	end();
}

/* Two tables at each edge at most: 16 KiB with 4 KiB pages. */
TEST(linear_map, protecting_256_mib_in_a_tebibyte_costs_at_most_16_kib)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		uint64_t extra = 0;

		build_tebibyte(f, &extra);
		CHECK(extra > 0);
		CHECK(extra <=
			(table_formats[f].page == 4096 ? 16 * LB_KIB : 2 * table_formats[f].page));
	}
}

TEST(linear_map, alternatives_cost_what_their_arithmetic_says)
{
	const struct lb_range all = {0, LB_TIB};
	const struct lb_range crash = {0x6f000000, 0x7f000000};
	const struct lb_linear_config config = {.format = LB_PAGES_X86_4LEVEL};
	struct lb_linear_cost cost;

	REQUIRE(!lb_linear_map_estimate(&config, &all, 1, crash, LB_LINEAR_UNPROTECTED, &cost));
	CHECK_EQUAL(cost.leaves[2], 1024);
	CHECK_EQUAL(cost.table_bytes, 3 * 4096);
	REQUIRE(!lb_linear_map_estimate(&config, &all, 1, crash, LB_LINEAR_BASE_PAGES, &cost));
	CHECK_EQUAL(cost.leaves[0], LB_TIB / 4096);
	CHECK_EQUAL(cost.table_bytes, 2 * LB_GIB + 1024 * 4096 + 3 * 4096);
	REQUIRE(!lb_linear_map_estimate(&config, &all, 1, crash, LB_LINEAR_PUD_REMAP, &cost));
	CHECK_EQUAL(cost.leaves[0], LB_GIB / 4096);
	CHECK_EQUAL(cost.leaves[2], 1023);
	CHECK_EQUAL(cost.table_bytes, 2 * LB_MIB + 4096 + 3 * 4096);
	REQUIRE(!lb_linear_map_estimate(&config, &all, 1, crash, LB_LINEAR_PROTECTED, &cost));
	CHECK_EQUAL(cost.leaves[0], 0);
	CHECK_EQUAL(cost.leaves[1], 512);
	CHECK_EQUAL(cost.table_bytes, 4 * 4096);
}

static void check_round_trip(size_t f, unsigned int level, const struct entry *entry)
{
	struct lb_linear_map map = {.config = {.format = table_formats[f].format}};
	struct entry found;

	REQUIRE(!lb_linear_geometry_init(&map.config, &map.geometry));
	found = lb_entry_decode(&map, lb_entry_encode(&map, entry, level), level);
	CHECK_EQUAL(found.kind, entry->kind);
	CHECK_EQUAL(found.pa, entry->pa);
	CHECK_EQUAL(found.flags, entry->flags);
	CHECK_EQUAL(found.state, entry->state);
	CHECK_EQUAL(found.contiguous, entry->contiguous);
}

static void check_leaf_values(size_t f, unsigned int level)
{
	bool x86 = lb_format_is_x86(table_formats[f].format);

	for (uint32_t value = 0; value < 16 * 3 * 2 * 3; value++) {
		uint32_t flags = value & 15;
		uint32_t state = value / 16 % 3;
		bool contiguous = value / 48 % 2;
		lb_phys_addr pa = value / 96 * UINT64_C(0x3ffc00000000);

		if (!(flags & LB_MAP_DEVICE && flags & LB_MAP_EXECUTE) && !(x86 && contiguous)) {
			check_round_trip(f, level,
				&(struct entry){.kind = ENTRY_LEAF, .flags = flags, .pa = pa,
					.state = (enum leaf_state)state, .contiguous = contiguous});
		}
	}
}

TEST(linear_map, entries_decode_to_what_was_encoded)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		struct entry table = {.kind = ENTRY_TABLE, .pa = 0x7f0000};

		check_leaf_values(f, 0);
		check_leaf_values(f, 1);
		check_round_trip(f, 1, &table);
		check_round_trip(f, 2, &table);
		check_round_trip(f, 0, &(struct entry){.kind = ENTRY_EMPTY});
	}
}

/* Bit patterns read off the manuals by hand. */
TEST(linear_map, entries_are_those_of_the_manuals)
{
	struct entry leaf = {.kind = ENTRY_LEAF, .pa = 0x40000000, .flags = LB_MAP_WRITE};
	struct entry table = {.kind = ENTRY_TABLE, .pa = 0x5000};

	/* P RW A D PS NX */
	CHECK_EQUAL(lb_x86_64_encode(&leaf, 1), 0x80000000400000e3);
	CHECK_EQUAL(lb_x86_64_encode(&leaf, 0), 0x8000000040000063);
	CHECK_EQUAL(lb_x86_64_encode(&table, 1), 0x5023);
	/* block: UXN PXN nG AF SH=3 AttrIndx=0 01 */
	CHECK_EQUAL(lb_arm64_encode(&leaf, 1, 12), 0x0060000040000f01);
	CHECK_EQUAL(lb_arm64_encode(&leaf, 0, 12), 0x0060000040000f03);
	CHECK_EQUAL(lb_arm64_encode(&table, 1, 12), 0x5003);
	leaf.flags = LB_MAP_EXECUTE | LB_MAP_GLOBAL;
	/* P A D PS G */
	CHECK_EQUAL(lb_x86_64_encode(&leaf, 2), 0x400001e1);
	/* UXN AF SH=3 AP[2] 01 */
	CHECK_EQUAL(lb_arm64_encode(&leaf, 1, 12), 0x0040000040000781);
	leaf.flags = LB_MAP_DEVICE | LB_MAP_WRITE;
	/* PCD PWT */
	CHECK_EQUAL(lb_x86_64_encode(&leaf, 1), 0x80000000400000fb);
	CHECK_EQUAL(lb_arm64_encode(&leaf, 0, 12) & 0x1c, 4);
	leaf.state = LEAF_INACCESSIBLE;
	CHECK_EQUAL(lb_x86_64_encode(&leaf, 1) & 1, 0);
	CHECK_EQUAL(lb_arm64_encode(&leaf, 1, 12) & 1, 0);
	/* No address of real memory in an entry that is not present. */
	CHECK((lb_x86_64_encode(&leaf, 1) & 0xffffffffff000) >= UINT64_C(1) << 51);
}

TEST(linear_map, refuses_what_it_cannot_express)
{
	struct lb_linear_config config = {.format = LB_PAGES_X86_4LEVEL};
	struct lb_linear_map map;

	table_pool_reset(4096);
	REQUIRE(!lb_linear_map_init(&map, &config, &table_pages, NULL));
	CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){0, 0}, 0), LB_INVALID);
	CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){1, 0x1000}, 0), LB_INVALID);
	CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){0, 0x1001}, 0), LB_INVALID);
	CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){0, 0x1000}, 0x10), LB_INVALID);
	CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){0, 0x1000},
			    LB_MAP_DEVICE | LB_MAP_EXECUTE), LB_INVALID);
	/* The lower half ends at 2^47. */
	CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){0, UINT64_C(1) << 48}, 0),
		LB_OUT_OF_RANGE);
	CHECK_EQUAL(lb_linear_map_add(
			    &map, (struct lb_range){UINT64_C(1) << 47, UINT64_C(3) << 46}, 0),
		LB_OUT_OF_RANGE);
	/* The very top of the address space is fine. */
	CHECK_EQUAL(lb_linear_map_add_at(&map, UINT64_MAX - 0xfff, (struct lb_range){0, 0x1000}, 0),
		LB_OK);
	CHECK_EQUAL(lb_linear_map_add_at(
			    &map, UINT64_MAX - 0xfff, (struct lb_range){0, 0x2000}, 0),
		LB_OUT_OF_RANGE);
	CHECK_EQUAL(lb_linear_map_protect(&map, (struct lb_range){0, 0x1000}, 0), LB_NOT_FOUND);
	lb_linear_map_free(&map);
	config.va_offset = 0x123;
	CHECK_EQUAL(lb_linear_map_init(&map, &config, &table_pages, NULL), LB_INVALID);
	config = (struct lb_linear_config){.format = (enum lb_page_format)77};
	CHECK_EQUAL(lb_linear_map_init(&map, &config, &table_pages, NULL), LB_INVALID);
	config = (struct lb_linear_config){.format = LB_PAGES_ARM64_4K, .va_bits = 52};
	CHECK_EQUAL(lb_linear_map_init(&map, &config, &table_pages, NULL), LB_INVALID);
	CHECK_EQUAL(table_pool.taken, 0);
}

TEST(linear_map, maps_the_same_memory_at_another_address)
{
	struct lb_linear_config config = {
		.format = LB_PAGES_X86_4LEVEL, .va_offset = 0xffff888000000000};
	struct lb_range image = {0x1234000, 0x2000000};
	struct lb_linear_map map;
	struct lb_mapping found;

	table_pool_reset(4096);
	REQUIRE(!lb_linear_map_init(&map, &config, &table_pages, NULL));
	REQUIRE(!lb_linear_map_add(&map, (struct lb_range){0, LB_GIB}, LB_MAP_WRITE));
	REQUIRE(!lb_linear_map_add_at(&map, 0xffffffff80001000, image, LB_MAP_EXECUTE));
	REQUIRE(!lb_linear_map_walk(&config, &table_pages, map.root, 0xffffffff80001234, &found));
	CHECK_EQUAL(found.pa, 0x1234234);
	CHECK_EQUAL(found.block, 4096);
	CHECK_EQUAL(found.flags, LB_MAP_EXECUTE);
	REQUIRE(!lb_linear_map_walk(&config, &table_pages, map.root, 0xffff888001234567, &found));
	CHECK_EQUAL(found.pa, 0x1234567);
	CHECK_EQUAL(found.block, LB_GIB);
	CHECK(lb_linear_map_check(&map));
	CHECK_EQUAL(lb_linear_map_walk(&config, &table_pages, map.root, UINT64_C(1) << 60, &found),
		LB_OUT_OF_RANGE);
	lb_linear_map_free(&map);
}

/* Tables that a block could replace are wrong where blocks are put together again. */
TEST(linear_map, a_block_that_stayed_split_is_noticed)
{
	struct lb_linear_config config = {.format = LB_PAGES_X86_4LEVEL, .keep_split = true,
		.va_offset = 0xffff888000000000};
	struct lb_range page = {0x40001000, 0x40002000};
	struct lb_linear_map map;

	table_pool_reset(4096);
	REQUIRE(!lb_linear_map_init(&map, &config, &table_pages, NULL));
	REQUIRE(!lb_linear_map_add(&map, (struct lb_range){0x40000000, 0x40400000}, LB_MAP_WRITE));
	REQUIRE(!lb_linear_map_protect(&map, page, LB_PROTECT_READ_ONLY));
	REQUIRE(!lb_linear_map_unprotect(&map, page));
	CHECK(lb_linear_map_check(&map));
	map.config.keep_split = false;
	CHECK(!lb_linear_map_check(&map));
	lb_linear_map_free(&map);
}

/* With its edges split from the start, protecting and releasing the crash region breaks nothing. */
TEST(linear_map, kept_edges_make_protection_free_of_breaks)
{
	struct lb_linear_config config = {.format = LB_PAGES_ARM64_4K, .contiguous = true,
		.break_before_make = true, .keep_split = true, .va_offset = 0xffff000000000000};
	struct lb_range crash = {0x6f010000, 0x7f010000};
	struct lb_linear_change change;
	struct lb_linear_map map;
	uint64_t tables;

	table_pool_reset(4096);
	REQUIRE(!lb_linear_map_init(&map, &config, &table_pages, NULL));
	REQUIRE(!lb_linear_map_add(&map, (struct lb_range){0x40000000, crash.start}, LB_MAP_WRITE));
	REQUIRE(!lb_linear_map_add(&map, crash, LB_MAP_WRITE));
	REQUIRE(!lb_linear_map_add(&map, (struct lb_range){crash.end, 4 * LB_GIB}, LB_MAP_WRITE));
	tables = map.tables;
	REQUIRE(!lb_linear_map_protect_plan(&map, crash, LB_PROTECT_INACCESSIBLE, &change));
	CHECK_EQUAL(change.tables, 0);
	CHECK_EQUAL(change.broken_size, 0);
	REQUIRE(!lb_linear_map_protect(&map, crash, LB_PROTECT_INACCESSIBLE));
	REQUIRE(!lb_linear_map_unprotect(&map, crash));
	CHECK_EQUAL(map.tables, tables);
	REQUIRE(!lb_linear_map_protect_plan(
		&map, (struct lb_range){0x80000000, 0x80001000}, LB_PROTECT_READ_ONLY, &change));
	CHECK_EQUAL(change.tables, 2);
	CHECK_EQUAL(change.broken_va, 0xffff000080000000);
	CHECK_EQUAL(change.broken_size, LB_GIB);
	lb_linear_map_free(&map);
}
