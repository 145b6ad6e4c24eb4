/* SPDX-License-Identifier: MIT */
/* bounce_pool: a mapping from its beginning to its end. */
#include "core/atomic.h"
#include "core/bounce_segment.h"
#include "core/bounce_slots.h"

/* Some of a mapping: [in_pool, in_pool + bytes), and where it is in the original. */
struct part {
	lb_phys_addr in_pool;
	lb_phys_addr original;
	size_t bytes;
};

static void copy_in(const struct lb_bounce_pool *pool, const struct part *part)
{
	const struct lb_bounce_config *config = &pool->config;
	const void *from = config->access(config->context, part->original, part->bytes);

	lb_bounce_put(pool, config->access(config->context, part->in_pool, part->bytes), from,
		part->bytes);
}

static void copy_back(const struct lb_bounce_pool *pool, const struct part *part)
{
	const struct lb_bounce_config *config = &pool->config;
	const void *from = config->access(config->context, part->in_pool, part->bytes);

	lb_bounce_get(pool, config->access(config->context, part->original, part->bytes), from,
		part->bytes);
}

uint32_t lb_bounce_change_run(
	const struct lb_bounce_pool *pool, uint32_t first, uint32_t from, uint32_t to)
{
	uint32_t *life = &pool->slots[first].life;
	uint32_t before = lb_atomic_load(life);
	uint32_t slots = before & LB_SLOT_RUN;

	LB_ASSERT(first < pool->slot_count);
	LB_ASSERT(!before || slots);
	if ((before & LB_SLOT_STATE) != from || !lb_atomic_exchange_if(life, before, to | slots)) {
		return 0;
	}
	return slots;
}

void lb_bounce_give_run(struct lb_bounce_pool *pool, uint32_t first, uint32_t slots)
{
	LB_ASSERT(slots && lb_bounce_slot_in_segment(first) + slots <= LB_BOUNCE_SEGMENT_SLOTS);
	lb_bounce_count_given(pool, slots);
	lb_atomic_store_release(&pool->slots[first].life, 0);
	lb_bounce_segment_give(lb_bounce_segment_of(pool, first),
		lb_bounce_slot_in_segment(first), slots);
}

/* A mapping, found by an address inside it. */
struct mapping {
	uint32_t first;
	lb_phys_addr address;
	const struct lb_bounce_slot *slot;
};

/* The slot that the run at this one begins with. */
static uint32_t run_start(const struct lb_bounce_pool *pool, uint32_t slot)
{
	while (lb_bounce_slot_in_segment(slot) && !lb_atomic_load(&pool->slots[slot].life)) {
		slot--;
	}
	return slot;
}

static bool find_mapping(
	const struct lb_bounce_pool *pool, lb_phys_addr address, struct mapping *ret)
{
	uint32_t first;

	if (!lb_bounce_pool_has(pool, address)) {
		return false;
	}
	first = run_start(pool, (uint32_t)((address - pool->config.base) / LB_BOUNCE_SLOT_BYTES));
	if ((lb_atomic_load(&pool->slots[first].life) & LB_SLOT_STATE) != LB_SLOT_USED) {
		return false;
	}
	LB_ASSERT(first < pool->slot_count);
	ret->first = first;
	ret->slot = &pool->slots[first];
	ret->address = lb_bounce_slot_address(pool, first) + ret->slot->skip;
	return address >= ret->address && address - ret->address < ret->slot->bytes;
}

static bool find_start(
	const struct lb_bounce_pool *pool, lb_phys_addr address, struct mapping *ret)
{
	return find_mapping(pool, address, ret) && address == ret->address;
}

bool lb_bounce_is_mapped(const struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes)
{
	struct mapping mapping;

	return find_start(pool, address, &mapping) && mapping.slot->bytes == bytes;
}

static enum lb_status end_mapping(struct lb_bounce_pool *pool, lb_phys_addr address, bool copies)
{
	struct mapping mapping;
	uint32_t slots;

	if (!find_start(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	slots = lb_bounce_change_run(pool, mapping.first, LB_SLOT_USED, LB_SLOT_ENDING);
	if (!slots) {
		return LB_NOT_FOUND; /* another CPU ends it */
	}
	if (copies && mapping.slot->direction != LB_BOUNCE_TO_DEVICE) {
		copy_back(pool, &(struct part){address, mapping.slot->original,
					mapping.slot->bytes});
	}
	lb_bounce_give_run(pool, mapping.first, slots);
	return LB_OK;
}

enum lb_status lb_bounce_discard(struct lb_bounce_pool *pool, lb_phys_addr address)
{
	return end_mapping(pool, address, false);
}

enum lb_status lb_bounce_unmap(struct lb_bounce_pool *pool, lb_phys_addr address)
{
	return end_mapping(pool, address, true);
}

enum lb_status lb_bounce_abandon(struct lb_bounce_pool *pool, lb_phys_addr address)
{
	struct mapping mapping;

	/* Not found is also what another CPU ends at this moment. */
	return find_start(pool, address, &mapping) &&
			lb_bounce_change_run(
				pool, mapping.first, LB_SLOT_USED, LB_SLOT_QUARANTINED)
		? LB_OK
		: LB_NOT_FOUND;
}

/* Copies a part the way it is asked to go, if the mapping's data travel that way at all. */
static enum lb_status sync(const struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes,
	enum lb_bounce_direction way)
{
	struct mapping mapping;
	struct part part = {.in_pool = address, .bytes = bytes};
	uint64_t offset;

	if (!find_mapping(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	offset = address - mapping.address;
	LB_ASSERT(offset < mapping.slot->bytes);
	if (bytes > mapping.slot->bytes - offset) {
		return LB_OUT_OF_RANGE;
	}
	part.original = mapping.slot->original + offset;
	if (bytes && (mapping.slot->direction == LB_BOUNCE_BOTH ||
			mapping.slot->direction == (uint32_t)way)) {
		(way == LB_BOUNCE_TO_DEVICE ? copy_in : copy_back)(pool, &part);
	}
	return LB_OK;
}

enum lb_status lb_bounce_sync_for_cpu(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes)
{
	return sync(pool, address, bytes, LB_BOUNCE_FROM_DEVICE);
}

enum lb_status lb_bounce_sync_for_device(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes)
{
	return sync(pool, address, bytes, LB_BOUNCE_TO_DEVICE);
}
