/* SPDX-License-Identifier: MIT */
/* frame_x86_64: see ../frame.h. */
#include "../frame.h"

#include "protocol/drill.h"

#include "../console.h"
#include "frame.h"
#include "port.h"

#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define RFLAGS_INTERRUPTS 0x200

uint64_t arch_frame_pc(const struct frame *frame)
{
	return frame->rip;
}

void arch_frame_set_pc(struct frame *frame, uint64_t pc)
{
	frame->rip = pc;
}

bool arch_frame_interruptible(const struct frame *frame)
{
	return frame->rflags & RFLAGS_INTERRUPTS;
}

static void print_pair(const char *a, uint64_t av, const char *b, uint64_t bv)
{
	print(LB_LINE_TRAP "  %s %016llx  %s %016llx\n", a, (unsigned long long)av, b,
		(unsigned long long)bv);
}

void arch_frame_print(const struct frame *frame)
{
	print_pair("rip", frame->rip, "rsp", frame->rsp);
	print_pair("rax", frame->rax, "rbx", frame->rbx);
	print_pair("rcx", frame->rcx, "rdx", frame->rdx);
	print_pair("rsi", frame->rsi, "rdi", frame->rdi);
	print_pair("rbp", frame->rbp, "r8 ", frame->r8);
	print_pair("r9 ", frame->r9, "r10", frame->r10);
	print_pair("r11", frame->r11, "r12", frame->r12);
	print_pair("r13", frame->r13, "r14", frame->r14);
	print_pair("r15", frame->r15, "rfl", frame->rflags);
}

/* The order of struct user_regs_struct: LB_X86_64_REGISTERS in lifeboat/core_header.h. */
void arch_frame_registers(const struct frame *frame, uint64_t ret[FRAME_REGISTERS_MAX])
{
	const uint64_t values[FRAME_REGISTERS_MAX] = {frame->r15, frame->r14, frame->r13,
		frame->r12, frame->rbp, frame->rbx, frame->r11, frame->r10, frame->r9, frame->r8,
		frame->rax, frame->rcx, frame->rdx, frame->rsi, frame->rdi, UINT64_MAX,
		frame->rip, frame->cs, frame->rflags, frame->rsp, frame->ss,
		msr_read(MSR_FS_BASE), msr_read(MSR_GS_BASE)};

	for (size_t i = 0; i < FRAME_REGISTERS_MAX; i++) {
		ret[i] = values[i];
	}
}
