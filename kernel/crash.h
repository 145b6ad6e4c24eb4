/* SPDX-License-Identifier: MIT */
/*
 * crash: from the first sign of trouble to purgatory, and what has to be ready before, so that
 * nothing has to be found then.
 */
#ifndef LIFEBOAT_KERNEL_CRASH_H
#define LIFEBOAT_KERNEL_CRASH_H

#include "lifeboat/base.h"

#include "cpu.h"
#include "panic.h"

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

/*
 * Leaves this kernel: by purgatory if a capture kernel is loaded, else by LB_DRILL_EXIT_NO_CAPTURE.
 * The first CPU that comes here owns the crash; another one is stopped like those that did nothing.
 * Only then is anything said, and anything else tried: each step once, so that a fault in one of
 * them costs that step and not the dump. A panic_exit.
 */
_Noreturn void crash(struct frame *frame, panic_report *report, const void *cause);

/* Has a step done at the end of the way, after the other CPUs have stopped; at most four. */
void crash_add_last_step(void (*act)(void));

/* This CPU has been told to stop: saves its registers, says so, stops. */
_Noreturn void crash_stop_here(struct frame *frame);

/* True from the first moment of a crash on: the stop interrupt then stops a CPU. */
bool crash_in_progress(void);

#endif
