/* SPDX-License-Identifier: MIT */
/*
 * linear_map: x86-64 entries (Intel SDM volume 3A, 4.5, tables 4-15 to 4-20). Accessed and dirty
 * are set from the start, so that no CPU has to write to the tables.
 *
 * A protected entry is not present, and a CPU may still speculate on the address in it (L1
 * terminal fault); like Linux (arch/x86/include/asm/pgtable-invert.h, 6.12), such an entry holds
 * the address with all bits inverted, where there is no memory.
 */
#include "core/linear_map_entry.h"

#define PRESENT (UINT64_C(1) << 0)
#define WRITABLE (UINT64_C(1) << 1)
#define WRITE_THROUGH (UINT64_C(1) << 3)
#define CACHE_DISABLED (UINT64_C(1) << 4)
#define ACCESSED (UINT64_C(1) << 5)
#define DIRTY (UINT64_C(1) << 6)
#define BLOCK (UINT64_C(1) << 7)
#define GLOBAL (UINT64_C(1) << 8)
#define PROTECTED (UINT64_C(1) << 9)       /* ignored by the CPU, ours */
#define ONCE_WRITABLE (UINT64_C(1) << 10)  /* ignored by the CPU, ours */
#define NO_EXECUTE (UINT64_C(1) << 63)
#define ADDRESS UINT64_C(0x000ffffffffff000)
#define UNCACHED (WRITE_THROUGH | CACHE_DISABLED) /* UC in the PAT that the CPU starts with */

static uint64_t encode_leaf(const struct entry *entry, unsigned int level)
{
	uint64_t raw = (entry->pa & ADDRESS) | PRESENT | ACCESSED | DIRTY;

	raw |= level ? BLOCK : 0;
	raw |= entry->flags & LB_MAP_EXECUTE ? 0 : NO_EXECUTE;
	raw |= entry->flags & LB_MAP_DEVICE ? UNCACHED : 0;
	raw |= entry->flags & LB_MAP_GLOBAL ? GLOBAL : 0;
	if (entry->state == LEAF_OPEN) {
		return raw | (entry->flags & LB_MAP_WRITE ? WRITABLE : 0);
	}
	raw |= PROTECTED | (entry->flags & LB_MAP_WRITE ? ONCE_WRITABLE : 0);
	return entry->state == LEAF_READ_ONLY ? raw : (raw ^ ADDRESS) & ~PRESENT;
}

uint64_t lb_x86_64_encode(const struct entry *entry, unsigned int level)
{
	switch (entry->kind) {
	case ENTRY_TABLE:
		return (entry->pa & ADDRESS) | PRESENT | WRITABLE | ACCESSED;
	case ENTRY_LEAF:
		return encode_leaf(entry, level);
	case ENTRY_EMPTY:
	case ENTRY_MALFORMED:
		break;
	}
	return 0;
}

static struct entry decode_leaf(uint64_t raw)
{
	struct entry entry = {.kind = ENTRY_LEAF, .pa = raw & ADDRESS};

	if (raw & PROTECTED) {
		entry.state = raw & PRESENT ? LEAF_READ_ONLY : LEAF_INACCESSIBLE;
		entry.pa ^= raw & PRESENT ? 0 : ADDRESS;
	}
	entry.flags = raw & (raw & PROTECTED ? ONCE_WRITABLE : WRITABLE) ? LB_MAP_WRITE : 0;
	entry.flags |= raw & NO_EXECUTE ? 0 : LB_MAP_EXECUTE;
	entry.flags |= raw & UNCACHED ? LB_MAP_DEVICE : 0;
	entry.flags |= raw & GLOBAL ? LB_MAP_GLOBAL : 0;
	return entry;
}

struct entry lb_x86_64_decode(uint64_t raw, unsigned int level)
{
	if (!raw) {
		return (struct entry){.kind = ENTRY_EMPTY};
	}
	if (level && !(raw & BLOCK) && (raw & PRESENT)) {
		return (struct entry){.kind = ENTRY_TABLE, .pa = raw & ADDRESS};
	}
	if (!(raw & (PRESENT | PROTECTED)) || !level != !(raw & BLOCK)) {
		return (struct entry){.kind = ENTRY_MALFORMED};
	}
	return decode_leaf(raw);
}
