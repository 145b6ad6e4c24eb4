/* SPDX-License-Identifier: MIT */
/* frame: the registers as vectors.S stores them. The first 34 words are in the order of Linux's
 * struct user_pt_regs, which is also that of NT_PRSTATUS. */
#ifndef LIFEBOAT_KERNEL_ARM64_FRAME_H
#define LIFEBOAT_KERNEL_ARM64_FRAME_H

#include <stdint.h>

struct frame {
	uint64_t x[31];
	uint64_t sp, pc, pstate;
	uint64_t esr, far, kind, reserved;
};

/* struct frame.kind */
enum { TRAP_SYNCHRONOUS, TRAP_IRQ, TRAP_FIQ, TRAP_SERROR };

#endif
