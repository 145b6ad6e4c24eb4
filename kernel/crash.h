/* SPDX-License-Identifier: MIT */
/* crash: what has to be ready before a crash, so that nothing has to be found then. */
#ifndef LIFEBOAT_KERNEL_CRASH_H
#define LIFEBOAT_KERNEL_CRASH_H

#include "lifeboat/base.h"

#include "cpu.h"

/* A note buffer per CPU; in production memory, where the crash writes it. None straddles a page. */
#define CRASH_NOTE_BYTES 1024
extern uint8_t crash_notes[CPUS_MAX][CRASH_NOTE_BYTES];

/* How to leave. Set by load.c once everything is in place; entry 0 means nothing is loaded. */
struct crash_exit {
	lb_phys_addr tables;   /* identity map, inside the crash region */
	lb_phys_addr entry;    /* purgatory */
	lb_phys_addr argument;
};
extern struct crash_exit crash_exit;

/* True from the first moment of a crash on: the stop interrupt then stops a CPU. */
bool crash_in_progress(void);

/* Architecture: the registers of a frame in the order of the core file. */
#define CRASH_REGISTERS_MAX 34
void arch_frame_registers(const struct frame *frame, uint64_t ret[CRASH_REGISTERS_MAX]);

#endif
