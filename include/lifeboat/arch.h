/* SPDX-License-Identifier: MIT */
/* arch: the architectures that lifeboat knows, and Linux versions as numbers that compare. */
#ifndef LIFEBOAT_ARCH_H
#define LIFEBOAT_ARCH_H

#include "lifeboat/base.h"

enum lb_arch { LB_ARCH_UNKNOWN, LB_ARCH_X86_64, LB_ARCH_ARM64, LB_ARCH_RISCV64 };

/* For tables by architecture, LB_ARCH_UNKNOWN included. A switch without a default is better
 * where it will do: the compiler names it when an architecture is added. */
#define LB_ARCHES (LB_ARCH_RISCV64 + 1)

/* "x86_64", "arm64", "riscv64", "unknown". */
const char *lb_arch_name(enum lb_arch arch);

/* 6.12.107 is LB_LINUX(6, 12, 107); a later version is the larger number. */
#define LB_LINUX(major, minor, patch)                                                            \
	(((uint32_t)(major) << 24) | ((uint32_t)(minor) << 16) | (uint32_t)(patch))

#endif
