/* SPDX-License-Identifier: MIT */
/*
 * arch: the architectures that lifeboat knows, and Linux versions as numbers that compare.
 *
 *	if (version >= LB_LINUX(6, 7, 0) && arch == LB_ARCH_ARM64) { ... }
 */
#ifndef LIFEBOAT_ARCH_H
#define LIFEBOAT_ARCH_H

#include "lifeboat/base.h"

/* UNKNOWN is 0: what a zeroed structure says before somebody looked. All are little-endian. */
enum lb_arch { LB_ARCH_UNKNOWN, LB_ARCH_X86_64, LB_ARCH_ARM64, LB_ARCH_RISCV64 };

/* For tables by architecture, LB_ARCH_UNKNOWN included. A switch without a default is better
 * where it will do: the compiler names it when an architecture is added. */
#define LB_ARCHES (LB_ARCH_RISCV64 + 1)

/* "x86_64", "arm64", "riscv64", "unknown": as Linux names them. Static, never NULL. */
const char *lb_arch_name(enum lb_arch arch);

/*
 * 6.12.107 is LB_LINUX(6, 12, 107); a later version is the larger number. major and minor below
 * 256, patch below 65536 (stable releases of 4.9 reached 337, so 8 bits would not do).
 */
#define LB_LINUX(major, minor, patch)                                                            \
	(((uint32_t)(major) << 24) | ((uint32_t)(minor) << 16) | (uint32_t)(patch))

#endif
