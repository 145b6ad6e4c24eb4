/* SPDX-License-Identifier: MIT */
/* frame: the registers as exceptions.S pushes them. */
#ifndef LIFEBOAT_KERNEL_X86_64_FRAME_H
#define LIFEBOAT_KERNEL_X86_64_FRAME_H

#include <stdint.h>

struct frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

#endif
