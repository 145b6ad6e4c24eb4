/* SPDX-License-Identifier: MIT */
/* bounce_pool: the most slots that were taken at once, where somebody asked for it. */
#include "core/atomic.h"
#include "core/bounce_slots.h"

void lb_bounce_count_more(struct lb_bounce_pool *pool, uint32_t slots)
{
	lb_atomic_raise(&pool->high_water, lb_atomic_add(&pool->taken, slots) + slots);
}

void lb_bounce_count_less(struct lb_bounce_pool *pool, uint32_t slots)
{
	uint64_t before = lb_atomic_add(&pool->taken, 0 - (uint64_t)slots);

	LB_ASSERT(before >= slots);
	(void)before;
}
