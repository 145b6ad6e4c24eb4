/* SPDX-License-Identifier: MIT */
/*
 * swiotlb: what Linux makes of swiotlb= (kernel/dma/swiotlb.c, setup_io_tlb_npages). Nothing is
 * ever refused there: what a kernel does not read it passes over in silence.
 *
 *	up to 5.19   swiotlb=[<slots>][,][force|noforce]
 *	6.0 to 7.2   swiotlb=[<slots>][,][<areas>][,][force|noforce]
 *	7.3          swiotlb=[<slots>][,][<areas>][,][force...|noforce...][,][track_hiwater...]
 *
 * Slots are of 2 KiB, in any base that C writes; there are no suffixes: 64M is 64 slots, and "M" is
 * passed over with all behind it. They are rounded up to 128. Up to 7.2 the last word must be all
 * that is left; 7.3 looks at how it begins.
 */
#ifndef LIFEBOAT_POLICY_LINUX_SWIOTLB_H
#define LIFEBOAT_POLICY_LINUX_SWIOTLB_H

#include "lifeboat/slice.h"

#define LB_SWIOTLB_SLOT_BYTES UINT64_C(2048)
/* IO_TLB_DEFAULT_SIZE (include/linux/swiotlb.h, 5.10 to 7.3). */
#define LB_SWIOTLB_DEFAULT_SLOTS (64 * LB_MIB / LB_SWIOTLB_SLOT_BYTES)

/* All that the options of a command line say together. */
struct lb_swiotlb_words {
	bool slots_told;
	uint64_t slots;     /* if told, rounded up */
	uint64_t areas;     /* a power of two; 0: not told */
	bool force;
	bool noforce;
	bool track_hiwater;
	struct lb_slice passed_over; /* of the last option that has such a part; empty: nothing */
};

/* Reads the value of one option, after those before it. */
void lb_swiotlb_read(struct lb_swiotlb_words *words, struct lb_slice value, uint32_t version);

/* Reads a command line; several options count one after the other. NULL is an empty line. */
struct lb_swiotlb_words lb_swiotlb_of(const char *cmdline, uint32_t version);

/*
 * Slots that the kernel plans before it knows its CPUs (swiotlb_size_or_default): told, or `preset`
 * (the default, or what the architecture adjusts it to, swiotlb_adjust_size), which counts where
 * the default was left or told. From 6.0 on, where areas are told, at least 128 for each, and a
 * power of two. Wraps as the kernel does.
 */
uint64_t lb_swiotlb_planned(const struct lb_swiotlb_words *words, uint64_t preset);

/*
 * Slots that it then asks memory for: the same, and from 6.0 on always with areas, as many as CPUs
 * are possible unless told, and a power of two.
 */
uint64_t lb_swiotlb_slots(const struct lb_swiotlb_words *words, uint32_t version, uint64_t preset,
	uint64_t possible_cpus);

#endif
