/* SPDX-License-Identifier: MIT */
/* page_table_walk: see page_table_walk.h. */
#include "lab/page_table_walk.h"

#define ENTRIES 512
#define TABLE_BYTES 4096
#define ROOT_LEVEL 3

#define BIT(n) (UINT64_C(1) << (n))

/* An entry as far as it matters here. Rights that it takes from all that is below it, too. */
struct entry {
	bool present;
	bool is_table;
	bool wrong;
	bool writable;
	bool executable;
	bool for_user;
	bool cached;
	lb_phys_addr pa;
};

/* Intel SDM 3A (December 2023), 4.5.4: bit 0 P, 1 R/W, 2 U/S, 7 PS, 63 XD; 4.9.2: 3 PWT, 4 PCD and
 * PAT (7 of a page, 12 of a block) are 0 for write-back memory. */
static struct entry read_x86_64(uint64_t raw, unsigned int level)
{
	struct entry ret = {.present = raw & BIT(0), .writable = raw & BIT(1),
		.for_user = raw & BIT(2), .executable = !(raw & BIT(63)),
		.pa = raw & (BIT(52) - BIT(12))};

	ret.is_table = level && !(raw & BIT(7));
	ret.cached = !(raw & (BIT(3) | BIT(4) | (level ? BIT(12) : BIT(7))));
	ret.cached = ret.cached || ret.is_table;
	ret.wrong = level == ROOT_LEVEL && !ret.is_table;
	if (level && !ret.is_table) {
		ret.pa &= ~BIT(12); /* PAT */
	}
	return ret;
}

/* Arm ARM (DDI 0487 J.a) D8.3: bits 1:0 11 table or page, 01 block; 4:2 AttrIndx, of which 0 is
 * write-back memory; 6 AP[1], for EL0; 7 AP[2]; 9:8 SH, 3 inner shareable; 53 PXN; of a table 62
 * and 61 APTable, 59 PXNTable. */
static struct entry read_arm64(uint64_t raw, unsigned int level)
{
	struct entry ret = {.present = raw & BIT(0), .is_table = level && raw & BIT(1),
		.pa = raw & (BIT(48) - BIT(12))};

	ret.writable = !(raw & (ret.is_table ? BIT(62) : BIT(7)));
	ret.for_user = ret.is_table ? !(raw & BIT(61)) : raw & BIT(6);
	ret.executable = !(raw & (ret.is_table ? BIT(59) : BIT(53)));
	ret.cached = (raw & (BIT(4) | BIT(3) | BIT(2) | BIT(9) | BIT(8))) == (BIT(9) | BIT(8));
	ret.wrong = !level ? !(raw & BIT(1)) : level == ROOT_LEVEL && !ret.is_table;
	return ret;
}

/* The path to a table: what is known of all that it translates. */
struct path {
	uint64_t va;
	bool writable;
	bool executable;
	bool for_user;
};

static struct lab_translation translation_of(
	const struct path *path, const struct entry *entry, unsigned int shift)
{
	return (struct lab_translation){.va = path->va, .pa = entry->pa, .bytes = BIT(shift),
		.writable = path->writable, .executable = path->executable,
		.for_user = path->for_user, .cached = entry->cached};
}

/* Depth is bounded by the levels. */
static bool walk_table(const struct lab_page_walk *walk, const struct lab_ram *memory,
	lb_phys_addr table, unsigned int level, const struct path *path)
{
	const uint64_t *raw = lab_ram_at(memory, table, TABLE_BYTES);
	bool is_x86 = walk->format == LB_PAGES_X86_4LEVEL;
	unsigned int shift = 12 + 9 * level;
	bool right = raw != NULL;

	for (uint64_t i = 0; right && i < ENTRIES; i++) {
		struct entry entry = is_x86 ? read_x86_64(raw[i], level)
					    : read_arm64(raw[i], level);
		struct path below = {path->va + (i << shift), path->writable && entry.writable,
			path->executable && entry.executable, path->for_user && entry.for_user};
		struct lab_translation found = translation_of(&below, &entry, shift);

		if (!entry.present) {
			continue;
		}
		if (level == ROOT_LEVEL && (walk->is_upper || (is_x86 && i >= ENTRIES / 2))) {
			below.va |= UINT64_MAX << 48;
		}
		if (entry.wrong || (!entry.is_table && entry.pa & (found.bytes - 1))) {
			right = false;
		} else if (entry.is_table) {
			right = walk_table(walk, memory, entry.pa, level - 1, &below);
		} else {
			walk->visit(walk->context, &found);
		}
	}
	return right;
}

bool lab_page_tables_walk(const struct lab_page_walk *walk, const struct lab_ram *memory)
{
	const struct path all = {0, true, true, true};

	LB_ASSERT(walk->format == LB_PAGES_X86_4LEVEL || walk->format == LB_PAGES_ARM64_4K);
	return walk_table(walk, memory, walk->root, ROOT_LEVEL, &all);
}
