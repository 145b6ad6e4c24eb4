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

#include "core/window.h"
#include "lifeboat/bounce_pool.h"

#define LB_SLOT_USED UINT32_C(0x100)
#define LB_SLOT_QUARANTINED UINT32_C(0x200)
#define LB_SLOT_ENDING UINT32_C(0x300) /* somebody is giving it back */
#define LB_SLOT_STATE UINT32_C(0x300)
#define LB_SLOT_RUN UINT32_C(0xff)     /* slots of the run */

/* Copies into the pool, out of it, and zeros in it; pointers are those of config.access. */
static inline void lb_bounce_put(
	const struct lb_bounce_pool *pool, void *to, const void *from, size_t bytes)
{
	if (pool->config.in_ram) {
		__builtin_memcpy(to, from, bytes);
	} else {
		lb_window_write(to, from, bytes);
	}
}

static inline void lb_bounce_get(
	const struct lb_bounce_pool *pool, void *to, const void *from, size_t bytes)
{
	if (pool->config.in_ram) {
		__builtin_memcpy(to, from, bytes);
	} else {
		lb_window_read(to, from, bytes);
	}
}

static inline void lb_bounce_clear(const struct lb_bounce_pool *pool, void *to, size_t bytes)
{
	if (pool->config.in_ram) {
		__builtin_memset(to, 0, bytes);
	} else {
		lb_window_clear(to, bytes);
	}
}

static inline bool lb_bounce_is_mask(uint64_t mask)
{
	return !(mask & (mask + 1));
}

/* Whether a pool of which all is free could hold the request: what lb_bounce_map answers but for
 * LB_NO_STORAGE. */
enum lb_status lb_bounce_possible(
	const struct lb_bounce_pool *pool, const struct lb_bounce_request *request);

/* True if a mapping of so many bytes begins at the address. */
bool lb_bounce_is_mapped(const struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes);

/* These are inline, because a mapping is found in less time than a few calls take. */

static inline lb_phys_addr lb_bounce_slot_address(
	const struct lb_bounce_pool *pool, uint32_t slot)
{
	LB_ASSERT(slot < pool->slot_count);
	return pool->config.base + slot * (uint64_t)LB_BOUNCE_SLOT_BYTES;
}

/* The segment that the slot is in, and the slot's number in it. */
static inline struct lb_bounce_segment *lb_bounce_segment_of(
	const struct lb_bounce_pool *pool, uint32_t slot)
{
	LB_ASSERT(slot < pool->slot_count);
	return &pool->segments[slot / LB_BOUNCE_SEGMENT_SLOTS];
}

static inline uint32_t lb_bounce_slot_in_segment(uint32_t slot)
{
	return slot % LB_BOUNCE_SEGMENT_SLOTS;
}

/* Slots of the pool in the segment that begins at the slot. */
static inline uint32_t lb_bounce_segment_slots(const struct lb_bounce_pool *pool, uint32_t first)
{
	LB_ASSERT(first < pool->slot_count && !lb_bounce_slot_in_segment(first));
	return (uint32_t)lb_min(LB_BOUNCE_SEGMENT_SLOTS, pool->slot_count - first);
}

/* Brings the run that begins at the slot from one state to another; of several CPUs one does.
 * ENDING makes it the caller's, who gives it back. 0: none in that state begins there; else its
 * slots. */
uint32_t lb_bounce_change_run(
	const struct lb_bounce_pool *pool, uint32_t first, uint32_t from, uint32_t to);
/* What these two do where somebody asked for it: core/bounce_count.c. */
void lb_bounce_count_more(struct lb_bounce_pool *pool, uint32_t slots);
void lb_bounce_count_less(struct lb_bounce_pool *pool, uint32_t slots);

/* So many slots are not free any more, or are again. */
static inline void lb_bounce_count_taken(struct lb_bounce_pool *pool, uint32_t slots)
{
	if (pool->config.counts_use) {
		lb_bounce_count_more(pool, slots);
	}
}

static inline void lb_bounce_count_given(struct lb_bounce_pool *pool, uint32_t slots)
{
	if (pool->config.counts_use) {
		lb_bounce_count_less(pool, slots);
	}
}

/* Makes the slots of a run in the state ENDING free. */
void lb_bounce_give_run(struct lb_bounce_pool *pool, uint32_t first, uint32_t slots);

#endif
