/* SPDX-License-Identifier: MIT */
/* apic: the local APIC (Intel SDM volume 3A, 10.6), as far as one CPU starting and stopping others
 * needs it: an NMI stops. */
#include "apic.h"

#include "../arch.h"
#include "../cpu.h"
#include "../early_map.h"
#include "../inject.h"
#include "../memory.h"
#include "port.h"

#define MSR_APIC_BASE 0x1b
#define APIC_ADDRESS UINT64_C(0xffffff000)
enum { APIC_SPURIOUS = 0xf0, APIC_COMMAND = 0x300, APIC_COMMAND_HIGH = 0x310 };
#define APIC_ENABLE 0x1ff
#define COMMAND_PENDING (1u << 12)
#define ONE_CPU 0x00004000u
#define SEND_NMI 0x400u

static volatile uint8_t *apic;

static volatile uint32_t *apic_register(size_t offset)
{
	return (volatile uint32_t *)(volatile void *)(apic + offset);
}

void apic_enable(void)
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

void apic_send(uint32_t command)
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

/* One by one: a CPU beyond CPUS_MAX halts without an interrupt table, and an NMI would reset it.
 * One that has stopped by itself would write its stack, which is being dumped. */
void arch_interrupt_others(void)
{
	for (uint32_t i = 0; apic && i < cpu_count; i++) {
		if (&cpus[i] != cpu_here() &&
			!__atomic_load_n(&cpus[i].stopped, __ATOMIC_ACQUIRE)) {
			apic_send_to(cpus[i].hardware_id, ONE_CPU | SEND_NMI);
		}
	}
}

void arch_interrupt_self(void)
{
	apic_send_to(arch_hardware_id(), ONE_CPU | SEND_NMI);
}

/* Inside the handler of an NMI no other gets through: exceptions.c stays there. */
_Noreturn void arch_stop_deaf(void)
{
	cpu_here()->deaf = 1;
	arch_interrupt_self();
	arch_stop();
}
