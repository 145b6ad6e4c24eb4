/* SPDX-License-Identifier: MIT */
/* exceptions: what an arm64 syndrome means (Arm ARM D24.2.40, ESR_EL1), and the frame as the
 * shared code sees it. */
#include "../trap.h"

#include "../cpu.h"
#include "../crash.h"
#include "frame.h"
#include "gic.h"
#include "platform.h"

enum {
	CLASS_UNKNOWN = 0x00,
	CLASS_INSTRUCTION_ABORT = 0x21,
	CLASS_PC_ALIGNMENT = 0x22,
	CLASS_DATA_ABORT = 0x25,
	CLASS_SP_ALIGNMENT = 0x26,
	CLASS_BREAKPOINT = 0x3c,
};
#define SYNDROME_WRITE 0x40

extern const char semihosting_call[];
void arm64_exception(struct frame *frame);

static const char *class_name(uint64_t exception_class)
{
	switch (exception_class) {
	case CLASS_UNKNOWN:
		return "undefined instruction";
	case CLASS_INSTRUCTION_ABORT:
		return "instruction abort";
	case CLASS_PC_ALIGNMENT:
		return "misaligned pc";
	case CLASS_DATA_ABORT:
		return "data abort";
	case CLASS_SP_ALIGNMENT:
		return "misaligned sp";
	case CLASS_BREAKPOINT:
		return "breakpoint";
	default:
		return "exception";
	}
}

static void synchronous(struct frame *frame)
{
	uint64_t exception_class = frame->esr >> 26 & 0x3f;
	struct trap trap = {.what = class_name(exception_class), .code = frame->esr};

	if (frame->pc == (uintptr_t)semihosting_call) {
		machine_reset();
	}
	if (exception_class == CLASS_DATA_ABORT || exception_class == CLASS_INSTRUCTION_ABORT) {
		trap.has_address = true;
		trap.address = frame->far;
		trap.is_write = exception_class == CLASS_DATA_ABORT &&
			(frame->esr & SYNDROME_WRITE);
	}
	trap_handle(frame, &trap);
}

void arm64_exception(struct frame *frame)
{
	struct trap trap = {.what = "unexpected interrupt"};

	switch (frame->kind) {
	case TRAP_SYNCHRONOUS:
		synchronous(frame);
		return;
	case TRAP_IRQ:
		trap.is_stop = gic_acknowledge(&trap.code) && crash_in_progress();
		break;
	case TRAP_FIQ:
		trap.what = "fast interrupt";
		break;
	default:
		trap.what = "system error";
		trap.code = frame->esr;
		break;
	}
	trap_handle(frame, &trap);
}
