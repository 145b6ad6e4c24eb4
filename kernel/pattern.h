/* SPDX-License-Identifier: MIT */
/* pattern: the production kernel's pages and table of protocol/pattern.h. */
#ifndef LIFEBOAT_KERNEL_PATTERN_H
#define LIFEBOAT_KERNEL_PATTERN_H

#include "protocol/pattern.h"

extern struct lb_pattern_table pattern_table;

/* Takes pages at the ends of every part of memory around the crash region, and evenly all over it,
 * and fills them by the table's seed. */
void pattern_spread(struct lb_range crash);

/*
 * What a capture kernel will ask of a CPU's registers. Waiting: in arch_wait_with_pattern() for
 * this work, interrupts on or off. Calling: somewhere in the kernel, its stack pointer at most room
 * bytes below sp. Panicking: in panic_with_pattern(), whose second argument is returned.
 */
void pattern_know_waiting(uint32_t cpu, const void *work, bool interruptible);
void pattern_know_calling(uint32_t cpu, uint64_t sp, uint64_t room);
uint64_t *pattern_know_panicking(uint32_t cpu);

#endif
