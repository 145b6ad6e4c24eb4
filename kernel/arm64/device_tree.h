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

/* Configuration space of PCI bus 0; 0: there is none. */
extern lb_phys_addr device_tree_ecam;

/*
 * Fills boot_info and sets up serial port, PSCI and interrupt controller. What is missing stays
 * off. An unreadable tree leaves the map empty, which memory.c refuses.
 */
void device_tree_read(lb_phys_addr blob);

#endif
