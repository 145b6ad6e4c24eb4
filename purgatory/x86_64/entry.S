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

#define EXCEPTIONS 32
#define EXCEPTION_ENTRY_BYTES 16
#define GATE_BYTES 16
#define GATE_INTERRUPT 0x8e00

#define CR0_PE 0x1
#define CR4_PGE 0x80
#define EFER 0xc0000080

	.section .text.entry, "ax", @progbits
	.code64
	.globl purgatory_start
	.type purgatory_start, @function
purgatory_start:
	cli
	cld
	/* Before the stack is used: an exception must not find the old kernel's table. With none it
	 * resets the machine. */
	lidt no_exceptions(%rip)
	leaq purgatory_stack_top(%rip), %rsp
	movq %rdi, %rbx
	/* Global translations outlive a change of the tables, and a capture kernel of the same
	 * build runs at the addresses of the old one: they go when global pages are off. */
	movq %cr4, %rax
	andq $~CR4_PGE, %rax
	movq %rax, %cr4
	/* What an exception finds: no earlier one, and the structure. */
	pushq $0
	pushq %rbx
	/* From here on an exception says where, and resets: the old code must not run. */
	leaq exception_entries(%rip), %rax
	leaq (purgatory_stack_top - LB_PURGATORY_STACK_BYTES)(%rip), %rdi
	movl $EXCEPTIONS, %ecx
1:
	movw %ax, (%rdi)
	movw $CODE_64, 2(%rdi)
	movw $GATE_INTERRUPT, 4(%rdi)
	movq %rax, %rdx
	shrq $16, %rdx
	movw %dx, 6(%rdi)
	shrq $16, %rdx
	movl %edx, 8(%rdi)
	movl $0, 12(%rdi)
	addq $EXCEPTION_ENTRY_BYTES, %rax
	addq $GATE_BYTES, %rdi
	decl %ecx
	jnz 1b
	subq $(EXCEPTIONS * GATE_BYTES), %rdi
	subq $16, %rsp
	movw $(EXCEPTIONS * GATE_BYTES - 1), (%rsp)
	movq %rdi, 2(%rsp)
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
	leaq 2f(%rip), %rax
	pushq $CODE_64
	pushq %rax
	lretq
2:
	movq %rbx, %rdi
	call purgatory_main /* rsp is a multiple of 16 here: four words stay */
	/* The capture kernel's exceptions are its own business: this memory is its, too. */
	pushq $0
	pushq $0
	lidt (%rsp)
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
	leaq 3f(%rip), %rax
	pushq $CODE_32
	pushq %rax
	lretq
	.code32
3:
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

	/* Vectors with an error code: 8, 10 to 14, 17, 21, 29, 30 (Intel SDM volume 3A, 6.15). */
	.code64
	.balign 16
exception_entries:
	.set vector, 0
	.rept EXCEPTIONS
	.if !((1 << vector) & 0x60227d00)
	pushq $0
	.endif
	pushq $vector
	jmp exception_common
	.balign EXCEPTION_ENTRY_BYTES
	.set vector, vector + 1
	.endr

	/* Stack: vector, error code, rip. The frame becomes a struct lb_purgatory_fault. */
exception_common:
	cld
	movq 16(%rsp), %rax
	movq %rax, 8(%rsp)
	movq %cr2, %rax
	movq %rax, 16(%rsp)
	movq %rsp, %rdx
	movq (purgatory_stack_top - LB_PURGATORY_STACK_KEPT)(%rip), %rdi
	movq (purgatory_stack_top - 8)(%rip), %rsi
	incq (purgatory_stack_top - 8)(%rip)
	andq $-16, %rsp
	call purgatory_exception

	/* Accessed from the start: the CPU sets that bit, and the digest covers it. */
	.section .rodata, "a", @progbits
	.balign 16
descriptors:
	.quad 0
	.quad 0x00cf9b000000ffff /* CODE_32 */
	.quad 0x00af9b000000ffff /* CODE_64 */
	.quad 0x00cf93000000ffff /* DATA */
descriptors_end:
no_exceptions:
	.word 0
	.quad 0
	.section .note.GNU-stack, "", @progbits
