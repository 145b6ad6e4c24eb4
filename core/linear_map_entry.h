/* SPDX-License-Identifier: MIT */
/*
 * linear_map_entry: entries as values, independent of the architecture. Above the geometry, below
 * everything that reads or writes tables.
 */
#ifndef LIFEBOAT_CORE_LINEAR_MAP_ENTRY_H
#define LIFEBOAT_CORE_LINEAR_MAP_ENTRY_H

#include "core/linear_map_geometry.h"

enum entry_kind { ENTRY_EMPTY, ENTRY_TABLE, ENTRY_LEAF, ENTRY_MALFORMED };

enum leaf_state { LEAF_OPEN, LEAF_READ_ONLY, LEAF_INACCESSIBLE };

/* What one entry says. A leaf remembers what it allowed before it was protected. */
struct entry {
	enum entry_kind kind;
	lb_phys_addr pa;       /* of the memory, or of the next table */
	uint32_t flags;        /* leaf: LB_MAP_* as given to lb_linear_map_add */
	enum leaf_state state; /* leaf */
	bool contiguous;       /* leaf */
};

/* Value to bits and back; the architecture's file. level 0 entries map base pages. */
uint64_t lb_x86_64_encode(const struct entry *entry, unsigned int level);
struct entry lb_x86_64_decode(uint64_t raw, unsigned int level);
uint64_t lb_arm64_encode(const struct entry *entry, unsigned int level, unsigned int page_shift);
struct entry lb_arm64_decode(uint64_t raw, unsigned int level, unsigned int page_shift);

/* The same by the format of a map. */
uint64_t lb_entry_encode(
	const struct lb_linear_map *map, const struct entry *entry, unsigned int level);
struct entry lb_entry_decode(const struct lb_linear_map *map, uint64_t raw, unsigned int level);

static inline bool lb_entry_present(const struct entry *entry)
{
	return entry->kind == ENTRY_TABLE ||
		(entry->kind == ENTRY_LEAF && entry->state != LEAF_INACCESSIBLE);
}

static inline bool lb_leaf_same_attributes(const struct entry *a, const struct entry *b)
{
	return a->flags == b->flags && a->state == b->state;
}

#endif
