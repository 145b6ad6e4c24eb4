/* SPDX-License-Identifier: MIT */
/*
 * device_tree_edit: writes a flattened tree (Devicetree Specification 0.4, chapter 5) node by node.
 * The strings block of the original is copied whole and new names are added after it, so copied
 * properties keep their name offsets.
 */
#include "device_tree_edit.h"

#include "../text.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, FINISH = 9 };
#define HEADER_BYTES 40

static const char *const replaced[] = {"bootargs", "linux,initrd-start", "linux,initrd-end",
	"linux,elfcorehdr", "linux,usable-memory-range"};
enum { BOOTARGS, INITRD_START, INITRD_END, CORE_HEADER, USABLE };

struct output {
	const struct lb_fdt *from;
	const struct device_tree_chosen *chosen;
	uint8_t *bytes;
	size_t size;
	size_t used;
	bool full;
	uint32_t names[LB_ARRAY_COUNT(replaced)]; /* offsets in the new strings block */
	unsigned int address_cells, size_cells;
};

static void put_bytes(struct output *out, const void *data, size_t length)
{
	if (length > out->size - out->used) {
		out->full = true;
		return;
	}
	memcpy(out->bytes + out->used, data, length);
	out->used += length;
}

static void put_cell(struct output *out, uint32_t value)
{
	uint32_t swapped = __builtin_bswap32(value);

	put_bytes(out, &swapped, sizeof(swapped));
}

static void pad(struct output *out, size_t align)
{
	while (out->used & (align - 1) && !out->full) {
		put_bytes(out, "", 1);
	}
}

static void put_property(struct output *out, uint32_t name, const void *value, size_t length)
{
	put_cell(out, PROPERTY);
	put_cell(out, (uint32_t)length);
	put_cell(out, name);
	put_bytes(out, value, length);
	pad(out, 4);
}

static void put_cells(uint8_t *at, size_t *used, uint64_t value, unsigned int cells)
{
	while (cells--) {
		uint32_t cell = __builtin_bswap32((uint32_t)(value >> 32 * cells));

		memcpy(at + *used, &cell, sizeof(cell));
		*used += sizeof(cell);
	}
}

/* As one value; what is empty is left out. */
static void put_ranges(struct output *out, unsigned int name, const struct lb_range *ranges,
	size_t count)
{
	uint8_t value[2 * 16];
	size_t used = 0;

	LB_ASSERT(count * 16 <= sizeof(value));
	for (size_t i = 0; i < count; i++) {
		if (!lb_range_empty(ranges[i])) {
			put_cells(value, &used, ranges[i].start, out->address_cells);
			put_cells(value, &used, lb_range_size(ranges[i]), out->size_cells);
		}
	}
	put_property(out, out->names[name], value, used);
}

static void put_address(struct output *out, unsigned int name, lb_phys_addr address)
{
	uint8_t value[8];
	size_t used = 0;

	put_cells(value, &used, address, 2);
	put_property(out, out->names[name], value, used);
}

static void put_chosen(struct output *out)
{
	const struct device_tree_chosen *chosen = out->chosen;

	put_property(out, out->names[BOOTARGS], chosen->bootargs,
		text_length(chosen->bootargs) + 1);
	if (!lb_range_empty(chosen->initrd)) {
		put_address(out, INITRD_START, chosen->initrd.start);
		put_address(out, INITRD_END, chosen->initrd.end);
	}
	put_ranges(out, CORE_HEADER, &chosen->core_header, 1);
	put_ranges(out, USABLE, chosen->usable, LB_ARRAY_COUNT(chosen->usable));
}

static bool is_replaced(const char *name)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(replaced); i++) {
		if (text_equal(name, replaced[i])) {
			return true;
		}
	}
	return false;
}

static void copy_properties(struct output *out, lb_fdt_node node, bool is_chosen)
{
	const char *strings = (const char *)out->from->blob + out->from->strings;
	struct lb_fdt_property property;
	uint32_t cursor = 0;

	while (lb_fdt_next_property(out->from, node, &cursor, &property)) {
		if (!is_chosen || !is_replaced(property.name)) {
			put_property(out, (uint32_t)(property.name - strings), property.value,
				property.length);
		}
	}
}

