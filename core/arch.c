/* SPDX-License-Identifier: MIT */
/* arch: names. */
#include "lifeboat/arch.h"

const char *lb_arch_name(enum lb_arch arch)
{
	switch (arch) {
	case LB_ARCH_UNKNOWN:
		break;
	case LB_ARCH_X86_64:
		return "x86_64";
	case LB_ARCH_ARM64:
		return "arm64";
	case LB_ARCH_RISCV64:
		return "riscv64";
	}
	return "unknown";
}
