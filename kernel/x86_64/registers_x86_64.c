/* SPDX-License-Identifier: MIT */
/* registers_x86_64: a frame in the order of the core file. */
#include "../crash.h"

#include "frame.h"
#include "port.h"

#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101

/* The order of struct user_regs_struct: LB_X86_64_REGISTERS in lifeboat/core_header.h. */
void arch_frame_registers(const struct frame *frame, uint64_t ret[CRASH_REGISTERS_MAX])
{
	const uint64_t values[CRASH_REGISTERS_MAX] = {frame->r15, frame->r14, frame->r13,
		frame->r12, frame->rbp, frame->rbx, frame->r11, frame->r10, frame->r9, frame->r8,
		frame->rax, frame->rcx, frame->rdx, frame->rsi, frame->rdi, UINT64_MAX,
		frame->rip, frame->cs, frame->rflags, frame->rsp, frame->ss,
		msr_read(MSR_FS_BASE), msr_read(MSR_GS_BASE)};

	for (size_t i = 0; i < CRASH_REGISTERS_MAX; i++) {
		ret[i] = values[i];
	}
}
