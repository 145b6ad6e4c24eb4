/* SPDX-License-Identifier: MIT */
/*
 * formats_arm64: other granules are tried in the lower half of the address space, which this kernel
 * does not use (Arm ARM D19.2.139, TCR_EL1; D19.2.64, ID_AA64MMFR0_EL1). The CPU is asked with
 * an address-translation instruction.
 */
#include "../formats.h"

#include "../arch.h"
#include "layout.h"

#define OFFSET (UINT64_C(1) << 46)
#define TCR_TG0 (UINT64_C(3) << 14)
#define PAR_FAULT 1
#define PAR_ADDRESS UINT64_C(0x0000fffffffff000)

static struct {
	uint64_t tcr;
	uint64_t ttbr0;
} saved;

bool arch_format(size_t index, struct formats_trial *ret)
{
	static const struct formats_trial trials[] = {
		{"4 KiB granule", LB_PAGES_ARM64_4K, 4 * LB_KIB, OFFSET, true, false},
		{"64 KiB granule", LB_PAGES_ARM64_64K, 64 * LB_KIB, OFFSET, true, false},
		{"16 KiB granule", LB_PAGES_ARM64_16K, 16 * LB_KIB, OFFSET, true, false},
	};
	uint64_t features;

	__asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
	if (index >= LB_ARRAY_COUNT(trials) || (index == 1 && features >> 24 & 0xf) ||
		(index == 2 && !(features >> 20 & 0xf))) {
		return false;
	}
	*ret = trials[index];
	return true;
}

static void set_lower_half(uint64_t tcr, uint64_t ttbr0)
{
	__asm__ volatile("msr ttbr0_el1, %0\n\t"
			 "msr tcr_el1, %1\n\t"
			 "isb" : : "r"(ttbr0), "r"(tcr) : "memory");
	arch_flush_tlb();
}

void arch_format_begin(const struct formats_trial *trial, lb_phys_addr root)
{
	uint64_t granule = trial->page == 4 * LB_KIB ? 0 : trial->page == 64 * LB_KIB ? 1 : 2;

	__asm__ volatile("mrs %0, tcr_el1" : "=r"(saved.tcr));
	__asm__ volatile("mrs %0, ttbr0_el1" : "=r"(saved.ttbr0));
	set_lower_half((saved.tcr & ~TCR_TG0) | granule << 14, root);
}

void arch_format_end(void)
{
	set_lower_half(saved.tcr, saved.ttbr0);
}

bool arch_format_agrees(uint64_t va, const struct lb_mapping *expected)
{
	lb_phys_addr pa;
	uint64_t par;

	__asm__ volatile("at s1e1w, %1\n\t"
			 "isb\n\t"
			 "mrs %0, par_el1" : "=r"(par) : "r"(va) : "memory");
	pa = (par & PAR_ADDRESS) | (va & 0xfff);
	return par & PAR_FAULT ? expected->state != LB_MAPPING_PRESENT
			       : expected->state == LB_MAPPING_PRESENT && pa == expected->pa;
}
