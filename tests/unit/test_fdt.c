/* SPDX-License-Identifier: MIT */
/* fdt: a small tree, built token by token, is read back; the same tree damaged at every byte and
 * cut at every length never leads outside the blob. */
#include "lifeboat/fdt.h"

#include "../harness/test.h"
#include "tests/prop/fdt_writer.h"

/* A machine of 2 GiB with a chosen node, a reserved-memory node and a NOP here and there. */
static uint32_t build_machine(void)
{
	start_tree();
	cell(4);
	begin_node("");
	property_cells("#address-cells", (const uint32_t[]){2}, 1);
	cell(4);
	property_cells("#size-cells", (const uint32_t[]){2}, 1);
	begin_node("chosen");
	property_head("bootargs", 8);
	bytes("quiet a", 8);
	property_cells("linux,initrd-start", (const uint32_t[]){0x48000000}, 1);
	property_cells("linux,initrd-end", (const uint32_t[]){0, 0x48100000}, 2);
	cell(2);
	begin_node("memory@40000000");
	property_cells("reg", (const uint32_t[]){0, 0x40000000, 0, 0x40000000, 1, 0, 0, 0x40000000},
		8);
	cell(2);
	cell(4);
	begin_node("reserved-memory");
	property_cells("#size-cells", (const uint32_t[]){1}, 1);
	begin_node("linux,cma");
	cell(2);
	begin_node("pool@90000000");
	property_cells("reg", (const uint32_t[]){0, 0x90000000, 0x200000}, 3);
	property_head("no-map", 0);
	cell(2);
	cell(2);
	cell(2);
	return finish_tree();
}

TEST(fdt, a_small_tree_reads_back)
{
	uint32_t size = build_machine();
	struct lb_fdt_property property;
	struct lb_range range;
	struct lb_fdt fdt;
	lb_fdt_node node, child;
	uint64_t number;
	unsigned int address, cells;

	REQUIRE(lb_fdt_open(&fdt, tree.blob, size, NULL) == LB_OK);
	CHECK_TEXT(lb_fdt_name(&fdt, lb_fdt_root(&fdt)), "");
	REQUIRE(lb_fdt_find(&fdt, "/chosen", &node));
	REQUIRE(lb_fdt_property(&fdt, node, "bootargs", &property));
	CHECK_TEXT((const char *)property.value, "quiet a");
	REQUIRE(lb_fdt_property(&fdt, node, "linux,initrd-start", &property));
	REQUIRE(lb_fdt_number(property, &number));
	CHECK_EQUAL(number, 0x48000000);
	REQUIRE(lb_fdt_property(&fdt, node, "linux,initrd-end", &property));
	REQUIRE(lb_fdt_number(property, &number));
	CHECK_EQUAL(number, 0x48100000);
	CHECK(!lb_fdt_property(&fdt, node, "linux,initrd", &property));
	CHECK(!lb_fdt_first_child(&fdt, node, &child));
	REQUIRE(lb_fdt_next_sibling(&fdt, node, &node));
	CHECK_TEXT(lb_fdt_name(&fdt, node), "memory@40000000");

	REQUIRE(lb_fdt_find(&fdt, "/memory", &node));
	lb_fdt_cells(&fdt, lb_fdt_root(&fdt), &address, &cells);
	CHECK_EQUAL(address, 2);
	CHECK_EQUAL(cells, 2);
	REQUIRE(lb_fdt_property(&fdt, node, "reg", &property));
	REQUIRE(lb_fdt_range(property, address, cells, 1, &range));
	CHECK_EQUAL(range.start, 0x100000000);
	CHECK_EQUAL(range.end, 0x140000000);
	CHECK(!lb_fdt_range(property, address, cells, 2, &range));
	CHECK(!lb_fdt_range(property, 3, 0, 0, &range));

	REQUIRE(lb_fdt_find(&fdt, "/reserved-memory/pool", &node));
	lb_fdt_cells(&fdt, node, &address, &cells);
	CHECK_EQUAL(address, 2);
	CHECK_EQUAL(cells, 1);
	CHECK(lb_fdt_property(&fdt, node, "no-map", &property) && !property.length);
	CHECK(!lb_fdt_next_sibling(&fdt, node, &node));
	CHECK(!lb_fdt_find(&fdt, "/reserved-memory/poo", &node));
	REQUIRE(lb_fdt_reservation(&fdt, 0, &range));
	CHECK_EQUAL(range.start, 0x80000000);
	CHECK_EQUAL(lb_range_size(range), 0x1000);
	CHECK(!lb_fdt_reservation(&fdt, 1, &range));
	CHECK(!lb_fdt_reservation(&fdt, UINT32_MAX, &range));
}

