/* SPDX-License-Identifier: MIT */
/* device_tree: the facts of the device tree that the arm64 half keeps. */
#ifndef LIFEBOAT_KERNEL_ARM64_DEVICE_TREE_H
#define LIFEBOAT_KERNEL_ARM64_DEVICE_TREE_H

#include "lifeboat/base.h"

#include "../cpu.h"

/* MPIDR affinities of the /cpus nodes; the first CPUS_MAX of them. */
struct device_tree_cpus {
	uint64_t mpidr[CPUS_MAX];
	uint32_t count;
};
extern struct device_tree_cpus device_tree_cpus;

/* PCI: configuration space of bus 0, and the start of the window for 32-bit BARs; 0: none. */
struct device_tree_pci {
	lb_phys_addr ecam;
	lb_phys_addr window;
};
extern struct device_tree_pci device_tree_pci;

/*
 * Fills boot_info and sets up serial port, PSCI and interrupt controller. What is missing stays
 * off. An unreadable tree leaves the map empty, which memory.c refuses.
 */
void device_tree_read(lb_phys_addr blob);

#endif
