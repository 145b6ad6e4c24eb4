/* SPDX-License-Identifier: MIT */
/* bounce_pool: how much of it is used, and whether its bookkeeping agrees with itself. */
#include "core/atomic.h"
#include "core/bounce_segment.h"
#include "core/bounce_slots.h"

static uint32_t count_of(struct lb_slot_set set)
{
	return (uint32_t)(__builtin_popcountll(set.word[0]) + __builtin_popcountll(set.word[1]));
}

static struct lb_slot_set fresh_of(const struct lb_bounce_segment *segment)
{
	return (struct lb_slot_set){
		{lb_atomic_load(&segment->fresh[0]), lb_atomic_load(&segment->fresh[1])}};
}

struct lb_bounce_usage lb_bounce_pool_usage(const struct lb_bounce_pool *pool)
{
	struct lb_bounce_usage usage = {.failures = lb_atomic_load(&pool->failures),
		.longest_wait = lb_atomic_load(&pool->longest_wait)};
	uint32_t fresh = 0;

	for (uint32_t i = 0; i < pool->slot_count; i++) {
		uint32_t life = lb_atomic_load(&pool->slots[i].life);
		bool waits = (life & LB_SLOT_STATE) == LB_SLOT_QUARANTINED;

		usage.quarantined += waits ? life & LB_SLOT_RUN : 0;
		if (!lb_bounce_slot_in_segment(i)) {
			struct lb_bounce_segment *segment = lb_bounce_segment_of(pool, i);

			usage.free += count_of(lb_bounce_segment_free(segment));
			fresh += count_of(fresh_of(segment));
		}
	}
	/* Beside other CPUs these were read at different moments. */
	usage.free = (uint32_t)lb_min(usage.free, pool->slot_count - usage.quarantined);
	LB_ASSERT(usage.quarantined <= pool->slot_count && fresh <= pool->slot_count);
	usage.used = pool->slot_count - usage.free - usage.quarantined;
	usage.ever_used = pool->slot_count - fresh;
	usage.high_water = pool->config.counts_use ? (uint32_t)lb_atomic_load(&pool->high_water)
						   : usage.ever_used;
	return usage;
}

/* Runs of the segment follow each other without overlap, and none lies on free slots. */
static bool check_runs(const struct lb_bounce_pool *pool, uint32_t segment, uint32_t slots)
{
	struct lb_slot_set free = lb_bounce_segment_free(lb_bounce_segment_of(pool, segment));
	struct lb_slot_set taken = {{0}};
	uint32_t end = 0; /* of the last run */

	for (uint32_t i = 0; i < slots; i++) {
		const struct lb_bounce_slot *slot = &pool->slots[segment + i];
		uint32_t run = slot->life & LB_SLOT_RUN;
		struct lb_slot_set own;

		if (!slot->life) {
			continue;
		}
		if (i < end || !run || i + run > slots ||
			(slot->life & LB_SLOT_STATE) == LB_SLOT_ENDING ||
			slot->skip + (uint64_t)slot->bytes > run * (uint64_t)LB_BOUNCE_SLOT_BYTES) {
			return false;
		}
		end = i + run;
		own = lb_slot_set_of(i, end);
		taken = (struct lb_slot_set){
			{taken.word[0] | own.word[0], taken.word[1] | own.word[1]}};
	}
	return lb_slot_set_empty(lb_slot_set_both(free, taken)) &&
		count_of(free) + count_of(taken) == slots &&
		lb_slot_set_empty(lb_slot_set_both(free, lb_slot_set_of(slots,
			LB_BOUNCE_SEGMENT_SLOTS)));
}

bool lb_bounce_pool_check(const struct lb_bounce_pool *pool)
{
	for (uint32_t i = 0; i < pool->slot_count; i += LB_BOUNCE_SEGMENT_SLOTS) {
		struct lb_bounce_segment *segment = lb_bounce_segment_of(pool, i);
		struct lb_slot_set free = lb_bounce_segment_free(segment);
		uint32_t longest = lb_slot_set_longest(free);

		if (!check_runs(pool, i, lb_bounce_segment_slots(pool, i)) ||
			!lb_slot_set_empty(lb_slot_set_both(
				fresh_of(segment), (struct lb_slot_set){
					{~free.word[0], ~free.word[1]}})) ||
			(longest && !lb_bounce_segment_may_have(segment, longest))) {
			return false;
		}
	}
	return true;
}
