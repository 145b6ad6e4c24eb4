/* SPDX-License-Identifier: MIT */
/*
 * linear_map under a CPU that does whatever the manuals allow while a map in use changes: it walks
 * at any moment, keeps every translation and every pointer to a table that it came across until a
 * flush covers them, and (arm64) sees each store either at once or only after the next barrier.
 * Whatever it can come by must be what the address was before the call or will be after it.
 *
 * Sources: Intel SDM volume 3A, 4.10 (paging-structure caches, 4.10.3); Arm ARM DDI 0487 J.a,
 * D8.14 (TLB maintenance, break-before-make) and B2.3 (ordering of walks).
 */
#include "tests/harness/test.h"

#include "lifeboat/linear_map.h"
#include "table_pool.h"

#define ROOT_LEVEL 3
#define LEVELS 4
#define HELD_MAX 8
#define TABLES 64 /* more than any call here leaves */
#define CELLS 14
/* An emulated CPU takes every fourth start of a range. */
#define STRIDE (__STDC_HOSTED__ ? 1 : 4)
#define SAMPLES (2 * CELLS)
#define PAGE UINT64_C(4096)
#define GROUP (16 * PAGE)
#define BLOCK (2 * LB_MIB)
#define UPPER LB_GIB

/* What one address is, to a program. */
struct access {
	bool present;
	bool writable;
};

struct leaf {
	unsigned int level;
	bool contiguous;
	bool writable;
};

/* What the CPU may hold of one address. */
struct held {
	lb_phys_addr tables[LEVELS][HELD_MAX]; /* walks may start at any of these */
	unsigned int table_count[LEVELS];
	struct leaf leaves[HELD_MAX];
	unsigned int leaf_count;
};

enum breach { BREACH_FAULT, BREACH_WRONG_ADDRESS, BREACH_WRONG_RIGHTS, BREACH_TWO_SIZES,
	BREACH_USED_AFTER_GIVE, BREACH_STALE, BREACH_KINDS };

static struct {
	struct lb_linear_config config;
	struct lb_linear_map map;
	bool is_arm;
	bool watching;
	lb_phys_addr border[CELLS + 1];
	struct access before[SAMPLES];
	struct access after[SAMPLES];
	struct held held[SAMPLES];
	struct lb_range may_break; /* physical: where a fault is allowed for a moment */
	unsigned int breaches[BREACH_KINDS];
	unsigned int flushes;
	unsigned int orders;
} cpu;

/* Memory as of the last barrier; a store since then may or may not be visible to a walk. */
static uint64_t settled_words[TABLES * PAGE / 8];

static lb_phys_addr sample(size_t i)
{
	return i % 2 ? cpu.border[i / 2 + 1] - 1 : cpu.border[i / 2];
}

static void commit(void)
{
	for (uint32_t i = 0; i < TABLES; i++) {
		if (table_pool.used[i]) {
			__builtin_memcpy(settled_words + i * PAGE / 8, table_memory + i * PAGE,
				PAGE);
		}
	}
}

/* The word that a walk reads: now, or as of the last barrier. */
static uint64_t word(lb_phys_addr table, uint64_t index, bool settled)
{
	uint64_t offset = table - TABLE_POOL_BASE + index * 8;

	if (table < TABLE_POOL_BASE || offset >= sizeof(settled_words)) {
		return 0;
	}
	if (settled) {
		return settled_words[offset / 8];
	}
	return *(const uint64_t *)(const void *)(table_memory + offset);
}

static void fault_at(size_t i)
{
	bool always_there = cpu.before[i].present && cpu.after[i].present;

	if (always_there && !lb_range_has(cpu.may_break, sample(i))) {
		cpu.breaches[BREACH_FAULT]++;
	}
}

