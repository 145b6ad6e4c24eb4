/* SPDX-License-Identifier: MIT */
/* linear_map: the shape of each format, and what addresses it can express. */
#include "core/linear_map_geometry.h"

/*
 * Contiguous groups are those that Linux uses (CONT_PTE_SHIFT and CONT_PMD_SHIFT,
 * arch/arm64/Kconfig, 6.12): 4 KiB granule 16 pages and 16 blocks, 16 KiB 128 and 32, 64 KiB 32
 * and 32. They agree with Arm ARM D8.6.1.
 */
static const struct lb_linear_geometry shapes[] = {
	[LB_PAGES_X86_4LEVEL] = {.page_shift = 12, .index_bits = 9, .va_bits = 48,
		.block_level_max = 2},
	[LB_PAGES_X86_5LEVEL] = {.page_shift = 12, .index_bits = 9, .va_bits = 57,
		.block_level_max = 2},
	[LB_PAGES_ARM64_4K] = {.page_shift = 12, .index_bits = 9, .va_bits = 48,
		.block_level_max = 2, .contiguous_shift = {4, 4}},
	[LB_PAGES_ARM64_16K] = {.page_shift = 14, .index_bits = 11, .va_bits = 48,
		.block_level_max = 1, .contiguous_shift = {7, 5}},
	[LB_PAGES_ARM64_64K] = {.page_shift = 16, .index_bits = 13, .va_bits = 48,
		.block_level_max = 1, .contiguous_shift = {5, 5}},
};

uint64_t lb_page_reach(enum lb_page_format format, unsigned int level, bool contiguous)
{
	const struct lb_linear_geometry *shape = &shapes[format];

	LB_ASSERT((size_t)format < LB_ARRAY_COUNT(shapes) && level <= shape->block_level_max);
	return lb_level_span(shape, level) << (contiguous ? shape->contiguous_shift[level] : 0);
}

static void limit_blocks(struct lb_linear_geometry *shape, uint64_t largest)
{
	while (shape->block_level_max &&
		(shape->block_level_max >= shape->levels ||
			(largest && lb_level_span(shape, shape->block_level_max) > largest))) {
		shape->block_level_max--;
	}
}

enum lb_status lb_linear_geometry_init(
	const struct lb_linear_config *config, struct lb_linear_geometry *ret)
{
	struct lb_linear_geometry shape;
	bool is_x86 = lb_format_is_x86(config->format);

	if ((size_t)config->format >= LB_ARRAY_COUNT(shapes)) {
		return LB_INVALID;
	}
	shape = shapes[config->format];
	if (config->va_bits && (is_x86 || config->va_bits < 25 || config->va_bits > 48)) {
		return LB_INVALID;
	}
	shape.va_bits = config->va_bits ? config->va_bits : shape.va_bits;
	shape.levels = (uint8_t)((shape.va_bits - shape.page_shift + shape.index_bits - 1) /
		shape.index_bits);
	if (shape.levels < 2 || (is_x86 && (config->contiguous || config->break_before_make))) {
		return LB_INVALID;
	}
	if (config->va_offset & (lb_level_span(&shape, 0) - 1)) {
		return LB_INVALID;
	}
	if (config->largest_block && config->largest_block < lb_level_span(&shape, 0)) {
		return LB_INVALID;
	}
	limit_blocks(&shape, config->largest_block);
	if (!config->contiguous) {
		__builtin_memset(shape.contiguous_shift, 0, sizeof(shape.contiguous_shift));
	}
	*ret = shape;
	return LB_OK;
}

/*
 * x86-64: the bits above va_bits repeat its highest bit, so one root holds both halves. arm64:
 * they are all zeros (TTBR0) or all ones (TTBR1), and one root holds the half in which va_offset
 * lies.
 */
static bool expressible(const struct lb_linear_config *config,
	const struct lb_linear_geometry *shape, uint64_t va)
{
	bool high = va >> 63;
	uint64_t above = va >> (shape->va_bits - (lb_format_is_x86(config->format) ? 1 : 0));
	uint64_t ones = UINT64_MAX >> (shape->va_bits - (lb_format_is_x86(config->format) ? 1 : 0));

	if (!lb_format_is_x86(config->format) && high != config->va_offset >> 63) {
		return false;
	}
	return above == (high ? ones : 0);
}

enum lb_status lb_linear_piece(const struct lb_linear_config *config,
	const struct lb_linear_geometry *shape, uint64_t va, struct lb_range range,
	struct piece *ret)
{
	uint64_t page = lb_level_span(shape, 0);
	unsigned int pa_bits = lb_format_is_x86(config->format) ? 52 : 48;
	uint64_t mask = (UINT64_C(1) << shape->va_bits) - 1;
	uint64_t last;

	if (lb_range_empty(range) || (range.start | range.end | va) & (page - 1)) {
		return LB_INVALID;
	}
	if (!lb_add(va, lb_range_size(range) - 1, &last) || range.end > UINT64_C(1) << pa_bits) {
		return LB_OUT_OF_RANGE;
	}
	/* Physical memory is too small to reach across what lies between the halves. */
	if (!expressible(config, shape, va) || !expressible(config, shape, last)) {
		return LB_OUT_OF_RANGE;
	}
	*ret = (struct piece){.at = va & mask, .last = last & mask, .pa = range.start};
	return LB_OK;
}

uint64_t lb_position_va(const struct lb_linear_config *config,
	const struct lb_linear_geometry *shape, uint64_t at)
{
	uint64_t above = ~((UINT64_C(1) << shape->va_bits) - 1);
	bool high = lb_format_is_x86(config->format) ? at >> (shape->va_bits - 1) & 1
						     : config->va_offset >> 63;

	return high ? at | above : at;
}

unsigned int lb_piece_top(const struct lb_linear_geometry *shape, const struct piece *piece)
{
	unsigned int level = shape->block_level_max;

	while (level && ((piece->at ^ piece->pa) & (lb_level_span(shape, level) - 1))) {
		level--;
	}
	return level;
}

unsigned int lb_partial_spans(const struct lb_linear_geometry *shape, unsigned int level,
	uint64_t at, uint64_t last)
{
	uint64_t inside = lb_level_span(shape, level) - 1;
	bool starts = !(at & inside);
	bool ends = (last & inside) == inside;

	if (at >> lb_level_shift(shape, level) == last >> lb_level_shift(shape, level)) {
		return !(starts && ends);
	}
	return !starts + !ends;
}
