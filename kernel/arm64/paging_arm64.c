/* SPDX-License-Identifier: MIT */
/* paging_arm64: what arm64 has to say about the kernel's page tables. */
#include "../paging.h"

#include "../arch.h"

/* boot.S: runs at its physical address, through the identity map. */
extern const char replace_ttbr1[];

/* Arm ARM D8.2.9: always with a granule of 4 KiB. */
bool arch_has_1g_blocks(void)
{
	return true;
}

lb_phys_addr arch_lower_root(void)
{
	uint64_t ttbr0;

	__asm__ volatile("mrs %0, ttbr0_el1" : "=r"(ttbr0));
	return ttbr0 & UINT64_C(0x0000fffffffff000);
}

void arch_linear_config(struct lb_linear_config *ret)
{
	uint64_t features;

	__asm__ volatile("mrs %0, s3_0_c0_c7_2" : "=r"(features)); /* ID_AA64MMFR2_EL1 */
	*ret = (struct lb_linear_config){.format = LB_PAGES_ARM64_4K, .va_offset = LINEAR_VIRTUAL,
		.contiguous = true, .break_before_make = (features >> 52 & 0xf) < 2};
}

void arch_order_tables(void *context)
{
	(void)context;
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

/* The old and the new tables map this very code with blocks of different sizes, which a CPU may
 * not hold at the same time: the change happens while nothing of the upper half is mapped. */
void arch_switch_tables(lb_phys_addr root)
{
	void (*replace)(lb_phys_addr) =
		(void (*)(lb_phys_addr))(uintptr_t)image_address_phys(replace_ttbr1);

	replace(root);
}
