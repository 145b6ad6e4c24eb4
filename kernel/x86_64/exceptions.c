/* SPDX-License-Identifier: MIT */
/* exceptions: what an x86 vector means, and the frame as the shared code sees it. */
#include "../trap.h"

#include "../arch.h"
#include "../cpu.h"
#include "../crash.h"
#include "frame.h"

enum { VECTOR_NMI = 2, VECTOR_PAGE_FAULT = 14 };

void x86_exception(struct frame *frame);

static const char *const names[32] = {
	"divide error", "debug", "non-maskable interrupt", "breakpoint", "overflow",
	"bound range", "invalid opcode", "no FPU", "double fault", "coprocessor overrun",
	"invalid TSS", "segment not present", "stack fault", "general protection", "page fault",
	"reserved", "FPU error", "alignment check", "machine check", "SIMD error",
	"virtualisation", "control protection",
};

void x86_exception(struct frame *frame)
{
	struct trap trap = {.code = frame->error, .what = "unexpected interrupt"};

	if (frame->vector < LB_ARRAY_COUNT(names) && names[frame->vector]) {
		trap.what = names[frame->vector];
	}
	if (frame->vector == VECTOR_NMI) {
		if (cpu_here()->deaf) {
			arch_stop();
		}
		trap.is_stop = crash_in_progress();
	}
	if (frame->vector == VECTOR_PAGE_FAULT) {
		trap.has_address = true;
		trap.is_write = frame->error & 2;
		__asm__ volatile("mov %%cr2, %0" : "=r"(trap.address));
	}
	trap_handle(frame, &trap);
}
