/* SPDX-License-Identifier: MIT */
/* layout: the virtual address space on arm64, and the smallest things that differ from x86-64.
 * Included by assembly too. */
#ifndef LIFEBOAT_KERNEL_ARM64_LAYOUT_H
#define LIFEBOAT_KERNEL_ARM64_LAYOUT_H

/* All in the upper half (TTBR1_EL1, 48 bits, 4 KiB granule). */
#define IMAGE_VIRTUAL 0xffffffff80000000
#define DEVICE_VIRTUAL 0xffffffffc0000000
#define LINEAR_VIRTUAL 0xffff000000000000

/*
 * Attributes: index 0 normal write-back, 1 device (LB_ARM64_MAIR in lifeboat/linear_map.h).
 * TCR: 48-bit halves, 4 KiB granules, walks cached and inner shareable; the physical size is
 * filled in at run time.
 */
#define MAIR_VALUE 0x04ff
#define TCR_VALUE 0xb5103510
#define BLOCK_NORMAL 0x701
#define BLOCK_READ_ONLY 0x781
#define BLOCK_DEVICE 0x60000000000405
/* MMU, caches; RES1 bits of ARMv8.0 as Linux sets them would trap nothing here. */
#define SCTLR_MMU_ON 0x30d0181d
#define SCTLR_MMU_OFF 0x30d00800

/* Offsets in struct cpu that boot.S uses; cpu.h's order, checked in psci.c. */
#define CPU_STACK_TOP 24
#define CPU_TRAP_STACK_TOP 32

#define ARCH_NAME "arm64"
#define ARCH LB_ARCH_ARM64
/* The upper half, where the kernel is, has a root of its own (TTBR1_EL1). */
#define ARCH_ONE_TABLE false
/* TLBI ...IS reaches every CPU. */
#define ARCH_FLUSH_REACHES_ALL true
#define ARCH_CRASH_MAX LB_PHYS_ADDR_MAX
#define ARCH_HAS_LOW_MEGABYTE false

/* In the order of the core file. */
#define ARCH_REGISTERS 34
#define ARCH_PATTERN_PLACES LB_PATTERN_PLACES_ARM64

#ifndef __ASSEMBLER__
#define BOOT_TABLE_BITS UINT64_C(0x3)
#define BOOT_BLOCK_BITS UINT64_C(0x60000000000701)
#define BOOT_DEVICE_BITS UINT64_C(BLOCK_DEVICE)

static inline void arch_flush_tlb(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
}

static inline void arch_relax(void)
{
	__asm__ volatile("yield");
}
/*
 * The lower half of the address space becomes the tables; the image stays in the upper. Jumps, with
 * the argument where purgatory wants it. Writes nothing to memory.
 */
static inline _Noreturn __attribute__((always_inline)) void arch_leave(
	uint64_t tables, uint64_t entry, uint64_t argument)
{
	register uint64_t x0 __asm__("x0") = argument;

	__asm__ volatile("msr daifset, #0xf\n\t"
			 "msr ttbr0_el1, %0\n\t"
			 "isb\n\t"
			 "tlbi vmalle1\n\t"
			 "dsb nsh\n\t"
			 "isb\n\t"
			 "br %1"
		: : "r"(tables), "r"(entry), "r"(x0) : "memory");
	__builtin_unreachable();
}
#endif

#endif
