/* SPDX-License-Identifier: MIT */
/*
 * purgatory_alone: purgatory of arm64 without a kernel around it, for purgatory_alone.py, which
 * fills in the structure. Entered by QEMU at EL1 or EL2; what purgatory enters says what it finds.
 */
#define __ASSEMBLER__ 1
#include "purgatory/arm64/psci.h"
#include "purgatory/purgatory.h"

#define STRUCTURE_BYTES 344
#define PL011 0x09000000
#define CURRENT_EL2 8
#define SCTLR_M_C_I 0x1005
#define DAIF_ALL 0x3c0
#define PSCI_SYSTEM_OFF (PSCI_SYSTEM_RESET - 1)

/* 39 bits of addresses, granule of 4 KiB, tables as memory is; 40 physical bits. */
#define TCR_COMMON (25 | 1 << 8 | 1 << 10 | 3 << 12)
#define MAIR 0x04ff /* 0: memory, 1: devices */
#define BLOCK_OF_DEVICES 0x0060000000000405
#define BLOCK_OF_MEMORY 0x40000701

	.text
	.globl image
image:
	b start
	.long 0
	/* Read, and the last one written, by purgatory_alone.py. */
	.quad purgatory, structure, payload, payload_end, tables
mmu_wanted:
	.quad 0

start:
	mrs x9, CurrentEL
	ldr x10, mmu_wanted
	mov x11, #MAIR
	adr x12, tables
	mov x13, #(TCR_COMMON & 0xffff)
	cmp x9, #CURRENT_EL2
	b.eq 2f
	msr cpacr_el1, xzr /* no vector registers: purgatory has to see to that itself */
	cbz x10, 3f
	movk x13, #(1 << 7), lsl #16 /* no tables for the upper half */
	movk x13, #2, lsl #32
	msr mair_el1, x11
	msr ttbr0_el1, x12
	msr tcr_el1, x13
	isb
	mrs x14, sctlr_el1
	mov x15, #SCTLR_M_C_I
	orr x14, x14, x15
	msr sctlr_el1, x14
	b 3f
2:
	mov x14, #0x37ff
	msr cptr_el2, x14
	cbz x10, 3f
	movk x13, #(1 << 15 | 1 << 7 | 2), lsl #16
	msr mair_el2, x11
	msr ttbr0_el2, x12
	msr tcr_el2, x13
	isb
	mrs x14, sctlr_el2
	mov x15, #SCTLR_M_C_I
	orr x14, x14, x15
	msr sctlr_el2, x14
3:
	isb
	/* What purgatory must not hand on. */
	mov x1, #1
	mov x2, #2
	mov x3, #3
	adr x0, structure
	adr x4, purgatory
	br x4

	/* What stands for the capture kernel. x20: what is looked at, should it be wrong. */
payload:
	mov x20, #'0'
	adr x4, tables
	cmp x0, x4
	b.ne 4f
	mov x20, #'1'
	cbnz x1, 4f
	mov x20, #'2'
	cbnz x2, 4f
	mov x20, #'3'
	cbnz x3, 4f
	mov x20, #'d'
	mrs x4, daif
	cmp x4, #DAIF_ALL
	b.ne 4f
	mov x20, #'m'
	mrs x9, CurrentEL
	mrs x4, sctlr_el1
	cmp x9, #CURRENT_EL2
	b.ne 1f
	mrs x4, sctlr_el2
1:
	mov x5, #SCTLR_M_C_I
	tst x4, x5
	b.ne 4f
	adr x0, entered
	bl say
	lsr x0, x9, #2
	add x20, x0, #'0'
	b 5f
4:
	adr x0, wrong
	bl say
5:
	mov x0, x20
	bl put
	mov x0, #'\n'
	bl put
	mov x0, #(PSCI_SYSTEM_OFF & 0xffff)
	movk x0, #(PSCI_SYSTEM_OFF >> 16), lsl #16
	mrs x9, CurrentEL
	cmp x9, #CURRENT_EL2
	b.eq 6f
	hvc #0
6:
	smc #0
7:
	wfi
	b 7b

say:
	mov x6, x0
	mov x7, #PL011
8:
	ldrb w8, [x6], #1
	cbz w8, 9f
	str w8, [x7]
	b 8b
put:
	mov x7, #PL011
	str w0, [x7]
9:
	ret
entered:
	.asciz "capture: entered at EL"
wrong:
	.asciz "capture: wrong: "
	.balign 8
payload_end:

	.balign 4096
tables:
	.quad BLOCK_OF_DEVICES, BLOCK_OF_MEMORY
	.balign 4096
purgatory:
	.incbin PURGATORY_BIN
	.balign 16
	.skip LB_PURGATORY_STACK_BYTES
structure:
	.skip STRUCTURE_BYTES
