/* SPDX-License-Identifier: MIT */
/* vectors: exception entry into arm64_exception(struct frame *); the two accesses that are allowed
 * to fault; capturing the registers of the caller; waiting with known values in registers. */
#define FRAME_BYTES (38 * 8)

	.text

/* from_sp0: the interrupted code used SP_EL0; else SP_EL1, which is where the frame now is. */
	.macro entry kind, from_sp0
	.balign 0x80
	sub sp, sp, #FRAME_BYTES
	stp x0, x1, [sp]
	mov x0, #\kind
	.if \from_sp0
	mrs x1, sp_el0
	.else
	add x1, sp, #FRAME_BYTES
	.endif
	str x1, [sp, #(31 * 8)]
	str x0, [sp, #(36 * 8)]
	b trap_common
	.endm

	.balign 0x800
	.globl trap_vectors
trap_vectors:
	entry 0, 1
	entry 1, 1
	entry 2, 1
	entry 3, 1
	entry 0, 0
	entry 1, 0
	entry 2, 0
	entry 3, 0
	/* From EL0: there is no EL0 here; the same handlers report it. */
	entry 0, 1
	entry 1, 1
	entry 2, 1
	entry 3, 1
	entry 0, 1
	entry 1, 1
	entry 2, 1
	entry 3, 1
	.balign 0x80

trap_common:
	stp x2, x3, [sp, #(2 * 8)]
	stp x4, x5, [sp, #(4 * 8)]
	stp x6, x7, [sp, #(6 * 8)]
	stp x8, x9, [sp, #(8 * 8)]
	stp x10, x11, [sp, #(10 * 8)]
	stp x12, x13, [sp, #(12 * 8)]
	stp x14, x15, [sp, #(14 * 8)]
	stp x16, x17, [sp, #(16 * 8)]
	stp x18, x19, [sp, #(18 * 8)]
	stp x20, x21, [sp, #(20 * 8)]
	stp x22, x23, [sp, #(22 * 8)]
	stp x24, x25, [sp, #(24 * 8)]
	stp x26, x27, [sp, #(26 * 8)]
	stp x28, x29, [sp, #(28 * 8)]
	str x30, [sp, #(30 * 8)]
	mrs x0, elr_el1
	mrs x1, spsr_el1
	stp x0, x1, [sp, #(32 * 8)]
	mrs x0, esr_el1
	mrs x1, far_el1
	stp x0, x1, [sp, #(34 * 8)]
	mov x0, sp
	bl arm64_exception
	ldp x0, x1, [sp, #(32 * 8)]
	msr elr_el1, x0
	msr spsr_el1, x1
	ldp x2, x3, [sp, #(2 * 8)]
	ldp x4, x5, [sp, #(4 * 8)]
	ldp x6, x7, [sp, #(6 * 8)]
	ldp x8, x9, [sp, #(8 * 8)]
	ldp x10, x11, [sp, #(10 * 8)]
	ldp x12, x13, [sp, #(12 * 8)]
	ldp x14, x15, [sp, #(14 * 8)]
	ldp x16, x17, [sp, #(16 * 8)]
	ldp x18, x19, [sp, #(18 * 8)]
	ldp x20, x21, [sp, #(20 * 8)]
	ldp x22, x23, [sp, #(22 * 8)]
	ldp x24, x25, [sp, #(24 * 8)]
	ldp x26, x27, [sp, #(26 * 8)]
	ldp x28, x29, [sp, #(28 * 8)]
	ldr x30, [sp, #(30 * 8)]
	ldp x0, x1, [sp]
	add sp, sp, #FRAME_BYTES
	eret

	/* uint64_t probe_store_at(uint64_t *at, uint64_t value): 0, or 1 after a fault. */
	.globl probe_store_at
probe_store_at:
	.globl probe_store
probe_store:
	str x1, [x0]
	mov x0, #0
	ret

	/* uint64_t probe_load_at(const uint64_t *at, uint64_t *value) */
	.globl probe_load_at
probe_load_at:
	.globl probe_load
probe_load:
	ldr x2, [x0]
	str x2, [x1]
	mov x0, #0
	ret

	.globl probe_failed
probe_failed:
	mov x0, #1
	ret

	/* void arch_with_frame(void (*function)(struct frame *, void *), void *argument) */
	.globl arch_with_frame
arch_with_frame:
	stp x29, x30, [sp, #-16]!
	sub sp, sp, #FRAME_BYTES
	stp x0, x1, [sp]
	stp x2, x3, [sp, #(2 * 8)]
	stp x4, x5, [sp, #(4 * 8)]
	stp x6, x7, [sp, #(6 * 8)]
	stp x8, x9, [sp, #(8 * 8)]
	stp x10, x11, [sp, #(10 * 8)]
	stp x12, x13, [sp, #(12 * 8)]
	stp x14, x15, [sp, #(14 * 8)]
	stp x16, x17, [sp, #(16 * 8)]
	stp x18, x19, [sp, #(18 * 8)]
	stp x20, x21, [sp, #(20 * 8)]
	stp x22, x23, [sp, #(22 * 8)]
	stp x24, x25, [sp, #(24 * 8)]
	stp x26, x27, [sp, #(26 * 8)]
	stp x28, x29, [sp, #(28 * 8)]
	str x30, [sp, #(30 * 8)]
	add x2, sp, #(FRAME_BYTES + 16)
	stp x2, x30, [sp, #(31 * 8)]
	mrs x3, daif
	mrs x4, spsel
	orr x3, x3, x4
	orr x3, x3, #0x4
	str x3, [sp, #(33 * 8)]
	stp xzr, xzr, [sp, #(34 * 8)]
	stp xzr, xzr, [sp, #(36 * 8)]
	mov x9, x0
	mov x0, sp
	blr x9
	add sp, sp, #FRAME_BYTES
	ldp x29, x30, [sp], #16
	ret

	/* The first word where sp will point, sp noted at [x1], all words into registers. */
	.macro keep_word_and_sp
	ldr x9, [x0]
	str x9, [sp, #-16]!
	mov x9, sp
	str x9, [x1]
	.endm
	/* In the order of protocol/pattern.h. */
	.macro load_pattern from
	ldp x19, x20, [\from]
	ldp x21, x22, [\from, #16]
	ldp x23, x24, [\from, #32]
	ldp x25, x26, [\from, #48]
	ldp x27, x28, [\from, #64]
	ldp x29, x3, [\from, #80]
	ldp x4, x5, [\from, #96]
	ldp x6, x7, [\from, #112]
	ldp x8, x10, [\from, #128]
	ldp x11, x12, [\from, #144]
	ldp x13, x14, [\from, #160]
	ldp x15, x16, [\from, #176]
	ldp x17, x18, [\from, #192]
	.endm

	/* void arch_wait_with_pattern(const uint64_t *pattern, uint64_t *sp, work pointer *) */
	.globl arch_wait_with_pattern
arch_wait_with_pattern:
	stp x19, x20, [sp, #-96]!
	stp x21, x22, [sp, #16]
	stp x23, x24, [sp, #32]
	stp x25, x26, [sp, #48]
	stp x27, x28, [sp, #64]
	str x29, [sp, #80]
	keep_word_and_sp
	.globl wait_loop
wait_loop:
	load_pattern x0
	yield
	ldr x9, [x2]
	str x2, [x0, #(26 * 8)]		/* in_loop */
	cbz x9, wait_loop
	.globl wait_loop_end
wait_loop_end:
	add sp, sp, #16
	ldr x29, [sp, #80]
	ldp x27, x28, [sp, #64]
	ldp x25, x26, [sp, #48]
	ldp x23, x24, [sp, #32]
	ldp x21, x22, [sp, #16]
	ldp x19, x20, [sp], #96
	ret

	/* void arch_frame_with_pattern(const uint64_t *pattern, uint64_t *sp,
	 *	void (*function)(struct frame *, void *), void *argument) */
	.globl arch_frame_with_pattern
arch_frame_with_pattern:
	keep_word_and_sp
	mov x9, x0
	mov x0, x2
	mov x1, x3
	load_pattern x9
	bl arch_with_frame
	.globl crash_point
crash_point:
	brk #0

	/* void semihosting_call(uint64_t operation, const void *parameter). An undefined
	 * instruction where there is no semihosting: exceptions.c knows the address. */
	.globl semihosting_call
semihosting_call:
	hlt #0xf000
	ret
	.section .note.GNU-stack, "", @progbits