static void hold_leaf(size_t i, struct leaf leaf)
{
	struct held *held = &cpu.held[i];

	for (unsigned int n = 0; n < held->leaf_count; n++) {
		const struct leaf *other = &held->leaves[n];
		bool same_size = other->level == leaf.level &&
			other->contiguous == leaf.contiguous;

		if (!same_size && cpu.config.break_before_make) {
			cpu.breaches[BREACH_TWO_SIZES]++;
		}
		if (same_size && other->writable == leaf.writable) {
			return;
		}
	}
	if (test_require(held->leaf_count < HELD_MAX, "room for a leaf", __FILE__, __LINE__)) {
		held->leaves[held->leaf_count++] = leaf;
	}
}

static void hold_table(size_t i, unsigned int level, lb_phys_addr table)
{
	struct held *held = &cpu.held[i];

	for (unsigned int n = 0; n < held->table_count[level]; n++) {
		if (held->tables[level][n] == table) {
			return;
		}
	}
	if (test_require(held->table_count[level] < HELD_MAX, "room for a table", __FILE__,
		    __LINE__)) {
		held->tables[level][held->table_count[level]++] = table;
	}
}

static void look_at_leaf(size_t i, unsigned int level, uint64_t raw)
{
	uint64_t span = PAGE << (9 * level);
	lb_phys_addr pa = (raw & UINT64_C(0xfffffffff000) & ~(span - 1)) |
		(sample(i) & (span - 1));
	struct leaf leaf = {.level = level, .contiguous = cpu.is_arm && (raw >> 52 & 1),
		.writable = cpu.is_arm ? !(raw & 0x80) : (raw & 2) != 0};
	bool rights_before = cpu.before[i].present && cpu.before[i].writable == leaf.writable;
	bool rights_after = cpu.after[i].present && cpu.after[i].writable == leaf.writable;

	if (pa != sample(i)) {
		cpu.breaches[BREACH_WRONG_ADDRESS]++;
	} else if (!rights_before && !rights_after) {
		cpu.breaches[BREACH_WRONG_RIGHTS]++;
	} else {
		hold_leaf(i, leaf);
	}
}

static void look_at(size_t i, unsigned int level, uint64_t raw)
{
	bool table = cpu.is_arm ? (raw & 3) == 3 : (raw & 0x81) == 1;
	bool page = cpu.is_arm ? (raw & 3) == 3 : (raw & 1);

	if (!(raw & 1) || (!level && !page)) {
		fault_at(i);
	} else if (level && table) {
		hold_table(i, level - 1, raw & UINT64_C(0xfffffffff000));
	} else {
		look_at_leaf(i, level, raw);
	}
}

/* Every walk of every sample that could happen now, from everything that is held. */
static void walk_everywhere(void)
{
	for (size_t i = 0; cpu.watching && i < SAMPLES; i++) {
		uint64_t va = sample(i) + cpu.config.va_offset;

		hold_table(i, ROOT_LEVEL, cpu.map.root);
		for (unsigned int level = LEVELS; level-- > 0;) {
			uint64_t index = va >> (12 + 9 * level) & 511;

			for (unsigned int n = 0; n < cpu.held[i].table_count[level]; n++) {
				lb_phys_addr table = cpu.held[i].tables[level][n];

				look_at(i, level, word(table, index, false));
				if (cpu.is_arm) {
					look_at(i, level, word(table, index, true));
				}
			}
		}
	}
}

static void on_flush(void *context, uint64_t va, uint64_t size)
{
	(void)context;
	cpu.flushes++;
	walk_everywhere();
	commit();
	for (size_t i = 0; i < SAMPLES; i++) {
		if (sample(i) + cpu.config.va_offset - va < size) {
			__builtin_memset(&cpu.held[i], 0, sizeof(cpu.held[i]));
		}
	}
}

static void on_order(void *context)
{
	(void)context;
	cpu.orders++;
	walk_everywhere();
	commit();
}

