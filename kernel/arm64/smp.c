/* SPDX-License-Identifier: MIT */
/* smp: starts the other CPUs through PSCI (Arm DEN 0022F). */
#include "../arch.h"
#include "../cpu.h"
#include "device_tree.h"
#include "gic.h"
#include "platform.h"

_Static_assert(offsetof(struct cpu, stack_top) == CPU_STACK_TOP, "boot.S");
_Static_assert(offsetof(struct cpu, trap_stack_top) == CPU_TRAP_STACK_TOP, "boot.S");

#define START_PATIENCE_US 2000000

extern const char secondary_entry[];

/* The tables that a started CPU turns on; read with its MMU off. */
lb_phys_addr secondary_root;

void arm64_secondary(struct cpu *cpu);

void arm64_secondary(struct cpu *cpu)
{
	arch_set_this_cpu(cpu);
	gic_init_cpu();
	cpu_idle();
}

static void clean_to_memory(const void *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 16) {
		__asm__ volatile("dc cvac, %0" : : "r"((uintptr_t)at + i) : "memory");
	}
	__asm__ volatile("dsb sy" : : : "memory");
}

static bool wait_online(const struct cpu *cpu)
{
	uint64_t start = arch_ticks();

	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (ticks_to_microseconds(arch_ticks() - start) > START_PATIENCE_US) {
			return false;
		}
		arch_relax();
	}
	return true;
}

void arch_start_cpus(uint32_t expected)
{
	(void)expected; /* the device tree says how many there are */
	__asm__ volatile("mrs %0, ttbr1_el1" : "=r"(secondary_root));
	clean_to_memory(&secondary_root, sizeof(secondary_root));
	for (uint32_t i = 0; i < device_tree_cpus.count && cpu_count < CPUS_MAX; i++) {
		struct cpu *cpu;

		if (device_tree_cpus.mpidr[i] == cpus[0].hardware_id) {
			continue;
		}
		cpu = cpu_prepare(cpu_count, device_tree_cpus.mpidr[i]);
		clean_to_memory(cpu, sizeof(*cpu));
		if (!psci_call(PSCI_CPU_ON, cpu->hardware_id,
				image_address_phys(secondary_entry), (uintptr_t)cpu) &&
			wait_online(cpu)) {
			cpu_count++;
		}
	}
}
