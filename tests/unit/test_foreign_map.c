/* SPDX-License-Identifier: MIT */
/* foreign_map: beside the core's own walker on tables of the core's making, and on what operating
 * systems write that the core would not. */
#include "lifeboat/foreign_map.h"

#include "table_pool.h"
#include "tests/harness/test.h"

static lb_phys_addr unreachable; /* a table that cannot be read; 0: none */

static const uint64_t *pool_access(void *context, lb_phys_addr table, unsigned int level)
{
	(void)context;
	(void)level;
	return table == unreachable ? NULL : table_pages.access(NULL, table);
}

static struct lb_foreign_map of_format(const struct table_format *format)
{
	return (struct lb_foreign_map){.format = format->format,
		.upper = format->va_offset >> 63,
		.access = pool_access};
}

/* RAM with blocks of all sizes, a contiguous group, and a part that is read-only. */
static void build(const struct table_format *format, struct lb_linear_map *map)
{
	struct lb_linear_config config = {.format = format->format,
		.va_offset = format->va_offset,
		.contiguous = format->format >= LB_PAGES_ARM64_4K};
	struct lb_range ram = {format->upper - format->block - format->page,
		2 * format->upper + format->block + format->group};
	struct lb_range crash = {format->upper + format->block, format->upper + 2 * format->block};

	table_pool_reset(format->page);
	REQUIRE(lb_linear_map_init(map, &config, &table_pages, NULL) == LB_OK);
	REQUIRE(lb_linear_map_add(map, ram, LB_MAP_WRITE | LB_MAP_GLOBAL) == LB_OK);
	REQUIRE(lb_linear_map_protect(map, crash, LB_PROTECT_READ_ONLY) == LB_OK);
}

TEST(foreign_map, agrees_with_the_walker_of_the_cores_own_tables)
{
	for (size_t i = 0; i < TABLE_FORMATS; i++) {
		const struct table_format *format = &table_formats[i];
		struct lb_foreign_map foreign = of_format(format);
		struct lb_foreign_mapping seen;
		struct lb_linear_map map;
		struct lb_mapping own;
		uint64_t end = format->va_offset + 2 * format->upper + 2 * format->block;

		build(format, &map);
		foreign.root = map.root;
		for (uint64_t va = format->va_offset; va < end; va = (va | (seen.block - 1)) + 1) {
			REQUIRE(lb_linear_map_walk(
					&map.config, &table_pages, map.root, va, &own) == LB_OK);
			REQUIRE(lb_foreign_map_walk(&foreign, va, &seen) == LB_OK);
			CHECK_EQUAL(seen.present, own.state == LB_MAPPING_PRESENT);
			CHECK_EQUAL(seen.pa, own.pa);
			CHECK_EQUAL(seen.block, own.block);
			CHECK_EQUAL(seen.level, own.level);
			CHECK_EQUAL(seen.flags, own.flags);
			CHECK_EQUAL(seen.contiguous, own.contiguous);
		}
		lb_linear_map_free(&map);
	}
}

/* A root and a table for each level below, all leading to entries[]. */
#define FOREIGN_TABLES 5
static uint64_t entries[FOREIGN_TABLES][512];

static const uint64_t *ladder(void *context, lb_phys_addr table, unsigned int level)
{
	uint64_t index = (table & 0xfffffff) >> 16;

	(void)context;
	CHECK(index == level);
	return index < FOREIGN_TABLES ? entries[index] : NULL;
}

#define TABLE(level) ((uint64_t)(level) << 16)

/* Entry 0 of each table leads to the next; the last, at `level`, is raw. */
static struct lb_foreign_map rungs(enum lb_page_format format, unsigned int level, uint64_t raw)
{
	struct lb_foreign_map map = {.format = format, .access = ladder};
	unsigned int root = lb_foreign_map_levels(&map) - 1;

	for (unsigned int i = 0; i < FOREIGN_TABLES; i++) {
		entries[i][0] = TABLE(i - 1) | 3;
	}
	entries[level][0] = raw;
	map.root = TABLE(root);
	return map;
}

static struct lb_foreign_mapping seen_at(const struct lb_foreign_map *map, uint64_t va)
{
	struct lb_foreign_mapping seen = {.block = 1};

	CHECK(lb_foreign_map_walk(map, va, &seen) == LB_OK);
	return seen;
}

TEST(foreign_map, what_is_not_valid_maps_nothing_whatever_stands_in_it)
{
	struct lb_foreign_map map = rungs(LB_PAGES_X86_4LEVEL, 1, 0x8000ffffc0000be2);
	struct lb_foreign_mapping seen = seen_at(&map, 0x1000);

	CHECK(!seen.present);
	CHECK_EQUAL(seen.pa, 0);
	CHECK_EQUAL(seen.block, 2 * LB_MIB);
	map = rungs(LB_PAGES_ARM64_4K, 0, 0x00e8000040000f82);
	CHECK(!seen_at(&map, 0x123).present);
	CHECK_EQUAL(seen_at(&map, 0x123).block, 4096);
}

