/* SPDX-License-Identifier: MIT */
/*
 * linear_map: arm64 entries, VMSAv8-64 stage 1 for EL1 (Arm ARM DDI 0487 J.a, D8.3). The access
 * flag is set from the start. A protected entry is invalid; as on x86-64 its address is inverted.
 */
#include "core/linear_map_entry.h"

#define VALID (UINT64_C(1) << 0)
#define TABLE_OR_PAGE (UINT64_C(1) << 1)
#define ATTRIBUTE_DEVICE (UINT64_C(1) << 2) /* AttrIndx 1, see LB_ARM64_MAIR */
#define ATTRIBUTE_INDEX (UINT64_C(7) << 2)
#define READ_ONLY (UINT64_C(1) << 7)        /* AP[2] */
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define ACCESS_FLAG (UINT64_C(1) << 10)
#define NOT_GLOBAL (UINT64_C(1) << 11)
#define CONTIGUOUS (UINT64_C(1) << 52)
#define PRIVILEGED_NO_EXECUTE (UINT64_C(1) << 53)
#define USER_NO_EXECUTE (UINT64_C(1) << 54)
#define PROTECTED (UINT64_C(1) << 55)       /* ignored by the CPU, ours */
#define ONCE_WRITABLE (UINT64_C(1) << 56)   /* ignored by the CPU, ours */

static uint64_t address_mask(unsigned int page_shift)
{
	return (UINT64_C(1) << 48) - (UINT64_C(1) << page_shift);
}

static uint64_t encode_leaf(const struct entry *entry, unsigned int level, uint64_t address)
{
	uint64_t raw = (entry->pa & address) | VALID | INNER_SHAREABLE | ACCESS_FLAG |
		USER_NO_EXECUTE;

	raw |= level ? 0 : TABLE_OR_PAGE;
	raw |= entry->flags & LB_MAP_EXECUTE ? 0 : PRIVILEGED_NO_EXECUTE;
	raw |= entry->flags & LB_MAP_DEVICE ? ATTRIBUTE_DEVICE : 0;
	raw |= entry->flags & LB_MAP_GLOBAL ? 0 : NOT_GLOBAL;
	raw |= entry->contiguous ? CONTIGUOUS : 0;
	if (entry->state == LEAF_OPEN) {
		return raw | (entry->flags & LB_MAP_WRITE ? 0 : READ_ONLY);
	}
	raw |= PROTECTED | READ_ONLY | (entry->flags & LB_MAP_WRITE ? ONCE_WRITABLE : 0);
	return entry->state == LEAF_READ_ONLY ? raw : (raw ^ address) & ~VALID;
}

uint64_t lb_arm64_encode(const struct entry *entry, unsigned int level, unsigned int page_shift)
{
	uint64_t address = address_mask(page_shift);

	switch (entry->kind) {
	case ENTRY_TABLE:
		return (entry->pa & address) | VALID | TABLE_OR_PAGE;
	case ENTRY_LEAF:
		return encode_leaf(entry, level, address);
	case ENTRY_EMPTY:
	case ENTRY_MALFORMED:
		break;
	}
	return 0;
}

static struct entry decode_leaf(uint64_t raw, uint64_t address)
{
	struct entry entry = {.kind = ENTRY_LEAF, .pa = raw & address};
	bool writable = !(raw & READ_ONLY);

	if (raw & PROTECTED) {
		entry.state = raw & VALID ? LEAF_READ_ONLY : LEAF_INACCESSIBLE;
		entry.pa ^= raw & VALID ? 0 : address;
		writable = raw & ONCE_WRITABLE;
	}
	entry.flags = writable ? LB_MAP_WRITE : 0;
	entry.flags |= raw & PRIVILEGED_NO_EXECUTE ? 0 : LB_MAP_EXECUTE;
	entry.flags |= raw & ATTRIBUTE_INDEX ? LB_MAP_DEVICE : 0;
	entry.flags |= raw & NOT_GLOBAL ? 0 : LB_MAP_GLOBAL;
	entry.contiguous = raw & CONTIGUOUS;
	return entry;
}

struct entry lb_arm64_decode(uint64_t raw, unsigned int level, unsigned int page_shift)
{
	uint64_t address = address_mask(page_shift);

	if (!raw) {
		return (struct entry){.kind = ENTRY_EMPTY};
	}
	if (level && (raw & (VALID | TABLE_OR_PAGE)) == (VALID | TABLE_OR_PAGE)) {
		return (struct entry){.kind = ENTRY_TABLE, .pa = raw & address};
	}
	if (!(raw & (VALID | PROTECTED)) || !level != !!(raw & TABLE_OR_PAGE)) {
		return (struct entry){.kind = ENTRY_MALFORMED};
	}
	return decode_leaf(raw, address);
}
