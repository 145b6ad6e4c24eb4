/* SPDX-License-Identifier: MIT */
/* paging_x86_64: what x86-64 has to say about the kernel's page tables. */
#include "../paging.h"

#include "../arch.h"
#include "cpuid.h"

#define CPUID_EXTENDED 0x80000001
#define HAS_1G_PAGES (1u << 26)

bool arch_has_1g_blocks(void)
{
	return cpuid(CPUID_EXTENDED, 0).edx & HAS_1G_PAGES;
}

lb_phys_addr arch_lower_root(void)
{
	return 0;
}

void arch_linear_config(struct lb_linear_config *ret)
{
	*ret = (struct lb_linear_config){
		.format = LB_PAGES_X86_4LEVEL, .va_offset = LINEAR_VIRTUAL};
	if (!arch_has_1g_blocks()) {
		ret->largest_block = 2 * LB_MIB;
	}
}

void arch_order_tables(void *context)
{
	(void)context; /* x86 keeps the order of stores */
	__asm__ volatile("" : : : "memory");
}

void arch_switch_tables(lb_phys_addr root)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
	arch_flush_tlb();
}
