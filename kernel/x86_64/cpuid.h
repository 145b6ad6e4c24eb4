/* SPDX-License-Identifier: MIT */
/* cpuid: what the CPU says about itself. */
#ifndef LIFEBOAT_KERNEL_X86_64_CPUID_H
#define LIFEBOAT_KERNEL_X86_64_CPUID_H

#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid ret;

	__asm__ volatile("cpuid" : "=a"(ret.eax), "=b"(ret.ebx), "=c"(ret.ecx), "=d"(ret.edx)
		: "a"(leaf), "c"(subleaf));
	return ret;
}

#endif
