/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: finding room and filling it. What happens to a mapping then: bounce_mapping.c. What
 * survives a kernel: bounce_handover.c.
 *
 * Small mappings come and go in any order and leave holes, so they are kept together: they take
 * the lowest place that suits, larger ones the highest. What small mappings never reached at once
 * they never cut up. And the lowest place was used a moment ago: it is still in the CPU's cache.
 */
#include "lifeboat/bounce_pool.h"

#include "core/atomic.h"
#include "core/bounce_segment.h"
#include "core/bounce_slots.h"

#define SLOT ((uint64_t)LB_BOUNCE_SLOT_BYTES)

bool lb_bounce_pool_has(const struct lb_bounce_pool *pool, lb_phys_addr address)
{
	return address >= pool->config.base && address - pool->config.base < pool->config.size;
}

static bool has_storage(const struct lb_bounce_storage *storage, uint64_t slots)
{
	return storage->slot_count >= slots && storage->segment_count >= LB_BOUNCE_SEGMENTS(slots);
}

enum lb_status lb_bounce_pool_init(struct lb_bounce_pool *pool,
	const struct lb_bounce_config *config, const struct lb_bounce_storage *storage)
{
	uint64_t needed = config->size / SLOT;
	uint64_t end;

	if (!config->size || config->size % SLOT || config->base % SLOT ||
		config->large_bytes % SLOT || config->large_bytes > config->size ||
		!lb_add(config->base, config->size, &end) || needed > UINT32_MAX / 2 ||
		config->scope < LB_BOUNCE_SYSTEM || config->scope > LB_BOUNCE_DEVICE) {
		return LB_INVALID;
	}
	if (!has_storage(storage, needed)) {
		return LB_NO_STORAGE;
	}
	LB_ASSERT(config->access);
	*pool = (struct lb_bounce_pool){.config = *config, .slots = storage->slots,
		.segments = storage->segments, .slot_count = (uint32_t)needed};
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		pool->slots[i] = (struct lb_bounce_slot){0};
	}
	for (uint32_t i = 0; i < pool->slot_count; i += LB_BOUNCE_SEGMENT_SLOTS) {
		lb_bounce_segment_init(
			lb_bounce_segment_of(pool, i), lb_bounce_segment_slots(pool, i));
	}
	return LB_OK;
}

/*
 * A request, worked out. The allocation begins at a multiple of block; skip bytes later the
 * mapping.
 */
struct need {
	const struct lb_bounce_request *request;
	uint64_t block;
	uint32_t skip;
	uint32_t slots;
	bool small;     /* kept together with others of its kind */
	uint64_t match; /* these bits of the allocation's address equal the original's */
};

static enum lb_status work_out(const struct lb_bounce_pool *pool,
	const struct lb_bounce_request *request, struct need *ret)
{
	uint64_t segment = SLOT * LB_BOUNCE_SEGMENT_SLOTS;
	struct need need = {.request = request};
	uint64_t total, last;

	if (!request->size || request->size > segment || !lb_bounce_is_mask(request->align_mask) ||
		!lb_bounce_is_mask(request->alloc_align_mask) ||
		!lb_bounce_is_mask(request->boundary_mask) ||
		request->alloc_align_mask >= segment || request->device == LB_BOUNCE_ALL_DEVICES ||
		(unsigned int)request->direction > LB_BOUNCE_BOTH ||
		!lb_add(request->original, request->size, &last)) {
		return LB_INVALID;
	}
	need.block = lb_max(request->alloc_align_mask + 1, SLOT);
	need.skip = (uint32_t)(request->original & request->align_mask & (need.block - 1));
	need.match = request->align_mask & ~(need.block - 1);
	total = (need.skip + (uint64_t)request->size + need.block - 1) & ~(need.block - 1);
	need.slots = (uint32_t)(total / SLOT);
	need.small = total <= LB_BOUNCE_SMALL_BYTES;
	if (total > segment ||
		(request->boundary_mask && request->size - 1 > request->boundary_mask)) {
		return LB_INVALID;
	}
	if (request->dma_last && (pool->config.base > request->dma_last ||
		request->dma_last - pool->config.base < request->size - 1)) {
		return LB_OUT_OF_RANGE;
	}
	LB_ASSERT(need.slots && need.slots <= LB_BOUNCE_SEGMENT_SLOTS);
	LB_ASSERT(need.skip < need.block);
	*ret = need;
	return LB_OK;
}

enum lb_status lb_bounce_possible(
	const struct lb_bounce_pool *pool, const struct lb_bounce_request *request)
{
	struct need need;

	return work_out(pool, request, &need);
}

/* Whether an allocation may begin at the slot, free or not. Pure. */
static bool suits(const struct lb_bounce_pool *pool, const struct need *need, uint32_t slot)
{
	const struct lb_bounce_request *request = need->request;
	lb_phys_addr start = lb_bounce_slot_address(pool, slot);
	lb_phys_addr first = start + need->skip;
	lb_phys_addr last = first + (request->size - 1);

	if (start & (need->block - 1) || (start ^ request->original) & need->match) {
		return false;
	}
	if (request->boundary_mask &&
		(first & ~request->boundary_mask) != (last & ~request->boundary_mask)) {
		return false;
	}
	return !request->dma_last || last <= request->dma_last;
}

