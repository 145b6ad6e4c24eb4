/* SPDX-License-Identifier: MIT */
/* pci_arm64: configuration space in memory (ECAM), found by device_tree.c. */
#include "../boot.h"
#include "../pci.h"
#include "../reservation.h"
#include "device_tree.h"

#define BUS_BYTES LB_MIB

static volatile uint8_t *bus;

static uint32_t read_id(unsigned int device, unsigned int function)
{
	return *(volatile uint32_t *)(volatile void *)(bus + (device << 15 | function << 12));
}

unsigned int arch_limited_devices(lb_phys_addr last, const char **ret_name)
{
	if (!device_tree_ecam) {
		return 0;
	}
	if (!bus) {
		bus = device_map(
			(struct lb_range){device_tree_ecam, device_tree_ecam + BUS_BYTES});
	}
	return pci_count_limited(read_id, last, ret_name);
}
