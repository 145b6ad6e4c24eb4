/* SPDX-License-Identifier: MIT */
/*
 * bounce_slots: what the files of bounce_pool share.
 *
 * Whose a slot is says the first slot of its run: life is 0 where no run begins, else how many
 * slots the run has, and its state. It is written last when a run begins, and first when it ends;
 * whoever exchanges it owns what follows: of two CPUs that end a mapping one does.
 */
#ifndef LIFEBOAT_CORE_BOUNCE_SLOTS_H
#define LIFEBOAT_CORE_BOUNCE_SLOTS_H

#include "lifeboat/bounce_pool.h"

#define LB_SLOT_USED UINT32_C(0x100)
#define LB_SLOT_QUARANTINED UINT32_C(0x200)
#define LB_SLOT_ENDING UINT32_C(0x300) /* somebody is giving it back */
#define LB_SLOT_STATE UINT32_C(0x300)
#define LB_SLOT_RUN UINT32_C(0xff)     /* slots of the run */

lb_phys_addr lb_bounce_slot_address(const struct lb_bounce_pool *pool, uint32_t slot);

/* The segment that the slot is in, and the slot's number in it. */
struct lb_bounce_segment *lb_bounce_segment_of(const struct lb_bounce_pool *pool, uint32_t slot);
uint32_t lb_bounce_slot_in_segment(uint32_t slot);
/* Slots of the pool in the segment that begins at the slot. */
uint32_t lb_bounce_segment_slots(const struct lb_bounce_pool *pool, uint32_t first);

/* Ends the run that begins at the slot and is in this state: from now on it is the caller's, who
 * gives it back. 0: there is none; else its slots. */
uint32_t lb_bounce_end_run(const struct lb_bounce_pool *pool, uint32_t first, uint32_t state);
/* Makes the slots of a run that was ended free. */
void lb_bounce_give_run(const struct lb_bounce_pool *pool, uint32_t first, uint32_t slots);

#endif
