/* SPDX-License-Identifier: MIT */
/* target: see target.h. QEMU's default CPUs are a 64-bit one without 1 GiB pages, and a 32-bit
 * one. */
#include "lab/target.h"

const struct lab_target *lab_target_of(enum lb_arch arch)
{
	static const struct lab_target x86_64 = {"qemu-system-x86_64", "qemu-system-x86", "q35",
		"max", {"-device", "isa-debug-exit,iobase=0xf4,iosize=4"}, "ttyS0"};
	static const struct lab_target arm64 = {"qemu-system-aarch64", "qemu-system-arm",
		"virt,gic-version=3", "cortex-a72", {"-semihosting", NULL}, "ttyAMA0"};

	LB_ASSERT(arch == LB_ARCH_X86_64 || arch == LB_ARCH_ARM64);
	return arch == LB_ARCH_X86_64 ? &x86_64 : &arm64;
}
