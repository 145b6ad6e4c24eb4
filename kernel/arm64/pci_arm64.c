/* SPDX-License-Identifier: MIT */
/* pci_arm64: configuration space in memory (ECAM), found by device_tree.c. */
#include "../early_map.h"
#include "../pci.h"
#include "device_tree.h"

#define BUS_BYTES LB_MIB

static volatile uint8_t *bus;

static volatile uint32_t *word(pci_function function, uint32_t offset)
{
	if (!bus) {
		bus = device_map((struct lb_range){
			device_tree_pci.ecam, device_tree_pci.ecam + BUS_BYTES});
	}
	return (volatile uint32_t *)(volatile void *)(bus + (function << 12 | offset));
}

uint32_t arch_pci_read(pci_function function, uint32_t offset)
{
	return device_tree_pci.ecam ? *word(function, offset) : UINT32_MAX;
}

void arch_pci_write(pci_function function, uint32_t offset, uint32_t value)
{
	if (device_tree_pci.ecam) {
		*word(function, offset) = value;
	}
}

lb_phys_addr arch_pci_window(void)
{
	return device_tree_pci.window;
}
