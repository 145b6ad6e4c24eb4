/* SPDX-License-Identifier: MIT */
/* bounce_slots: what the files of bounce_pool share. */
#ifndef LIFEBOAT_CORE_BOUNCE_SLOTS_H
#define LIFEBOAT_CORE_BOUNCE_SLOTS_H

#include "lifeboat/bounce_pool.h"

enum slot_state { LB_SLOT_FREE, LB_SLOT_USED, LB_SLOT_QUARANTINED };

lb_phys_addr lb_bounce_slot_address(const struct lb_bounce_pool *pool, uint32_t slot);

/* Replaces a slot; whether it is free, and so the counts, is the caller's business. */
void lb_bounce_set_slot(struct lb_bounce_pool *pool, uint32_t index, struct lb_bounce_slot slot);

/* Zeroes part of the pool. */
void lb_bounce_clear(const struct lb_bounce_pool *pool, lb_phys_addr address, uint64_t bytes);

/* Makes slots of one segment free, whatever they were; the pool's counts are the caller's
 * business. */
void lb_bounce_free_slots(struct lb_bounce_pool *pool, uint32_t first, uint32_t count);

#endif
