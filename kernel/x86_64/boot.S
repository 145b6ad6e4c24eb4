/* SPDX-License-Identifier: MIT */
/*
 * The first instructions. Two ways in:
 *   pvh_entry   32-bit, paging off, ebx = hvm_start_info (Xen's PVH boot protocol)
 *   startup_64  64-bit, identity mapped, rsi = boot_params (Documentation/arch/x86/boot.rst,
 *               "64-bit boot protocol"), 0x200 bytes after the start of the image
 * Both meet in start_common, which clears the bss, maps the image at IMAGE_VIRTUAL wherever it
 * was loaded, and calls x86_start(kind, pointer, physical start of the image).
 */
#include "layout.h"

#define PHYS(symbol) (symbol - IMAGE_VIRTUAL + IMAGE_LINK_PHYS)
#define PRESENT_WRITE 0x3
#define LARGE 0x80
#define CR0_PE_MP_ET_NE_WP_PG 0x80010033
#define CR4_PAE_SSE 0x620
#define CR4_PGE 0x080
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define STACK_BYTES 0x10000

	.section .note.Xen, "a", @note
	.balign 4
	.long 4			/* length of the name */
	.long 8			/* length of the value: QEMU reads eight bytes from ELF64 */
	.long 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PHYS(pvh_entry)

	.section .head, "ax"
	.code32
	.globl pvh_entry
pvh_entry:
	cli
	cld
	xorl %eax, %eax
	movl $PHYS(tables_32), %edi
	movl $(3 * 1024), %ecx
	rep stosl
	movl $PHYS(tables_32), %edi
	leal (0x1000 + PRESENT_WRITE)(%edi), %eax
	movl %eax, (%edi)
	addl $0x1000, %eax
	movl %eax, 0x1000(%edi)
	movl $(PRESENT_WRITE | LARGE), %eax
	xorl %ecx, %ecx
1:	movl %eax, 0x2000(%edi, %ecx, 8)
	addl $0x200000, %eax
	incl %ecx
	cmpl $512, %ecx
	jne 1b
	movl $CR4_PAE_SSE, %eax
	movl %eax, %cr4
	movl %edi, %cr3
	movl $MSR_EFER, %ecx
	movl $EFER_LME_NXE, %eax
	xorl %edx, %edx
	wrmsr
	movl $CR0_PE_MP_ET_NE_WP_PG, %eax
	movl %eax, %cr0
	lgdtl PHYS(gdt_pointer_32)
	ljmpl $0x10, $PHYS(long_mode)

	.code64
long_mode:
	movl %ebx, %esi
	movl $BOOT_PVH, %edi
	jmp start_common

	.balign 16
	.globl boot_gdt
boot_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 0x08: 32-bit code, for la57_switch */
	.quad 0x00af9b000000ffff	/* 0x10: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x18: data */
boot_gdt_end:
gdt_pointer_32:
	.word boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)

	.org 0x200
	.globl startup_64
startup_64:
	movl $BOOT_LINUX, %edi

start_common:
	cli
	cld
	movl %edi, %r13d
	movq %rsi, %r14
	leaq image_start(%rip), %r15
	movq %cr4, %r12

	leaq bss_start(%rip), %rdi
	leaq bss_end(%rip), %rcx
	subq %rdi, %rcx
	shrq $3, %rcx
	xorl %eax, %eax
	rep stosq

	/* The image at IMAGE_VIRTUAL, 32 blocks of 2 MiB; the device window after it. */
	leaq boot_root(%rip), %rdi
	leaq (boot_image_1g + PRESENT_WRITE)(%rip), %rax
	movq %rax, (511 * 8)(%rdi)
	leaq (boot_image_2m + PRESENT_WRITE)(%rip), %rax
	movq %rax, (boot_image_1g + 510 * 8)(%rip)
	leaq (device_table + PRESENT_WRITE)(%rip), %rax
	movq %rax, (boot_image_1g + 511 * 8)(%rip)
	leaq boot_image_2m(%rip), %rdx
	leaq (PRESENT_WRITE | LARGE)(%r15), %rax
	xorl %ecx, %ecx
