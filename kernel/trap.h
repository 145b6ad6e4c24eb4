/* SPDX-License-Identifier: MIT */
/*
 * trap: what happens on an exception. The architecture decodes it into a struct trap; the rest is
 * the same everywhere: a probe that expected it goes on, everything else is reported and ends in
 * a crash.
 */
#ifndef LIFEBOAT_KERNEL_TRAP_H
#define LIFEBOAT_KERNEL_TRAP_H

#include "lifeboat/base.h"

struct frame;

struct trap {
	const char *what;  /* "page fault", "data abort", ... */
	uint64_t code;     /* error code or syndrome */
	bool has_address;
	bool is_write;
	uint64_t address;
	bool is_stop;      /* the interrupt that stops a CPU for a crash */
};

/* Called with the frame on the trap stack. Returns only if execution can go on. */
void trap_handle(struct frame *frame, const struct trap *trap);

/* Architecture. */
uint64_t arch_frame_pc(const struct frame *frame);
void arch_frame_set_pc(struct frame *frame, uint64_t pc);
uint64_t arch_frame_sp(const struct frame *frame);
void arch_frame_print(const struct frame *frame);

/* Calls function(frame of here, argument): the registers of a CPU that crashes by itself. */
void arch_with_frame(void (*function)(struct frame *frame, void *argument), void *argument);

/*
 * Ends the run of this kernel, at once and whatever state it is in: prints the reason, then goes
 * to the capture kernel if one is loaded (crash.c), else ends the machine with
 * LB_DRILL_EXIT_NO_CAPTURE.
 */
__attribute__((format(printf, 1, 2))) _Noreturn void panic(const char *format, ...);

/* The same after a trap, with the registers of the trap. */
_Noreturn void crash(struct frame *frame);

/* This CPU has been told to stop: saves its registers, says so, stops. */
_Noreturn void crash_stop_here(struct frame *frame);

#endif
