/* SPDX-License-Identifier: MIT */
/* reserved_memory: nodes as people write them and as they should not, which of them are pools, and
 * whose; the tree damaged at every byte never leads outside it. */
#include "tests/harness/test.h"

#include "lifeboat/reserved_memory.h"
#include "tests/prop/fdt_writer.h"

#define POOL_PHANDLE 7

static struct lb_fdt fdt;

static void text_property(const char *name, const char *text, uint32_t length)
{
	property_head(name, length);
	bytes(text, length);
}

static void begin_reserved(uint32_t address_cells, uint32_t size_cells)
{
	start_tree();
	begin_node("");
	property_cells("#address-cells", (const uint32_t[]){2}, 1);
	property_cells("#size-cells", (const uint32_t[]){1}, 1);
	begin_node("reserved-memory");
	property_cells("#address-cells", &address_cells, 1);
	property_cells("#size-cells", &size_cells, 1);
}

static void begin_pool(const char *name)
{
	begin_node(name);
	text_property("compatible", "other\0restricted-dma-pool", 26);
}

static uint32_t end_reserved(void)
{
	cell(2);
	cell(2);
	return finish_tree();
}

/* One node with these cells as a property, read. */
static enum lb_status read_one(const char *name, const uint32_t *cells, uint32_t count,
	struct lb_reserved_memory *entry, struct lb_reserved_memory_error *error)
{
	struct lb_reserved_memory_walk walk;

	begin_reserved(2, 1);
	property_head("ranges", 0);
	begin_pool("pool@50000000");
	if (text_same(name, "reg")) {
		property_cells("reg", cells, count);
	} else {
		property_cells("size", (const uint32_t[]){0x400000}, 1);
		property_cells(name, cells, count);
	}
	cell(2);
	CHECK_EQUAL(lb_fdt_open(&fdt, tree.blob, end_reserved(), NULL), LB_OK);
	CHECK_EQUAL(lb_reserved_memory_open(&fdt, &walk, error), LB_OK);
	return lb_reserved_memory_next(&walk, entry, error);
}

static void check_refused(
	const char *name, const uint32_t *cells, uint32_t count, const char *expected)
{
	struct lb_reserved_memory_error error = {0};
	struct lb_reserved_memory entry;
	struct lb_fdt_property property;

	CHECK_EQUAL(read_one(name, cells, count, &entry, &error), LB_INVALID);
	CHECK_TEXT(error.expected, expected);
	CHECK_TEXT(error.node, "pool@50000000");
	property.value = tree.blob + error.offset - 12;
	/* The offset is that of the property's value: before it stand token, length and name. */
	CHECK_EQUAL(property.value[3], 3);
	CHECK_EQUAL(property.value[7], 4 * count);
}

TEST(reserved_memory, a_pool_is_where_its_node_says)
{
	const uint32_t reg[] = {1, 0x50000000, 0x400000, 0, 0x800, 0x800};
	const uint32_t align[] = {0x10000};
	struct lb_reserved_memory_error error;
	struct lb_reserved_memory entry;

	REQUIRE(!read_one("reg", reg, 3, &entry, &error));
	CHECK_TEXT(entry.name, "pool@50000000");
	CHECK_EQUAL(entry.range.start, 0x150000000);
	CHECK_EQUAL(entry.range.end, 0x150400000);
	CHECK(entry.restricted_pool && entry.available && !entry.no_map && !entry.reusable);
	CHECK_EQUAL(entry.size, 0);
	REQUIRE(!read_one("reg", reg, 6, &entry, &error));
	CHECK_EQUAL(entry.range.start, 0x150000000);
	CHECK_EQUAL(entry.reg.length, 24);
	REQUIRE(!read_one("alignment", align, 1, &entry, &error));
	CHECK(lb_range_empty(entry.range));
	CHECK_EQUAL(entry.size, 0x400000);
	CHECK_EQUAL(entry.alignment, 0x10000);
	REQUIRE(!read_one("alloc-ranges", reg, 3, &entry, &error));
	CHECK_EQUAL(entry.alloc_ranges.length, 12);
}

TEST(reserved_memory, says_where_a_node_makes_no_sense_and_what_was_expected)
{
	static const char pairs[] = "whole pairs of address and size";
	const uint32_t reg[] = {1, 0x50000000, 0x400000, 0};
	const uint32_t wraps[] = {0xffffffff, 0xfffff000, 0x2000};
	const uint32_t empty[] = {1, 0x50000000, 0};
	const uint32_t odd[] = {0x30000, 0};

	check_refused("reg", reg, 2, pairs);
	check_refused("reg", reg, 4, pairs);
	check_refused("reg", reg, 0, pairs);
	check_refused("reg", wraps, 3, pairs);
	check_refused("reg", empty, 3, pairs);
	check_refused("alloc-ranges", reg, 2, pairs);
	check_refused("alignment", odd, 1, "a power of two of #size-cells cells");
	check_refused("alignment", odd, 2, "a power of two of #size-cells cells");
	check_refused("no-map", reg, 0,
		"a restricted-dma-pool without no-map, reusable or a default");
	check_refused("linux,dma-default", reg, 0,
		"a restricted-dma-pool without no-map, reusable or a default");
}

