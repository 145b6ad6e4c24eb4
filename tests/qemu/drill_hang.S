/* SPDX-License-Identifier: MIT */
/* A kernel that says "stage: boot" and then nothing more, for the test of hanging drills. x86-64
 * through PVH. */
	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad start

	.text
	.code32
	.globl start
start:
	mov $message, %esi
	mov $0x3f8, %dx
1:	lodsb
	test %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	pause
	jmp 2b

	.data
message:
	.asciz "stage: boot\n"
