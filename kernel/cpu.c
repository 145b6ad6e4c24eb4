/* SPDX-License-Identifier: MIT */
/* cpu: see cpu.h. */
#include "cpu.h"

#include "arch.h"

struct cpu cpus[CPUS_MAX];
uint32_t cpu_count = 1;
struct cpu_stack cpu_stacks[CPUS_MAX] __attribute__((aligned(4096)));
struct cpu_stack cpu_trap_stacks[CPUS_MAX] __attribute__((aligned(4096)));

/* Under emulation many CPUs may share few. */
#define WORK_PATIENCE_US 20000000

_Static_assert(offsetof(struct cpu, in_loop) ==
	offsetof(struct cpu, pattern) + 8 * LB_PATTERN_CPU_WORDS, "vectors.S");
_Static_assert(LB_PATTERN_CPU_WORDS == 26, "vectors.S");

struct cpu *cpu_prepare(uint32_t index, uint64_t hardware_id)
{
	struct cpu *cpu = &cpus[index];

	LB_ASSERT(index < CPUS_MAX);
	*cpu = (struct cpu){.self = cpu, .index = index, .hardware_id = hardware_id};
	cpu->stack_top = (uintptr_t)&cpu_stacks[index] + sizeof(cpu_stacks[index]);
	cpu->trap_stack_top = (uintptr_t)&cpu_trap_stacks[index] + sizeof(cpu_trap_stacks[index]);
	return cpu;
}

void cpu_init_first(void)
{
	struct cpu *cpu = cpu_prepare(0, arch_hardware_id());

	cpu->online = 1;
	arch_set_this_cpu(cpu);
}

struct cpu *cpu_here(void)
{
	uint64_t id = arch_hardware_id();

	for (uint32_t i = 1; i < cpu_count; i++) {
		if (cpus[i].hardware_id == id) {
			return &cpus[i];
		}
	}
	return &cpus[0];
}

bool cpu_guard_has(uint64_t virtual_address, uint32_t *ret_cpu)
{
	if (virtual_address - (uintptr_t)boot_stack_guard < sizeof(boot_stack_guard)) {
		*ret_cpu = 0;
		return true;
	}
	for (uint32_t i = 0; i < CPUS_MAX; i++) {
		uint64_t normal = (uintptr_t)cpu_stacks[i].guard;
		uint64_t trap = (uintptr_t)cpu_trap_stacks[i].guard;

		if (virtual_address - normal < sizeof(cpu_stacks[i].guard) ||
			virtual_address - trap < sizeof(cpu_stacks[i].guard)) {
			*ret_cpu = i;
			return true;
		}
	}
	return false;
}

_Noreturn void cpu_idle(void)
{
	struct cpu *cpu = this_cpu();

	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	for (;;) {
		arch_wait_with_pattern(cpu->pattern, &cpu->waiting_sp, &cpu->work);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		cpu->work(cpu->argument);
		__atomic_store_n(&cpu->work, NULL, __ATOMIC_RELEASE);
	}
}

void cpu_start_work(struct cpu *cpu, void (*work)(void *argument), void *argument)
{
	cpu->argument = argument;
	__atomic_store_n(&cpu->work, work, __ATOMIC_RELEASE);
}

static bool wait_done(const struct cpu *cpu)
{
	uint64_t start = arch_ticks();

	while (__atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE)) {
		if (ticks_to_microseconds(arch_ticks() - start) > WORK_PATIENCE_US) {
			return false;
		}
		arch_relax();
	}
	return true;
}

bool cpu_run(struct cpu *cpu, void (*work)(void *argument), void *argument)
{
	if (cpu == this_cpu()) {
		work(argument);
		return true;
	}
	cpu_start_work(cpu, work, argument);
	return wait_done(cpu);
}

static void start_others(void (*work)(void *argument), void *argument)
{
	for (uint32_t i = 0; i < cpu_count; i++) {
		if (&cpus[i] != this_cpu()) {
			cpu_start_work(&cpus[i], work, argument);
		}
	}
}

static bool wait_others(void)
{
	bool done = true;

	for (uint32_t i = 0; i < cpu_count; i++) {
		done = done && (&cpus[i] == this_cpu() || wait_done(&cpus[i]));
	}
	return done;
}

bool cpu_run_others(void (*work)(void *argument), void *argument)
{
	start_others(work, argument);
	return wait_others();
}

bool cpu_run_all(void (*work)(void *argument), void *argument)
{
	start_others(work, argument);
	work(argument);
	return wait_others();
}

void delay_microseconds(uint64_t microseconds)
{
	uint64_t start = arch_ticks();

	while (ticks_to_microseconds(arch_ticks() - start) < microseconds) {
		arch_relax();
	}
}
