/* SPDX-License-Identifier: MIT */
/* exceptions: what an x86 vector means, and the frame as the shared code sees it. */
#include "../trap.h"

#include "../arch.h"
#include "../console.h"
#include "../cpu.h"
#include "../crash.h"
#include "frame.h"
#include "port.h"

#define MSR_GS_BASE 0xc0000101

enum { VECTOR_NMI = 2, VECTOR_PAGE_FAULT = 14 };

uint64_t probe_store_at(volatile uint64_t *at, uint64_t value);
uint64_t probe_load_at(const volatile uint64_t *at, uint64_t *ret_value);
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
		if (this_cpu()->deaf) {
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

uint64_t arch_frame_pc(const struct frame *frame)
{
	return frame->rip;
}

void arch_frame_set_pc(struct frame *frame, uint64_t pc)
{
	frame->rip = pc;
}

uint64_t arch_frame_sp(const struct frame *frame)
{
	return frame->rsp;
}

static void print_pair(const char *a, uint64_t av, const char *b, uint64_t bv)
{
	print("trap:   %s %016llx  %s %016llx\n", a, (unsigned long long)av, b,
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

bool probe_write(volatile uint64_t *at, uint64_t value, uint64_t *ret_fault)
{
	if (!probe_store_at(at, value)) {
		return true;
	}
	*ret_fault = this_cpu()->fault_address;
	return false;
}

bool probe_read(const volatile uint64_t *at, uint64_t *ret_value, uint64_t *ret_fault)
{
	if (!probe_load_at(at, ret_value)) {
		return true;
	}
	*ret_fault = this_cpu()->fault_address;
	return false;
}

void arch_set_this_cpu(struct cpu *cpu)
{
	msr_write(MSR_GS_BASE, (uintptr_t)cpu);
}

struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}