TEST(foreign_map, the_pat_bit_and_the_encryption_bit_are_no_address)
{
	/* A block that is write-combining by its PAT bit, and one that is encrypted. */
	struct lb_foreign_map map = rungs(LB_PAGES_X86_4LEVEL, 1, 0x40001000 | 0x183);
	struct lb_foreign_mapping seen = seen_at(&map, 0x1234);

	CHECK_EQUAL(seen.pa, 0x40001234);
	CHECK_EQUAL(seen.flags,
		LB_MAP_WRITE | LB_MAP_EXECUTE | LB_MAP_DEVICE | LB_MAP_GLOBAL);
	map = rungs(LB_PAGES_X86_4LEVEL, 1, 0x0008000040000000 | 0x83);
	map.encryption = UINT64_C(1) << 51;
	seen = seen_at(&map, 0);
	CHECK_EQUAL(seen.pa, 0x40000000);
	CHECK(seen.encrypted);
	/* A page with the same bits: bit 7 is its PAT bit. */
	map = rungs(LB_PAGES_X86_4LEVEL, 0, 0x40001000 | 0x83);
	CHECK_EQUAL(seen_at(&map, 0).pa, 0x40001000);
	CHECK(seen_at(&map, 0).flags & LB_MAP_DEVICE);
	CHECK(!seen_at(&map, 0).encrypted);
}

TEST(foreign_map, all_levels_together_allow)
{
	struct lb_foreign_map map = rungs(LB_PAGES_X86_4LEVEL, 0, 0x5003);

	entries[2][0] = TABLE(1) | 1 | UINT64_C(1) << 63;
	CHECK_EQUAL(seen_at(&map, 0).flags, 0);
	map = rungs(LB_PAGES_ARM64_4K, 0, 0x5403);
	CHECK_EQUAL(seen_at(&map, 0).flags,
		LB_MAP_WRITE | LB_MAP_EXECUTE | LB_MAP_GLOBAL);
	entries[1][0] |= UINT64_C(1) << 59;
	CHECK_EQUAL(seen_at(&map, 0).flags, LB_MAP_WRITE | LB_MAP_GLOBAL);
	entries[1][0] |= UINT64_C(1) << 62;
	CHECK_EQUAL(seen_at(&map, 0).flags, LB_MAP_GLOBAL);
}

TEST(foreign_map, five_levels_and_odd_widths_begin_at_their_root)
{
	struct lb_foreign_map map = rungs(LB_PAGES_X86_5LEVEL, 0, 0x7003);

	CHECK_EQUAL(lb_foreign_map_levels(&map), 5);
	CHECK_EQUAL(seen_at(&map, 1).pa, 0x7001);
	map = (struct lb_foreign_map){.format = LB_PAGES_ARM64_4K, .va_bits = 39};
	CHECK_EQUAL(lb_foreign_map_levels(&map), 3);
	map = (struct lb_foreign_map){.format = LB_PAGES_ARM64_16K, .va_bits = 47};
	CHECK_EQUAL(lb_foreign_map_levels(&map), 3);
	map = (struct lb_foreign_map){.format = LB_PAGES_ARM64_64K, .va_bits = 52};
	CHECK_EQUAL(lb_foreign_map_levels(&map), 3);
	CHECK_EQUAL(lb_foreign_map_page(LB_PAGES_ARM64_64K), 65536);
	/* With 64 KiB pages the address has four more bits, in 15:12. */
	map = rungs(LB_PAGES_ARM64_64K, 0, 0x123456783000 | 0x3);
	map.va_bits = 52;
	CHECK_EQUAL(seen_at(&map, 0).pa, 0x3123456780000);
}

TEST(foreign_map, what_makes_no_sense_is_told_apart)
{
	struct lb_foreign_map map = rungs(LB_PAGES_X86_4LEVEL, 2, 0x40000083);
	struct lb_foreign_mapping seen = {.block = 7};

	CHECK(lb_foreign_map_walk(&map, UINT64_C(1) << 47, &seen) == LB_OUT_OF_RANGE);
	CHECK_EQUAL(seen.block, 7);
	map.va_bits = 48;
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_UNSUPPORTED);
	map = rungs(LB_PAGES_X86_4LEVEL, 3, 0x8000000083);
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_INVALID); /* no blocks of 512 GiB */
	map = rungs(LB_PAGES_X86_4LEVEL, 1, 0x40002083);
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_INVALID); /* not aligned */
	map = rungs(LB_PAGES_ARM64_4K, 0, 0x5401);
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_INVALID); /* a page is no block */
	map = rungs(LB_PAGES_ARM64_16K, 2, 0x5401);
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_INVALID); /* 16K: none at level 2 */
	map.upper = true;
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_OUT_OF_RANGE);
	map.va_bits = 52;
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_UNSUPPORTED); /* LPA2 */
	map = (struct lb_foreign_map){.format = (enum lb_page_format)9, .access = ladder};
	CHECK(lb_foreign_map_walk(&map, 0, &seen) == LB_UNSUPPORTED);
	CHECK_EQUAL(lb_foreign_map_levels(&map), 0);
	CHECK_EQUAL(seen.block, 7);
}

TEST(foreign_map, a_table_that_cannot_be_read_is_said)
{
	const struct table_format *format = &table_formats[0];
	struct lb_foreign_map foreign = of_format(format);
	struct lb_foreign_mapping seen;
	struct lb_linear_map map;

	build(format, &map);
	foreign.root = unreachable = map.root;
	CHECK(lb_foreign_map_walk(&foreign, format->va_offset, &seen) == LB_NOT_FOUND);
	unreachable = 0;
	CHECK(lb_foreign_map_walk(&foreign, format->va_offset, &seen) == LB_OK);
	lb_linear_map_free(&map);
}
