/* SPDX-License-Identifier: MIT */
/* purgatory on x86-64: the console, vector registers, the reset. */
#include "purgatory/blob/blob.h"

/* 16550: transmit at 0, line status at 5, of which bit 5 says that there is room. */
#define UART_STATUS 5
#define UART_ROOM 0x20
#define PATIENCE 100000

#define CR0_MONITOR (UINT64_C(1) << 1)
#define CR0_EMULATION (UINT64_C(1) << 2)
#define CR0_TASK_SWITCHED (UINT64_C(1) << 3)
#define CR4_OSFXSR (UINT64_C(1) << 9)
#define CR4_OSXMMEXCPT (UINT64_C(1) << 10)

#define RESET_CONTROL 0xcf9       /* chipset: 2 chooses a hard reset, 4 starts it */
#define KEYBOARD_CONTROLLER 0x64  /* 0xfe pulses the CPU's reset line */

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void pause_briefly(void)
{
	for (unsigned int i = 0; i < PATIENCE; i++) {
		__asm__ volatile("pause");
	}
}

static void put_port(uint16_t port, uint8_t byte)
{
	for (unsigned int i = 0; i < PATIENCE && !(in(port + UART_STATUS) & UART_ROOM); i++) {
		__asm__ volatile("pause");
	}
	out(port, byte);
}

static void put_memory(volatile uint8_t *registers, uint8_t byte)
{
	for (unsigned int i = 0; i < PATIENCE && !(registers[UART_STATUS] & UART_ROOM); i++) {
		__asm__ volatile("pause");
	}
	registers[0] = byte;
}

void purgatory_put(const struct lb_purgatory *purgatory, uint8_t byte)
{
	if (purgatory->console_kind == LB_PURGATORY_UART_PORT) {
		put_port((uint16_t)purgatory->console, byte);
	} else if (purgatory->console_kind == LB_PURGATORY_UART_MMIO) {
		put_memory((volatile uint8_t *)(uintptr_t)purgatory->console, byte);
	}
}

void purgatory_enable_vectors(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	value = (value & ~(CR0_EMULATION | CR0_TASK_SWITCHED)) | CR0_MONITOR;
	__asm__ volatile("mov %0, %%cr0" : : "r"(value));
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	value |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	__asm__ volatile("mov %0, %%cr4" : : "r"(value));
}

uint32_t purgatory_reset_guess(uint64_t attempt)
{
	(void)attempt;
	return LB_PURGATORY_RESET_X86;
}

_Noreturn void purgatory_reset(uint32_t kind)
{
	static const uint8_t nothing[10];

	if (kind != LB_PURGATORY_RESET_NONE) {
		out(RESET_CONTROL, 2);
		out(RESET_CONTROL, 6);
		pause_briefly();
		out(KEYBOARD_CONTROLLER, 0xfe);
		pause_briefly();
		/* Without an interrupt table this is a triple fault. */
		__asm__ volatile("lidt %0\n\tud2" : : "m"(nothing));
	}
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}
