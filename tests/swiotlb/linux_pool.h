/* SPDX-License-Identifier: MIT */
/* linux_pool: Linux's own SWIOTLB, 64 MiB with an area for each of two CPUs, to be timed. */
#ifndef LIFEBOAT_TESTS_SWIOTLB_LINUX_POOL_H
#define LIFEBOAT_TESTS_SWIOTLB_LINUX_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once; false: it did not come up. */
bool linux_pool_init(void);
/* The CPU that the calling thread stands for, 0 or 1. */
void linux_pool_on_cpu(int cpu);
/* The bounce address, or 0 when there is no room. */
uint64_t linux_pool_map(const void *bytes, size_t size, bool from_device);
void linux_pool_unmap(uint64_t address, size_t size, bool from_device);

#endif
