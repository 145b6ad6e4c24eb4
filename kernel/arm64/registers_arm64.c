/* SPDX-License-Identifier: MIT */
/* registers_arm64: a frame in the order of the core file. */
#include "../crash.h"

#include "frame.h"

/* The first 34 words of the frame are in the order of the core file. */
void arch_frame_registers(const struct frame *frame, uint64_t ret[CRASH_REGISTERS_MAX])
{
	__builtin_memcpy(ret, frame, CRASH_REGISTERS_MAX * sizeof(ret[0]));
}
