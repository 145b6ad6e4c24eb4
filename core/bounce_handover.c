/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: between two kernels. The old pool is where devices are still writing when a kernel
 * dies, so the next one gets it as exactly that: slots in quarantine, not memory.
 */
#include "core/bounce_slots.h"

void lb_bounce_pool_export(
	const struct lb_bounce_pool *pool, struct lb_handover_bounce_pool *ret)
{
	const struct lb_bounce_config *config = &pool->config;
	uint32_t taken = pool->used + pool->quarantined;

	*ret = (struct lb_handover_bounce_pool){.base = config->base, .size = config->size,
		.slot_bytes = LB_BOUNCE_SLOT_BYTES, .segment_slots = LB_BOUNCE_SEGMENT_SLOTS,
		.scope = config->scope, .scope_id = config->scope_id, .slots_used = taken};
	ret->flags |= config->in_ram ? LB_POOL_IN_RAM : 0;
	ret->flags |= config->shared ? LB_POOL_SHARED : 0;
	ret->flags |= taken ? LB_POOL_HOT : 0;
}

enum lb_status lb_bounce_pool_adopt(struct lb_bounce_pool *pool,
	const struct lb_handover_bounce_pool *record, const struct lb_bounce_config *config,
	struct lb_bounce_slot *slots, size_t slot_count, uint64_t *hot_devices, size_t hot_count)
{
	struct lb_bounce_config adopted = *config;
	enum lb_status status;

	if (record->slot_bytes != LB_BOUNCE_SLOT_BYTES ||
		record->segment_slots != LB_BOUNCE_SEGMENT_SLOTS) {
		return LB_INVALID;
	}
	adopted.base = record->base;
	adopted.size = record->size;
	adopted.scope = (enum lb_bounce_scope)record->scope;
	adopted.scope_id = record->scope_id;
	adopted.in_ram = record->flags & LB_POOL_IN_RAM;
	adopted.shared = record->flags & LB_POOL_SHARED;
	status = lb_bounce_pool_init(pool, &adopted, slots, slot_count);
	if (status || !(record->flags & LB_POOL_HOT)) {
		return status;
	}
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		slots[i] = (struct lb_bounce_slot){
			.state = LB_SLOT_QUARANTINED, .device = LB_BOUNCE_ALL_DEVICES};
	}
	pool->quarantined = pool->slot_count;
	pool->hot_devices = hot_devices;
	pool->hot_count = hot_count;
	return LB_OK;
}

/* True if the device was the last one that the adopted slots waited for. */
static bool last_hot_device(struct lb_bounce_pool *pool, uint64_t device)
{
	size_t before = pool->hot_count;

	for (size_t i = pool->hot_count; i-- > 0;) {
		if (pool->hot_devices[i] == device) {
			pool->hot_devices[i] = pool->hot_devices[--pool->hot_count];
		}
	}
	return before && !pool->hot_count;
}

static void scrub(const struct lb_bounce_pool *pool, uint32_t slot)
{
	const struct lb_bounce_config *config = &pool->config;

	__builtin_memset(config->access(config->context, lb_bounce_slot_address(pool, slot),
				 LB_BOUNCE_SLOT_BYTES),
		0, LB_BOUNCE_SLOT_BYTES);
}

uint32_t lb_bounce_pool_device_quiet(struct lb_bounce_pool *pool, uint64_t device)
{
	bool all = device == LB_BOUNCE_ALL_DEVICES;
	bool adopted = all || last_hot_device(pool, device);
	uint32_t freed = 0;

	pool->hot_count = all ? 0 : pool->hot_count;
	/* From the last to the first, so that each slot finds the run after it numbered already. */
	for (uint32_t i = pool->slot_count; i-- > 0;) {
		const struct lb_bounce_slot *slot = &pool->slots[i];
		bool waited = slot->device == device ||
			(adopted && slot->device == LB_BOUNCE_ALL_DEVICES);

		if (slot->state == LB_SLOT_QUARANTINED && (all || waited)) {
			scrub(pool, i);
			lb_bounce_free_slots(pool, i, 1);
			freed++;
		}
	}
	pool->quarantined -= freed;
	return freed;
}
