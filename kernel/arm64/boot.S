/* SPDX-License-Identifier: MIT */
/*
 * The first instructions: an Image (Documentation/arch/arm64/booting.rst, Linux 6.12), entered at
 * EL1 or EL2 with the MMU off and the device tree in x0. Clears the bss, maps the image at
 * IMAGE_VIRTUAL wherever it was loaded, and calls arm64_start(device tree, physical start).
 *
 * The kernel runs with SP_EL0 as its stack (EL1t); exceptions switch to SP_EL1 by themselves, so
 * that a stack overflow is an exception like any other.
 */
#include "layout.h"

	.section .head, "ax"
	.globl image_header
image_header:
	b primary_entry
	.long 0
	.quad 0			/* text_offset */
	.quad image_bytes
	.quad 0xa		/* little endian, 4 KiB pages, anywhere in memory */
	.quad 0
	.quad 0
	.quad 0
	.ascii "ARM\x64"
	.long 0

/* Leaves EL2 for EL1 with nothing trapped, x29 and x30 lost. */
	.macro enter_el1
	mrs x9, CurrentEL
	cmp x9, #0x8
	b.ne 1f
	mov x9, #(1 << 31)		/* EL1 is AArch64 */
	msr hcr_el2, x9
	mov x9, #3
	msr cnthctl_el2, x9
	msr cntvoff_el2, xzr
	mov x9, #0x33ff
	msr cptr_el2, x9
	msr hstr_el2, xzr
	mrs x9, midr_el1
	msr vpidr_el2, x9
	mrs x9, mpidr_el1
	msr vmpidr_el2, x9
	msr vttbr_el2, xzr
	mrs x9, id_aa64pfr0_el1
	ubfx x9, x9, #24, #4		/* GIC system registers? */
	cbz x9, 2f
	mov x9, #0xf
	msr s3_4_c12_c9_5, x9		/* ICC_SRE_EL2: enable, also for EL1 */
	isb
	msr s3_4_c12_c11_0, xzr		/* ICH_HCR_EL2 */
2:	mov x9, #(SCTLR_MMU_OFF & 0xffff)
	movk x9, #(SCTLR_MMU_OFF >> 16), lsl #16
	msr sctlr_el1, x9
	mov x9, #0x3c5			/* EL1h, DAIF masked */
	msr spsr_el2, x9
	adr x9, 1f
	msr elr_el2, x9
	eret
1:	isb
	.endm

/* MMU on with TTBR1 = x10 and the identity map; goes on at the virtual address of 1f. */
	.macro enter_virtual
	adrp x9, boot_identity
	msr ttbr0_el1, x9
	msr ttbr1_el1, x10
	mov x9, #MAIR_VALUE
	msr mair_el1, x9
	mov x9, #(TCR_VALUE & 0xffff)
	movk x9, #(TCR_VALUE >> 16), lsl #16
	mrs x11, id_aa64mmfr0_el1
	and x11, x11, #0xf
	mov x12, #5			/* 48 bits are all that these tables can say */
	cmp x11, x12
	csel x11, x11, x12, lo
	orr x9, x9, x11, lsl #32
	msr tcr_el1, x9
	mov x9, #(3 << 20)		/* SIMD for whoever wants it */
	msr cpacr_el1, x9
	dsb ish
	isb
	tlbi vmalle1
	dsb nsh
	isb
	mov x9, #(SCTLR_MMU_ON & 0xffff)
	movk x9, #(SCTLR_MMU_ON >> 16), lsl #16
	msr sctlr_el1, x9
	isb
	ldr x9, =1f
	br x9
1:
	.endm

primary_entry:
	msr daifset, #0xf
	mov x20, x0
	adrp x21, image_start
	enter_el1
	adrp x0, bss_start
	adrp x1, bss_end
2:	stp xzr, xzr, [x0], #16
	cmp x0, x1
	b.lo 2b

	adrp x0, boot_root
	adrp x1, boot_image_1g
	orr x2, x1, #3
	str x2, [x0, #(511 * 8)]
	adrp x2, boot_image_2m
	orr x3, x2, #3
	str x3, [x1, #(510 * 8)]
	adrp x3, device_table
	orr x3, x3, #3
	str x3, [x1, #(511 * 8)]
	mov x4, #BLOCK_NORMAL
	orr x4, x4, x21
	mov x5, #32
3:	str x4, [x2], #8
	add x4, x4, #0x200000
	subs x5, x5, #1
	b.ne 3b

	adrp x0, boot_identity
	ubfx x3, x21, #39, #9
	adrp x1, boot_identity_1g
	orr x2, x1, #3
	str x2, [x0, x3, lsl #3]
	ubfx x3, x21, #30, #9
	adrp x2, boot_identity_2m
	orr x4, x2, #3
	str x4, [x1, x3, lsl #3]
	ubfx x3, x21, #21, #9
	mov x4, #BLOCK_READ_ONLY	/* the way in and out: code alone */
	orr x4, x4, x21
	str x4, [x2, x3, lsl #3]

	/* What was written past the caches must not be hidden by old lines in them. */
	dmb sy
	adrp x0, bss_start
	adrp x1, bss_end
4:	dc ivac, x0
	add x0, x0, #16
	cmp x0, x1
	b.lo 4b
	dsb sy

	adrp x10, boot_root
	enter_virtual
	ldr x0, =trap_vectors
	msr vbar_el1, x0
	msr spsel, #1
	ldr x0, =boot_trap_stack_top
	mov sp, x0
	msr spsel, #0
	ldr x0, =boot_stack_top
	mov sp, x0
	mov x0, x20
	mov x1, x21
	mov x29, xzr
	bl arm64_start
	brk #0

/* PSCI starts a CPU here, MMU off, x0 = its struct cpu (virtual). */
	.globl secondary_entry
secondary_entry:
	msr daifset, #0xf
	mov x20, x0
	enter_el1
	adrp x10, secondary_root
	add x10, x10, :lo12:secondary_root
	ldr x10, [x10]
	enter_virtual
	ldr x0, =trap_vectors
	msr vbar_el1, x0
	msr spsel, #1
	ldr x0, [x20, #CPU_TRAP_STACK_TOP]
	mov sp, x0
	msr spsel, #0
	ldr x0, [x20, #CPU_STACK_TOP]
	mov sp, x0
	mov x0, x20
	mov x29, xzr
	bl arm64_secondary
	brk #0
	.ltorg

/* void replace_ttbr1(root): called at its physical address; no stack, no exceptions. */
	.globl replace_ttbr1
replace_ttbr1:
	mrs x2, daif
	msr daifset, #0xf
	adrp x1, boot_empty
	msr ttbr1_el1, x1
	isb
	tlbi vmalle1
	dsb nsh
	isb
	msr ttbr1_el1, x0
	isb
	msr daif, x2
	ret

	.section .bss
	.balign 4096
	.globl boot_stack_guard
boot_stack_guard:
	.skip 4096
	.globl boot_stack
boot_stack:
	.skip 0x10000
boot_stack_top:
	.skip 0x4000
boot_trap_stack_top:
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
	.globl boot_identity
boot_identity:
	.skip 4096
boot_identity_1g:
	.skip 4096
boot_identity_2m:
	.skip 4096
boot_empty:
	.skip 4096
	.section .note.GNU-stack, "", @progbits
