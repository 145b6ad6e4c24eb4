/* SPDX-License-Identifier: MIT */
/*
 * bzimage: the flat image of the kernel behind the header of the Linux/x86 boot protocol 2.15
 * (Linux 6.12, Documentation/arch/x86/boot.rst), so that any loader that speaks the 64-bit protocol
 * can start it: our own, kexec. There is no real-mode code and no 32-bit entry.
 * KERNEL_IMAGE and KERNEL_INIT_SIZE come from mk/part-kernel.mk.
 */
	.section .setup, "a"
setup:
	.org 0x1f1
	.byte 1				/* setup_sects: this sector and one more */
	.word 0
	.long (kernel_end - kernel + 15) / 16
	.word 0
	.word 0
	.word 0
	.word 0xaa55
	.byte 0xeb			/* 0x200: jmp; its operand is the size of what follows */
	.byte header_end - 1f
1:	.ascii "HdrS"
	.word 0x020f
	.long 0
	.word 0
	.word version - setup - 0x200
	.byte 0				/* 0x210: type_of_loader */
	.byte 1				/* loadflags: the kernel is loaded high */
	.word 0
	.long 0x100000
	.long 0				/* 0x218: initrd */
	.long 0
	.long 0
	.word 0
	.byte 0
	.byte 0
	.long 0				/* 0x228: command line */
	.long 0x7fffffff		/* initrd_addr_max */
	.long 0x200000			/* kernel_alignment */
	.byte 1				/* relocatable */
	.byte 21			/* min_alignment: 2 MiB */
	.word 3				/* xloadflags: 64-bit entry, may lie above 4 GiB */
	.long 2047			/* cmdline_size */
	.long 0
	.quad 0
	.long 0				/* 0x248: no payload: nothing is packed */
	.long 0
	.quad 0
	.quad 0x200000			/* pref_address */
	.long KERNEL_INIT_SIZE
	.long 0
header_end:
2:	hlt
	jmp 2b
version:
	.asciz "lifeboat reference kernel"
	.org 0x400
kernel:
	.incbin KERNEL_IMAGE
kernel_end:
	.section .note.GNU-stack, "", @progbits
