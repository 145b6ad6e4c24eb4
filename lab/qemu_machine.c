/* SPDX-License-Identifier: MIT */
/*
 * qemu_machine: see qemu_machine.h. A row names no members, so that the compiler refuses one that
 * is incomplete.
 */
#include "lab/qemu_machine.h"

#define LIMITED_TO_32_BITS                                                                       \
	"-device", "edu,dma_mask=0xffffffff", "-object", "memory-backend-ram,id=window,size=1M", \
		"-device", "ivshmem-plain,memdev=window"

/*
 * QEMU's default CPUs are a 64-bit one without 1 GiB pages, and a 32-bit one. The edu device
 * reaches 28 bits by default; on arm64 no RAM lies so low.
 *
 * Emulated x86-64 CPUs have 40 bits of physical address (QEMU 7.2, target/i386/cpu.h:
 * TCG_PHYS_ADDR_BITS), at whose top lie the PCI window and what AMD reserves (hw/i386/pc.c). On
 * arm64 the kernel ends QEMU by semihosting, which KVM does not have.
 */
static const struct lab_qemu_machine machines[] = {
	{LB_ARCH_X86_64, "qemu-system-x86_64", "qemu-system-x86", "q35", "max", "max", 0,
		"max-ram-below-4g", 960 * LB_GIB, "x86_64",
		{"-device", "isa-debug-exit,iobase=0xf4,iosize=4"}, false,
		"ttyS0", "earlycon=uart8250,io,0x3f8 no_timer_check", LB_PAGES_X86_4LEVEL, 1,
		"lifeboat-kernel.elf", "lifeboat-kernel.bzimage",
		{"-device", "edu", "-device", "edu", LIMITED_TO_32_BITS},
		" edu-mask=0xfffffff,0xfffffff,0xffffffff"},
	{LB_ARCH_ARM64, "qemu-system-aarch64", "qemu-system-arm", "virt,gic-version=3",
		"cortex-a72", "max", LB_GIB, NULL, 1024 * LB_GIB, NULL, {"-semihosting", NULL},
		true, "ttyAMA0", "earlycon=pl011,0x9000000", LB_PAGES_ARM64_4K, 2,
		"lifeboat-kernel.img", "lifeboat-kernel.img",
		{"-device", "edu,dma_mask=0x7fffffff", "-device", "edu,dma_mask=0x7fffffff",
			LIMITED_TO_32_BITS},
		" edu-mask=0x7fffffff,0x7fffffff,0xffffffff"},
};

_Static_assert(LB_ARRAY_COUNT(machines) == LAB_QEMU_MACHINES, "a row for each architecture");

const struct lab_qemu_machine *lab_qemu_machine_of(enum lb_arch arch)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(machines); i++) {
		if (machines[i].arch == arch) {
			return &machines[i];
		}
	}
	return NULL;
}

const struct lab_qemu_machine *lab_qemu_machine_at(size_t index)
{
	return index < LB_ARRAY_COUNT(machines) ? &machines[index] : NULL;
}

size_t lab_qemu_machine_exit(const struct lab_qemu_machine *machine, const char *arguments[2])
{
	size_t count = 0;

	while (count < LB_ARRAY_COUNT(machine->exit_options) && machine->exit_options[count]) {
		arguments[count] = machine->exit_options[count];
		count++;
	}
	return count;
}
