/* SPDX-License-Identifier: MIT */
/* old_pattern: what a reference kernel left in its memory and registers to be found again
 * (protocol/pattern.h), and whether all of it is in the dump. */
#ifndef LIFEBOAT_KERNEL_OLD_PATTERN_H
#define LIFEBOAT_KERNEL_OLD_PATTERN_H

#include "protocol/pattern.h"

/* Its table; NULL: another kernel crashed. Gives up on one that is damaged. */
const struct lb_pattern_table *old_pattern_find(void);

/* Pages by physical and virtual address; the registers and stacks of all CPUs. seed: what the table
 * should have. */
void old_pattern_prove_memory(const struct lb_pattern_table *table, uint64_t seed);
void old_pattern_prove_registers(const struct lb_pattern_table *table, uint64_t seed);

#endif
