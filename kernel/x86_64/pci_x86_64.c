/* SPDX-License-Identifier: MIT */
/* pci_x86_64: configuration space through ports 0xcf8 and 0xcfc. */
#include "../pci.h"
#include "port.h"

static void select(pci_function function, uint32_t offset)
{
	port_write32(0xcf8, 0x80000000u | function << 8 | offset);
}

uint32_t arch_pci_read(pci_function function, uint32_t offset)
{
	select(function, offset);
	return port_read32(0xcfc);
}

void arch_pci_write(pci_function function, uint32_t offset, uint32_t value)
{
	select(function, offset);
	port_write32(0xcfc, value);
}

lb_phys_addr arch_pci_window(void)
{
	return 0;
}
