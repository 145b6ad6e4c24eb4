/* SPDX-License-Identifier: MIT */
/*
 * linear_map at its edges: each call with each wrong argument, memory at virtual addresses that
 * are aligned otherwise, and the walker over tables in which somebody changed a bit, against a
 * reading of the manuals of its own (Intel SDM volume 3A, 4.5; Arm ARM DDI 0487 J.a, D8.3).
 */
#include "tests/harness/test.h"

#include "lifeboat/linear_map.h"
#include "table_pool.h"
#include "tests/prop/material.h"

static struct lb_linear_config config;
static struct lb_linear_map map;
static const struct table_format *format;

static bool is_x86(void)
{
	return config.format == LB_PAGES_X86_4LEVEL || config.format == LB_PAGES_X86_5LEVEL;
}

static bool begin(size_t f, bool contiguous)
{
	format = &table_formats[f];
	config = (struct lb_linear_config){
		.format = format->format, .va_offset = format->va_offset};
	config.contiguous = contiguous && !is_x86();
	table_pool_reset(format->page);
	return lb_linear_map_init(&map, &config, &table_pages, NULL) == LB_OK;
}

static void end(void)
{
	lb_linear_map_free(&map);
	CHECK_EQUAL(table_pool.taken, 0);
}

/* Each call on a range that is refused whatever the map holds. */
static void check_range_refused(struct lb_range range, enum lb_status expected)
{
	struct lb_linear_change change = {.tables = 77};
	uint32_t taken = table_pool.taken;
	struct lb_linear_cost cost = {.table_bytes = 77};
	struct lb_range memory = {0, 16 * format->block};

	CHECK_EQUAL(lb_linear_map_add(&map, range, LB_MAP_WRITE), expected);
	CHECK_EQUAL(lb_linear_map_protect(&map, range, LB_PROTECT_READ_ONLY), expected);
	CHECK_EQUAL(lb_linear_map_protect(&map, range, LB_PROTECT_INACCESSIBLE), expected);
	CHECK_EQUAL(lb_linear_map_unprotect(&map, range), expected);
	CHECK_EQUAL(
		lb_linear_map_protect_plan(&map, range, LB_PROTECT_READ_ONLY, &change), expected);
	CHECK_EQUAL(change.tables, 77);
	CHECK_EQUAL(lb_linear_map_estimate(&config, &range, 1, (struct lb_range){0, 0},
			    LB_LINEAR_UNPROTECTED, &cost),
		expected);
	if (expected == LB_INVALID && !lb_range_empty(range)) {
		CHECK_EQUAL(lb_linear_map_estimate(&config, &memory, 1, range,
				    LB_LINEAR_PROTECTED, &cost),
			expected);
	}
	CHECK_EQUAL(cost.table_bytes, 77);
	CHECK_EQUAL(table_pool.taken, taken);
	CHECK(lb_linear_map_check(&map));
}

TEST(linear_map_calls, ranges_that_are_refused_by_every_call)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		REQUIRE(begin(f, true));
		REQUIRE(!lb_linear_map_add(
			&map, (struct lb_range){0, 2 * format->block}, LB_MAP_WRITE));
		for (uint64_t odd = 1; odd < format->page; odd *= 2) {
			check_range_refused((struct lb_range){odd, 4 * (uint64_t)format->page},
				LB_INVALID);
			check_range_refused((struct lb_range){0, format->page + odd}, LB_INVALID);
			check_range_refused((struct lb_range){format->page - odd,
				format->block + odd}, LB_INVALID);
		}
		check_range_refused((struct lb_range){0, 0}, LB_INVALID);
		check_range_refused((struct lb_range){format->page, format->page}, LB_INVALID);
		/* Physical addresses have 52 bits (x86-64) or 48. */
		check_range_refused((struct lb_range){UINT64_C(1) << 52,
			(UINT64_C(1) << 52) + format->page}, LB_OUT_OF_RANGE);
		check_range_refused((struct lb_range){0, (UINT64_C(1) << 52) + format->page},
			LB_OUT_OF_RANGE);
		if (!is_x86()) {
			check_range_refused((struct lb_range){UINT64_C(1) << 48,
				(UINT64_C(1) << 48) + format->page}, LB_OUT_OF_RANGE);
		}
		end();
	}
}

