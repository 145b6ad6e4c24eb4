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

#endif