TEST(fdt, an_entry_that_wraps_the_address_space_is_refused)
{
	static const uint8_t value[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0, 0,
		0, 0, 0x20, 0};
	struct lb_fdt_property property = {"reg", value, sizeof(value)};
	struct lb_range range;

	CHECK(!lb_fdt_range(property, 2, 2, 0, &range));
	CHECK(lb_fdt_range(property, 2, 1, 0, &range));
}

/* Uses every call on the tree; the sanitizers watch the borders. */
static unsigned int visit(const struct lb_fdt *fdt, lb_fdt_node node)
{
	struct lb_fdt_property property;
	struct lb_range range;
	unsigned int address, size, seen = 1;
	uint32_t cursor = 0;
	lb_fdt_node child;

	lb_fdt_cells(fdt, node, &address, &size);
	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		seen += lb_fdt_range(property, address, size, 0, &range);
		seen += property.name[0] != 0;
	}
	if (lb_fdt_first_child(fdt, node, &child)) {
		do {
			seen += visit(fdt, child);
		} while (lb_fdt_next_sibling(fdt, child, &child));
	}
	return seen;
}

TEST(fdt, every_cut_is_refused)
{
	uint32_t size = build_machine();
	struct lb_fdt fdt;

	for (uint32_t cut = 0; cut < size; cut++) {
		size_t offset = SIZE_MAX;

		CHECK(lb_fdt_open(&fdt, tree.blob, cut, &offset) == LB_TRUNCATED);
		CHECK(offset <= cut);
	}
}

TEST(fdt, a_damaged_byte_never_leads_outside)
{
	uint32_t size = build_machine();
	static const uint8_t damage[] = {0x01, 0x02, 0x80, 0xff};
	struct lb_fdt fdt;

	for (uint32_t at = 0; at < size; at++) {
		for (unsigned int i = 0; i < sizeof(damage); i++) {
			size_t offset = 0;

			tree.blob[at] ^= damage[i];
			if (lb_fdt_open(&fdt, tree.blob, size, &offset) == LB_OK) {
				CHECK(visit(&fdt, lb_fdt_root(&fdt)) >= 1);
			} else {
				CHECK(offset <= size);
			}
			tree.blob[at] ^= damage[i];
		}
	}
}

TEST(fdt, structure_errors_name_their_offset)
{
	struct lb_fdt fdt;
	size_t offset = 0;
	uint32_t size;

	start_tree();
	begin_node("");
	begin_node("child");
	cell(2);
	property_cells("late", (const uint32_t[]){1}, 1);
	cell(2);
	size = finish_tree();
	CHECK(lb_fdt_open(&fdt, tree.blob, size, &offset) == LB_INVALID);
	CHECK_EQUAL(offset, tree.structure + 8 + 12 + 4);

	start_tree();
	begin_node("");
	cell(2);
	begin_node("second-root");
	cell(2);
	size = finish_tree();
	CHECK(lb_fdt_open(&fdt, tree.blob, size, &offset) == LB_INVALID);
	CHECK_EQUAL(offset, tree.structure + 8 + 4);

	/* A property whose head is cut by the end of the block. */
	start_tree();
	begin_node("");
	cell(3);
	size = finish_tree();
	CHECK(lb_fdt_open(&fdt, tree.blob, size, &offset) == LB_INVALID);
	CHECK_EQUAL(offset, tree.structure + 8);
}

TEST(fdt, depth_has_a_bound)
{
	struct lb_fdt fdt;

	for (unsigned int depth = 63; depth <= 65; depth++) {
		start_tree();
		for (unsigned int i = 0; i < depth; i++) {
			begin_node("");
		}
		for (unsigned int i = 0; i < depth; i++) {
			cell(2);
		}
		CHECK((lb_fdt_open(&fdt, tree.blob, finish_tree(), NULL) == LB_OK) ==
			(depth <= 64));
	}
}
