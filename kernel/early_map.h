/* SPDX-License-Identifier: MIT */
/* early_map: the page tables that serve until paging.c has built better ones. */
#ifndef LIFEBOAT_KERNEL_EARLY_MAP_H
#define LIFEBOAT_KERNEL_EARLY_MAP_H

#include "lifeboat/base.h"

/*
 * Makes a range of physical memory reachable through phys_pointer() before there is a linear
 * map. Rounded outward to 2 MiB; ends at EARLY_MAP_END or below.
 */
#define EARLY_MAP_END (UINT64_C(1) << 46)
void early_map(struct lb_range range);

/* Maps device registers, uncached, for good. range.end - range.start <= 64 MiB. */
volatile void *device_map(struct lb_range range);

/* Called with each block of devices, mapped at va: those so far at once, and each later one. */
typedef void device_follower(uint64_t va, struct lb_range range);
void device_map_follow(device_follower *follow);

#endif
