/* SPDX-License-Identifier: MIT */
/* cpu_arm64: which CPU this is, and its interrupts. */
#include "../cpu.h"

#include "gic.h"

#define AFFINITY_MASK UINT64_C(0xff00ffffff)

void arch_set_this_cpu(struct cpu *cpu)
{
	__asm__ volatile("msr tpidr_el1, %0" : : "r"(cpu));
}

uintptr_t arch_cpu_pointer(void)
{
	uintptr_t pointer;

	__asm__ volatile("mrs %0, tpidr_el1" : "=r"(pointer));
	return pointer;
}

struct cpu *this_cpu(void)
{
	return (struct cpu *)arch_cpu_pointer();
}

uint64_t arch_hardware_id(void)
{
	uint64_t id;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(id));
	return id & AFFINITY_MASK;
}

void arch_interrupts(bool on)
{
	gic_mask(!on);
}