static void on_give(lb_phys_addr table)
{
	walk_everywhere();
	for (size_t i = 0; cpu.watching && i < SAMPLES; i++) {
		for (unsigned int level = 0; level < LEVELS; level++) {
			for (unsigned int n = 0; n < cpu.held[i].table_count[level]; n++) {
				cpu.breaches[BREACH_USED_AFTER_GIVE] +=
					cpu.held[i].tables[level][n] == table;
			}
		}
	}
}

static const struct lb_linear_live live_x86 = {.flush = on_flush};
static const struct lb_linear_live live_arm = {.flush = on_flush, .order = on_order};

/* After a call: nothing is held but what the tables say now, and that is what was asked for. */
static void check_settled(void)
{
	cpu.may_break = (struct lb_range){0, 0};
	__builtin_memcpy(cpu.before, cpu.after, sizeof(cpu.before));
	walk_everywhere();
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct held *held = &cpu.held[i];

		if (held->leaf_count != cpu.after[i].present ||
			(held->leaf_count && held->leaves[0].writable != cpu.after[i].writable)) {
			cpu.breaches[BREACH_STALE]++;
		}
	}
	CHECK_EQUAL(cpu.breaches[BREACH_FAULT], 0);
	CHECK_EQUAL(cpu.breaches[BREACH_WRONG_ADDRESS], 0);
	CHECK_EQUAL(cpu.breaches[BREACH_WRONG_RIGHTS], 0);
	CHECK_EQUAL(cpu.breaches[BREACH_TWO_SIZES], 0);
	CHECK_EQUAL(cpu.breaches[BREACH_USED_AFTER_GIVE], 0);
	CHECK_EQUAL(cpu.breaches[BREACH_STALE], 0);
	__builtin_memset(cpu.breaches, 0, sizeof(cpu.breaches));
}

static void begin(struct lb_linear_config config)
{
	static const lb_phys_addr borders[CELLS + 1] = {0, PAGE, GROUP, GROUP + PAGE, 2 * GROUP,
		BLOCK - PAGE, BLOCK, BLOCK + PAGE, 2 * BLOCK, UPPER - BLOCK, UPPER - PAGE, UPPER,
		UPPER + BLOCK, UPPER + BLOCK + GROUP, 2 * UPPER};

	__builtin_memset(&cpu, 0, sizeof(cpu));
	__builtin_memset(settled_words, 0, sizeof(settled_words));
	cpu.is_arm = config.format == LB_PAGES_ARM64_4K;
	config.va_offset = cpu.is_arm ? 0xffff000000000000 : 0xffff888000000000;
	cpu.config = config;
	__builtin_memcpy(cpu.border, borders, sizeof(borders));
	table_pool_reset(PAGE);
	table_pool.limit = TABLES;
	table_pool.on_give = on_give;
}

/* A map in use, and a CPU that has walked it. */
static bool start(struct lb_linear_config config, size_t mapped_cells)
{
	begin(config);
	if (lb_linear_map_init(&cpu.map, &cpu.config, &table_pages, NULL) ||
		(mapped_cells && lb_linear_map_add(&cpu.map,
			(struct lb_range){0, cpu.border[mapped_cells]}, LB_MAP_WRITE))) {
		return false;
	}
	for (size_t i = 0; i < 2 * mapped_cells; i++) {
		cpu.before[i] = cpu.after[i] = (struct access){true, true};
	}
	lb_linear_map_set_live(&cpu.map, cpu.is_arm ? &live_arm : &live_x86);
	commit();
	cpu.watching = true;
	check_settled();
	return true;
}

static void end(void)
{
	cpu.watching = false;
	lb_linear_map_set_live(&cpu.map, NULL);
	lb_linear_map_free(&cpu.map);
	CHECK_EQUAL(table_pool.taken, 0);
}

enum call { CALL_ADD, CALL_HIDE, CALL_READ_ONLY, CALL_OPEN, CALL_KINDS };

/* Where a fault is allowed: nowhere, or (break-before-make) what the plan says, or, when blocks
 * merge, the largest ones that the range touches. */
static struct lb_range allowed_break(enum call call, struct lb_range range)
{
	struct lb_linear_change plan = {0};

