/* SPDX-License-Identifier: MIT */
/* pci: see pci.h (PCI Local Bus Specification 3.0, chapter 6). */
#include "pci.h"

#define BAR_BYTES_MAX LB_MIB
#define MEMORY_BYTES_MAX (256 * LB_MIB)
enum { PCI_ID = 0x00, PCI_COMMAND = 0x04, PCI_CLASS = 0x08, PCI_HEADER = 0x0c };
enum { PCI_BAR0 = 0x10, PCI_BAR2 = 0x18, PCI_BAR3 = 0x1c };
#define COMMAND_MEMORY 0x2u
#define COMMAND_MASTER 0x4u
#define BAR_FLAGS 0xfu
#define CLASS_DISPLAY 0x03u
#define CLASS_BRIDGE 0x06u
#define HEADER_KIND (0x7fu << 16) /* not 0: of a bridge */

bool pci_find(uint32_t id, pci_function from, pci_function *ret)
{
	for (pci_function function = from; function < PCI_FUNCTIONS; function++) {
		if (arch_pci_read(function, PCI_ID) == id) {
			*ret = function;
			return true;
		}
	}
	return false;
}

enum pci_kind pci_kind_of(pci_function function)
{
	uint32_t class = arch_pci_read(function, PCI_CLASS) >> 24;

	if (arch_pci_read(function, PCI_ID) == UINT32_MAX) {
		return PCI_NOBODY;
	}
	if (class == CLASS_BRIDGE || arch_pci_read(function, PCI_HEADER) & HEADER_KIND) {
		return PCI_BRIDGE;
	}
	return class == CLASS_DISPLAY ? PCI_DISPLAY : PCI_ENDPOINT;
}

static void set_command(pci_function function, uint32_t bit, bool on)
{
	uint32_t command = arch_pci_read(function, PCI_COMMAND) & 0xffff;

	arch_pci_write(function, PCI_COMMAND, on ? command | bit : command & ~bit);
}

lb_phys_addr pci_open(pci_function function)
{
	lb_phys_addr window = arch_pci_window();

	if (!(arch_pci_read(function, PCI_BAR0) & ~BAR_FLAGS) && window) {
		window += function * BAR_BYTES_MAX;
		arch_pci_write(function, PCI_BAR0, (uint32_t)window);
	}
	set_command(function, COMMAND_MEMORY, true);
	return arch_pci_read(function, PCI_BAR0) & ~BAR_FLAGS;
}

/* The window after those of pci_open is for the one function that offers memory. */
struct lb_range pci_open_memory(pci_function function)
{
	lb_phys_addr window = arch_pci_window();
	uint32_t low = arch_pci_read(function, PCI_BAR2);
	uint64_t start = (uint64_t)arch_pci_read(function, PCI_BAR3) << 32 | (low & ~BAR_FLAGS);
	uint64_t bytes;

	set_command(function, COMMAND_MEMORY, false);
	arch_pci_write(function, PCI_BAR2, UINT32_MAX);
	bytes = UINT32_MAX - (arch_pci_read(function, PCI_BAR2) & ~BAR_FLAGS) + UINT64_C(1);
	if (!start && window) {
		start = window + PCI_FUNCTIONS * BAR_BYTES_MAX + MEMORY_BYTES_MAX - 1;
		start = lb_align_down(start, MEMORY_BYTES_MAX);
	}
	arch_pci_write(function, PCI_BAR2, (uint32_t)start);
	arch_pci_write(function, PCI_BAR3, (uint32_t)(start >> 32));
	set_command(function, COMMAND_MEMORY, true);
	return start && bytes <= MEMORY_BYTES_MAX ? (struct lb_range){start, start + bytes}
						  : (struct lb_range){0, 0};
}

bool pci_is_master(pci_function function)
{
	return arch_pci_read(function, PCI_COMMAND) & COMMAND_MASTER;
}

void pci_set_master(pci_function function, bool on)
{
	set_command(function, COMMAND_MASTER, on);
}
