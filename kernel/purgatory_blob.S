/* SPDX-License-Identifier: MIT */
/* purgatory_blob: purgatory.bin as data, to be copied into the crash region. PURGATORY_BIN comes
 * from mk/part-kernel.mk. */
	.section .rodata, "a"
	.balign 16
	.globl purgatory_start
purgatory_start:
	.incbin PURGATORY_BIN
	.globl purgatory_end
purgatory_end:
	.section .note.GNU-stack, "", %progbits