/* Flags: every value of five bits. Unknown ones, and device memory that runs, are refused. */
TEST(linear_map_calls, flags_that_are_refused)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		REQUIRE(begin(f, false));
		for (uint32_t flags = 0; flags < 64; flags++) {
			lb_phys_addr at = flags * (uint64_t)format->page;
			struct lb_mapping found;
			bool known = flags < 16 &&
				(flags & (LB_MAP_DEVICE | LB_MAP_EXECUTE)) !=
					(LB_MAP_DEVICE | LB_MAP_EXECUTE);

			CHECK_EQUAL(lb_linear_map_add(&map,
					    (struct lb_range){at, at + format->page}, flags),
				known ? LB_OK : LB_INVALID);
			REQUIRE(!lb_linear_map_walk(&config, &table_pages, map.root,
				at + config.va_offset, &found));
			CHECK_EQUAL(found.state, known ? LB_MAPPING_PRESENT : LB_MAPPING_NONE);
			CHECK_EQUAL(found.flags, known ? flags : 0);
		}
		CHECK_EQUAL(lb_linear_map_add(&map, (struct lb_range){0, format->page},
				    UINT32_C(1) << 31),
			LB_INVALID);
		end();
	}
}

/* What the ends of the virtual address space of a format are. */
static bool model_translatable(uint64_t va, unsigned int bits)
{
	uint64_t top;

	if (is_x86()) {
		top = va >> (bits - 1);
		return !top || top == UINT64_MAX >> (bits - 1);
	}
	top = va >> bits;
	return config.va_offset >> 63 ? top == UINT64_MAX >> bits : !top;
}

/* A page at the address, and the first byte but 122 of it walked. */
static void check_virtual(uint64_t va, unsigned int bits)
{
	struct lb_range range = {0, format->page};
	bool fits = model_translatable(va, bits);
	struct lb_mapping found = {.level = 99};

	CHECK_EQUAL(lb_linear_map_add_at(&map, va, range, LB_MAP_WRITE),
		fits ? LB_OK : LB_OUT_OF_RANGE);
	CHECK_EQUAL(lb_linear_map_walk(&config, &table_pages, map.root, va + 123, &found),
		fits ? LB_OK : LB_OUT_OF_RANGE);
	CHECK_EQUAL(found.pa, fits ? 123 : 0);
}

TEST(linear_map_calls, virtual_addresses_end_where_the_format_ends)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		for (unsigned int bit = 40; bit < 64; bit++) {
			uint64_t border = UINT64_C(1) << bit;
			unsigned int bits = f == 1 ? 57 : 48;

			REQUIRE(begin(f, false));
			check_virtual(border - format->page, bits);
			check_virtual(border, bits);
			end();
			REQUIRE(begin(f, false));
			check_virtual(0 - border - format->page, bits);
			check_virtual(0 - border, bits);
			end();
		}
	}
}

