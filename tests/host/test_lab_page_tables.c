/* SPDX-License-Identifier: MIT */
/* What the lab finds in page tables: those that the core builds pass, each way to break them is
 * named. */
#include <stdlib.h>
#include <string.h>

#include "lab/page_table_rules.h"
#include "lab/page_table_walk.h"
#include "tests/harness/test.h"

#define RAM_BYTES (64 * LB_MIB)
#define TABLES UINT64_C(0x400000)
#define LOWER_TABLES UINT64_C(0x600000)
#define PAGE UINT64_C(4096)

/* A machine with one piece of RAM at 0, and the linear map of its kernel. */
struct world {
	struct lab_ram ram;
	struct lab_page_tables tables;
	struct lb_linear_map map;
	lb_phys_addr next;
};

static bool take(void *context, lb_phys_addr *ret_table)
{
	struct world *world = context;

	*ret_table = world->next;
	world->next += PAGE;
	return true;
}

static void give(void *context, lb_phys_addr table)
{
	(void)context;
	(void)table;
}

static void *access_page(void *context, lb_phys_addr table)
{
	const struct world *world = context;

	return world->ram.bytes + table;
}

static const struct lb_range crash = {0x2000000, 0x2400000};

/* All of RAM is mapped, and the crash region closed. largest_block: 0, or less than could be. */
static struct world *make_world(enum lb_page_format format, uint64_t largest_block)
{
	struct world *world = calloc(1, sizeof(*world));
	struct lb_linear_config config = {.format = format, .largest_block = largest_block,
		.va_offset = format == LB_PAGES_ARM64_4K ? UINT64_C(0xffff000000000000)
							 : UINT64_C(0xffff888000000000)};
	struct lb_table_pages pages = {
		.take = take, .give = give, .access = access_page, .context = world};

	if (!world) {
		abort();
	}
	world->ram.bytes = calloc(1, RAM_BYTES);
	world->ram.size = RAM_BYTES;
	world->ram.pieces[0] = (struct lab_ram_piece){{0, RAM_BYTES}, 0};
	world->ram.piece_count = 1;
	world->next = TABLES;
	if (!world->ram.bytes || lb_linear_map_init(&world->map, &config, &pages, NULL) ||
		lb_linear_map_add(&world->map, (struct lb_range){0, RAM_BYTES}, LB_MAP_WRITE) ||
		lb_linear_map_protect(&world->map, crash, LB_PROTECT_INACCESSIBLE)) {
		abort();
	}
	world->tables = (struct lab_page_tables){.format = format, .root = world->map.root,
		.linear = config.va_offset, .crash = crash, .ram = {{0, RAM_BYTES}},
		.ram_count = 1, .read_only = {0x0f00000, 0x1000000},
		.guards = {{0x1100000, 0x1101000}, {0x1203000, 0x1204000}}, .guard_count = 2};
	return world;
}

static void free_world(struct world *world)
{
	free(world->ram.bytes);
	free(world);
}

static struct lab_page_rules_verdict judge(const struct world *world)
{
	struct lab_page_rules_verdict verdict;

	lab_page_rules_judge(&world->tables, &world->ram, &verdict);
	return verdict;
}

static const enum lb_page_format formats[] = {LB_PAGES_X86_4LEVEL, LB_PAGES_ARM64_4K};

TEST(lab_page_tables, pass_where_nothing_is_wrong)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(formats); i++) {
		struct world *world = make_world(formats[i], 0);
		struct lab_page_rules_verdict verdict = judge(world);

		CHECK_EQUAL(verdict.broken, 0);
		CHECK_EQUAL(verdict.pages, (RAM_BYTES - lb_range_size(crash)) / PAGE);
		CHECK_EQUAL(verdict.blocks[1], 30);
		CHECK_EQUAL(verdict.blocks[0] + verdict.blocks[2], 0);
		free_world(world);
	}
}

/* What is done to the tables, and what the lab says of it. */
struct breakage {
	const char *words;
	struct lb_range opened;
	struct lb_range closed;
	struct lb_range added; /* at an address of its own */
	uint32_t flags;
	uint64_t largest_block;
};

