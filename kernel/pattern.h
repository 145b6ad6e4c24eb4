/* SPDX-License-Identifier: MIT */
/* pattern: the production kernel's pages and table of protocol/pattern.h. */
#ifndef LIFEBOAT_KERNEL_PATTERN_H
#define LIFEBOAT_KERNEL_PATTERN_H

#include "protocol/pattern.h"

extern struct lb_pattern_table pattern_table;

/* Takes pages spread evenly over all memory and fills them. */
void pattern_spread(uint64_t seed);

#endif