TEST(linear_map_calls, configurations_that_are_refused)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		struct lb_linear_map other;

		REQUIRE(begin(f, false));
		for (unsigned int bits = 0; bits < 256; bits++) {
			struct lb_linear_config wanted = {
				.format = config.format, .va_bits = (uint8_t)bits};
			/* One level of tables alone is no shape that is offered. */
			unsigned int least = format->page == 65536   ? 30
					     : format->page == 16384 ? 26
								     : 25;
			bool fits = !bits || (!is_x86() && bits >= least && bits <= 48);

			CHECK_EQUAL(lb_linear_map_init(&other, &wanted, &table_pages, NULL),
				fits ? LB_OK : LB_INVALID);
			if (fits) {
				lb_linear_map_free(&other);
			}
		}
		for (unsigned int code = 0; code < 4; code++) {
			struct lb_linear_config wanted = {.format = config.format,
				.contiguous = code & 1, .break_before_make = code & 2};
			bool fits = !is_x86() || !code;

			CHECK_EQUAL(lb_linear_map_init(&other, &wanted, &table_pages, NULL),
				fits ? LB_OK : LB_INVALID);
			if (fits) {
				lb_linear_map_free(&other);
			}
		}
		config.largest_block = format->page - 1;
		CHECK_EQUAL(lb_linear_map_init(&other, &config, &table_pages, NULL), LB_INVALID);
		config.largest_block = 0;
		config.va_offset += 8;
		CHECK_EQUAL(lb_linear_map_init(&other, &config, &table_pages, NULL), LB_INVALID);
		config.va_offset -= 8;
		table_pool.limit = table_pool.taken;
		CHECK_EQUAL(lb_linear_map_init(&other, &config, &table_pages, NULL), LB_NO_STORAGE);
		end();
	}
}

/* Entries of the level, if it may have blocks, with the groups that Linux uses. */
static unsigned int page_shift(void)
{
	return format->page == 4096 ? 12 : format->page == 16384 ? 14 : 16;
}

static uint64_t span_of(unsigned int level)
{
	return UINT64_C(1) << (page_shift() + level * (page_shift() - 3));
}

static uint64_t group_of(unsigned int level)
{
	static const uint8_t groups[3][3] = {{16, 16, 1}, {128, 32, 1}, {32, 32, 1}};

	return config.contiguous ? groups[(page_shift() - 12) / 2][level] : 1;
}

/* The span around va lies in the piece, and memory is aligned in it as addresses are. */
static bool block_fits(uint64_t va, uint64_t piece_va, struct lb_range range, uint64_t span)
{
	uint64_t start = va / span * span;

	return (piece_va - range.start) % span == 0 && start >= piece_va &&
		start + span <= piece_va + lb_range_size(range);
}

static void check_skewed(uint64_t va, uint64_t piece_va, struct lb_range range)
{
	unsigned int level = page_shift() == 12 ? 2 : 1;
	struct lb_mapping found = {.level = 99};

	while (level && !block_fits(va, piece_va, range, span_of(level))) {
		level--;
	}
	REQUIRE(!lb_linear_map_walk(&config, &table_pages, map.root, va, &found));
	CHECK_EQUAL(found.state, LB_MAPPING_PRESENT);
	CHECK_EQUAL(found.pa, range.start + (va - piece_va));
	CHECK_EQUAL(found.level, level);
	CHECK_EQUAL(found.contiguous, group_of(level) > 1 &&
		block_fits(va, piece_va, range, group_of(level) * span_of(level)));
}

/* Memory and addresses apart by a page, a group, a block, and both. */
TEST(linear_map_calls, memory_that_is_aligned_otherwise_gets_smaller_blocks)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		const struct table_format *shape = &table_formats[f];
		const uint64_t skews[] = {0, shape->page, shape->group, shape->group + shape->page,
			shape->block, shape->block + shape->group};

		for (size_t i = 0; i < 2 * LB_ARRAY_COUNT(skews); i++) {
			uint64_t skew = skews[i / 2];
			struct lb_range range = {shape->block - shape->page + skew,
				3 * shape->block + 2 * (uint64_t)shape->group + skew};
			uint64_t base = shape->va_offset + 64 * shape->block;
			uint64_t va = base + range.start - skew;

			REQUIRE(begin(f, i % 2));
			REQUIRE(!lb_linear_map_add_at(&map, va, range, LB_MAP_WRITE));
			for (uint64_t at = 0; at < lb_range_size(range); at += shape->block / 8) {
				check_skewed(va + at, va, range);
			}
			check_skewed(va + lb_range_size(range) - 1, va, range);
			check_skewed(va + shape->page, va, range);
			CHECK(lb_linear_map_check(&map));
			end();
		}
	}
}

