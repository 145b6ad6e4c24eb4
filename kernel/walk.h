/* SPDX-License-Identifier: MIT */
/* walk: what the core's walker says about the page tables in use, for a judge outside. */
#ifndef LIFEBOAT_KERNEL_WALK_H
#define LIFEBOAT_KERNEL_WALK_H

#include "lifeboat/base.h"

/* Prints "walk: VA PA" or "walk: VA unmapped" for `count` addresses: the edges of the region and of
 * memory, then addresses spread over the linear map, memory and holes, and the kernel image. */
void walk_report(uint64_t count, struct lb_range region);

#endif
