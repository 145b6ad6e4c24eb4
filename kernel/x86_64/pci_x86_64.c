/* SPDX-License-Identifier: MIT */
/* pci_x86_64: configuration space through ports 0xcf8 and 0xcfc. */
#include "../pci.h"
#include "../reservation.h"
#include "port.h"

static uint32_t read_id(unsigned int device, unsigned int function)
{
	port_write32(0xcf8, 0x80000000u | device << 11 | function << 8);
	return port_read32(0xcfc);
}

unsigned int arch_limited_devices(lb_phys_addr last, const char **ret_name)
{
	return pci_count_limited(read_id, last, ret_name);
}
