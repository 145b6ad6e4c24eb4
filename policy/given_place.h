/* SPDX-License-Identifier: MIT */
/*
 * given_place: what is wrong with a place that a request names. Kernels look for the faults in
 * different orders and report the first, so the order is the caller's: from 5.15 on arm64 and
 * riscv64 leave all three to memblock_phys_alloc_range (alignment first, since no place that is
 * not a multiple is ever tried), before that memblock_is_region_memory,
 * memblock_is_region_reserved and IS_ALIGNED were asked one after the other
 * (arch/arm64/mm/init.c, arch/riscv/mm/init.c).
 */
#ifndef LIFEBOAT_POLICY_GIVEN_PLACE_H
#define LIFEBOAT_POLICY_GIVEN_PLACE_H

#include "policy/reservation.h"

enum lb_place_fault {
	LB_PLACE_NOT_MEMORY, /* not all of it lies in one region of memory */
	LB_PLACE_TAKEN,      /* some of it is reserved */
	LB_PLACE_UNALIGNED,  /* it does not begin on a multiple of the alignment */
	LB_PLACE_FINE,       /* none of these */
};
#define LB_PLACE_FAULTS LB_PLACE_FINE

/* The first fault, in that order, of the place search->window for search->size bytes aligned to
 * search->align. A window smaller than the size passes the end of the address space. */
enum lb_place_fault lb_given_place_fault(const struct lb_memory_map *map,
	const enum lb_place_fault order[LB_PLACE_FAULTS], const struct lb_search *search);

/*
 * Makes search a refused one: result, refusal in words, and the range in the way, where one range
 * can be named: from the first byte that is not memory, or the first reserved range inside. A
 * place that is fine "cannot be handed out": it is of a kind that no search gives.
 */
void lb_given_place_refuse(const struct lb_memory_map *map,
	const enum lb_place_fault order[LB_PLACE_FAULTS], struct lb_search *search);

#endif
