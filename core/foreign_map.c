/* SPDX-License-Identifier: MIT */
/* foreign_map: from the root down to the entry that decides. */
#include "lifeboat/foreign_map.h"

struct shape {
	bool is_x86;
	uint8_t page_bits;   /* log2 of a base page */
	uint8_t va_bits;
	uint8_t va_bits_max;
	uint8_t top_block;   /* the highest level whose entries may map memory */
};

static bool shape_of(const struct lb_foreign_map *map, struct shape *ret)
{
	static const struct shape shapes[] = {
		[LB_PAGES_X86_4LEVEL] = {true, 12, 48, 48, 2},
		[LB_PAGES_X86_5LEVEL] = {true, 12, 57, 57, 2},
		[LB_PAGES_ARM64_4K] = {false, 12, 48, 48, 2},
		[LB_PAGES_ARM64_16K] = {false, 14, 48, 48, 1},
		[LB_PAGES_ARM64_64K] = {false, 16, 48, 52, 1},
	};

	if ((size_t)map->format >= LB_ARRAY_COUNT(shapes)) {
		return false;
	}
	*ret = shapes[map->format];
	if (!map->va_bits) {
		return true;
	}
	ret->va_bits = map->va_bits;
	return !ret->is_x86 && map->va_bits >= 25 && map->va_bits <= ret->va_bits_max;
}

uint64_t lb_foreign_map_page(enum lb_page_format format)
{
	const struct lb_foreign_map map = {.format = format};
	struct shape shape;

	return shape_of(&map, &shape) ? UINT64_C(1) << shape.page_bits : 0;
}

unsigned int lb_foreign_map_levels(const struct lb_foreign_map *map)
{
	struct shape shape;
	unsigned int index_bits;

	if (!shape_of(map, &shape)) {
		return 0;
	}
	index_bits = shape.page_bits - 3U;
	return (shape.va_bits - shape.page_bits + index_bits - 1U) / index_bits;
}

/* x86-64: canonical. arm64: the half that the root is for. */
static bool translatable(const struct lb_foreign_map *map, const struct shape *shape, uint64_t va)
{
	unsigned int above = 64U - shape->va_bits;

	if (shape->is_x86) {
		return (uint64_t)((int64_t)(va << above) >> above) == va;
	}
	return va >> shape->va_bits == (map->upper ? UINT64_MAX >> shape->va_bits : 0);
}

enum found { FOUND_NOTHING, FOUND_TABLE, FOUND_MEMORY, FOUND_NONSENSE };

#define BIT(n) (UINT64_C(1) << (n))

/* What one level takes from the rights, and whether something was found. */
struct entry {
	uint64_t raw;
	unsigned int level;
	unsigned int shift; /* log2 of what it spans */
};

/* SDM 3A, 4.5: P 0, R/W 1, PWT 3, PCD 4, PS 7 (PAT at level 0), G 8, PAT 12 of a block, XD 63. */
static enum found read_x86_64(const struct shape *shape, uint64_t encryption,
	const struct entry *entry, struct lb_foreign_mapping *ret)
{
	uint64_t raw = entry->raw & ~encryption;
	uint64_t other = entry->level ? BIT(12) : BIT(7); /* where the PAT bit is */

	if (!(raw & BIT(0))) {
		return FOUND_NOTHING;
	}
	ret->flags &= raw & BIT(1) ? ~0U : ~(uint32_t)LB_MAP_WRITE;
	ret->flags &= raw & BIT(63) ? ~(uint32_t)LB_MAP_EXECUTE : ~0U;
	ret->pa = raw & (BIT(52) - BIT(12));
	if (entry->level && !(raw & BIT(7))) {
		return FOUND_TABLE;
	}
	if (entry->level > shape->top_block) {
		return FOUND_NONSENSE;
	}
	ret->pa &= entry->level ? ~BIT(12) : ~UINT64_C(0);
	ret->flags |= raw & (BIT(3) | BIT(4) | other) ? LB_MAP_DEVICE : 0;
	ret->flags |= raw & BIT(8) ? LB_MAP_GLOBAL : 0;
	ret->encrypted = entry->raw & encryption;
	return FOUND_MEMORY;
}