/* The place in the segment for the mapping: among `places`, where it would find room. */
static bool choose(const struct lb_bounce_pool *pool, const struct need *need, uint32_t segment,
	struct lb_slot_set places, uint32_t *ret_slot)
{
	while (!lb_slot_set_empty(places)) {
		uint32_t slot = need->small ? lb_slot_set_lowest(places)
					    : lb_slot_set_highest(places);

		if (suits(pool, need, segment + slot)) {
			*ret_slot = segment + slot;
			return true;
		}
		lb_slot_set_remove(&places, slot);
	}
	return false;
}

/* Takes room below the limit in the segment that begins at slot number `first`. */
static bool take_in_segment(const struct lb_bounce_pool *pool, const struct need *need,
	uint32_t first, uint32_t limit, uint32_t *ret_slot)
{
	struct lb_bounce_segment *segment = lb_bounce_segment_of(pool, first);
	uint32_t end = (uint32_t)lb_min(LB_BOUNCE_SEGMENT_SLOTS, limit - first);
	struct lb_slot_set allowed = lb_slot_set_of(0, end);

	LB_ASSERT(first < limit && limit <= pool->slot_count);
	while (lb_bounce_segment_may_have(segment, need->slots)) {
		struct lb_slot_set free = lb_bounce_segment_free(segment);
		struct lb_slot_set places =
			lb_slot_set_starts(lb_slot_set_both(free, allowed), need->slots);

		if (!choose(pool, need, first, places, ret_slot)) {
			if (lb_slot_set_empty(lb_slot_set_starts(free, need->slots))) {
				lb_bounce_segment_lower(segment, need->slots);
			}
			return false;
		}
		if (lb_bounce_segment_take(
			    segment, lb_bounce_slot_in_segment(*ret_slot), need->slots)) {
			return true;
		}
		/* Another CPU was quicker, so one got on. */
	}
	return false;
}

/* Slots that the mapping may end at: small ones leave the top alone, and there is no use in
 * looking where the device does not reach. */
static uint32_t slot_limit(const struct lb_bounce_pool *pool, const struct need *need)
{
	lb_phys_addr last = need->request->dma_last;
	uint64_t limit = pool->slot_count - (need->small ? pool->config.large_bytes / SLOT : 0);

	if (last && last - pool->config.base < pool->config.size) {
		limit = lb_min(limit, (last - pool->config.base) / SLOT + need->slots);
	}
	return (uint32_t)limit;
}

static bool take_room(
	const struct lb_bounce_pool *pool, const struct need *need, uint32_t *ret_slot)
{
	uint32_t limit = slot_limit(pool, need);
	uint32_t segments = LB_BOUNCE_SEGMENTS(limit);
	uint32_t cpu = need->request->cpu;
	uint32_t at = cpu < segments || !segments ? cpu : cpu % segments; /* it takes time */

	at = need->small ? at : segments - 1 - at;
	for (uint32_t i = 0; i < segments; i++) {
		if (take_in_segment(
			    pool, need, at * LB_BOUNCE_SEGMENT_SLOTS, limit, ret_slot)) {
			return true;
		}
		if (need->small) {
			at = at + 1 < segments ? at + 1 : 0;
		} else {
			at = at ? at - 1 : segments - 1;
		}
	}
	return false;
}

/*
 * Fills the slots: the mapped bytes, and zeros around them. What the device can reach there,
 * because nothing smaller than a slot (or than the block that the caller asked for) can be kept
 * from it, held somebody else's data.
 */
static void fill_slots(const struct lb_bounce_pool *pool, const struct need *need, uint32_t slot)
{
	const struct lb_bounce_config *config = &pool->config;
	const struct lb_bounce_request *request = need->request;
	size_t room = need->slots * SLOT;
	size_t used = need->skip + (size_t)request->size;
	const void *original = config->access(config->context, request->original, request->size);
	char *slots = config->access(
		config->context, lb_bounce_slot_address(pool, slot), room);

	LB_ASSERT(used <= room);
	if (need->skip) {
		lb_bounce_clear(pool, slots, need->skip);
	}
	if (room - used) {
		lb_bounce_clear(pool, slots + used, room - used);
	}
	lb_bounce_put(pool, slots + need->skip, original, request->size);
}

/* From here on the mapping can be found. */
static void begin_run(const struct lb_bounce_pool *pool, const struct need *need, uint32_t first)
{
	const struct lb_bounce_request *request = need->request;
	struct lb_bounce_slot *slot = &pool->slots[first];

	LB_ASSERT(!slot->life); /* whoever had it ended first */
	slot->original = request->original;
	slot->device = request->device;
	slot->bytes = request->size;
	slot->skip = need->skip;
	slot->direction = (uint32_t)request->direction;
	lb_atomic_store_release(&slot->life, LB_SLOT_USED | need->slots);
}

enum lb_status lb_bounce_map(struct lb_bounce_pool *pool,
	const struct lb_bounce_request *request, lb_phys_addr *ret_address)
{
	struct need need;
	uint32_t slot;
	enum lb_status status = work_out(pool, request, &need);

	if (status) {
		return status;
	}
	if (request->waited) {
		lb_atomic_raise(&pool->longest_wait, request->waited);
	}
	if (!take_room(pool, &need, &slot)) {
		(void)lb_atomic_add(&pool->failures, 1);
		return LB_NO_STORAGE;
	}
	lb_bounce_count_taken(pool, need.slots);
	fill_slots(pool, &need, slot);
	begin_run(pool, &need, slot);
	*ret_address = lb_bounce_slot_address(pool, slot) + need.skip;
	return LB_OK;
}
