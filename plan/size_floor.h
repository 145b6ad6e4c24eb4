/* SPDX-License-Identifier: MIT */
/*
 * size_floor: what a capture kernel cannot live without, as far as the machine shows it: less is
 * never enough, this much may well be too little. Counted are the kernel's image in memory (the
 * running kernel's, of which at least so much is shown), its initrd as packed (the one that this
 * boot was given) and the page structures of its own memory. Not counted are drivers, what the
 * initrd unpacks to, and the programs that write the dump.
 */
#ifndef LIFEBOAT_PLAN_SIZE_FLOOR_H
#define LIFEBOAT_PLAN_SIZE_FLOOR_H

#include "plan/boot/model.h"
#include "policy/reservation.h"

/* All in bytes. */
struct lb_size_floor {
	uint64_t image;  /* kept in memory, in one piece; > 0 */
	uint64_t initrd; /* 0: there is none, or the machine does not show it */
	uint64_t pages;  /* struct page and page tables for the memory of that reservation */
};

/* For a capture kernel of this machine in that reservation. */
struct lb_size_floor lb_size_floor_of(
	const struct lb_model *model, const struct lb_reservation *reservation);

/* image + initrd + pages. */
uint64_t lb_size_floor_total(const struct lb_size_floor *floor);

/*
 * True unless it is certain that the floor has no room in the reservation: what is loaded before
 * the crash (image, initrd) goes into one region and never into CMA, the rest anywhere.
 */
bool lb_size_floor_fits(
	const struct lb_size_floor *floor, const struct lb_reservation *reservation);

#endif
