/* SPDX-License-Identifier: MIT */
/*
 * linear_map_geometry: the shape of a format as numbers, and pieces of memory in it. Knows nothing
 * of entries. Addresses called `at` are positions: the virtual address without the bits above
 * va_bits, so that they neither wrap nor need sign extension.
 */
#ifndef LIFEBOAT_CORE_LINEAR_MAP_GEOMETRY_H
#define LIFEBOAT_CORE_LINEAR_MAP_GEOMETRY_H

#include "lifeboat/linear_map.h"

static inline bool lb_format_is_x86(enum lb_page_format format)
{
	return format == LB_PAGES_X86_4LEVEL || format == LB_PAGES_X86_5LEVEL;
}

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

#endif
