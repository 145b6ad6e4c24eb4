/* SPDX-License-Identifier: MIT */
/* pci: see pci.h (PCI Local Bus Specification 3.0, chapter 6). */
#include "pci.h"

#define FUNCTIONS 256
#define BAR_BYTES_MAX LB_MIB
enum { PCI_ID = 0x00, PCI_COMMAND = 0x04, PCI_BAR0 = 0x10 };
#define COMMAND_MEMORY 0x2u
#define COMMAND_MASTER 0x4u
#define BAR_FLAGS 0xfu

bool pci_find(uint32_t id, pci_function from, pci_function *ret)
{
	for (pci_function function = from; function < FUNCTIONS; function++) {
		if (arch_pci_read(function, PCI_ID) == id) {
			*ret = function;
			return true;
		}
	}
	return false;
}

lb_phys_addr pci_open(pci_function function)
{
	uint32_t command = arch_pci_read(function, PCI_COMMAND) & 0xffff;
	lb_phys_addr window = arch_pci_window();

	if (!(arch_pci_read(function, PCI_BAR0) & ~BAR_FLAGS) && window) {
		window += function * BAR_BYTES_MAX;
		arch_pci_write(function, PCI_BAR0, (uint32_t)window);
	}
	arch_pci_write(function, PCI_COMMAND, command | COMMAND_MEMORY);
	return arch_pci_read(function, PCI_BAR0) & ~BAR_FLAGS;
}

void pci_set_master(pci_function function, bool on)
{
	uint32_t command = arch_pci_read(function, PCI_COMMAND) & 0xffff;

	arch_pci_write(function, PCI_COMMAND,
		on ? command | COMMAND_MASTER : command & ~COMMAND_MASTER);
}
