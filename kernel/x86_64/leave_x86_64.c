/* SPDX-License-Identifier: MIT */
/* leave_x86_64: the last steps of the production kernel on x86-64. */
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

/* The image is mapped in exit->tables too, at the same address: the code goes on after the change
 * of tables, and leaves it with the jump. */
_Noreturn void arch_leave(const struct crash_exit *exit)
{
	__asm__ volatile("cli\n\t"
			 "mov %0, %%cr3\n\t"
			 "jmp *%1"
		: : "r"(exit->tables), "r"(exit->entry), "D"(exit->argument) : "memory");
	__builtin_unreachable();
}
