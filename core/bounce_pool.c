/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: finding room, copying, giving slots back. What survives a kernel:
 * bounce_handover.c.
 *
 * Small mappings come and go in any order and leave holes, so they are kept together: they take
 * the lowest place that suits, larger ones the highest. What small mappings never reached at once
 * they never cut up.
 */
#include "lifeboat/bounce_pool.h"

#include "core/bounce_slots.h"

#define SLOT ((uint64_t)LB_BOUNCE_SLOT_BYTES)

lb_phys_addr lb_bounce_slot_address(const struct lb_bounce_pool *pool, uint32_t slot)
{
	LB_ASSERT(slot < pool->slot_count);
	return pool->config.base + slot * SLOT;
}

bool lb_bounce_pool_has(const struct lb_bounce_pool *pool, lb_phys_addr address)
{
	return address >= pool->config.base && address - pool->config.base < pool->config.size;
}

static uint32_t segment_start(uint32_t slot)
{
	return slot - slot % LB_BOUNCE_SEGMENT_SLOTS;
}

static uint32_t segment_end(const struct lb_bounce_pool *pool, uint32_t slot)
{
	uint32_t end = segment_start(slot) + LB_BOUNCE_SEGMENT_SLOTS;

	LB_ASSERT(slot < pool->slot_count);
	return (uint32_t)lb_min(end, pool->slot_count);
}

/* Free slots of the segment that the slot is in; the segment's first slot keeps the count. */
static uint16_t *segment_free(struct lb_bounce_pool *pool, uint32_t slot)
{
	return &pool->slots[segment_start(slot)].segment_free;
}

void lb_bounce_set_slot(struct lb_bounce_pool *pool, uint32_t index, struct lb_bounce_slot slot)
{
	LB_ASSERT(index < pool->slot_count);
	LB_ASSERT(!slot.segment_free); /* the segment's, not the slot's */
	slot.segment_free = pool->slots[index].segment_free;
	pool->slots[index] = slot;
}

/* Renumbers the free slots that end where [first, end) does, down to the segment's start. */
static void renumber(struct lb_bounce_pool *pool, uint32_t first, uint32_t end)
{
	uint32_t start = segment_start(first);
	uint16_t run = 0;

	LB_ASSERT(first <= end && end <= segment_end(pool, first));
	if (end < segment_end(pool, first)) {
		run = pool->slots[end].run;
	}
	for (uint32_t i = end; i > start && pool->slots[i - 1].state == LB_SLOT_FREE; i--) {
		pool->slots[i - 1].run = ++run;
	}
}

void lb_bounce_free_slots(struct lb_bounce_pool *pool, uint32_t first, uint32_t count)
{
	LB_ASSERT(count && first + count <= segment_end(pool, first));
	for (uint32_t i = first; i < first + count; i++) {
		LB_ASSERT(pool->slots[i].state != LB_SLOT_FREE);
		lb_bounce_set_slot(pool, i, (struct lb_bounce_slot){.state = LB_SLOT_FREE});
	}
	*segment_free(pool, first) += (uint16_t)count;
	LB_ASSERT(*segment_free(pool, first) <= LB_BOUNCE_SEGMENT_SLOTS);
	renumber(pool, first, first + count);
}

enum lb_status lb_bounce_pool_init(struct lb_bounce_pool *pool,
	const struct lb_bounce_config *config, struct lb_bounce_slot *slots, size_t slot_count)
{
	uint64_t needed = config->size / SLOT;
	uint64_t end;

	if (!config->size || config->size % SLOT || config->base % SLOT ||
		config->large_bytes % SLOT || config->large_bytes > config->size ||
		!lb_add(config->base, config->size, &end) || needed > UINT32_MAX / 2 ||
		config->scope < LB_BOUNCE_SYSTEM || config->scope > LB_BOUNCE_DEVICE) {
		return LB_INVALID;
	}
	if (slot_count < needed) {
		return LB_NO_STORAGE;
	}
	LB_ASSERT(config->access);
	*pool = (struct lb_bounce_pool){
		.config = *config, .slots = slots, .slot_count = (uint32_t)needed};
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		uint16_t run = (uint16_t)(segment_end(pool, i) - i);

		slots[i] = (struct lb_bounce_slot){.state = LB_SLOT_FREE, .run = run,
			.segment_free = i == segment_start(i) ? run : 0};
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
	uint64_t match; /* these bits of the allocation's address equal the original's */
};

static bool is_mask(uint64_t mask)
{
	return !(mask & (mask + 1));
}

