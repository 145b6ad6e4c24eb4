/* SPDX-License-Identifier: MIT */
/*
 * memory_map_storage: how a memory map lies in its caller's storage. Only sizes are public: the
 * fields belong to core/memory_map*.c.
 */
#ifndef LIFEBOAT_MEMORY_MAP_STORAGE_H
#define LIFEBOAT_MEMORY_MAP_STORAGE_H

#include "lifeboat/base.h"

struct lb_region_set {
	struct lb_region *regions; /* in the map's storage; sorted, disjoint, minimal */
	size_t count;
	uint64_t total;            /* bytes in all regions */
};

struct lb_memory_map {
	struct lb_region_set memory;
	struct lb_region_set reserved;
	struct lb_region *scratch; /* as large as each set: the next state of one of them */
	size_t capacity;           /* regions, of both sets together */
};

/* Where a walk stands; zero it to start. */
struct lb_memory_cursor {
	size_t memory;
	size_t reserved;
	lb_phys_addr position;
};

/* Bytes of storage for a map that holds any `regions` regions, of both sets together. */
#define LB_MEMORY_MAP_BYTES(regions) (3 * (size_t)(regions) * 24)

#endif