1:	movq %rax, (%rdx, %rcx, 8)
	addq $0x200000, %rax
	incl %ecx
	cmpl $32, %ecx
	jne 1b

	/* This code where it runs now, for the instants between the two address spaces. */
	movq %r15, %rcx
	shrq $39, %rcx
	andl $511, %ecx
	leaq (boot_identity_1g + PRESENT_WRITE)(%rip), %rax
	movq %rax, (%rdi, %rcx, 8)
	movq %r15, %rcx
	shrq $30, %rcx
	andl $511, %ecx
	leaq (boot_identity_2m + PRESENT_WRITE)(%rip), %rax
	leaq boot_identity_1g(%rip), %rdx
	movq %rax, (%rdx, %rcx, 8)
	movq %r15, %rcx
	shrq $21, %rcx
	andl $511, %ecx
	leaq (PRESENT_WRITE | LARGE)(%r15), %rax
	leaq boot_identity_2m(%rip), %rdx
	movq %rax, (%rdx, %rcx, 8)

	/* Global translations of the kernel before go with PGE: it had IMAGE_VIRTUAL so. */
	movl $CR4_PAE_SSE, %eax
	movq %rax, %cr4
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_LME_NXE, %eax
	wrmsr
	movl $CR0_PE_MP_ET_NE_WP_PG, %eax
	movq %rax, %cr0
	movq %rdi, %cr3
	movl $(CR4_PAE_SSE | CR4_PGE), %eax
	movq %rax, %cr4
	movabsq $1f, %rax
	jmpq *%rax
1:	lgdtq gdt_pointer_64(%rip)
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	leaq boot_stack_top(%rip), %rsp
	pushq $0x10
	leaq 2f(%rip), %rax
	pushq %rax
	lretq
2:	movq %r13, %rdi
	movq %r14, %rsi
	movq %r15, %rdx
	movq %r12, %rcx
	xorl %ebp, %ebp
	call x86_start
	ud2

/*
 * void la57_switch(uint64_t root, uint64_t on): turns five-level paging on or off, which is only
 * possible with paging off, and so outside long mode (Intel SDM volume 3A, 4.1.2). Called at its
 * virtual address, interrupts off, with this page mapped at its physical address too, below 4 GiB,
 * by the tables in use and by root. Long mode promises nothing about the upper halves of registers
 * after a time outside it, so all that is needed is kept in memory.
 */
	.globl la57_switch
la57_switch:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	subq $32, %rsp
	sgdtq (%rsp)
	movq image_phys(%rip), %r8
	leaq 1f(%rip), %rax
	leaq image_start(%rip), %rdx
	subq %rdx, %rax
	addq %r8, %rax
	jmpq *%rax
1:	movq %rsp, la57_stack(%rip)
	leaq boot_gdt(%rip), %rax
	movw $(boot_gdt_end - boot_gdt - 1), 16(%rsp)
	movq %rax, 18(%rsp)
	lgdtq 16(%rsp)
	leaq 3f(%rip), %rax
	movl %eax, la57_far(%rip)
	leaq la57_far(%rip), %rbx
	leaq 2f(%rip), %rax
	pushq $0x08
	pushq %rax
	lretq
	.code32
2:	movl %cr0, %eax
	andl $0x7fffffff, %eax
	movl %eax, %cr0
	movl %cr4, %eax
	andl $~0x1000, %eax
	testl %esi, %esi
	jz 4f
	orl $0x1000, %eax
4:	movl %eax, %cr4
	movl %edi, %cr3
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0
	ljmpl *(%ebx)
	.code64
3:	movq la57_stack(%rip), %rsp
	lgdtq (%rsp)
	addq $32, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret
	.balign 8
la57_stack:
	.quad 0
la57_far:
	.long 0
	.word 0x10

	.section .rodata, "a"
	.balign 8
gdt_pointer_64:
	.word boot_gdt_end - boot_gdt - 1
	.quad boot_gdt

	/* The stack of the boot CPU has an unmapped page below it in the final map. */
	.section .bss
	.balign 4096
	.globl boot_stack_guard
boot_stack_guard:
	.skip 4096
	.globl boot_stack
boot_stack:
	.skip STACK_BYTES
	.globl boot_stack_top
boot_stack_top:
	.globl boot_root
boot_root:
	.skip 4096
boot_image_1g:
	.skip 4096
boot_image_2m:
	.skip 4096
	.globl device_table
device_table:
	.skip 4096
boot_identity_1g:
	.skip 4096
boot_identity_2m:
	.skip 4096

	.section .boot_tables, "aw", @nobits
	.balign 4096
tables_32:
	.skip 3 * 4096
	.section .note.GNU-stack, "", @progbits