	if (!cpu.config.break_before_make) {
		return (struct lb_range){0, 0};
	}
	if (call == CALL_HIDE && !lb_linear_map_protect_plan(
		    &cpu.map, range, LB_PROTECT_INACCESSIBLE, &plan)) {
		lb_phys_addr first = plan.broken_va - cpu.config.va_offset;

		return plan.broken_size ? (struct lb_range){first, first + plan.broken_size}
					: (struct lb_range){0, 0};
	}
	return (struct lb_range){lb_align_down(range.start, UPPER),
		lb_align_down(range.end + UPPER - 1, UPPER)};
}

static enum lb_status perform(enum call call, struct lb_range range)
{
	switch (call) {
	case CALL_ADD:
		return lb_linear_map_add(&cpu.map, range, LB_MAP_WRITE);
	case CALL_HIDE:
		return lb_linear_map_protect(&cpu.map, range, LB_PROTECT_INACCESSIBLE);
	case CALL_READ_ONLY:
		return lb_linear_map_protect(&cpu.map, range, LB_PROTECT_READ_ONLY);
	case CALL_OPEN:
	default:
		return lb_linear_map_unprotect(&cpu.map, range);
	}
}

static void step(enum call call, size_t from, size_t to)
{
	static const struct access results[CALL_KINDS] = {
		[CALL_ADD] = {true, true}, [CALL_READ_ONLY] = {true, false},
		[CALL_OPEN] = {true, true}};
	struct lb_range range = {cpu.border[from], cpu.border[to]};

	for (size_t i = 2 * from; i < 2 * to; i++) {
		cpu.after[i] = results[call];
	}
	cpu.may_break = allowed_break(call, range);
	CHECK_EQUAL(perform(call, range), LB_OK);
	check_settled();
}

static const struct lb_linear_config variants[] = {
	{.format = LB_PAGES_X86_4LEVEL},
	{.format = LB_PAGES_X86_4LEVEL, .keep_split = true},
	{.format = LB_PAGES_X86_4LEVEL, .largest_block = BLOCK},
	{.format = LB_PAGES_ARM64_4K, .contiguous = true, .break_before_make = true},
	{.format = LB_PAGES_ARM64_4K, .break_before_make = true},
	{.format = LB_PAGES_ARM64_4K, .contiguous = true, .break_before_make = true,
		.keep_split = true},
	{.format = LB_PAGES_ARM64_4K},
};

/* Every range, taken away and given back. */
TEST(linear_map_cpu, no_walk_goes_astray_while_a_range_is_hidden)
{
	for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
		REQUIRE(start(variants[v], CELLS));
		for (size_t from = 0; from < CELLS; from += STRIDE) {
			for (size_t to = from + 1; to <= CELLS; to++) {
				step(CALL_HIDE, from, to);
				step(CALL_OPEN, from, to);
			}
		}
		end();
	}
}

/* Read-only blocks are present all the time: here a flush too few shows as a right too many. */
TEST(linear_map_cpu, no_walk_goes_astray_while_rights_change)
{
	for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
		REQUIRE(start(variants[v], CELLS));
		for (size_t from = 0; from < CELLS; from += STRIDE) {
			for (size_t to = from + 1; to <= CELLS; to++) {
				step(CALL_READ_ONLY, from, to);
				step(CALL_HIDE, from, to);
				step(CALL_READ_ONLY, from, to);
				step(CALL_OPEN, from, to);
			}
		}
		end();
	}
}

/* Two ranges: the second begins where the first ended, and blocks come together again between. */
TEST(linear_map_cpu, no_walk_goes_astray_while_neighbours_merge)
{
	for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
		REQUIRE(start(variants[v], CELLS));
		for (size_t from = 0; from + 1 < CELLS; from += STRIDE) {
			for (size_t middle = from + 1; middle < CELLS; middle++) {
				step(CALL_READ_ONLY, from, middle);
				step(CALL_READ_ONLY, middle, CELLS);
				step(CALL_OPEN, middle, CELLS);
				step(CALL_HIDE, middle, CELLS);
				step(CALL_OPEN, 0, CELLS);
			}
		}
		end();
	}
}

