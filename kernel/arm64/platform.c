/* SPDX-License-Identifier: MIT */
/* platform: PL011 serial port (Arm DDI 0183), generic timer, semihosting exit, PSCI. */
#include "platform.h"

#include "../arch.h"
#include "../early_map.h"

#define DATA 0x00
#define FLAGS 0x18
#define TRANSMIT_FULL 0x20
#define RECEIVE_EMPTY 0x10

#define SYS_EXIT 0x18
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

void semihosting_call(uint64_t operation, const void *parameter);

static volatile uint8_t *serial;
static lb_phys_addr serial_registers;
static enum psci_conduit firmware;

lb_phys_addr serial_phys(void)
{
	return serial_registers;
}

enum psci_conduit psci_conduit(void)
{
	return firmware;
}

void serial_init(lb_phys_addr registers)
{
	serial_registers = registers;
	serial = device_map((struct lb_range){registers, registers + 0x1000});
}

static volatile uint32_t *serial_register(size_t offset)
{
	return (volatile uint32_t *)(volatile void *)(serial + offset);
}

void arch_serial_put(char c)
{
	if (!serial) {
		return;
	}
	for (int i = 0; i < 100000 && *serial_register(FLAGS) & TRANSMIT_FULL; i++) {
		arch_relax();
	}
	*serial_register(DATA) = (uint8_t)c;
}

bool arch_serial_get(char *ret)
{
	if (!serial || *serial_register(FLAGS) & RECEIVE_EMPTY) {
		return false;
	}
	*ret = (char)*serial_register(DATA);
	return true;
}

uint64_t arch_ticks(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value));
	return value;
}

uint64_t arch_ticks_per_second(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
	return value ? value : 1;
}

void psci_init(enum psci_conduit conduit)
{
	firmware = conduit;
}

int64_t psci_call(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	if (firmware == PSCI_HVC) {
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	} else if (firmware == PSCI_SMC) {
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	} else {
		return -1;
	}
	return (int64_t)x0;
}

_Noreturn void machine_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	arch_stop();
}

_Noreturn void arch_exit(enum lb_drill_exit code)
{
	uint64_t parameter[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint64_t)code};

	semihosting_call(SYS_EXIT, parameter);
	machine_reset();
}

_Noreturn void arch_stop(void)
{
	__asm__ volatile("msr daifset, #0xf");
	for (;;) {
		__asm__ volatile("wfi");
	}
}

_Noreturn void arch_stop_deaf(void)
{
	arch_stop(); /* PSTATE.DAIF is what is left when the priority mask does not count */
}