/* lb_fdt_open refused trees deeper than 64, which bounds the recursion. */
static void copy_node(struct output *out, lb_fdt_node node, bool is_chosen)
{
	const char *name = lb_fdt_name(out->from, node);
	bool is_root = node == lb_fdt_root(out->from);
	lb_fdt_node child;
	bool has_chosen = false;
	bool more;

	put_cell(out, BEGIN_NODE);
	put_bytes(out, name, text_length(name) + 1);
	pad(out, 4);
	copy_properties(out, node, is_chosen);
	if (is_chosen) {
		put_chosen(out);
	}
	more = lb_fdt_first_child(out->from, node, &child);
	for (; more && !out->full; more = lb_fdt_next_sibling(out->from, child, &child)) {
		bool chosen = is_root && text_equal(lb_fdt_name(out->from, child), "chosen");

		has_chosen |= chosen;
		copy_node(out, child, chosen);
	}
	if (is_root && !has_chosen) {
		put_cell(out, BEGIN_NODE);
		put_bytes(out, "chosen", 7);
		pad(out, 4);
		put_chosen(out);
		put_cell(out, END_NODE);
	}
	put_cell(out, END_NODE);
}

static void put_reservations(struct output *out)
{
	struct lb_range range;
	uint8_t entry[16];

	for (uint32_t i = 0; lb_fdt_reservation(out->from, i, &range); i++) {
		size_t used = 0;

		put_cells(entry, &used, range.start, 2);
		put_cells(entry, &used, lb_range_size(range), 2);
		put_bytes(out, entry, sizeof(entry));
	}
	memset(entry, 0, sizeof(entry));
	put_bytes(out, entry, sizeof(entry));
}

static void put_strings(struct output *out)
{
	const struct lb_fdt *from = out->from;
	uint32_t at = from->strings_size;

	for (size_t i = 0; i < LB_ARRAY_COUNT(replaced); i++) {
		out->names[i] = at;
		at += (uint32_t)text_length(replaced[i]) + 1;
	}
	put_bytes(out, from->blob + from->strings, from->strings_size);
	for (size_t i = 0; i < LB_ARRAY_COUNT(replaced); i++) {
		put_bytes(out, replaced[i], text_length(replaced[i]) + 1);
	}
}

static void put_header(struct output *out, size_t reservations, size_t strings, size_t structure)
{
	const uint32_t fields[HEADER_BYTES / 4] = {0xd00dfeed, (uint32_t)out->used,
		(uint32_t)structure, (uint32_t)strings, (uint32_t)reservations, 17, 16, 0,
		(uint32_t)(structure - strings), (uint32_t)(out->used - structure)};
	size_t end = out->used;

	out->used = 0;
	for (size_t i = 0; i < LB_ARRAY_COUNT(fields); i++) {
		put_cell(out, fields[i]);
	}
	out->used = end;
}

enum lb_status device_tree_edit(const struct lb_fdt *from,
	const struct device_tree_chosen *chosen, void *to, size_t bytes)
{
	struct output out = {.from = from, .chosen = chosen, .bytes = to, .size = bytes};
	size_t reservations;
	size_t strings;
	size_t structure;

	if (bytes < HEADER_BYTES) {
		return LB_NO_STORAGE;
	}
	memset(to, 0, bytes);
	lb_fdt_cells(from, lb_fdt_root(from), &out.address_cells, &out.size_cells);
	out.used = HEADER_BYTES;
	reservations = out.used;
	put_reservations(&out);
	strings = out.used;
	put_strings(&out);
	pad(&out, 4);
	structure = out.used;
	copy_node(&out, lb_fdt_root(from), false);
	put_cell(&out, FINISH);
	put_header(&out, reservations, strings, structure);
	return out.full ? LB_NO_STORAGE : LB_OK;
}
