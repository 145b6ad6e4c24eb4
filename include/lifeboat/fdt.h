/* SPDX-License-Identifier: MIT */
/*
 * fdt: a bounded, read-only walker over a flattened device tree (Devicetree Specification 0.4,
 * chapter 5). The blob is untrusted; nothing outside [blob, blob + size) is ever touched, and
 * every answer is bounds-checked. No allocation: the blob stays the caller's.
 */
#ifndef LIFEBOAT_FDT_H
#define LIFEBOAT_FDT_H

#include "lifeboat/base.h"

struct lb_fdt {
	const uint8_t *blob;
	size_t size;         /* totalsize of the header */
	uint32_t structure, structure_size;
	uint32_t strings, strings_size;
	uint32_t reservations;
};

/* A node, by the offset of its FDT_BEGIN_NODE token in the structure block. */
typedef uint32_t lb_fdt_node;

struct lb_fdt_property {
	const char *name;   /* NUL-terminated, inside the blob */
	const uint8_t *value;
	uint32_t length;
};

/* Checks header and whole structure (balanced, terminated, names inside the strings block,
 * depth <= 64). LB_INVALID or LB_TRUNCATED, with the offset in *ret_offset if not NULL. */
enum lb_status LB_MUST_CHECK lb_fdt_open(
	struct lb_fdt *fdt, const void *blob, size_t size, size_t *ret_offset);

lb_fdt_node lb_fdt_root(const struct lb_fdt *fdt);
const char *lb_fdt_name(const struct lb_fdt *fdt, lb_fdt_node node); /* with unit address */
bool lb_fdt_first_child(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node *ret);
bool lb_fdt_next_sibling(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node *ret);
/* A child by name; "memory" matches "memory@40000000". */
bool lb_fdt_child(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	lb_fdt_node *ret);
/* By absolute path, e.g. "/chosen", "/reserved-memory". */
bool lb_fdt_find(const struct lb_fdt *fdt, const char *path, lb_fdt_node *ret);

bool lb_fdt_property(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	struct lb_fdt_property *ret);
/* Walks the properties: *cursor starts at 0. */
bool lb_fdt_next_property(const struct lb_fdt *fdt, lb_fdt_node node, uint32_t *cursor,
	struct lb_fdt_property *ret);

/* #address-cells / #size-cells of a node (for its children): 1..2 and 0..2, defaults 2 and 1. */
void lb_fdt_cells(const struct lb_fdt *fdt, lb_fdt_node node, unsigned int *ret_address,
	unsigned int *ret_size);

/* Entry i of a property of (address, size) pairs, with the parent's cell counts. False past the
 * end; an entry that wraps the address space or has cells != 1, 2 is LB_RANGE_BAD -> false. */
bool lb_fdt_range(struct lb_fdt_property property, unsigned int address_cells,
	unsigned int size_cells, uint32_t index, struct lb_range *ret);

/* A property of one or two cells as a number. */
bool lb_fdt_number(struct lb_fdt_property property, uint64_t *ret);

/* Entry i of the memory reservation block (/memreserve/). False at the end. */
bool lb_fdt_reservation(const struct lb_fdt *fdt, uint32_t index, struct lb_range *ret);

#endif
