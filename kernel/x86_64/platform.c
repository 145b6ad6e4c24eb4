/* SPDX-License-Identifier: MIT */
/* platform: what a PC under QEMU offers everywhere: a 16550 serial port, the 8254 timer to
 * measure the time-stamp counter with, the debug-exit port. */
#include "../arch.h"
#include "platform.h"
#include "port.h"

#define COM1 0x3f8
#define LINE_STATUS 5
#define TRANSMIT_EMPTY 0x20
#define DATA_READY 0x01

#define PIT_HERTZ 1193182
#define PIT_COUNT 11932 /* 10 ms */
/* Port reads before the timer counts as missing (microvm has none): well above 10 ms of them. */
#define CALIBRATE_PATIENCE 1000000
#define DEBUG_EXIT 0xf4
#define RESET_PORT 0xcf9

static uint64_t ticks_per_second;

void serial_init(void)
{
	port_write8(COM1 + 1, 0);    /* no interrupts */
	port_write8(COM1 + 3, 0x80); /* divisor: 115200 baud */
	port_write8(COM1 + 0, 1);
	port_write8(COM1 + 1, 0);
	port_write8(COM1 + 3, 0x03); /* 8n1 */
	port_write8(COM1 + 2, 0xc7); /* clear and use the FIFOs */
	port_write8(COM1 + 4, 0x03);
}

/* Nothing here uses the old interrupt controllers; firmware may have left them on. */
void legacy_interrupts_off(void)
{
	port_write8(0x21, 0xff);
	port_write8(0xa1, 0xff);
}

void arch_serial_put(char c)
{
	/* Bounded: a console that does not answer must not stop a crash. */
	for (int i = 0; i < 100000 && !(port_read8(COM1 + LINE_STATUS) & TRANSMIT_EMPTY); i++) {
		arch_relax();
	}
	port_write8(COM1, (uint8_t)c);
}

bool arch_serial_get(char *ret)
{
	if (!(port_read8(COM1 + LINE_STATUS) & DATA_READY)) {
		return false;
	}
	*ret = (char)port_read8(COM1);
	return true;
}

uint64_t arch_ticks(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Counts the time-stamp counter while channel 2 of the 8254 counts 10 ms down. */
void timer_calibrate(void)
{
	uint64_t start;
	unsigned int patience = CALIBRATE_PATIENCE;

	port_write8(0x61, (port_read8(0x61) & ~0x02u) | 0x01);
	port_write8(0x43, 0xb0);
	port_write8(0x42, PIT_COUNT & 0xff);
	port_write8(0x42, PIT_COUNT >> 8);
	start = arch_ticks();
	while (!(port_read8(0x61) & 0x20) && --patience) {
		arch_relax();
	}
	ticks_per_second = (arch_ticks() - start) * PIT_HERTZ / PIT_COUNT;
	if (!patience || !ticks_per_second) {
		ticks_per_second = UINT64_C(1000000000);
	}
}

uint64_t arch_ticks_per_second(void)
{
	return ticks_per_second;
}

_Noreturn void arch_exit(enum lb_drill_exit code)
{
	/* The device ends QEMU with (value << 1) | 1; without it, a reset through the chipset. */
	port_write32(DEBUG_EXIT, (uint32_t)code >> 1);
	port_write8(RESET_PORT, 0x06);
	arch_stop();
}

_Noreturn void arch_stop(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt");
	}
}
