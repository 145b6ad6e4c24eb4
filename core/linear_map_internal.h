/* SPDX-License-Identifier: MIT */
/*
 * linear_map_internal: entries as values, independent of the architecture, and what the files of
 * linear_map share. Addresses called `at` are positions: the virtual address without the bits
 * above va_bits, so that they neither wrap nor need sign extension.
 */
#ifndef LIFEBOAT_CORE_LINEAR_MAP_INTERNAL_H
#define LIFEBOAT_CORE_LINEAR_MAP_INTERNAL_H

#include "lifeboat/linear_map.h"

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

static inline bool lb_format_is_x86(enum lb_page_format format)
{
	return format == LB_PAGES_X86_4LEVEL || format == LB_PAGES_X86_5LEVEL;
}

/* Value to bits and back; the architecture's file. level 0 entries map base pages. */
uint64_t lb_x86_64_encode(const struct entry *entry, unsigned int level);
struct entry lb_x86_64_decode(uint64_t raw, unsigned int level);
uint64_t lb_arm64_encode(const struct entry *entry, unsigned int level, unsigned int page_shift);
struct entry lb_arm64_decode(uint64_t raw, unsigned int level, unsigned int page_shift);

uint64_t lb_entry_encode(
	const struct lb_linear_map *map, const struct entry *entry, unsigned int level);
struct entry lb_entry_decode(const struct lb_linear_map *map, uint64_t raw, unsigned int level);

/* The shape for a configuration; LB_INVALID if there is none. */
enum lb_status LB_MUST_CHECK lb_linear_geometry_init(
	const struct lb_linear_config *config, struct lb_linear_geometry *ret);

static inline unsigned int lb_level_shift(
	const struct lb_linear_geometry *shape, unsigned int level)
{
	return shape->page_shift + level * shape->index_bits;
}

/* Bytes that an entry of the level spans. */
static inline uint64_t lb_level_span(const struct lb_linear_geometry *shape, unsigned int level)
{
	return UINT64_C(1) << lb_level_shift(shape, level);
}

static inline unsigned int lb_root_level(const struct lb_linear_geometry *shape)
{
	return shape->levels - 1U;
}

/* Entries that a table of the level holds; the root may hold fewer than others. */
static inline unsigned int lb_table_entries(
	const struct lb_linear_geometry *shape, unsigned int level)
{
	unsigned int bits = shape->index_bits;

	if (level == lb_root_level(shape)) {
		bits = shape->va_bits - lb_level_shift(shape, level);
	}
	return 1U << bits;
}

static inline bool lb_entry_present(const struct entry *entry)
{
	return entry->kind == ENTRY_TABLE ||
		(entry->kind == ENTRY_LEAF && entry->state != LEAF_INACCESSIBLE);
}

static inline bool lb_leaf_same_attributes(const struct entry *a, const struct entry *b)
{
	return a->flags == b->flags && a->state == b->state;
}

/* One contiguous piece of virtual memory, its physical memory and the blocks it may use. */
struct piece {
	uint64_t at;   /* first byte */
	uint64_t last; /* last byte */
	lb_phys_addr pa; /* of at */
};

/*
 * Checks a range against the configuration and turns it into a piece. The errors are those of
 * lb_linear_map_add_at.
 */
enum lb_status LB_MUST_CHECK lb_linear_piece(const struct lb_linear_config *config,
	const struct lb_linear_geometry *shape, uint64_t va, struct lb_range range,
	struct piece *ret);

/* The virtual address of a position. */
uint64_t lb_position_va(const struct lb_linear_config *config,
	const struct lb_linear_geometry *shape, uint64_t at);

/* Highest level at which the piece's memory can be a block: configured, and aligned alike. */
unsigned int lb_piece_top(const struct lb_linear_geometry *shape, const struct piece *piece);

/* How many of the level's entry spans that [at, last] touches it does not cover: 0 to 2. */
unsigned int lb_partial_spans(const struct lb_linear_geometry *shape, unsigned int level,
	uint64_t at, uint64_t last);

enum change_kind { CHANGE_ADD, CHANGE_PROTECT, CHANGE_UNPROTECT };

/* One call that changes a map, on its way through the tables. */
struct change {
	struct lb_linear_map *map;
	enum change_kind kind;
	struct piece piece;
	unsigned int top;            /* CHANGE_ADD: lb_piece_top */
	uint32_t flags;              /* CHANGE_ADD */
	enum lb_protection how;      /* CHANGE_PROTECT */
	lb_phys_addr spare;          /* chain of table pages taken for this change */
	uint64_t spare_count;
	lb_phys_addr unused;         /* chain of table pages to give back after the flush */
	uint64_t unused_count;
	unsigned int unlinked;       /* > 0: working on tables that no entry refers to yet */
	uint64_t flush_at;           /* hull of what has to be flushed */
	uint64_t flush_last;
	bool flush_needed;
};

/* What a leaf becomes. Pure. */
struct entry lb_change_leaf(const struct change *change, const struct entry *leaf);

/* Does the change; change->spare holds exactly the pages that it needs. */
void lb_change_apply(struct change *change);

#endif