/* Sixteen blocks side by side could be a group of blocks, if blocks were allowed. */
TEST(linear_map_calls, base_pages_only_means_no_groups_of_blocks_either)
{
	struct lb_range range = {0, 16 * 2 * LB_MIB};
	struct lb_linear_cost cost;

	REQUIRE(begin(2, true));
	end();
	config.largest_block = format->page;
	REQUIRE(!lb_linear_map_init(&map, &config, &table_pages, NULL));
	REQUIRE(!lb_linear_map_add(&map, range, LB_MAP_WRITE));
	lb_linear_map_measure(&map, &cost);
	CHECK_EQUAL(cost.leaves[0], range.end / format->page);
	CHECK_EQUAL(cost.contiguous[0], range.end / format->page);
	CHECK_EQUAL(cost.leaves[1] + cost.leaves[2], 0);
	CHECK_EQUAL(cost.tables[0], 16);
	end();
}

/* The same memory twice: protecting it at one address leaves the other alone. */
TEST(linear_map_calls, another_address_of_the_same_memory_is_left_alone)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		struct lb_range range = {0, 2 * table_formats[f].block};
		uint64_t other = table_formats[f].va_offset + 64 * table_formats[f].block;

		REQUIRE(begin(f, true));
		REQUIRE(!lb_linear_map_add(&map, range, LB_MAP_WRITE));
		REQUIRE(!lb_linear_map_add_at(&map, other, range, LB_MAP_WRITE));
		REQUIRE(!lb_linear_map_protect(&map, range, LB_PROTECT_INACCESSIBLE));
		for (uint64_t at = 0; at < range.end; at += format->block / 2) {
			struct lb_mapping found;

			REQUIRE(!lb_linear_map_walk(
				&config, &table_pages, map.root, config.va_offset + at, &found));
			CHECK_EQUAL(found.state, LB_MAPPING_INACCESSIBLE);
			REQUIRE(!lb_linear_map_walk(
				&config, &table_pages, map.root, other + at, &found));
			CHECK_EQUAL(found.state, LB_MAPPING_PRESENT);
			CHECK(!found.is_protected);
		}
		end();
	}
}

/* The walker over changed entries. A table that is none of ours is all zeros. */
static void *reach_anything(void *context, lb_phys_addr table)
{
	static uint64_t nothing[65536 / 8];

	(void)context;
	if (table < TABLE_POOL_BASE || table % table_pool.page_bytes ||
		table - TABLE_POOL_BASE >= TABLE_POOL_BYTES ||
		!table_pool.used[table_pool_index(table)]) {
		return nothing;
	}
	return table_memory + (table - TABLE_POOL_BASE);
}

static const struct lb_table_pages any_pages = {.access = reach_anything};

/* What an entry says, from the tables of the manuals. */
enum reading { READ_NONE, READ_TABLE, READ_LEAF, READ_MALFORMED };

static enum reading read_x86(uint64_t raw, unsigned int level)
{
	bool present = raw & 1, writable = raw & 2, large = raw & 0x80, ours = raw & 0x200;

	if (!raw) {
		return READ_NONE;
	}
	if (present && level && !large) {
		return writable && !(raw >> 63) ? READ_TABLE : READ_MALFORMED;
	}
	return (present || ours) && large == (level > 0) && level <= 2 ? READ_LEAF
								       : READ_MALFORMED;
}

static enum reading read_arm(uint64_t raw, unsigned int level)
{
	bool valid = raw & 1, second = raw & 2, accessed = raw & 0x400;
	bool ours = raw >> 55 & 1;

	if (!raw) {
		return READ_NONE;
	}
	if (valid && second && level) {
		return READ_TABLE;
	}
	return (valid ? accessed : ours) && second == !level &&
			       level <= (page_shift() == 12 ? 2U : 1U)
		       ? READ_LEAF
		       : READ_MALFORMED;
}

static uint64_t address_in(uint64_t raw)
{
	unsigned int top = is_x86() ? 52 : 48;
	uint64_t mask = (UINT64_C(1) << top) - (UINT64_C(1) << page_shift());

	return (raw & 1 ? raw : ~raw) & mask;
}