static const struct breakage breakages[] = {
	{"in or around the crash region", {0x2123000, 0x2124000}, {0, 0}, {0, 0}, 0, 0},
	{"in or around the crash region", {0, 0}, {0, 0}, {0x2200000, 0x2201000}, 0, 0},
	{"in or around the crash region", {0, 0}, {0, 0}, {0x23ff000, 0x2401000}, 0, 0},
	{"is the next in the linear map", {0, 0}, {0x3000000, 0x3001000}, {0, 0}, 0, 0},
	{"RAM goes on", {0, 0}, {RAM_BYTES - 2 * LB_MIB, RAM_BYTES}, {0, 0}, 0, 0},
	{"writable and executable", {0, 0}, {0, 0}, {0x5000, 0x6000},
		LB_MAP_WRITE | LB_MAP_EXECUTE, 0},
	{"is writable, and the kernel's constants", {0, 0}, {0, 0}, {0x0fff000, 0x1001000},
		LB_MAP_WRITE, 0},
	{"the page that fences a stack", {0, 0}, {0, 0}, {0x1200000, 0x1400000}, LB_MAP_WRITE, 0},
	{"the page that fences a stack", {0, 0}, {0, 0}, {0x1203000, 0x1204000}, 0, 0},
	{"is mapped by a block of 4 KiB", {0, 0}, {0, 0}, {0, 0}, 0, PAGE},
};

static void check_breakage(enum lb_page_format format, const struct breakage *breakage)
{
	struct world *world = make_world(format, breakage->largest_block);
	struct lab_page_rules_verdict verdict;

	if (!lb_range_empty(breakage->opened)) {
		REQUIRE(lb_linear_map_unprotect(&world->map, breakage->opened) == LB_OK);
	}
	if (!lb_range_empty(breakage->closed)) {
		REQUIRE(lb_linear_map_protect(&world->map, breakage->closed,
				LB_PROTECT_INACCESSIBLE) == LB_OK);
	}
	if (!lb_range_empty(breakage->added)) {
		REQUIRE(lb_linear_map_add_at(&world->map, UINT64_C(0xffffffffa0000000),
				breakage->added, breakage->flags) == LB_OK);
	}
	verdict = judge(world);
	CHECK(verdict.broken);
	if (!strstr(verdict.first, breakage->words)) {
		CHECK_TEXT(verdict.first, breakage->words);
	}
	free_world(world);
}

TEST(lab_page_tables, each_breakage_is_named)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(breakages); i++) {
		check_breakage(LB_PAGES_X86_4LEVEL, &breakages[i]);
		check_breakage(LB_PAGES_ARM64_4K, &breakages[i]);
	}
}

TEST(lab_page_tables, what_can_only_be_read_is_named)
{
	struct world *world = make_world(LB_PAGES_X86_4LEVEL, 0);

	REQUIRE(lb_linear_map_protect(&world->map, (struct lb_range){0x3000000, 0x3400000},
			LB_PROTECT_READ_ONLY) == LB_OK);
	CHECK_TEXT(judge(world).first, "0x3000000 is not writable, not executable, cached");
	free_world(world);
}

/* Memory that is mapped as a device's, or that CPUs do not share. */
static void check_uncached(enum lb_page_format format, uint64_t flipped)
{
	struct world *world = make_world(format, 0);
	uint64_t *entries = (uint64_t *)(world->ram.bytes + TABLES);
	size_t count = (world->next - TABLES) / sizeof(*entries);

	for (size_t i = 0; i < count; i++) {
		if ((entries[i] & 1) && (entries[i] & 0x0000ffffffe00000) == 0x1000000) {
			entries[i] ^= flipped;
		}
	}
	CHECK_TEXT(judge(world).first, "0x1000000 is writable, not executable, not cached");
	free_world(world);
}

TEST(lab_page_tables, memory_is_cached)
{
	static const uint64_t x86[] = {0x8, 0x10, 0x18, 0x1000};
	static const uint64_t arm64[] = {0x4, 0x8, 0x100, 0x300};

	for (size_t i = 0; i < LB_ARRAY_COUNT(x86); i++) {
		check_uncached(LB_PAGES_X86_4LEVEL, x86[i]);
		check_uncached(LB_PAGES_ARM64_4K, arm64[i]);
	}
}

/* What may be done is done: constants are read, code runs, and the rest is written. */
TEST(lab_page_tables, the_image_passes_as_it_is)
{
	struct world *world = make_world(LB_PAGES_X86_4LEVEL, 0);
	uint64_t va = UINT64_C(0xffffffffa0000000);

	REQUIRE(lb_linear_map_add_at(&world->map, va, (struct lb_range){0x0f00000, 0x0f10000},
			LB_MAP_EXECUTE) == LB_OK);
	REQUIRE(lb_linear_map_add_at(&world->map, va + LB_MIB,
			(struct lb_range){0x0f10000, 0x1000000}, 0) == LB_OK);
	REQUIRE(lb_linear_map_add_at(&world->map, va + 2 * LB_MIB,
			(struct lb_range){0x1000000, 0x1100000}, LB_MAP_WRITE) == LB_OK);
	REQUIRE(lb_linear_map_add_at(&world->map, va + 4 * LB_MIB,
			(struct lb_range){0x1101000, 0x1203000}, LB_MAP_WRITE) == LB_OK);
	CHECK_TEXT(judge(world).first, "");
	free_world(world);
}

