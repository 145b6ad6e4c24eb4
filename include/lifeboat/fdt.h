/* SPDX-License-Identifier: MIT */
/*
 * fdt: a bounded, read-only walker over a flattened device tree (Devicetree Specification 0.4,
 * chapter 5). The blob is untrusted; nothing outside [blob, blob + size) is ever touched, and
 * every answer is bounds-checked. No allocation: the blob stays the caller's.
 *
 *	if (lb_fdt_open(&fdt, blob, size, &offset) || !lb_fdt_find(&fdt, "/chosen", &chosen)) {
 *		...
 *	}
 *	if (lb_fdt_property(&fdt, chosen, "linux,usable-memory-range", &property)) {
 *		lb_fdt_cells(&fdt, lb_fdt_root(&fdt), &address_cells, &size_cells);
 *		lb_fdt_range(property, address_cells, size_cells, 0, &range);
 *	}
 *
 * The blob, as the specification has it (5.1); every arrow is checked by lb_fdt_open:
 *
 *	+---------------------+
 *	| header              |-- off_mem_rsvmap, off_dt_struct, off_dt_strings, totalsize
 *	| memory reservations |   pairs of 64-bit numbers, ended by {0, 0}
 *	| structure block     |   BEGIN_NODE name, PROP length name-offset value, END_NODE, END
 *	| strings block       |<- name-offset
 *	+---------------------+
 *
 * Numbers in the blob are big-endian; what is handed out is in the CPU's order.
 */
#ifndef LIFEBOAT_FDT_H
#define LIFEBOAT_FDT_H

#include "lifeboat/base.h"

/* An opened tree; fields are the walker's. Offsets are into the blob and were checked. */
struct lb_fdt {
	const uint8_t *blob; /* the caller's; must stay, and stay unchanged */
	size_t size;         /* totalsize of the header */
	uint32_t structure, structure_size; /* nodes and properties, as tokens */
	uint32_t strings, strings_size;     /* names of properties */
	uint32_t reservations;              /* the memory reservation block */
};

/* A node, by the offset of its FDT_BEGIN_NODE token in the structure block. */
typedef uint32_t lb_fdt_node;

/* A property. Nothing is known of the value but its length: strings in it need not end. */
struct lb_fdt_property {
	const char *name;   /* NUL-terminated, inside the blob */
	const uint8_t *value; /* inside the blob */
	uint32_t length;    /* bytes; may be 0 */
};

/*
 * Checks header and whole structure (versions 16 and 17; one root, balanced, terminated, names
 * inside the strings block, properties before children, depth <= 64) and the memory reservation
 * block, in one pass. blob may be larger than the tree; it must stay until the last use of fdt.
 * LB_INVALID or LB_TRUNCATED, with the offset into blob in *ret_offset if that is not NULL; fdt
 * is then of no use. The calls below ask for an fdt that was opened with LB_OK, and for nodes
 * that came from it; given other numbers they answer nonsense, and stay inside the blob.
 */
enum lb_status LB_MUST_CHECK lb_fdt_open(
	struct lb_fdt *fdt, const void *blob, size_t size, size_t *ret_offset);

/*
 * Nodes. Walking all children of one:
 *
 *	for (found = lb_fdt_first_child(&fdt, parent, &node); found;
 *		found = lb_fdt_next_sibling(&fdt, node, &node)) {
 *		... lb_fdt_name(&fdt, node) ...
 *	}
 */

/* The root: the one node that every tree has. */
lb_fdt_node lb_fdt_root(const struct lb_fdt *fdt);
/* With the unit address; "" for the root. Lives in the blob. */
const char *lb_fdt_name(const struct lb_fdt *fdt, lb_fdt_node node);
/* False, and *ret untouched, when there is none. A sibling costs a walk over node's subtree. */
bool lb_fdt_first_child(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node *ret);
bool lb_fdt_next_sibling(const struct lb_fdt *fdt, lb_fdt_node node, lb_fdt_node *ret);
/* The first child by that name; "memory" matches "memory@40000000" too. */
bool lb_fdt_child(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	lb_fdt_node *ret);
/* By absolute path, e.g. "/chosen", "/reserved-memory"; "/" is the root. The first match at
 * every level is taken, as lb_fdt_child does. */
bool lb_fdt_find(const struct lb_fdt *fdt, const char *path, lb_fdt_node *ret);

/* False, and *ret untouched, when the node has no property of that name. */
bool lb_fdt_property(const struct lb_fdt *fdt, lb_fdt_node node, const char *name,
	struct lb_fdt_property *ret);
/*
 * Walks the properties in the order of the blob: *cursor starts at 0. False after the last. A name
 * that comes twice is given twice; lb_fdt_property takes the first.
 */
bool lb_fdt_next_property(const struct lb_fdt *fdt, lb_fdt_node node, uint32_t *cursor,
	struct lb_fdt_property *ret);

/* #address-cells / #size-cells of a node (for its children): 1..2 and 0..2, defaults 2 and 1
 * (specification, 2.3.5). A count above 2, or one that is no single cell, is given as 0: as
 * address cells lb_fdt_range refuses that. */
void lb_fdt_cells(const struct lb_fdt *fdt, lb_fdt_node node, unsigned int *ret_address,
	unsigned int *ret_size);

/* Entry i of a property of (address, size) pairs, with the parent's cell counts. False past the
 * end, for an entry that wraps the address space, and for other than 1..2 address and 0..2 size
 * cells (no size cells: an empty range). */
bool lb_fdt_range(struct lb_fdt_property property, unsigned int address_cells,
	unsigned int size_cells, uint32_t index, struct lb_range *ret);

/* A property of one or two cells (4 or 8 bytes) as a number; false for any other length. */
bool lb_fdt_number(struct lb_fdt_property property, uint64_t *ret);

/*
 * Entry i of the memory reservation block (/memreserve/; specification, 5.3). False at the end,
 * which the entry of size 0 marks. Firmware lists what must not be overwritten there.
 */
bool lb_fdt_reservation(const struct lb_fdt *fdt, uint32_t index, struct lb_range *ret);

#endif
