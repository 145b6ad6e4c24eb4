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

#define PLACE_PSTATE 33
#define PSTATE_MODE_BITS 5
#define PSTATE_EL1T 0x4
/* D, A and F are masked, I is not. */
#define PSTATE_MASKS_BITS 4
#define PSTATE_MASKS_FROM 6
#define PSTATE_MASKS 0xd

/* Interrupts are masked by priority, which PSTATE does not tell. */
size_t arch_waiting_registers(const struct cpu *cpu, const void *work, bool interruptible,
	struct lb_pattern_known ret[LB_PATTERN_KNOWN_MAX])
{
	const struct lb_pattern_known known[] = {
		{0, 64, 0, (uintptr_t)cpu->pattern},
		{1, 64, 0, (uintptr_t)&cpu->waiting_sp},
		{2, 64, 0, (uintptr_t)work},
		{PLACE_PSTATE, PSTATE_MODE_BITS, 0, PSTATE_EL1T},
		{PLACE_PSTATE, PSTATE_MASKS_BITS, PSTATE_MASKS_FROM, PSTATE_MASKS}};

	(void)interruptible;
	_Static_assert(sizeof(known) <= LB_PATTERN_KNOWN_MAX * sizeof(known[0]), "room");
	__builtin_memcpy(ret, known, sizeof(known));
	return LB_ARRAY_COUNT(known);
}

size_t arch_panicking_registers(struct lb_pattern_known ret[LB_PATTERN_KNOWN_MAX])
{
	const struct lb_pattern_known known[] = {
		{PLACE_PSTATE, PSTATE_MODE_BITS, 0, PSTATE_EL1T},
		{PLACE_PSTATE, PSTATE_MASKS_BITS, PSTATE_MASKS_FROM, PSTATE_MASKS}};

	_Static_assert(sizeof(known) <= LB_PATTERN_KNOWN_MAX * sizeof(known[0]), "room");
	__builtin_memcpy(ret, known, sizeof(known));
	return LB_ARRAY_COUNT(known);
}
