/* SPDX-License-Identifier: MIT */
/*
 * linear_map: the walker, an independent witness. It is written from the manuals and shares
 * neither constants nor functions with the builder, so that a mistake in one shows against the
 * other. The only convention that it takes over is what a protected entry looks like.
 */
#include "lifeboat/linear_map.h"

struct translation {
	const struct lb_linear_config *config;
	bool is_x86;
	unsigned int page_bits;  /* log2 of the page size */
	unsigned int index_bits; /* log2 of entries in a table */
	unsigned int input_bits; /* of the virtual address */
};

static bool describe(const struct lb_linear_config *config, struct translation *ret)
{
	static const struct {
		bool is_x86;
		uint8_t page_bits;
		uint8_t input_bits;
	} formats[] = {
		[LB_PAGES_X86_4LEVEL] = {true, 12, 48},
		[LB_PAGES_X86_5LEVEL] = {true, 12, 57},
		[LB_PAGES_ARM64_4K] = {false, 12, 48},
		[LB_PAGES_ARM64_16K] = {false, 14, 48},
		[LB_PAGES_ARM64_64K] = {false, 16, 48},
	};

	if ((size_t)config->format >= LB_ARRAY_COUNT(formats)) {
		return false;
	}
	ret->config = config;
	ret->is_x86 = formats[config->format].is_x86;
	ret->page_bits = formats[config->format].page_bits;
	ret->index_bits = ret->page_bits - 3;
	ret->input_bits = config->va_bits ? config->va_bits : formats[config->format].input_bits;
	return ret->input_bits > ret->page_bits + ret->index_bits &&
		ret->input_bits <= formats[config->format].input_bits;
}

/* Intel SDM 3A, 4.5.1 (canonical) and Arm ARM D8.2 (TTBR selection). */
static bool translatable(const struct translation *how, uint64_t va)
{
	int64_t extended = (int64_t)(va << (64 - how->input_bits)) >> (64 - how->input_bits);
	uint64_t top = va >> how->input_bits;

	if (how->is_x86) {
		return (uint64_t)extended == va;
	}
	return how->config->va_offset >> 63 ? top == UINT64_MAX >> how->input_bits : !top;
}

static uint64_t bits(uint64_t value, unsigned int high, unsigned int low)
{
	return value >> low & (UINT64_MAX >> (63 - (high - low)));
}

/* What is wrong with, or known from, one entry. */
enum found { FOUND_NOTHING, FOUND_TABLE, FOUND_MEMORY, FOUND_NONSENSE };

/* Intel SDM 3A, tables 4-15 to 4-20: bit 7 is PS above the lowest level. */
static enum found read_x86_64(uint64_t entry, unsigned int level, struct lb_mapping *ret)
{
	bool present = bits(entry, 0, 0);
	bool large = bits(entry, 7, 7);
	bool ours = bits(entry, 9, 9);
	uint64_t address = bits(entry, 51, 12) << 12;

	if (!entry) {
		return FOUND_NOTHING;
	}
	ret->pa = present ? address : bits(~entry, 51, 12) << 12;
	if (present && level > 0 && !large) {
		return bits(entry, 1, 1) && !bits(entry, 63, 63) ? FOUND_TABLE : FOUND_NONSENSE;
	}
	if ((!present && !ours) || large != (level > 0) || level > 2) {
		return FOUND_NONSENSE;
	}
	ret->state = present ? LB_MAPPING_PRESENT : LB_MAPPING_INACCESSIBLE;
	ret->is_protected = ours;
	ret->flags |= bits(entry, 1, 1) ? LB_MAP_WRITE : 0;
	ret->flags |= bits(entry, 63, 63) ? 0 : LB_MAP_EXECUTE;
	ret->flags |= bits(entry, 4, 3) == 3 ? LB_MAP_DEVICE : 0;
	ret->flags |= bits(entry, 8, 8) ? LB_MAP_GLOBAL : 0;
	return FOUND_MEMORY;
}

/* Arm ARM D8.3.1: bits 1:0 are 3 for a table or a page, 1 for a block. */
static enum found read_arm64(
	uint64_t entry, unsigned int level, unsigned int page_bits, struct lb_mapping *ret)
{
	bool valid = bits(entry, 0, 0);
	bool second = bits(entry, 1, 1);
	bool ours = bits(entry, 55, 55);
	unsigned int highest_block = page_bits == 12 ? 2 : 1;

	if (!entry) {
		return FOUND_NOTHING;
	}
	ret->pa = bits(valid ? entry : ~entry, 47, page_bits) << page_bits;
	if (valid && second && level > 0) {
		return FOUND_TABLE;
	}
	if ((!valid && !ours) || second != (level == 0) || level > highest_block ||
		(valid && !bits(entry, 10, 10))) {
		return FOUND_NONSENSE;
	}
	ret->state = valid ? LB_MAPPING_PRESENT : LB_MAPPING_INACCESSIBLE;
	ret->is_protected = ours;
	ret->contiguous = bits(entry, 52, 52);
	ret->flags |= bits(entry, 7, 7) ? 0 : LB_MAP_WRITE;
	ret->flags |= bits(entry, 53, 53) ? 0 : LB_MAP_EXECUTE;
	ret->flags |= bits(entry, 4, 2) ? LB_MAP_DEVICE : 0;
	ret->flags |= bits(entry, 11, 11) ? 0 : LB_MAP_GLOBAL;
	return FOUND_MEMORY;
}

static enum lb_status finish(
	enum found found, uint64_t va, unsigned int shift, struct lb_mapping *ret)
{
	uint64_t within = va & ((UINT64_C(1) << shift) - 1);

	ret->block = UINT64_C(1) << shift;
	if (found == FOUND_NOTHING) {
		return LB_OK;
	}
	if (ret->pa & (ret->block - 1)) {
		return LB_INVALID;
	}
	ret->pa += within;
	ret->flags = ret->state == LB_MAPPING_PRESENT ? ret->flags : 0;
	return LB_OK;
}

enum lb_status lb_linear_map_walk(const struct lb_linear_config *config,
	const struct lb_table_pages *pages, lb_phys_addr root, uint64_t va, struct lb_mapping *ret)
{
	struct translation how;
	lb_phys_addr table = root;
	unsigned int shift;

	if (!describe(config, &how)) {
		return LB_INVALID;
	}
	if (!translatable(&how, va)) {
		return LB_OUT_OF_RANGE;
	}
	shift = how.page_bits;
	while (shift + how.index_bits < how.input_bits) {
		shift += how.index_bits;
	}
	for (;; shift -= how.index_bits) {
		unsigned int level = (shift - how.page_bits) / how.index_bits;
		unsigned int top = shift + how.index_bits - 1;
		const uint64_t *entries = pages->access(pages->context, table);
		uint64_t index = bits(va, top < how.input_bits ? top : how.input_bits - 1, shift);
		struct lb_mapping mapping = {.level = (uint8_t)level};
		enum found found = how.is_x86
			? read_x86_64(entries[index], level, &mapping)
			: read_arm64(entries[index], level, how.page_bits, &mapping);

		if (found == FOUND_NONSENSE) {
			return LB_INVALID;
		}
		if (found != FOUND_TABLE) {
			enum lb_status status = finish(found, va, shift, &mapping);

			if (!status) {
				*ret = mapping;
			}
			return status;
		}
		table = mapping.pa;
	}
}