TEST(reserved_memory, the_parent_has_the_cells_of_the_root_and_ranges)
{
	struct lb_reserved_memory_walk walk;
	struct lb_reserved_memory_error error;

	begin_reserved(1, 1);
	property_head("ranges", 0);
	REQUIRE(!lb_fdt_open(&fdt, tree.blob, end_reserved(), NULL));
	CHECK_EQUAL(lb_reserved_memory_open(&fdt, &walk, &error), LB_INVALID);
	CHECK_TEXT(error.node, "reserved-memory");
	CHECK_TEXT(error.expected, "the root's #address-cells and #size-cells");
	begin_reserved(2, 1);
	REQUIRE(!lb_fdt_open(&fdt, tree.blob, end_reserved(), NULL));
	CHECK_EQUAL(lb_reserved_memory_open(&fdt, &walk, &error), LB_INVALID);
	CHECK_TEXT(error.expected, "ranges");
	start_tree();
	begin_node("");
	cell(2);
	REQUIRE(!lb_fdt_open(&fdt, tree.blob, finish_tree(), NULL));
	CHECK_EQUAL(lb_reserved_memory_open(&fdt, &walk, &error), LB_NOT_FOUND);
}

/* Four nodes: ordinary memory, a broken one, a pool that is switched off, a pool; and devices. */
static uint32_t build_machine(void)
{
	static const uint32_t handles[] = {1, POOL_PHANDLE - 1, POOL_PHANDLE};

	begin_reserved(2, 1);
	property_head("ranges", 0);
	begin_node("firmware@1000");
	property_cells("reg", (const uint32_t[]){0, 0x1000, 0x1000}, 3);
	property_cells("phandle", handles, 1);
	property_head("no-map", 0);
	cell(2);
	begin_node("nothing");
	cell(2);
	begin_pool("off@20000000");
	property_cells("reg", (const uint32_t[]){0, 0x20000000, 0x100000}, 3);
	property_cells("phandle", handles + 1, 1);
	text_property("status", "disabled", 9);
	cell(2);
	begin_pool("on@30000000");
	property_cells("reg", (const uint32_t[]){0, 0x30000000, 0x100000}, 3);
	property_cells("phandle", handles + 2, 1);
	text_property("status", "okay", 5);
	cell(2);
	cell(2);
	begin_node("pcie");
	property_cells("memory-region", handles, 3);
	cell(2);
	begin_node("usb");
	property_cells("memory-region", handles, 2);
	cell(2);
	begin_node("serial");
	cell(2);
	cell(2);
	return finish_tree();
}

TEST(reserved_memory, the_walk_goes_on_behind_what_makes_no_sense)
{
	static const enum lb_status expected[] = {LB_OK, LB_INVALID, LB_OK, LB_OK, LB_NOT_FOUND};
	struct lb_reserved_memory_walk walk;
	struct lb_reserved_memory_error error;
	struct lb_reserved_memory entry = {0};
	unsigned int pools = 0;

	REQUIRE(!lb_fdt_open(&fdt, tree.blob, build_machine(), NULL));
	REQUIRE(!lb_reserved_memory_open(&fdt, &walk, &error));
	for (size_t i = 0; i < LB_ARRAY_COUNT(expected); i++) {
		CHECK_EQUAL(lb_reserved_memory_next(&walk, &entry, &error), expected[i]);
		pools += !expected[i] && entry.restricted_pool && entry.available;
		CHECK(i || entry.no_map);
	}
	CHECK_TEXT(error.expected, "reg or size");
	CHECK_TEXT(error.node, "nothing");
	CHECK_EQUAL(pools, 1);
}

TEST(reserved_memory, a_device_has_the_pool_that_its_memory_region_names)
{
	struct lb_reserved_memory pool;
	lb_fdt_node device;

	REQUIRE(!lb_fdt_open(&fdt, tree.blob, build_machine(), NULL));
	REQUIRE(lb_fdt_find(&fdt, "/pcie", &device));
	REQUIRE(lb_restricted_pool_of(&fdt, device, &pool));
	CHECK_EQUAL(pool.range.start, 0x30000000);
	REQUIRE(lb_fdt_find(&fdt, "/usb", &device));
	CHECK(!lb_restricted_pool_of(&fdt, device, &pool));
	REQUIRE(lb_fdt_find(&fdt, "/serial", &device));
	CHECK(!lb_restricted_pool_of(&fdt, device, &pool));
}

static void read_all(uint32_t size)
{
	struct lb_reserved_memory_walk walk;
	struct lb_reserved_memory_error error = {0};
	struct lb_reserved_memory entry;
	enum lb_status status;
	lb_fdt_node device;

	if (lb_fdt_open(&fdt, tree.blob, size, NULL)) {
		return;
	}
	status = lb_reserved_memory_open(&fdt, &walk, &error);
	CHECK(status != LB_INVALID || error.offset < size);
	while (!status && walk.more) {
		enum lb_status one = lb_reserved_memory_next(&walk, &entry, &error);

		CHECK(one != LB_INVALID || error.offset < size);
		CHECK(one || entry.reg.length || entry.size);
	}
	if (lb_fdt_find(&fdt, "/pcie", &device)) {
		(void)lb_restricted_pool_of(&fdt, device, &entry);
	}
}

TEST(reserved_memory, no_damage_leads_outside_the_tree)
{
	uint32_t size = build_machine();

	for (uint32_t at = 0; at < size; at++) {
		uint8_t before = tree.blob[at];

		for (unsigned int bit = 0; bit < 8; bit += 3) {
			tree.blob[at] = (uint8_t)(before ^ 1U << bit);
			read_all(size);
		}
		tree.blob[at] = before;
	}
}