/* A block that reaches out of the crash region leads into it. */
TEST(lab_page_tables, a_block_around_a_border_of_the_region_is_named)
{
	struct world *world = make_world(LB_PAGES_X86_4LEVEL, 0);

	REQUIRE(lb_linear_map_unprotect(&world->map,
			(struct lb_range){crash.end - LB_MIB, crash.end}) == LB_OK);
	world->tables.crash.end -= LB_MIB;
	CHECK_TEXT(judge(world).first, "");
	REQUIRE(lb_linear_map_add_at(&world->map, UINT64_C(0xffffffffa0000000),
			(struct lb_range){crash.end - 2 * LB_MIB, crash.end}, 0) == LB_OK);
	CHECK(strstr(judge(world).first, "in or around the crash region"));
	free_world(world);
}

/* A right for user mode, in every level of x86-64 and in the last one of arm64. */
static void check_for_user(enum lb_page_format format, uint64_t bit)
{
	struct world *world = make_world(format, 0);
	uint64_t *entries = (uint64_t *)(world->ram.bytes + TABLES);
	size_t count = (world->next - TABLES) / sizeof(*entries);

	for (size_t i = 0; i < count; i++) {
		entries[i] |= entries[i] & 1 ? bit : 0;
	}
	CHECK(strstr(judge(world).first, "is for user mode"));
	free_world(world);
}

TEST(lab_page_tables, nothing_is_for_user_mode)
{
	check_for_user(LB_PAGES_X86_4LEVEL, 1 << 2);
	check_for_user(LB_PAGES_ARM64_4K, 1 << 6);
}

/* arm64: the other half has tables of its own. */
TEST(lab_page_tables, the_lower_half_counts_too)
{
	struct world *world = make_world(LB_PAGES_ARM64_4K, 0);
	uint64_t *table = (uint64_t *)(world->ram.bytes + LOWER_TABLES);

	world->tables.lower_root = LOWER_TABLES;
	CHECK_EQUAL(judge(world).broken, 0);
	table[0] = (LOWER_TABLES + PAGE) | 3;
	table[512] = (LOWER_TABLES + 2 * PAGE) | 3;
	table[1024 + 7] = 0x1000000 | 0x781; /* executable, not writable */
	CHECK_EQUAL(judge(world).broken, 0);
	table[1024 + 7] = 0x1000000 | 0x701;
	CHECK_EQUAL(judge(world).broken, 1);
	table[1024 + 7] = crash.start | 0x781;
	CHECK_EQUAL(judge(world).broken, 1);
	free_world(world);
}

TEST(lab_page_tables, ram_that_the_kernel_keeps_silent_about)
{
	struct world *world = make_world(LB_PAGES_X86_4LEVEL, 0);

	world->tables.ram[0].end -= 4 * LB_MIB;
	CHECK(strstr(judge(world).first, "of RAM the kernel knows"));
	free_world(world);
}

TEST(lab_page_tables, tables_outside_ram_are_nonsense)
{
	struct world *world = make_world(LB_PAGES_X86_4LEVEL, 0);
	uint64_t *root = (uint64_t *)(world->ram.bytes + world->tables.root);

	root[5] = RAM_BYTES | 3;
	CHECK(strstr(judge(world).first, "makes no sense"));
	root[5] = 0x1000000 | 0x83; /* no block is that large */
	CHECK(strstr(judge(world).first, "makes no sense"));
	free_world(world);
}

static void note_rights(void *context, const struct lab_translation *found)
{
	*(struct lab_translation *)context = *found;
}

/* A right that any level withholds is withheld. */
TEST(lab_page_tables, rights_are_those_of_all_levels)
{
	struct world *world = make_world(LB_PAGES_X86_4LEVEL, 0);
	struct lab_translation found = {0};
	struct lab_page_walk walk = {.format = LB_PAGES_X86_4LEVEL, .root = LOWER_TABLES,
		.visit = note_rights, .context = &found};
	uint64_t *table = (uint64_t *)(world->ram.bytes + LOWER_TABLES);

	table[511] = (LOWER_TABLES + PAGE) | 7;
	table[512 + 511] = 0x40000000 | 0x87;
	CHECK(lab_page_tables_walk(&walk, &world->ram));
	CHECK_EQUAL(found.va, UINT64_C(0xffffffffc0000000));
	CHECK_EQUAL(found.pa, 0x40000000);
	CHECK_EQUAL(found.bytes, LB_GIB);
	CHECK(found.writable && found.executable && found.for_user);
	table[511] = (LOWER_TABLES + PAGE) | 1 | UINT64_C(1) << 63;
	CHECK(lab_page_tables_walk(&walk, &world->ram));
	CHECK(!found.writable && !found.executable && !found.for_user);
	free_world(world);
}
