/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: finding room, copying, giving slots back. What survives a kernel:
 * bounce_handover.c.
 */
#include "lifeboat/bounce_pool.h"

#include "core/bounce_slots.h"

#define SLOT ((uint64_t)LB_BOUNCE_SLOT_BYTES)

lb_phys_addr lb_bounce_slot_address(const struct lb_bounce_pool *pool, uint32_t slot)
{
	return pool->config.base + slot * SLOT;
}

bool lb_bounce_pool_has(const struct lb_bounce_pool *pool, lb_phys_addr address)
{
	return address >= pool->config.base && address - pool->config.base < pool->config.size;
}

static uint32_t segment_end(const struct lb_bounce_pool *pool, uint32_t slot)
{
	uint32_t end = slot - slot % LB_BOUNCE_SEGMENT_SLOTS + LB_BOUNCE_SEGMENT_SLOTS;

	return (uint32_t)lb_min(end, pool->slot_count);
}

/* Renumbers the free slots that end where [first, end) does, down to the segment's start. */
static void renumber(struct lb_bounce_pool *pool, uint32_t first, uint32_t end)
{
	uint32_t start = first - first % LB_BOUNCE_SEGMENT_SLOTS;
	uint16_t run = 0;

	if (end < segment_end(pool, first)) {
		run = pool->slots[end].run;
	}
	for (uint32_t i = end; i > start && pool->slots[i - 1].state == LB_SLOT_FREE; i--) {
		pool->slots[i - 1].run = ++run;
	}
}

void lb_bounce_free_slots(struct lb_bounce_pool *pool, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		pool->slots[i] = (struct lb_bounce_slot){.state = LB_SLOT_FREE};
	}
	renumber(pool, first, first + count);
}

enum lb_status lb_bounce_pool_init(struct lb_bounce_pool *pool,
	const struct lb_bounce_config *config, struct lb_bounce_slot *slots, size_t slot_count)
{
	uint64_t needed = config->size / SLOT;
	uint64_t end;

	if (!config->size || config->size % SLOT || config->base % SLOT ||
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
		slots[i] = (struct lb_bounce_slot){
			.state = LB_SLOT_FREE, .run = (uint16_t)(segment_end(pool, i) - i)};
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

static bool find_room(
	const struct lb_bounce_pool *pool, const struct need *need, uint32_t *ret_slot)
{
	uint32_t slot = pool->next;

	for (uint32_t tried = 0; tried < pool->slot_count;) {
		uint32_t run = pool->slots[slot].run;
		uint32_t step = 1;

		if (run >= need->slots && suits(pool, need, slot)) {
			*ret_slot = slot;
			return true;
		}
		if (run && run < need->slots) {
			step = run;
		}
		tried += step;
		slot += step;
		slot = slot >= pool->slot_count ? 0 : slot;
	}
	return false;
}

static void take_slots(struct lb_bounce_pool *pool, const struct need *need, uint32_t first)
{
	const struct lb_bounce_request *request = need->request;

	for (uint32_t i = first; i < first + need->slots; i++) {
		pool->slots[i] =
			(struct lb_bounce_slot){.state = LB_SLOT_USED, .device = request->device};
	}
	pool->slots[first].original = request->original;
	pool->slots[first].bytes = request->size;
	pool->slots[first].skip = need->skip;
	pool->slots[first].slots = (uint16_t)need->slots;
	pool->slots[first].direction = (uint8_t)request->direction;
	renumber(pool, first, first);
	pool->next = first + need->slots < pool->slot_count ? first + need->slots : 0;
	pool->used += need->slots;
	pool->used_highest = (uint32_t)lb_max(pool->used_highest, pool->used);
}

static void copy(
	const struct lb_bounce_pool *pool, lb_phys_addr to, lb_phys_addr from, size_t bytes)
{
	const struct lb_bounce_config *config = &pool->config;
	const void *source = config->access(config->context, from, bytes);

	__builtin_memcpy(config->access(config->context, to, bytes), source, bytes);
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
	while (first && pool->slots[first].state == LB_SLOT_USED && !pool->slots[first].slots) {
		first--;
	}
	if (pool->slots[first].state != LB_SLOT_USED) {
		return false;
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
	for (uint32_t i = mapping.first; i < mapping.first + slots; i++) {
		pool->slots[i] = (struct lb_bounce_slot){
			.state = LB_SLOT_QUARANTINED, .device = pool->slots[i].device};
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
	return !used && quarantined == pool->quarantined && pool->next < pool->slot_count &&
		pool->used <= pool->used_highest;
}