static uint32_t flags_in(uint64_t raw)
{
	if (!(raw & 1)) {
		return 0;
	}
	if (is_x86()) {
		return (raw & 2 ? LB_MAP_WRITE : 0) | (raw >> 63 ? 0 : LB_MAP_EXECUTE) |
			((raw & 0x18) == 0x18 ? LB_MAP_DEVICE : 0) |
			(raw & 0x100 ? LB_MAP_GLOBAL : 0);
	}
	return (raw & 0x80 ? 0 : LB_MAP_WRITE) | (raw >> 53 & 1 ? 0 : LB_MAP_EXECUTE) |
		(raw & 0x1c ? LB_MAP_DEVICE : 0) | (raw & 0x800 ? 0 : LB_MAP_GLOBAL);
}

/* The walk of va that the manuals give, to compare the walker's with. */
static void check_hostile_walk(uint64_t va)
{
	unsigned int level = format->format == LB_PAGES_X86_5LEVEL ? 4 : page_shift() == 16 ? 2 : 3;
	lb_phys_addr table = map.root;
	struct lb_mapping found = {.level = 99};
	enum lb_status status =
		lb_linear_map_walk(&config, &any_pages, map.root, va, &found);

	for (;; level--) {
		uint64_t index =
			va % (UINT64_C(1) << (format->format == LB_PAGES_X86_5LEVEL ? 57 : 48)) /
			span_of(level) % (format->page / 8);
		uint64_t raw = ((const uint64_t *)reach_anything(NULL, table))[index];
		enum reading reading = is_x86() ? read_x86(raw, level) : read_arm(raw, level);
		uint64_t pa = address_in(raw);

		if (reading == READ_TABLE) {
			table = pa;
			continue;
		}
		if (reading == READ_MALFORMED || (reading == READ_LEAF && pa % span_of(level))) {
			CHECK_EQUAL(status, LB_INVALID);
			CHECK_EQUAL(found.level, 99);
			return;
		}
		REQUIRE(status == LB_OK);
		CHECK_EQUAL(found.level, level);
		CHECK_EQUAL(found.state, reading == READ_NONE ? LB_MAPPING_NONE
				: raw & 1                     ? LB_MAPPING_PRESENT
							      : LB_MAPPING_INACCESSIBLE);
		CHECK_EQUAL(found.pa, reading == READ_NONE ? 0 : pa + va % span_of(level));
		CHECK_EQUAL(found.flags, reading == READ_NONE ? 0 : flags_in(raw));
		return;
	}
}

/* Every bit of every entry on the way to some addresses, flipped. */
TEST(linear_map_calls, every_flipped_bit_of_an_entry_is_read_by_the_manual)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		const uint64_t block = table_formats[f].block;
		const lb_phys_addr places[] = {0, table_formats[f].page, block, 3 * block,
			4 * block, 40 * block};

		REQUIRE(begin(f, true));
		REQUIRE(!lb_linear_map_add(&map,
			(struct lb_range){0, 32 * block + format->page}, LB_MAP_WRITE));
		REQUIRE(!lb_linear_map_protect(&map, (struct lb_range){format->page, block},
			LB_PROTECT_INACCESSIBLE));
		REQUIRE(!lb_linear_map_protect(&map, (struct lb_range){3 * block, 4 * block},
			LB_PROTECT_READ_ONLY));
		for (uint32_t page = 0; page < table_pool.taken; page++) {
			for (uint32_t word = 0; word < 8 * 64; word++) {
				uint64_t *raw =
					(uint64_t *)(void *)(table_memory + page * format->page +
							     (word / 64 < 5 ? word / 64
									    : 511 - word / 64) *
								     8);

				*raw ^= UINT64_C(1) << word % 64;
				for (size_t i = 0; i < LB_ARRAY_COUNT(places); i++) {
					check_hostile_walk(places[i] + 5 + config.va_offset);
				}
				*raw ^= UINT64_C(1) << word % 64;
			}
		}
		end();
	}
}

