/* SPDX-License-Identifier: MIT */
/* purgatory on arm64: the console, vector registers, the reset. */
#include "purgatory/arm64/psci.h"
#include "purgatory/blob/blob.h"

/* PL011: data at 0x00, flags at 0x18, of which bit 5 says that the transmit FIFO is full. */
#define PL011_FLAGS (0x18 / 4)
#define PL011_FULL 0x20
#define PATIENCE 100000

#define CURRENT_EL2 8
#define CPACR_FPEN (UINT64_C(3) << 20)
#define CPTR_TFP (UINT64_C(1) << 10)

void purgatory_put(const struct lb_purgatory *purgatory, uint8_t byte)
{
	volatile uint32_t *registers = (volatile uint32_t *)(uintptr_t)purgatory->console;

	if (purgatory->console_kind == LB_PURGATORY_UART_MMIO) {
		*(volatile uint8_t *)registers = byte;
	} else if (purgatory->console_kind == LB_PURGATORY_PL011) {
		for (unsigned int i = 0; i < PATIENCE && registers[PL011_FLAGS] & PL011_FULL; i++) {
			__asm__ volatile("yield");
		}
		registers[0] = byte;
	}
}

void purgatory_enable_vectors(void)
{
	uint64_t level, value;

	__asm__ volatile("mrs %0, CurrentEL" : "=r"(level));
	if (level == CURRENT_EL2) {
		__asm__ volatile("mrs %0, cptr_el2" : "=r"(value));
		__asm__ volatile("msr cptr_el2, %0" : : "r"(value & ~CPTR_TFP));
	}
	/* In EL2 with VHE this is CPTR_EL2 again, whose FPEN lies at the same place. */
	__asm__ volatile("mrs %0, cpacr_el1" : "=r"(value));
	__asm__ volatile("msr cpacr_el1, %0" : : "r"(value | CPACR_FPEN));
	__asm__ volatile("isb");
}

uint32_t purgatory_reset_guess(uint64_t attempt)
{
	return attempt == 1 ? LB_PURGATORY_RESET_HVC
		: attempt == 2 ? LB_PURGATORY_RESET_SMC
			       : LB_PURGATORY_RESET_NONE;
}

_Noreturn void purgatory_reset(uint32_t kind)
{
	register uint64_t function __asm__("x0") = PSCI_SYSTEM_RESET;

	if (kind == LB_PURGATORY_RESET_SMC) {
		__asm__ volatile("smc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
	} else if (kind != LB_PURGATORY_RESET_NONE) {
		__asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
	}
	for (;;) {
		__asm__ volatile("wfi");
	}
}
