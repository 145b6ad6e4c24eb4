/* SPDX-License-Identifier: MIT */
/* cpu_x86_64: which CPU this is, and its interrupts. */
#include "../cpu.h"

#include "cpu_tables.h"
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

/* In the order of struct user_regs_struct. The system call that a CPU was in is none. */
enum {
	PLACE_RDX = 12,
	PLACE_RDI = 14,
	PLACE_SYSTEM_CALL,
	PLACE_CS = 17,
	PLACE_FLAGS,
	PLACE_SS = 20,
	PLACE_GS_BASE = 22,
};
#define FLAG_INTERRUPTS UINT64_C(0x200)
#define FLAG_INTERRUPTS_BIT 9
#define FLAGS_OF_EQUAL UINT64_C(0x46) /* what the loop's comparison leaves: zero, parity, and a 1 */

size_t arch_waiting_registers(const struct cpu *cpu, const void *work, bool interruptible,
	struct lb_pattern_known ret[LB_PATTERN_KNOWN_MAX])
{
	const struct lb_pattern_known known[] = {
		{PLACE_RDX, 64, 0, (uintptr_t)work},
		{PLACE_RDI, 64, 0, (uintptr_t)cpu->pattern},
		{PLACE_CS, 64, 0, CODE_SELECTOR},
		{PLACE_FLAGS, 64, 0, FLAGS_OF_EQUAL | (interruptible ? FLAG_INTERRUPTS : 0)},
		{PLACE_SS, 64, 0, DATA_SELECTOR},
		{PLACE_SYSTEM_CALL, 64, 0, UINT64_MAX},
		{PLACE_GS_BASE, 64, 0, (uintptr_t)cpu}};

	_Static_assert(sizeof(known) <= LB_PATTERN_KNOWN_MAX * sizeof(known[0]), "room");
	__builtin_memcpy(ret, known, sizeof(known));
	return LB_ARRAY_COUNT(known);
}

size_t arch_panicking_registers(struct lb_pattern_known ret[LB_PATTERN_KNOWN_MAX])
{
	const struct lb_pattern_known known[] = {
		{PLACE_CS, 64, 0, CODE_SELECTOR},
		{PLACE_FLAGS, 1, FLAG_INTERRUPTS_BIT, 1},
		{PLACE_SS, 64, 0, DATA_SELECTOR},
		{PLACE_SYSTEM_CALL, 64, 0, UINT64_MAX},
		{PLACE_GS_BASE, 64, 0, arch_cpu_pointer()}};

	_Static_assert(sizeof(known) <= LB_PATTERN_KNOWN_MAX * sizeof(known[0]), "room");
	__builtin_memcpy(ret, known, sizeof(known));
	return LB_ARRAY_COUNT(known);
}
