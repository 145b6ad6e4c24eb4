/* SPDX-License-Identifier: MIT */
/* pci: what sits on the bus, as far as DMA limits go. */
#ifndef LIFEBOAT_KERNEL_PCI_H
#define LIFEBOAT_KERNEL_PCI_H

#include "lifeboat/base.h"

/*
 * Counts functions on bus 0 that are known not to reach `last`; read returns the first word of the
 * configuration space of device.function (all ones: nobody there).
 */
unsigned int pci_count_limited(uint32_t (*read)(unsigned int device, unsigned int function),
	lb_phys_addr last, const char **ret_name);

#endif