static enum lb_status work_out(const struct lb_bounce_pool *pool,
	const struct lb_bounce_request *request, struct need *ret)
{
	uint64_t segment = SLOT * LB_BOUNCE_SEGMENT_SLOTS;
	struct need need = {.request = request};
	uint64_t total, last;

	if (!request->size || request->size > segment || !is_mask(request->align_mask) ||
		!is_mask(request->alloc_align_mask) || !is_mask(request->boundary_mask) ||
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

/*
 * Places are looked for in one segment: upwards the lowest of [first, end), downwards the highest.
 * A free run that is too short rules out every place that would need one slot more of it.
 */
static bool find_up(const struct lb_bounce_pool *pool, const struct need *need, uint32_t first,
	uint32_t end, uint32_t *ret_slot)
{
	uint32_t slot = first;

	while (slot + need->slots <= end) {
		const struct lb_bounce_slot *here = &pool->slots[slot];

		if (here->run >= need->slots && suits(pool, need, slot)) {
			*ret_slot = slot;
			return true;
		}
		/* Past the mapping that begins here, past a run that is too short, or by one. */
		LB_ASSERT(!here->run || !here->slots);
		slot += here->slots ? here->slots
				    : here->run && here->run < need->slots ? here->run : 1;
	}
	return false;
}

static bool find_down(const struct lb_bounce_pool *pool, const struct need *need, uint32_t first,
	uint32_t end, uint32_t *ret_slot)
{
	uint32_t slot = end; /* a place that starts at slot - need->slots is looked at next */

	while (slot >= first + need->slots) {
		uint32_t start = slot - need->slots;
		uint32_t run = pool->slots[start].run;

		if (run >= need->slots && suits(pool, need, start)) {
			*ret_slot = start;
			return true;
		}
		slot = run < need->slots ? start + run : slot - 1;
		LB_ASSERT(slot < start + need->slots);
	}
	return false;
}

/* Slots that a mapping of this size may end at: small ones leave the top alone. */
static uint32_t slot_limit(const struct lb_bounce_pool *pool, bool small)
{
	return pool->slot_count - (small ? (uint32_t)(pool->config.large_bytes / SLOT) : 0);
}

static bool find_room(
	const struct lb_bounce_pool *pool, const struct need *need, uint32_t *ret_slot)
{
	bool small = need->slots * SLOT <= LB_BOUNCE_SMALL_BYTES;
	uint32_t limit = slot_limit(pool, small);
	uint32_t segments =
		(limit + LB_BOUNCE_SEGMENT_SLOTS - 1) / LB_BOUNCE_SEGMENT_SLOTS;

	for (uint32_t i = 0; i < segments; i++) {
		uint32_t first = (small ? i : segments - 1 - i) * LB_BOUNCE_SEGMENT_SLOTS;
		uint32_t end = (uint32_t)lb_min(segment_end(pool, first), limit);

		if (pool->slots[first].segment_free < need->slots) {
			continue;
		}
		if (small ? find_up(pool, need, first, end, ret_slot)
			  : find_down(pool, need, first, end, ret_slot)) {
			return true;
		}
	}
	return false;
}

static void take_slots(struct lb_bounce_pool *pool, const struct need *need, uint32_t first)
{
	const struct lb_bounce_request *request = need->request;

	LB_ASSERT(first + need->slots <= segment_end(pool, first));
	for (uint32_t i = first; i < first + need->slots; i++) {
		LB_ASSERT(pool->slots[i].state == LB_SLOT_FREE);
		lb_bounce_set_slot(pool, i,
			(struct lb_bounce_slot){.state = LB_SLOT_USED, .device = request->device});
	}
	LB_ASSERT(*segment_free(pool, first) >= need->slots);
	*segment_free(pool, first) -= (uint16_t)need->slots;
	pool->slots[first].original = request->original;
	pool->slots[first].bytes = request->size;
	pool->slots[first].skip = need->skip;
	pool->slots[first].slots = (uint16_t)need->slots;
	pool->slots[first].direction = (uint8_t)request->direction;
	renumber(pool, first, first);
	pool->used += need->slots;
	LB_ASSERT(pool->used + pool->quarantined <= pool->slot_count);
	pool->used_highest = (uint32_t)lb_max(pool->used_highest, pool->used);
}

static void copy(
	const struct lb_bounce_pool *pool, lb_phys_addr to, lb_phys_addr from, size_t bytes)
{
	const struct lb_bounce_config *config = &pool->config;
	const void *source = config->access(config->context, from, bytes);

	__builtin_memcpy(config->access(config->context, to, bytes), source, bytes);
}

void lb_bounce_clear(const struct lb_bounce_pool *pool, lb_phys_addr address, uint64_t bytes)
{
	const struct lb_bounce_config *config = &pool->config;

	LB_ASSERT(address >= config->base);
	LB_ASSERT(address - config->base <= config->size - bytes);
	if (bytes) {
		__builtin_memset(
			config->access(config->context, address, bytes), 0, (size_t)bytes);
	}
}

/*
 * What the device can reach around the mapped bytes, because nothing smaller than a slot (or than
 * the block that the caller asked for) can be kept from it, held somebody else's data.
 */
static void clear_padding(
	const struct lb_bounce_pool *pool, const struct need *need, uint32_t slot)
{
	lb_phys_addr start = lb_bounce_slot_address(pool, slot);
	uint64_t used = need->skip + (uint64_t)need->request->size;

	LB_ASSERT(used <= need->slots * SLOT);
	lb_bounce_clear(pool, start, need->skip);
	lb_bounce_clear(pool, start + used, need->slots * SLOT - used);
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
	if (!find_room(pool, &need, &slot)) {
		pool->failures++;
		return LB_NO_STORAGE;
	}
	take_slots(pool, &need, slot);
	clear_padding(pool, &need, slot);
	*ret_address = lb_bounce_slot_address(pool, slot) + need.skip;
	copy(pool, *ret_address, request->original, request->size);
	return LB_OK;
}

/* A mapping, found by an address inside it. */
struct mapping {
	uint32_t first;
	lb_phys_addr address;
	const struct lb_bounce_slot *slot;
};

static bool find_mapping(
	const struct lb_bounce_pool *pool, lb_phys_addr address, struct mapping *ret)
{
	uint32_t first;

	if (!lb_bounce_pool_has(pool, address)) {
		return false;
	}
	first = (uint32_t)((address - pool->config.base) / SLOT);
	if (pool->slots[first].state != LB_SLOT_USED) {
		return false;
	}
	while (!pool->slots[first].slots) {
		LB_ASSERT(first != segment_start(first)); /* every used slot has a first one */
		first--;
		LB_ASSERT(pool->slots[first].state == LB_SLOT_USED);
	}
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

enum lb_status lb_bounce_discard(struct lb_bounce_pool *pool, lb_phys_addr address)
{
	struct mapping mapping;
	uint32_t slots;

	if (!find_start(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	slots = mapping.slot->slots;
	LB_ASSERT(slots && pool->used >= slots);
	lb_bounce_free_slots(pool, mapping.first, slots);
	pool->used -= slots;
	return LB_OK;
}

enum lb_status lb_bounce_unmap(struct lb_bounce_pool *pool, lb_phys_addr address)
{
	struct mapping mapping;

	if (!find_start(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	if (mapping.slot->direction != LB_BOUNCE_TO_DEVICE) {
		copy(pool, mapping.slot->original, address, mapping.slot->bytes);
	}
	return lb_bounce_discard(pool, address);
}

enum lb_status lb_bounce_abandon(struct lb_bounce_pool *pool, lb_phys_addr address)
{
	struct mapping mapping;
	uint32_t slots;

	if (!find_start(pool, address, &mapping)) {
		return LB_NOT_FOUND;
	}
	slots = mapping.slot->slots;
	LB_ASSERT(slots && pool->used >= slots);
	for (uint32_t i = mapping.first; i < mapping.first + slots; i++) {
		LB_ASSERT(pool->slots[i].device == mapping.slot->device);
		lb_bounce_set_slot(pool, i,
			(struct lb_bounce_slot){.state = LB_SLOT_QUARANTINED,
				.device = pool->slots[i].device});
	}
	pool->used -= slots;
	pool->quarantined += slots;
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

/* A mapping's slots follow its first one, in the same segment, and belong to the same device. */
static bool check_mapping(const struct lb_bounce_pool *pool, uint32_t first)
{
	const struct lb_bounce_slot *slot = &pool->slots[first];

	if (first + slot->slots > segment_end(pool, first) || !slot->bytes ||
		slot->skip + (uint64_t)slot->bytes > slot->slots * SLOT) {
		return false;
	}
	for (uint32_t i = first + 1; i < first + slot->slots; i++) {
		if (pool->slots[i].state != LB_SLOT_USED || pool->slots[i].slots ||
			pool->slots[i].device != slot->device) {
			return false;
		}
	}
	return true;
}

/* The first slot of a segment says how many of it are free. */
static bool check_segments(const struct lb_bounce_pool *pool)
{
	uint32_t free = 0;

	for (uint32_t i = pool->slot_count; i-- > 0;) {
		free += pool->slots[i].state == LB_SLOT_FREE;
		if (pool->slots[i].segment_free != (i == segment_start(i) ? free : 0)) {
			return false;
		}
		free = i == segment_start(i) ? 0 : free;
	}
	return true;
}

bool lb_bounce_pool_check(const struct lb_bounce_pool *pool)
{
	uint32_t used = 0;
	uint32_t quarantined = 0;

	for (uint32_t i = pool->slot_count; i-- > 0;) {
		const struct lb_bounce_slot *slot = &pool->slots[i];
		bool last = i + 1 == segment_end(pool, i);
		uint16_t run = slot->state != LB_SLOT_FREE ? 0 : last ? 1 : slot[1].run + 1;

		if (slot->run != run) {
			return false;
		}
		quarantined += slot->state == LB_SLOT_QUARANTINED;
		used += slot->slots;
		if (slot->slots && (slot->state != LB_SLOT_USED || !check_mapping(pool, i))) {
			return false;
		}
	}
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		used -= pool->slots[i].state == LB_SLOT_USED;
	}
	return !used && quarantined == pool->quarantined && pool->used <= pool->used_highest &&
		check_segments(pool);
}
