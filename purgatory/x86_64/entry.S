/* SPDX-License-Identifier: MIT */
/*
 * purgatory on x86-64: rdi is the physical address of struct lb_purgatory. Paging stays on, through
 * the identity map that we came with, until a PVH capture kernel wants it off.
 */
#define __ASSEMBLER__ 1
#include "purgatory/purgatory.h"

#define CODE_64 0x10 /* the selectors that the Linux boot protocol asks for */
#define DATA 0x18
#define CODE_32 0x08

#define CR0_PE 0x1
#define EFER 0xc0000080

	.section .text.entry, "ax", @progbits
	.code64
	.globl purgatory_start
	.type purgatory_start, @function
purgatory_start:
	cli
	cld
	leaq purgatory_stack_top(%rip), %rsp
	movq %rdi, %rbx
	/* From here on an exception resets the machine: the old code must not run. */
	pushq $0
	pushq $0
	lidt (%rsp)
	/* Flat segments of our own: the old kernel's table is not mapped. */
	leaq descriptors(%rip), %rax
	movq %rax, 2(%rsp)
	movw $(descriptors_end - descriptors - 1), (%rsp)
	lgdt (%rsp)
	movl $DATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	leaq 1f(%rip), %rax
	pushq $CODE_64
	pushq %rax
	lretq
1:
	movq %rbx, %rdi
	call purgatory_main /* rsp is a multiple of 16 here: two pushes stay */
	cmpl $LB_PURGATORY_PVH, LB_PURGATORY_OFFSET_PROTOCOL(%rbx)
	je enter_pvh

	/* Documentation/arch/x86/boot.rst, "64-bit boot protocol": rsi = boot_params. */
	movq LB_PURGATORY_OFFSET_ENTRY(%rbx), %rax
	movq LB_PURGATORY_OFFSET_ARGUMENT(%rbx), %rsi
	xorl %ebx, %ebx
	xorl %ecx, %ecx
	xorl %edx, %edx
	xorl %edi, %edi
	xorl %ebp, %ebp
	jmpq *%rax

	/* Xen's PVH start: 32-bit protected mode, paging off, ebx = start_info. */
enter_pvh:
	movl LB_PURGATORY_OFFSET_ENTRY(%rbx), %esi
	movl LB_PURGATORY_OFFSET_ARGUMENT(%rbx), %ebx
	leaq 2f(%rip), %rax
	pushq $CODE_32
	pushq %rax
	lretq
	.code32
2:
	movl $CR0_PE, %eax
	movl %eax, %cr0
	movl $EFER, %ecx
	xorl %eax, %eax
	xorl %edx, %edx
	wrmsr
	movl %eax, %cr4
	xorl %ecx, %ecx
	xorl %edi, %edi
	xorl %ebp, %ebp
	jmpl *%esi
	.size purgatory_start, . - purgatory_start

	/* Accessed from the start: the CPU sets that bit, and the digest covers it. */
	.section .rodata, "a", @progbits
	.balign 16
descriptors:
	.quad 0
	.quad 0x00cf9b000000ffff /* CODE_32 */
	.quad 0x00af9b000000ffff /* CODE_64 */
	.quad 0x00cf93000000ffff /* DATA */
descriptors_end:
	.section .note.GNU-stack, "", @progbits
