/* SPDX-License-Identifier: MIT */
/*
 * sha256: the digest (FIPS 180-4) that is kept of a loaded capture kernel and checked in
 * purgatory.
 *
 *	struct lb_sha256 context;
 *	uint8_t digest[LB_SHA256_BYTES];
 *
 *	lb_sha256_init(&context, LB_SHA256_PORTABLE);
 *	lb_sha256_update(&context, data, bytes);
 *	lb_sha256_finish(&context, digest);
 *
 * The context is the caller's; nothing is allocated and there is no global state. Every path gives
 * the same digest; they differ only in speed and in what the CPU must offer. The digest finds
 * damage, and who can write the data can as well write a digest to it: it is no signature.
 */
#ifndef LIFEBOAT_SHA256_H
#define LIFEBOAT_SHA256_H

#include "lifeboat/base.h"

/* Bytes of a digest, and of the block that the compression function takes. */
#define LB_SHA256_BYTES 32
#define LB_SHA256_BLOCK_BYTES 64

/*
 * Which instructions do the work. The paths beside PORTABLE use SIMD registers: a kernel that
 * chooses one must have enabled them (x86-64: CR0.EM and CR0.TS clear, CR4.OSFXSR set; arm64:
 * CPACR_EL1.FPEN = 3, or CPTR_EL2.TFP clear) and must own their contents.
 *
 * Which path a program takes:
 *
 *	lb_sha256_init(&context, lb_sha256_detect());
 *
 * and a kernel whose SIMD registers belong to somebody else: LB_SHA256_PORTABLE.
 */
enum lb_sha256_path {
	LB_SHA256_PORTABLE = 0, /* any CPU, general registers only */
	LB_SHA256_X86_SHA = 1,  /* x86-64 with SHA, SSSE3 and SSE4.1 */
	LB_SHA256_ARM64_SHA2 = 2, /* arm64 with FEAT_SHA256 */
};

/* A digest on its way; fields are the core's. Copying a context copies the digest so far. */
struct lb_sha256 {
	uint32_t state[8]; /* H0 to H7 of FIPS 180-4, 6.2 */
	uint32_t path; /* enum lb_sha256_path */
	uint32_t used; /* bytes waiting in block, < LB_SHA256_BLOCK_BYTES */
	uint64_t total; /* bytes taken so far; at most 2^61 - 1 */
	uint8_t block[LB_SHA256_BLOCK_BYTES];
};

/*
 * The fastest path that this CPU's instructions allow (CPUID leaf 1 and 7 on x86-64;
 * ID_AA64ISAR0_EL1 on arm64, readable in EL1 and above, and emulated by Linux for programs).
 * Says nothing about whether SIMD is enabled: a program may use it as it is.
 */
enum lb_sha256_path lb_sha256_detect(void);

/* True if this build contains the path; using one that it does not contain is a caller's bug. */
bool lb_sha256_has_path(enum lb_sha256_path path);

/* "portable", "x86 sha", "arm64 sha2"; "unknown" for another number. Never NULL. */
const char *lb_sha256_path_name(enum lb_sha256_path path);

/* The digest of no bytes so far. path: one that this build has and this CPU can run. */
void lb_sha256_init(struct lb_sha256 *context, enum lb_sha256_path path);
/* Appends bytes, in pieces of any size; the pieces do not show in the digest. No bytes may come
 * from NULL: a list of segments may hold an empty one. */
void lb_sha256_update(struct lb_sha256 *context, const void *data, size_t bytes);

/*
 * Writes the digest, most significant byte of each word first (as sha256sum prints it); the context
 * must be initialised again before another use.
 */
void lb_sha256_finish(struct lb_sha256 *context, uint8_t ret_digest[LB_SHA256_BYTES]);

#endif