/* DDI 0487, D8.3: valid 0, table or page 1, AP[2] 7, nG 11, contiguous 52, PXN 53; of a table
 * APTable[1] 62, PXNTable 59. With 64 KiB pages bits 15:12 are bits 51:48 of the address. */
static enum found read_arm64(
	const struct shape *shape, const struct entry *entry, struct lb_foreign_mapping *ret)
{
	uint64_t raw = entry->raw;

	if (!(raw & BIT(0))) {
		return FOUND_NOTHING;
	}
	ret->pa = raw & (BIT(48) - BIT(shape->page_bits));
	ret->pa |= shape->page_bits == 16 ? (raw >> 12 & 0xf) << 48 : 0;
	if (entry->level && raw & BIT(1)) {
		ret->flags &= raw & BIT(62) ? ~(uint32_t)LB_MAP_WRITE : ~0U;
		ret->flags &= raw & BIT(59) ? ~(uint32_t)LB_MAP_EXECUTE : ~0U;
		return FOUND_TABLE;
	}
	if (!entry->level != !!(raw & BIT(1)) || entry->level > shape->top_block) {
		return FOUND_NONSENSE;
	}
	ret->flags &= raw & BIT(7) ? ~(uint32_t)LB_MAP_WRITE : ~0U;
	ret->flags &= raw & BIT(53) ? ~(uint32_t)LB_MAP_EXECUTE : ~0U;
	ret->flags |= raw & BIT(11) ? 0 : LB_MAP_GLOBAL;
	ret->contiguous = raw & BIT(52);
	return FOUND_MEMORY;
}

/* The entry that decided. */
static enum lb_status finish(enum found found, const struct entry *entry, uint64_t va,
	struct lb_foreign_mapping *mapping, struct lb_foreign_mapping *ret)
{
	if (found == FOUND_NONSENSE ||
		(found == FOUND_MEMORY && mapping->pa & (BIT(entry->shift) - 1))) {
		return LB_INVALID;
	}
	if (found == FOUND_NOTHING) {
		*mapping = (struct lb_foreign_mapping){.present = false};
	} else {
		mapping->present = true;
		mapping->pa += va & (BIT(entry->shift) - 1);
	}
	mapping->block = BIT(entry->shift);
	mapping->level = (uint8_t)entry->level;
	*ret = *mapping;
	return LB_OK;
}

enum lb_status lb_foreign_map_walk(
	const struct lb_foreign_map *map, uint64_t va, struct lb_foreign_mapping *ret)
{
	struct lb_foreign_mapping mapping = {.flags = LB_MAP_WRITE | LB_MAP_EXECUTE};
	lb_phys_addr table = map->root;
	struct shape shape;
	unsigned int level;

	if (!shape_of(map, &shape)) {
		return LB_UNSUPPORTED;
	}
	if (!translatable(map, &shape, va)) {
		return LB_OUT_OF_RANGE;
	}
	for (level = lb_foreign_map_levels(map) - 1;; level--) {
		unsigned int index_bits = shape.page_bits - 3U;
		unsigned int shift = shape.page_bits + level * index_bits;
		uint64_t index = (va & (BIT(shape.va_bits) - 1)) >> shift & (BIT(index_bits) - 1);
		const uint64_t *entries = map->access(map->context, table, level);
		struct entry entry = {.level = level, .shift = shift};
		enum found found;

		if (!entries) {
			return LB_NOT_FOUND;
		}
		entry.raw = entries[index];
		found = shape.is_x86 ? read_x86_64(&shape, map->encryption, &entry, &mapping)
				     : read_arm64(&shape, &entry, &mapping);
		if (found != FOUND_TABLE) {
			return finish(found, &entry, va, &mapping, ret);
		}
		table = mapping.pa;
	}
}
