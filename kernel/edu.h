/* SPDX-License-Identifier: MIT */
/*
 * edu: QEMU's educational PCI device (docs/specs/edu.rst) as a device that cannot reach all of
 * memory and goes on writing after its kernel has died: a transfer lands 100 ms after its start.
 */
#ifndef LIFEBOAT_KERNEL_EDU_H
#define LIFEBOAT_KERNEL_EDU_H

#include "pci.h"

/* QEMU 7.2 ends itself on a transfer of its whole buffer, 4096 bytes. */
#define EDU_BYTES_MAX 2048
#define EDU_DEVICES_MAX 4

struct edu {
	pci_function function;
	volatile uint8_t *registers;
	lb_phys_addr last; /* highest address that it reaches */
};

/* A write lands this long after its start, and so after bus mastering is off; 100 ms, doubled. */
#define EDU_DRAIN_NANOSECONDS UINT64_C(200000000)

/*
 * Puts those there are into devices, and returns how many. The option edu-mask says what QEMU was
 * told with dma_mask=, one after the other, with commas; the last one holds for the rest.
 */
size_t edu_find(struct edu devices[EDU_DEVICES_MAX]);

/* Maps its registers. Whether it may start transfers is for pci_set_master. */
void edu_open(struct edu *edu);

/* Starts a transfer between memory and the device's buffer; bytes <= EDU_BYTES_MAX. */
void edu_start_to_device(const struct edu *edu, lb_phys_addr from, uint64_t bytes);
void edu_start_from_device(const struct edu *edu, lb_phys_addr to, uint64_t bytes);

/*
 * Starts the last transfer to memory once more, to the address that was given then, maybe by a
 * kernel that is dead: as a network card does when a packet arrives.
 */
void edu_start_again(const struct edu *edu);

/* Waits until the transfer is over, or was suppressed; false if it does not end. */
bool edu_wait(const struct edu *edu);

#endif
