/* SPDX-License-Identifier: MIT */
/* smp: starts the other CPUs by INIT and SIPI (Intel SDM volume 3A, 8.4). */
#include "../arch.h"
#include "../cpu.h"
#include "../low_memory.h"
#include "../memory.h"
#include "../paging.h"
#include "../text.h"
#include "apic.h"
#include "cpu_tables.h"

#define QUIET_US 100000
#define PATIENCE_US 3000000

_Static_assert(offsetof(struct cpu, stack_top) == 24, "trampoline.S");

extern const uint8_t trampoline_start[], trampoline_end[], trampoline_gdt_pointer[],
	trampoline_long_pointer[], trampoline_tables[], trampoline_root[], trampoline_entry[];
extern const char secondary_start[];

uint32_t secondary_next = 1;
uint32_t secondary_limit = CPUS_MAX;
struct cpu *secondary_cpus[CPUS_MAX];

void x86_secondary(struct cpu *cpu);

void x86_secondary(struct cpu *cpu)
{
	arch_set_this_cpu(cpu);
	cpu_tables_load(cpu);
	apic_enable();
	cpu->hardware_id = arch_hardware_id();
	arch_interrupts(true);
	cpu_idle();
}

static void put32(uint8_t *page, const uint8_t *symbol, size_t plus, uint32_t add)
{
	uint32_t value;
	uint8_t *at = page + (symbol - trampoline_start) + plus;

	memcpy(&value, at, sizeof(value));
	value += add;
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *page, const uint8_t *symbol, uint64_t value)
{
	memcpy(page + (symbol - trampoline_start), &value, sizeof(value));
}

/* Copies the code and makes its tables: the kernel's upper half, and the first 2 MiB. */
static void trampoline_place(lb_phys_addr start)
{
	uint8_t *page = phys_pointer(start);
	uint64_t *root = phys_pointer(start + PAGE_BYTES);
	uint64_t *upper = phys_pointer(start + 2 * PAGE_BYTES);
	uint64_t *lower = phys_pointer(start + 3 * PAGE_BYTES);
	const uint64_t *kernel_root = paging.pages.access(paging.pages.context, paging.root);

	memset(root, 0, 3 * PAGE_BYTES);
	memcpy(page, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	memcpy(root + 256, kernel_root + 256, 2048);
	root[0] = pointer_phys(upper) | BOOT_TABLE_BITS;
	upper[0] = pointer_phys(lower) | BOOT_TABLE_BITS;
	lower[0] = 0x83;
	put32(page, trampoline_gdt_pointer, 2, (uint32_t)start);
	put32(page, trampoline_long_pointer, 0, (uint32_t)start);
	put64(page, trampoline_tables, start + PAGE_BYTES);
	put64(page, trampoline_root, paging.root);
	put64(page, trampoline_entry, (uintptr_t)secondary_start);
}

static uint32_t count_online(void)
{
	uint32_t count = 1;

	while (count < CPUS_MAX && __atomic_load_n(&cpus[count].online, __ATOMIC_ACQUIRE)) {
		count++;
	}
	return count;
}

/* Until the expected number runs, or, when that is not known, none has joined for a while. */
static void wait_for_cpus(uint32_t expected)
{
	uint64_t start = arch_ticks();
	uint64_t last_change = start;
	uint32_t count = 1;

	for (;;) {
		uint32_t now = count_online();

		if (now != count) {
			count = now;
			last_change = arch_ticks();
		}
		if ((expected && count >= expected) ||
			(!expected &&
				ticks_to_microseconds(arch_ticks() - last_change) > QUIET_US) ||
			ticks_to_microseconds(arch_ticks() - start) > PATIENCE_US) {
			break;
		}
		arch_relax();
	}
	cpu_count = count;
}

void arch_start_cpus(uint32_t expected)
{
	lb_phys_addr start = low_memory_trampoline();

	apic_enable();
	if (!start || expected == 1) {
		return;
	}
	for (uint32_t i = 1; i < CPUS_MAX; i++) {
		secondary_cpus[i] = cpu_prepare(i, 0);
	}
	trampoline_place(start);
	apic_send(APIC_ALL_INIT);
	delay_microseconds(10000);
	apic_send(APIC_ALL_STARTUP | (uint32_t)(start >> 12));
	delay_microseconds(200);
	apic_send(APIC_ALL_STARTUP | (uint32_t)(start >> 12));
	wait_for_cpus(expected);
}