/* Memory that arrives cell by cell, forwards, backwards and from the middle. */
static void add_in_order(const struct lb_linear_config *config, unsigned int order)
{
	REQUIRE(start(*config, 0));
	for (size_t i = 0; i < CELLS; i++) {
		size_t forward = (i * (order / 2 * 2 + 1) + order) % CELLS;
		size_t cell = order % 2 ? CELLS - 1 - forward : forward;

		step(CALL_ADD, cell, cell + 1);
	}
	CHECK(lb_linear_map_check(&cpu.map));
	end();
}

TEST(linear_map_cpu, no_walk_goes_astray_while_memory_arrives)
{
	/* Multipliers that have no factor in common with the 14 cells: each order visits all. */
	static const unsigned int orders[] = {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13};

	for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
		for (size_t i = 0; i < LB_ARRAY_COUNT(orders); i++) {
			add_in_order(&variants[v], orders[i]);
		}
	}
}

/* Break-before-make costs two flushes a broken entry; where nothing breaks, one a call is all. */
TEST(linear_map_cpu, one_flush_is_enough_where_nothing_breaks)
{
	for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
		if (variants[v].break_before_make) {
			continue;
		}
		REQUIRE(start(variants[v], CELLS));
		for (size_t to = 1; to <= CELLS; to++) {
			cpu.flushes = 0;
			step(CALL_HIDE, 0, to);
			CHECK_EQUAL(cpu.flushes, 1);
			step(CALL_HIDE, 0, to); /* as it is already */
			CHECK_EQUAL(cpu.flushes, 1);
			step(CALL_OPEN, 0, to);
		}
		end();
	}
}

/* A barrier for every table that is linked, none where the CPU has no use for it. */
TEST(linear_map_cpu, each_linked_table_is_ordered_once)
{
	static const struct lb_linear_config config = {.format = LB_PAGES_ARM64_4K,
		.contiguous = true, .break_before_make = true};

	REQUIRE(start(config, CELLS));
	cpu.orders = 0;
	step(CALL_HIDE, 0, CELLS);
	CHECK_EQUAL(cpu.orders, 0);
	step(CALL_OPEN, 0, CELLS);
	step(CALL_HIDE, 0, 1);
	CHECK_EQUAL(cpu.orders, 1);
	step(CALL_OPEN, 0, 1);
	cpu.orders = 0;
	step(CALL_HIDE, 10, 12);
	CHECK_EQUAL(cpu.orders, 2);
	end();
}

/* A call that fails is no event for a CPU. */
TEST(linear_map_cpu, a_refused_call_neither_stores_nor_flushes)
{
	for (size_t v = 0; v < LB_ARRAY_COUNT(variants); v++) {
		struct lb_range hole = {2 * UPPER, 2 * UPPER + PAGE};
		struct lb_range range = {PAGE, 2 * PAGE};

		REQUIRE(start(variants[v], CELLS));
		cpu.flushes = 0;
		cpu.orders = 0;
		table_pool.limit = table_pool.taken;
		CHECK_EQUAL(lb_linear_map_protect(&cpu.map, range, LB_PROTECT_READ_ONLY),
			LB_NO_STORAGE);
		CHECK_EQUAL(lb_linear_map_protect(&cpu.map, hole, LB_PROTECT_INACCESSIBLE),
			LB_NOT_FOUND);
		CHECK_EQUAL(lb_linear_map_add(&cpu.map, range, 0), LB_CONFLICT);
		CHECK_EQUAL(lb_linear_map_unprotect(&cpu.map, hole), LB_NOT_FOUND);
		CHECK_EQUAL(cpu.flushes + cpu.orders, 0);
		check_settled();
		end();
	}
}
