/* SPDX-License-Identifier: MIT */
/* cpu_x86_64: which CPU this is, and its interrupts. */
#include "../cpu.h"

#include "cpuid.h"
#include "port.h"

#define MSR_GS_BASE 0xc0000101
#define CPUID_FEATURES 1 /* EBX bits 31 to 24: the initial APIC id (Intel SDM volume 2A, CPUID) */

void arch_set_this_cpu(struct cpu *cpu)
{
	msr_write(MSR_GS_BASE, (uintptr_t)cpu);
}

uintptr_t arch_cpu_pointer(void)
{
	return msr_read(MSR_GS_BASE);
}

struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

uint64_t arch_hardware_id(void)
{
	return cpuid(CPUID_FEATURES, 0).ebx >> 24;
}

void arch_interrupts(bool on)
{
	if (on) {
		__asm__ volatile("sti" : : : "memory");
	} else {
		__asm__ volatile("cli" : : : "memory");
	}
}
