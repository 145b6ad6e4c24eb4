/* SPDX-License-Identifier: MIT */
/* exceptions: 256 entry points that all lead to x86_exception(struct frame *); the two accesses
 * that are allowed to fault; capturing the registers of the caller; waiting with known values in
 * registers. */
	.text

	.balign 16
	.globl exception_entries
exception_entries:
	vector = 0
	.rept 256
	.balign 16
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
	.else
	pushq $0
	.endif
	pushq $vector
	jmp exception_common
	vector = vector + 1
	.endr

	.macro push_registers
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

exception_common:
	push_registers
	cld
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	call x86_exception
	movq %rbp, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	addq $16, %rsp
	iretq

	/* uint64_t probe_store_at(uint64_t *at, uint64_t value): 0, or 1 after a fault. */
	.globl probe_store_at
probe_store_at:
	.globl probe_store
probe_store:
	movq %rsi, (%rdi)
	xorl %eax, %eax
	ret

	/* uint64_t probe_load_at(const uint64_t *at, uint64_t *value) */
	.globl probe_load_at
probe_load_at:
	.globl probe_load
probe_load:
	movq (%rdi), %rax
	movq %rax, (%rsi)
	xorl %eax, %eax
	ret

	.globl probe_failed
probe_failed:
	movl $1, %eax
	ret

	/* void arch_with_frame(void (*function)(struct frame *, void *), void *argument) */
	.globl arch_with_frame
arch_with_frame:
	movq (%rsp), %rax		/* where we were called */
	leaq 8(%rsp), %rcx		/* the caller's stack */
	movq %rdi, %r10
	movq %rsi, %r11
	pushq %rbp
	movq %rsp, %rbp
	pushq $0x18
	pushq %rcx
	pushfq
	pushq $0x10
	pushq %rax
	pushq $0
	pushq $256
	movq (%rbp), %rax
	push_registers
	movq %rax, (4 * 8)(%rsp)	/* rbp of the caller */
	movq %rsp, %rdi
	movq %r11, %rsi
	andq $-16, %rsp
	call *%r10
	movq %rbp, %rsp
	popq %rbp
	ret

	/* In the order of protocol/pattern.h; all but the last outlive the way into a panic. */
	.macro load_pattern
	movq (%rdi), %rbx
	movq 8(%rdi), %r12
	movq 16(%rdi), %r13
	movq 24(%rdi), %r14
	movq 32(%rdi), %r15
	movq 40(%rdi), %rbp
	movq 48(%rdi), %r8
	movq 56(%rdi), %r9
	.endm
	.macro load_rest
	movq 64(%rdi), %r10
	movq 72(%rdi), %r11
	movq 80(%rdi), %rcx
	movq 88(%rdi), %rsi
	movq 96(%rdi), %rax
	.endm

	/* void arch_wait_with_pattern(const uint64_t *pattern, uint64_t *sp, work pointer *) */
	.globl arch_wait_with_pattern
arch_wait_with_pattern:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq (%rdi)
	movq %rsp, (%rsi)
	.globl wait_loop
wait_loop:
	load_pattern
	load_rest
	pause
	cmpq $0, (%rdx)
	movq %rdx, (26 * 8)(%rdi)	/* in_loop: all is as it should be, the flags too */
	je wait_loop
	.globl wait_loop_end
wait_loop_end:
	addq $8, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

	/* void arch_frame_with_pattern(const uint64_t *pattern, uint64_t *sp,
	 *	void (*function)(struct frame *, void *), void *argument) */
	.globl arch_frame_with_pattern
arch_frame_with_pattern:
	pushq (%rdi)
	movq %rsp, (%rsi)
	load_pattern
	movq %rdx, %rdi
	movq %rcx, %rsi
	call arch_with_frame
	.globl crash_point
crash_point:
	ud2
	.section .note.GNU-stack, "", @progbits
