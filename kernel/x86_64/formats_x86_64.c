/* SPDX-License-Identifier: MIT */
/*
 * formats_x86_64: five-level paging, tried by running on it. The core's map of all RAM and this
 * kernel's own four-level tables hang side by side under one root. No instruction says where an
 * address leads: a word written through one map has to appear in the other.
 */
#include "../formats.h"

#include "../arch.h"
#include "../cpu.h"
#include "../paging.h"
#include "../text.h"
#include "cpuid.h"

/* Where a Linux with five levels has its linear map (Documentation/arch/x86/x86_64/mm.rst). */
#define OFFSET UINT64_C(0xff11000000000000)
#define HAS_LA57 (1u << 16)
#define TAG UINT64_C(0x6c61353765666c62)
#define ENTRIES 512

extern uint64_t boot_root[ENTRIES];
void la57_switch(uint64_t root, uint64_t on);

static uint64_t root[ENTRIES] __attribute__((aligned(4096)));

bool arch_format(size_t index, struct formats_trial *ret)
{
	if (index || !(cpuid(7, 0).ecx & HAS_LA57)) {
		return false;
	}
	*ret = (struct formats_trial){
		"five levels", LB_PAGES_X86_5LEVEL, 4 * LB_KIB, OFFSET, false, true};
	return true;
}

/* boot_root maps the start of the image at its physical address, for la57_switch. */
void arch_format_begin(const struct formats_trial *trial, lb_phys_addr tables)
{
	(void)trial;
	memcpy(root, phys_pointer(tables), sizeof(root));
	root[0] = image_address_phys(boot_root) | BOOT_TABLE_BITS;
	root[ENTRIES - 1] = paging.root | BOOT_TABLE_BITS;
	arch_interrupts(false);
	arch_switch_tables(image_address_phys(boot_root));
	la57_switch(image_address_phys(root), 1);
}

void arch_format_end(void)
{
	la57_switch(image_address_phys(boot_root), 0);
	arch_switch_tables(paging.root);
	arch_interrupts(true);
}

/* The image is in use while this runs: there the two maps are only compared. */
static bool same_word(volatile uint64_t *there, volatile uint64_t *here)
{
	uint64_t was = *here;
	bool same = *there == was;

	if (!lb_range_has(image_range(), pointer_phys(here))) {
		*there = was ^ TAG;
		same = same && *here == (was ^ TAG);
		*here = was;
		same = same && *there == was;
	}
	return same;
}

bool arch_format_agrees(uint64_t va, const struct lb_mapping *expected)
{
	volatile uint64_t *there = (volatile uint64_t *)(uintptr_t)(va & ~UINT64_C(7));
	uint64_t value;
	uint64_t fault;

	if (!probe_read(there, &value, &fault)) {
		return expected->state != LB_MAPPING_PRESENT && fault == (uintptr_t)there;
	}
	return expected->state == LB_MAPPING_PRESENT &&
		same_word(there, phys_pointer(expected->pa & ~UINT64_C(7)));
}
