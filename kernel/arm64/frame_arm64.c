/* SPDX-License-Identifier: MIT */
/* frame_arm64: see ../frame.h. */
#include "../frame.h"

#include "protocol/drill.h"

#include "../console.h"
#include "frame.h"
#include "gic.h"

uint64_t arch_frame_pc(const struct frame *frame)
{
	return frame->pc;
}

void arch_frame_set_pc(struct frame *frame, uint64_t pc)
{
	frame->pc = pc;
}

/* An exception leaves the mask as it was. */
bool arch_frame_interruptible(const struct frame *frame)
{
	(void)frame;
	return !gic_is_masked();
}

void arch_frame_print(const struct frame *frame)
{
	print(LB_LINE_TRAP "  pc  %016llx  sp  %016llx  pstate %08llx\n",
		(unsigned long long)frame->pc, (unsigned long long)frame->sp,
		(unsigned long long)frame->pstate);
	for (unsigned int i = 0; i < 30; i += 2) {
		print(LB_LINE_TRAP "  x%02u %016llx  x%02u %016llx\n", i,
			(unsigned long long)frame->x[i], i + 1,
			(unsigned long long)frame->x[i + 1]);
	}
	print(LB_LINE_TRAP "  x30 %016llx\n", (unsigned long long)frame->x[30]);
}

/* The first 34 words of the frame are in the order of the core file. */
void arch_frame_registers(const struct frame *frame, uint64_t ret[FRAME_REGISTERS_MAX])
{
	__builtin_memcpy(ret, frame, FRAME_REGISTERS_MAX * sizeof(ret[0]));
}
