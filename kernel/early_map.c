/* SPDX-License-Identifier: MIT */
/* early_map: see early_map.h. Both architectures use four levels of 512 entries here, and blocks of
 * 2 MiB. */
#include "early_map.h"

#include "arch.h"

#define BLOCK (2 * LB_MIB)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)
#define EARLY_TABLES 40
#define DEVICE_SLOTS 512

extern uint64_t boot_root[512];
extern uint64_t device_table[512];

static uint64_t tables[EARLY_TABLES][512] __attribute__((aligned(4096)));
static size_t tables_used;
static size_t device_slots_used;
static device_follower *follower;

static uint64_t *next_table(uint64_t *entry)
{
	if (!*entry) {
		LB_ASSERT(tables_used < EARLY_TABLES);
		*entry = image_address_phys(tables[tables_used++]) | BOOT_TABLE_BITS;
	}
	return (uint64_t *)((*entry & ENTRY_ADDRESS) - image_phys + (uintptr_t)image_start);
}

static void map_block(uint64_t address)
{
	uint64_t virtual = LINEAR_VIRTUAL + address;
	uint64_t *table = boot_root;

	table = next_table(&table[virtual >> 39 & 511]);
	table = next_table(&table[virtual >> 30 & 511]);
	table[virtual >> 21 & 511] = address | BOOT_BLOCK_BITS;
}

void early_map(struct lb_range range)
{
	LB_ASSERT(range.end <= EARLY_MAP_END);
	for (uint64_t at = lb_align_down(range.start, BLOCK); at < range.end; at += BLOCK) {
		map_block(at);
	}
	arch_flush_tlb();
}

static void tell_follower(size_t slot)
{
	lb_phys_addr at = device_table[slot] & ENTRY_ADDRESS & ~(BLOCK - 1);

	if (follower) {
		follower(DEVICE_VIRTUAL + slot * BLOCK, (struct lb_range){at, at + BLOCK});
	}
}

volatile void *device_map(struct lb_range range)
{
	uint64_t first = lb_align_down(range.start, BLOCK);
	size_t slot = device_slots_used;

	for (uint64_t at = first; at < range.end; at += BLOCK) {
		LB_ASSERT(device_slots_used < DEVICE_SLOTS);
		device_table[device_slots_used] = at | BOOT_DEVICE_BITS;
		tell_follower(device_slots_used++);
	}
	arch_flush_tlb();
	return (volatile void *)(DEVICE_VIRTUAL + slot * BLOCK + (range.start - first));
}

void device_map_follow(device_follower *follow)
{
	follower = follow;
	for (size_t slot = 0; slot < device_slots_used; slot++) {
		tell_follower(slot);
	}
}