static bool is_block(uint64_t raw)
{
	return is_x86() ? (raw & 0x81) == 0x81 : (raw & 3) == 1;
}

/* A block that begins between two blocks, whatever comes after it. */
TEST(linear_map_calls, the_check_sees_a_block_that_is_not_aligned)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		unsigned int blocks = 0;

		REQUIRE(begin(f, false));
		REQUIRE(!lb_linear_map_add(
			&map, (struct lb_range){0, 3 * format->block}, LB_MAP_WRITE));
		for (size_t at = 0; at < table_pool.taken * (size_t)format->page; at += 8) {
			uint64_t *raw = (uint64_t *)(void *)(table_memory + at);

			if (is_block(*raw)) {
				*raw ^= format->page;
				CHECK(!lb_linear_map_check(&map));
				*raw ^= format->page;
				blocks++;
			}
		}
		CHECK_EQUAL(blocks, 3);
		CHECK(lb_linear_map_check(&map));
		end();
	}
}

/* The fields of an estimate that make no sense: memory out of order, a region between pages. */
TEST(linear_map_calls, estimates_that_are_refused)
{
	for (size_t f = 0; f < TABLE_FORMATS; f++) {
		uint64_t page = table_formats[f].page;
		const struct lb_range memory[][2] = {{{2 * page, 3 * page}, {0, page}},
			{{0, 2 * page}, {page, 3 * page}}, {{page, page}, {2 * page, 3 * page}},
			{{page, 2 * page}, {3 * page, 3 * page}}, {{1, page}, {page, 2 * page}}};

		REQUIRE(begin(f, true));
		for (size_t i = 0; i < LB_ARRAY_COUNT(memory); i++) {
			struct lb_linear_cost cost = {.table_bytes = 5};

			CHECK_EQUAL(lb_linear_map_estimate(&config, memory[i], 2,
					    (struct lb_range){0, 0}, LB_LINEAR_PROTECTED, &cost),
				LB_INVALID);
			CHECK_EQUAL(cost.table_bytes, 5);
		}
		config.va_offset++;
		CHECK_EQUAL(lb_linear_map_estimate(&config, memory[0], 1, (struct lb_range){0, 0},
				    LB_LINEAR_PROTECTED, &(struct lb_linear_cost){0}),
			LB_INVALID);
		end();
	}
}

/* The table in the header, row by row. */
TEST(linear_map_calls, what_entries_reach)
{
	static const struct {
		enum lb_page_format format;
		uint64_t reach[3][2]; /* by level, of one entry and of a group; 0: no such level */
	} rows[] = {
		{LB_PAGES_X86_4LEVEL, {{4 * LB_KIB, 4 * LB_KIB}, {2 * LB_MIB, 2 * LB_MIB},
					      {LB_GIB, LB_GIB}}},
		{LB_PAGES_X86_5LEVEL, {{4 * LB_KIB, 4 * LB_KIB}, {2 * LB_MIB, 2 * LB_MIB},
					      {LB_GIB, LB_GIB}}},
		{LB_PAGES_ARM64_4K, {{4 * LB_KIB, 64 * LB_KIB}, {2 * LB_MIB, 32 * LB_MIB},
					    {LB_GIB, LB_GIB}}},
		{LB_PAGES_ARM64_16K, {{16 * LB_KIB, 2 * LB_MIB}, {32 * LB_MIB, LB_GIB}}},
		{LB_PAGES_ARM64_64K, {{64 * LB_KIB, 2 * LB_MIB}, {512 * LB_MIB, 16 * LB_GIB}}},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(rows); i++) {
		for (unsigned int level = 0; level < 3 && rows[i].reach[level][0]; level++) {
			CHECK_EQUAL(lb_page_reach(rows[i].format, level, false),
				rows[i].reach[level][0]);
			CHECK_EQUAL(lb_page_reach(rows[i].format, level, true),
				rows[i].reach[level][1]);
		}
	}
}
