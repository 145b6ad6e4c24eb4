/* SPDX-License-Identifier: MIT */
/*
 * attempt: what the CPUs find when they try addresses themselves, all of them at once. A
 * translation that a CPU still holds is found too: nothing here flushes, or changes a table.
 */
#ifndef LIFEBOAT_KERNEL_ATTEMPT_H
#define LIFEBOAT_KERNEL_ATTEMPT_H

#include "lifeboat/base.h"

/* All addresses are physical, multiples of 8, and tried in the linear map. */
struct attempts {
	uint64_t made;
	uint64_t right;
	uint32_t cpu;       /* of the first that was not right, where there is one */
	lb_phys_addr first;
};

/* Each CPU reads and writes a word in every page; right are those that fault, at that address. */
struct attempts attempt_every_page(struct lb_range region);

/*
 * Each CPU reads a few words all over the region, so that it holds translations of them. Right are
 * those that can be read, and hold what the first CPU finds there.
 */
struct attempts attempt_to_read(struct lb_range region);

/* Each CPU, one after the other, reads a word and writes it back. Right are those that hold the
 * value before and after. Nobody else may change the words meanwhile. */
struct attempts attempt_to_keep(const lb_phys_addr *at, const uint64_t *value, size_t count);

#endif
