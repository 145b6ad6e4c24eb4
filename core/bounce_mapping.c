/* SPDX-License-Identifier: MIT */
/* bounce_pool: a mapping from its beginning to its end. */
#include "core/atomic.h"
#include "core/bounce_segment.h"
#include "core/bounce_slots.h"

static void copy(
	const struct lb_bounce_pool *pool, lb_phys_addr to, lb_phys_addr from, size_t bytes)
{
	const struct lb_bounce_config *config = &pool->config;
	const void *source = config->access(config->context, from, bytes);

	__builtin_memcpy(config->access(config->context, to, bytes), source, bytes);
}

uint32_t lb_bounce_end_run(const struct lb_bounce_pool *pool, uint32_t first, uint32_t state)
{
	uint32_t *life = &pool->slots[first].life;
	uint32_t before = lb_atomic_load(life);
	uint32_t ending = (before & LB_SLOT_RUN) | LB_SLOT_ENDING;

	LB_ASSERT(first < pool->slot_count);
	LB_ASSERT(!before || before & LB_SLOT_RUN);
	if ((before & LB_SLOT_STATE) != state || !lb_atomic_exchange_if(life, before, ending)) {
		return 0;
	}
	return before & LB_SLOT_RUN;
}

void lb_bounce_give_run(const struct lb_bounce_pool *pool, uint32_t first, uint32_t slots)
{
	LB_ASSERT(slots && lb_bounce_slot_in_segment(first) + slots <= LB_BOUNCE_SEGMENT_SLOTS);
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

static enum lb_status end_mapping(struct lb_bounce_pool *pool, lb_phys_addr address, bool copies)
{
	struct mapping mapping;
	uint32_t slots;

	if (!find_start(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	slots = lb_bounce_end_run(pool, mapping.first, LB_SLOT_USED);
	if (!slots) {
		return LB_NOT_FOUND; /* another CPU ends it */
	}
	if (copies && mapping.slot->direction != LB_BOUNCE_TO_DEVICE) {
		copy(pool, mapping.slot->original, address, mapping.slot->bytes);
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
	uint32_t slots;

	if (!find_start(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	slots = lb_bounce_end_run(pool, mapping.first, LB_SLOT_USED);
	if (!slots) {
		return LB_NOT_FOUND; /* another CPU ends it */
	}
	lb_atomic_store_release(&pool->slots[mapping.first].life, LB_SLOT_QUARANTINED | slots);
	return LB_OK;
}

static enum lb_status find_part(const struct lb_bounce_pool *pool, lb_phys_addr address,
	size_t bytes, struct mapping *ret, lb_phys_addr *ret_original)
{
	uint64_t offset;

	if (!find_mapping(pool, address, ret)) {
		return LB_NOT_FOUND;
	}
	offset = address - ret->address;
	LB_ASSERT(offset < ret->slot->bytes);
	if (bytes > ret->slot->bytes - offset) {
		return LB_OUT_OF_RANGE;
	}
	*ret_original = ret->slot->original + offset;
	return LB_OK;
}

enum lb_status lb_bounce_sync_for_cpu(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes)
{
	struct mapping mapping;
	lb_phys_addr original;
	enum lb_status status = find_part(pool, address, bytes, &mapping, &original);

	if (!status && bytes && mapping.slot->direction != LB_BOUNCE_TO_DEVICE) {
		copy(pool, original, address, bytes);
	}
	return status;
}

enum lb_status lb_bounce_sync_for_device(
	struct lb_bounce_pool *pool, lb_phys_addr address, size_t bytes)
{
	struct mapping mapping;
	lb_phys_addr original;
	enum lb_status status = find_part(pool, address, bytes, &mapping, &original);

	if (!status && bytes && mapping.slot->direction != LB_BOUNCE_FROM_DEVICE) {
		copy(pool, address, original, bytes);
	}
	return status;
}

