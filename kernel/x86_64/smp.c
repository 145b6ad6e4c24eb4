/* SPDX-License-Identifier: MIT */
/*
 * smp: starts the other CPUs by INIT and SIPI through the local APIC (Intel SDM volume 3A, 8.4 and
 * 10.6), and interrupts them with an NMI.
 */
#include "../arch.h"
#include "../boot.h"
#include "../console.h"
#include "../cpu.h"
#include "../inject.h"
#include "../low_memory.h"
#include "../memory.h"
#include "../paging.h"
#include "../text.h"
#include "cpu_tables.h"
#include "port.h"

#define MSR_APIC_BASE 0x1b
#define APIC_ADDRESS UINT64_C(0xffffff000)
enum { APIC_ID = 0x20, APIC_SPURIOUS = 0xf0, APIC_COMMAND = 0x300, APIC_COMMAND_HIGH = 0x310 };
#define APIC_ENABLE 0x1ff
#define COMMAND_PENDING (1u << 12)
#define ALL_BUT_SELF 0x000c4000u
#define ONE_CPU 0x00004000u
#define SEND_NMI 0x400u
#define SEND_INIT 0x500u
#define SEND_STARTUP 0x600u

#define QUIET_US 100000
#define PATIENCE_US 3000000

_Static_assert(offsetof(struct cpu, stack_top) == 24, "trampoline.S");

extern const uint8_t trampoline_start[], trampoline_end[], trampoline_gdt_pointer[],
	trampoline_long_pointer[], trampoline_tables[], trampoline_root[], trampoline_entry[];
extern const char secondary_start[];

uint32_t secondary_next = 1;
uint32_t secondary_limit = CPUS_MAX;
struct cpu *secondary_cpus[CPUS_MAX];

static volatile uint8_t *apic;

void x86_secondary(struct cpu *cpu);

static volatile uint32_t *apic_register(size_t offset)
{
	return (volatile uint32_t *)(volatile void *)(apic + offset);
}

static void apic_enable(void)
{
	lb_phys_addr base = msr_read(MSR_APIC_BASE) & APIC_ADDRESS;

	if (!apic) {
		apic = device_map((struct lb_range){base, base + PAGE_BYTES});
	}
	*apic_register(APIC_SPURIOUS) = APIC_ENABLE;
}

static void apic_wait(void)
{
	for (int i = 0; i < 100000 && *apic_register(APIC_COMMAND) & COMMAND_PENDING; i++) {
		arch_relax();
	}
}

static void apic_send(uint32_t command)
{
	apic_wait();
	*apic_register(APIC_COMMAND) = command;
}

static void apic_send_to(uint64_t id, uint32_t command)
{
	apic_wait();
	*apic_register(APIC_COMMAND_HIGH) = (uint32_t)id << 24;
	apic_send(command);
}

/* One by one: a CPU beyond CPUS_MAX halts without an interrupt table, and an NMI would reset it. */
void arch_interrupt_others(void)
{
	for (uint32_t i = 0; apic && i < cpu_count; i++) {
		if (&cpus[i] != this_cpu()) {
			apic_send_to(cpus[i].hardware_id, ONE_CPU | SEND_NMI);
		}
	}
}

void arch_interrupt_self(void)
{
	apic_send_to(this_cpu()->hardware_id, ONE_CPU | SEND_NMI);
}

/* Inside the handler of an NMI no other gets through: exceptions.c stays there. */
_Noreturn void arch_stop_deaf(void)
{
	this_cpu()->deaf = 1;
	arch_interrupt_self();
	arch_stop();
}

void x86_secondary(struct cpu *cpu)
{
	arch_set_this_cpu(cpu);
	cpu_tables_load(cpu);
	apic_enable();
	cpu->hardware_id = *apic_register(APIC_ID) >> 24;
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
	cpus[0].hardware_id = *apic_register(APIC_ID) >> 24;
	if (!start || expected == 1) {
		return;
	}
	for (uint32_t i = 1; i < CPUS_MAX; i++) {
		secondary_cpus[i] = cpu_prepare(i, 0);
	}
	trampoline_place(start);
	apic_send(ALL_BUT_SELF | SEND_INIT);
	delay_microseconds(10000);
	apic_send(ALL_BUT_SELF | SEND_STARTUP | (uint32_t)(start >> 12));
	delay_microseconds(200);
	apic_send(ALL_BUT_SELF | SEND_STARTUP | (uint32_t)(start >> 12));
	wait_for_cpus(expected);
}

void arch_interrupts(bool on)
{
	if (on) {
		__asm__ volatile("sti" : : : "memory");
	} else {
		__asm__ volatile("cli" : : : "memory");
	}
}
