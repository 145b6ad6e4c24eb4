/* SPDX-License-Identifier: MIT */
/* frame: the registers at an exception, as the shared code sees them; each architecture has its own
 * struct frame. */
#ifndef LIFEBOAT_KERNEL_FRAME_H
#define LIFEBOAT_KERNEL_FRAME_H

#include "lifeboat/base.h"

struct frame;

uint64_t arch_frame_pc(const struct frame *frame);
void arch_frame_set_pc(struct frame *frame, uint64_t pc);
void arch_frame_print(const struct frame *frame);

/* Whether this CPU took any interrupt where the frame is of. Asked by an exception's handler,
 * before it changes what may interrupt. */
bool arch_frame_interruptible(const struct frame *frame);

/* In the order of the core file (lifeboat/core_header.h). */
#define FRAME_REGISTERS_MAX 34
void arch_frame_registers(const struct frame *frame, uint64_t ret[FRAME_REGISTERS_MAX]);

#endif
