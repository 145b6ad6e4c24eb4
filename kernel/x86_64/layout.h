/* SPDX-License-Identifier: MIT */
/* layout: the virtual address space on x86-64, and the smallest things that differ from arm64.
 * Included by assembly too. */
#ifndef LIFEBOAT_KERNEL_X86_64_LAYOUT_H
#define LIFEBOAT_KERNEL_X86_64_LAYOUT_H

/* The image runs at one virtual address wherever it was loaded (kernel.lds); devices get the
 * gigabyte after it; all of memory is mapped from LINEAR_VIRTUAL upward. */
#define IMAGE_VIRTUAL 0xffffffff80000000
#define DEVICE_VIRTUAL 0xffffffffc0000000
#define LINEAR_VIRTUAL 0xffff888000000000

/* Where QEMU loads the ELF file: the image works at any multiple of 2 MiB. */
#define IMAGE_LINK_PHYS 0x200000

/* What the loader put into the entry code's hands. */
#define BOOT_PVH 0
#define BOOT_LINUX 1

#define ARCH_NAME "x86-64"
#define ARCH LB_ARCH_X86_64
/* PCs have firmware, DMA and CPU start-up below 1 MiB. */
/* One root maps both halves of the address space. */
#define ARCH_ONE_TABLE true
/* Dropping translations is each CPU's own business. */
#define ARCH_FLUSH_REACHES_ALL false
#define ARCH_CRASH_MAX (4 * LB_GIB)
#define ARCH_HAS_LOW_MEGABYTE true

/* In the order of the core file: rip; and rbx, r12, r13, r14, r15, where waiting CPUs keep their
 * pattern. */
#define ARCH_REGISTERS 27
#define ARCH_PATTERN_PLACES LB_PATTERN_PLACES_X86_64

#ifndef __ASSEMBLER__
/* Entries of the boot page tables: present and writable; a 2 MiB block, global, and never
 * executed; the same without caches. */
#define BOOT_TABLE_BITS UINT64_C(0x3)
#define BOOT_BLOCK_BITS UINT64_C(0x8000000000000183)
#define BOOT_DEVICE_BITS UINT64_C(0x800000000000019b)

/* Also drops global entries: CR4.PGE off and on again. */
static inline void arch_flush_tlb(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4\n\tmov %1, %%cr4"
		: : "r"(cr4 & ~UINT64_C(0x80)), "r"(cr4) : "memory");
}

static inline void arch_relax(void)
{
	__asm__ volatile("pause");
}
/*
 * Changes to the tables, which map the image where it is too, and jumps, with the argument where
 * purgatory wants it. Writes nothing to memory: inlined, so that not even a return address is.
 */
static inline _Noreturn __attribute__((always_inline)) void arch_leave(
	uint64_t tables, uint64_t entry, uint64_t argument)
{
	__asm__ volatile("cli\n\t"
			 "mov %0, %%cr3\n\t"
			 "jmp *%1"
		: : "r"(tables), "r"(entry), "D"(argument) : "memory");
	__builtin_unreachable();
}
#endif

#endif
