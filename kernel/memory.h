/* SPDX-License-Identifier: MIT */
/* memory: the kernel's one memory map, made from what the loader said, or a refusal. */
#ifndef LIFEBOAT_KERNEL_MEMORY_H
#define LIFEBOAT_KERNEL_MEMORY_H

#include "lifeboat/memory_map.h"

#define PAGE_BYTES UINT64_C(4096)

extern struct lb_memory_map memory;

/*
 * Checks boot_info.map and fills `memory`: RAM added, everything that is in use reserved (image,
 * module, device tree). A map that makes no sense ends the machine with a message and
 * LB_DRILL_EXIT_REFUSED: there is nothing to go on with.
 */
void memory_read(void);

/* Says how much there is, and ends the machine likewise if that is not enough to run. */
void memory_check_usable(void);

/* Whole pages, reserved for good; what for is said in the message if there are none. Ends in a
 * panic when there is no room. */
lb_phys_addr memory_take(uint64_t size, uint64_t align, struct lb_range window, const char *what);

#endif
