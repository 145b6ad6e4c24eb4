/* SPDX-License-Identifier: MIT */
/*
 * trampoline: where a CPU begins after INIT and SIPI: real mode, CS:IP = page:0. Copied to a page
 * below 1 MiB by smp.c, which fills in the words at its end; the three pages after it become the
 * tables that map the first 2 MiB at their own address while paging is turned on.
 */
#include "layout.h"

#define CR0_PE_MP_ET_NE_WP_PG 0x80010033
#define CR4_PAE_PGE_SSE 0x6a0
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define OFFSET(symbol) (symbol - trampoline_start)

	.section .rodata, "a"
	.balign 16
	.globl trampoline_start
trampoline_start:
	.code16
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl OFFSET(trampoline_gdt_pointer)
	movl $CR4_PAE_PGE_SSE, %eax
	movl %eax, %cr4
	movl OFFSET(trampoline_tables), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	movl $EFER_LME_NXE, %eax
	xorl %edx, %edx
	wrmsr
	movl $CR0_PE_MP_ET_NE_WP_PG, %eax
	movl %eax, %cr0
	ljmpl *OFFSET(trampoline_long_pointer)
	.code64
	.globl trampoline_long
trampoline_long:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movq trampoline_entry(%rip), %rax
	movq trampoline_root(%rip), %rcx
	jmpq *%rax

	.balign 8
trampoline_gdt:
	.quad 0
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
	.globl trampoline_gdt_pointer
trampoline_gdt_pointer:
	.word 31
	.long OFFSET(trampoline_gdt)	/* plus the page's address */
	.balign 8
	.globl trampoline_long_pointer
trampoline_long_pointer:
	.long OFFSET(trampoline_long)	/* plus the page's address */
	.word 0x10
	.balign 8
	.globl trampoline_tables
trampoline_tables:
	.quad 0
	.globl trampoline_root
trampoline_root:
	.quad 0
	.globl trampoline_entry
trampoline_entry:
	.quad 0
	.globl trampoline_end
trampoline_end:

	/* At its virtual address, rcx = the kernel's tables. Each CPU takes the next number. */
	.text
	.globl secondary_start
secondary_start:
	movq %rcx, %cr3
	movl $1, %eax
	lock xaddl %eax, secondary_next(%rip)
	cmpl secondary_limit(%rip), %eax
	jae 1f
	movl %eax, %eax
	movq secondary_cpus(, %rax, 8), %rdi
	movq 24(%rdi), %rsp		/* stack_top; checked in smp.c */
	xorl %ebp, %ebp
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	call x86_secondary
1:	cli
	hlt
	jmp 1b
	.section .note.GNU-stack, "", @progbits
