/* SPDX-License-Identifier: MIT */
/*
 * purgatory on arm64: x0 is the physical address of struct lb_purgatory; EL1 or EL2, with or
 * without MMU. The capture kernel is entered as Documentation/arch/arm64/booting.rst asks: MMU off,
 * x0 = device tree, x1 to x3 = 0, nothing of ours left in the data cache.
 */
#define __ASSEMBLER__ 1
#include "purgatory/arm64/psci.h"
#include "purgatory/purgatory.h"

#define CURRENT_EL2 8
#define SCTLR_M (1 << 0)
#define SCTLR_C (1 << 2)
#define SCTLR_I (1 << 12)

	.section .text.entry, "ax", %progbits
	.globl purgatory_start
	.type purgatory_start, %function
purgatory_start:
	msr daifset, #0xf
	mov x19, x0
	/* Before the stack is used: an exception must not find the old kernel's vectors. */
	adr x1, exception_vectors
	mrs x2, CurrentEL
	cmp x2, #CURRENT_EL2
	b.eq 4f
	msr vbar_el1, x1
	b 5f
4:
	msr vbar_el2, x1
5:
	isb
	adrp x1, purgatory_stack_top
	add x1, x1, :lo12:purgatory_stack_top
	mov sp, x1
	/* What an exception finds: the structure, and no earlier one. */
	stp x19, xzr, [sp, #-LB_PURGATORY_STACK_KEPT]!
	bl purgatory_main
	ldr x20, [x19, #LB_PURGATORY_OFFSET_ENTRY]
	ldr x21, [x19, #LB_PURGATORY_OFFSET_ARGUMENT]

	/* All that we wrote is the stack. A line of it written back later would hit the capture
	 * kernel's memory: clean and invalidate it now. */
	adrp x1, purgatory_stack_top
	add x1, x1, :lo12:purgatory_stack_top
	sub x0, x1, #LB_PURGATORY_STACK_BYTES
	mrs x2, ctr_el0
	ubfx x2, x2, #16, #4 /* DminLine: log2 of words */
	mov x3, #4
	lsl x3, x3, x2
	sub x4, x3, #1
	bic x0, x0, x4
1:
	dc civac, x0
	add x0, x0, x3
	cmp x0, x1
	b.lo 1b
	dsb sy

	mov x5, #(SCTLR_M | SCTLR_C)
	orr x5, x5, #SCTLR_I
	mrs x0, CurrentEL
	cmp x0, #CURRENT_EL2
	b.eq 2f
	mrs x0, sctlr_el1
	bic x0, x0, x5
	msr sctlr_el1, x0
	isb
	tlbi vmalle1
	b 3f
2:
	mrs x0, sctlr_el2
	bic x0, x0, x5
	msr sctlr_el2, x0
	isb
	tlbi alle2
3:
	ic iallu
	dsb nsh
	isb
	mov x0, x21
	mov x1, xzr
	mov x2, xzr
	mov x3, xzr
	br x20
	.size purgatory_start, . - purgatory_start

	/* Nothing returns: any register may go. The frame is a struct lb_purgatory_fault. */
exception_common:
	mrs x2, CurrentEL
	cmp x2, #CURRENT_EL2
	b.eq 1f
	mrs x10, elr_el1
	b 2f
1:
	mrs x10, elr_el2
2:
	adr x11, exception_common
	sub x11, x10, x11
	cmp x11, #(exception_common_end - exception_common)
	b.lo reset_without_stack
	adrp x9, purgatory_stack_top
	add x9, x9, :lo12:purgatory_stack_top
	ldp x0, x1, [x9, #-LB_PURGATORY_STACK_KEPT]
	add x3, x1, #1
	str x3, [x9, #-8]
	sub sp, x9, #(LB_PURGATORY_STACK_KEPT + 32)
	mrs x2, CurrentEL
	cmp x2, #CURRENT_EL2
	b.eq 1f
	mrs x3, esr_el1
	mrs x4, elr_el1
	mrs x5, far_el1
	b 2f
1:
	mrs x3, esr_el2
	mrs x4, elr_el2
	mrs x5, far_el2
2:
	stp x3, x4, [sp]
	str x5, [sp, #16]
	mov x2, sp
	bl purgatory_exception

	.macro system_reset
	mov x0, #(PSCI_SYSTEM_RESET & 0xffff)
	movk x0, #(PSCI_SYSTEM_RESET >> 16), lsl #16
	.endm

	/* An exception in this handler: the stack cannot be reached, nor the structure, whose
	 * address lies there. Both ways to firmware, without a word; x10 says which has failed
	 * already. At EL2 only the second leads anywhere. */
reset_without_stack:
	adr x11, 4f
	cmp x10, x11
	b.eq 5f
	adr x11, 3f
	cmp x10, x11
	ccmp x2, #CURRENT_EL2, #4, ne
	system_reset
	b.eq 4f
3:
	hvc #0
	system_reset
4:
	smc #0
5:
	wfi
	b 5b
exception_common_end:

	.balign 2048
exception_vectors:
	.rept 16
	b exception_common
	.balign 128
	.endr
	.section .note.GNU-stack, "", %progbits
