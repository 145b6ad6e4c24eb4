/* SPDX-License-Identifier: MIT */
/* pci: bus 0, as far as finding a device, switching it on and knowing its DMA limit goes. */
#ifndef LIFEBOAT_KERNEL_PCI_H
#define LIFEBOAT_KERNEL_PCI_H

#include "lifeboat/base.h"

/* device << 3 | function, on bus 0; below PCI_FUNCTIONS. */
typedef uint32_t pci_function;
#define PCI_FUNCTIONS 256

/* What a function is, by its class and its header. */
enum pci_kind { PCI_NOBODY, PCI_ENDPOINT, PCI_DISPLAY, PCI_BRIDGE };
enum pci_kind pci_kind_of(pci_function function);

/* Architecture: configuration space; all ones where nobody is. */
uint32_t arch_pci_read(pci_function function, uint32_t offset);
void arch_pci_write(pci_function function, uint32_t offset, uint32_t value);

/* Architecture: where an unassigned memory BAR may go; 0: firmware has assigned all. */
lb_phys_addr arch_pci_window(void);

/* The first function from `from` on with this device << 16 | vendor. */
bool pci_find(uint32_t id, pci_function from, pci_function *ret);

/*
 * Gives BAR 0, of at most 1 MiB, an address if it has none, and switches memory on; the address.
 * Whether the function may start transfers stays as it is.
 */
lb_phys_addr pci_open(pci_function function);

/*
 * Where the memory lies that the function offers by BAR 2, of 64 bits, at most 256 MiB; given an
 * address if it has none, and switched on. Empty: it offers none.
 */
struct lb_range pci_open_memory(pci_function function);

/* Whether the function may start transfers. */
bool pci_is_master(pci_function function);
void pci_set_master(pci_function function, bool on);

#endif
