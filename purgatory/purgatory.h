/* SPDX-License-Identifier: MIT */
/*
 * purgatory: the last code of the old kernel's side. It runs from the crash region with a stack
 * of its own, checks that the loaded images are what they were, says so, and enters the capture
 * kernel; or says what is wrong, and resets the machine.
 *
 * build/purgatory-<arch>/purgatory.bin is position independent: copy it anywhere page aligned in
 * the crash region, with LB_PURGATORY_STACK_BYTES free directly after its last byte rounded up to
 * 16, and jump to its first byte with the physical address of a struct lb_purgatory in rdi
 * (x86-64) or x0 (arm64). That structure lies in the crash region too. The digest covers it and
 * every segment that it names: name all that is loaded, purgatory.bin and the page tables too
 * (with accessed and dirty bits set, so that the CPU does not write to them). Its stack is not
 * covered, and no byte is read from there that was not written before.
 *
 * A fault in purgatory is said like a wrong digest, with where it was, and resets the machine too:
 * exceptions have a handler here, as the old kernel's must not run.
 *
 * The state at entry:
 *   x86-64: long mode, interrupts off, an identity map of purgatory, its stack, the structure,
 *     every segment and the entry point, the tables inside the crash region.
 *   arm64: EL1 or EL2, exceptions masked, MMU on with an identity map as above (and of the
 *     console's registers, as device memory), or MMU off. The images, the argument and the tables
 *     are clean to the point of coherency.
 *
 * The state in which the capture kernel is entered is that of its boot protocol.
 */
#ifndef LIFEBOAT_PURGATORY_PURGATORY_H
#define LIFEBOAT_PURGATORY_PURGATORY_H

#define LB_PURGATORY_MAGIC 0x5942464c /* "LFBY" */
#define LB_PURGATORY_STACK_BYTES 8192
/* At the top of the stack, for an exception: the structure's address, and how many there were. */
#define LB_PURGATORY_STACK_KEPT 16
#define LB_PURGATORY_SEGMENTS_MAX 16

/* Boot protocols: how entry and argument are used. */
#define LB_PURGATORY_LINUX_X86 1 /* 64-bit entry of a bzImage: rsi = argument (boot_params) */
/* 32-bit, paging off: ebx = argument (start_info); all below 4 GiB */
#define LB_PURGATORY_PVH 2
#define LB_PURGATORY_ARM64 3     /* Image: x0 = argument (device tree), MMU off */

/* Consoles. */
#define LB_PURGATORY_NO_CONSOLE 0
#define LB_PURGATORY_UART_PORT 1 /* 16550 at I/O port console (x86-64) */
#define LB_PURGATORY_UART_MMIO 2 /* 16550 with byte registers at physical address console */
#define LB_PURGATORY_PL011 3     /* PL011 at physical address console */

/* How the machine is reset after a mismatch. Any other kind is damaged: what the architecture knows
 * is tried. No single bit makes "halt instead" of a way to reset. */
#define LB_PURGATORY_RESET_NONE 0x10 /* halt instead */
/* port 0xcf9, then the keyboard controller, then a triple fault */
#define LB_PURGATORY_RESET_X86 1
#define LB_PURGATORY_RESET_HVC 2  /* PSCI SYSTEM_RESET by HVC */
#define LB_PURGATORY_RESET_SMC 3  /* PSCI SYSTEM_RESET by SMC */

/* Offsets that the entry code uses; held against the structure by digest.c. */
#define LB_PURGATORY_OFFSET_ENTRY 16
#define LB_PURGATORY_OFFSET_ARGUMENT 24
#define LB_PURGATORY_OFFSET_PROTOCOL 32

#ifndef __ASSEMBLER__
#include "lifeboat/base.h"
#include "lifeboat/sha256.h"

struct lb_purgatory_segment {
	uint64_t start; /* physical = virtual */
	uint64_t bytes;
};

struct lb_purgatory {
	uint32_t magic;
	uint32_t segment_count; /* <= LB_PURGATORY_SEGMENTS_MAX */
	uint64_t self;          /* physical address of this structure */
	uint64_t entry;
	uint64_t argument;
	uint32_t protocol;
	uint32_t path;          /* enum lb_sha256_path; purgatory enables SIMD for it */
	uint64_t console;
	uint32_t console_kind;
	uint32_t reset_kind;
	uint8_t digest[LB_SHA256_BYTES]; /* of the segments, one after the other, and of this */
	struct lb_purgatory_segment segments[LB_PURGATORY_SEGMENTS_MAX];
};

/* Where text goes. */
struct lb_purgatory_output {
	void (*write)(void *context, const char *text, size_t length);
	void *context;
};

/*
 * The digest over the segments as they are now, and over the structure itself, with zeros for the
 * digest that it holds; what lb_purgatory_verify compares with. offset: what is to be added to a
 * physical address to reach it (modulo 2^64); 0 in purgatory.
 */
void lb_purgatory_digest(const struct lb_purgatory *purgatory, uint64_t offset,
	uint8_t ret_digest[LB_SHA256_BYTES]);

/*
 * Checks the structure and the digest and says the outcome in one line:
 *   "purgatory: digest verified, N segments, B bytes (portable)"
 *   "purgatory: digest MISMATCH, not starting the capture kernel: expected H, found H"
 *   "purgatory: the handed-over structure is damaged, not starting the capture kernel"
 * LB_OK, LB_CORRUPT, LB_INVALID. What changed in console or console_kind costs the line, not the
 * refusal.
 */
enum lb_status LB_MUST_CHECK lb_purgatory_verify(
	const struct lb_purgatory *purgatory, const struct lb_purgatory_output *output);

/* What the CPU says of an exception. */
struct lb_purgatory_fault {
	uint64_t kind;    /* x86-64: vector; arm64: ESR */
	uint64_t pc;
	uint64_t address; /* x86-64: CR2; arm64: FAR */
};

/* "purgatory: exception K at A, address A, not starting the capture kernel", in hexadecimal. */
void lb_purgatory_say_fault(
	const struct lb_purgatory_fault *fault, const struct lb_purgatory_output *output);

#endif
#endif
