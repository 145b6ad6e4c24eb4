/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: between two kernels. The old pool is where devices are still writing when a kernel
 * dies, so the next one gets it as exactly that: slots in quarantine, not memory.
 */
#include "core/atomic.h"
#include "core/bounce_segment.h"
#include "core/bounce_slots.h"

/* The record of the pool as it is at this moment. */
static struct lb_handover_bounce_pool describe(const struct lb_bounce_pool *pool)
{
	const struct lb_bounce_config *config = &pool->config;
	struct lb_handover_bounce_pool record = {.base = config->base, .size = config->size,
		.slot_bytes = LB_BOUNCE_SLOT_BYTES, .segment_slots = LB_BOUNCE_SEGMENT_SLOTS,
		.scope = config->scope, .scope_id = config->scope_id,
		.slots_used = pool->slot_count - lb_bounce_pool_usage(pool).free};

	LB_ASSERT(record.slots_used <= pool->slot_count);
	record.flags |= config->in_ram ? LB_POOL_IN_RAM : 0;
	record.flags |= config->shared ? LB_POOL_SHARED : 0;
	record.flags |= record.slots_used ? LB_POOL_HOT : 0;
	return record;
}

void lb_bounce_pool_export(
	const struct lb_bounce_pool *pool, struct lb_handover_bounce_pool *ret)
{
	*ret = describe(pool);
}

enum lb_status lb_bounce_pool_seal(const struct lb_bounce_pool *pool,
	const struct lb_handover_device *devices, size_t count, struct lb_handover_writer *writer)
{
	struct lb_handover_bounce_pool record = describe(pool);
	struct lb_handover_writer attempt = *writer;
	enum lb_status status;

	record.flags |= LB_POOL_HOT; /* whatever is mapped now: the crash comes later */
	status = lb_handover_add(&attempt, LB_HANDOVER_BOUNCE_POOL, &record, sizeof(record));
	for (size_t i = 0; i < count && !status; i++) {
		struct lb_handover_device device = devices[i];

		device.pool_base = record.base;
		status = lb_handover_add(&attempt, LB_HANDOVER_DEVICE, &device, sizeof(device));
	}
	if (!status) {
		LB_ASSERT(attempt.records == writer->records + 1 + count);
		*writer = attempt;
	}
	return status;
}

enum lb_status lb_bounce_hot_devices(const struct lb_handover_view *view, lb_phys_addr pool_base,
	struct lb_bounce_hot_device *devices, size_t capacity, size_t *ret_count)
{
	struct lb_handover_record record;
	size_t cursor = 0;
	size_t count = 0;

	while (lb_handover_find(view, LB_HANDOVER_DEVICE, &cursor, &record)) {
		const struct lb_handover_device *device = record.payload;

		LB_ASSERT(record.bytes == sizeof(*device)); /* the view was verified */
		if (device->pool_base != pool_base) {
			continue;
		}
		if (count == capacity) {
			return LB_NO_STORAGE;
		}
		devices[count++] =
			(struct lb_bounce_hot_device){device->id, device->drain_nanoseconds};
	}
	*ret_count = count;
	return LB_OK;
}

/* No device writes the slots any more: what the dead kernel's left is nobody's business. */
static void scrub(const struct lb_bounce_pool *pool, uint32_t first, uint32_t slots)
{
	const struct lb_bounce_config *config = &pool->config;
	size_t bytes = slots * (size_t)LB_BOUNCE_SLOT_BYTES;

	lb_bounce_clear(pool,
		config->access(config->context, lb_bounce_slot_address(pool, first), bytes), bytes);
}

enum lb_status lb_bounce_pool_can_adopt(
	const struct lb_handover_bounce_pool *record, const struct lb_bounce_storage *storage)
{
	uint64_t slots = record->size / LB_BOUNCE_SLOT_BYTES;
	uint64_t end;

	if (record->slot_bytes != LB_BOUNCE_SLOT_BYTES ||
		record->segment_slots != LB_BOUNCE_SEGMENT_SLOTS || !record->size ||
		(record->base | record->size) % LB_BOUNCE_SLOT_BYTES ||
		!lb_add(record->base, record->size, &end)) {
		return LB_INVALID;
	}
	return slots > storage->slot_count || LB_BOUNCE_SEGMENTS(slots) > storage->segment_count
		? LB_NO_STORAGE
		: LB_OK;
}

/* All slots of a segment, for every hot device. */
static void quarantine(struct lb_bounce_pool *pool, uint32_t first, uint32_t slots)
{
	bool taken = lb_bounce_segment_take(lb_bounce_segment_of(pool, first), 0, slots);

	LB_ASSERT(taken); /* the pool was made a moment ago */
	(void)taken;
	lb_bounce_count_taken(pool, slots);
	pool->slots[first].device = LB_BOUNCE_ALL_DEVICES;
	lb_atomic_store_release(&pool->slots[first].life, LB_SLOT_QUARANTINED | slots);
}

enum lb_status lb_bounce_pool_adopt(struct lb_bounce_pool *pool,
	const struct lb_handover_bounce_pool *record, const struct lb_bounce_config *config,
	const struct lb_bounce_storage *storage, struct lb_bounce_hot_device *hot_devices,
	size_t hot_count)
{
	struct lb_bounce_config adopted = *config;
	bool hot = record->flags & LB_POOL_HOT;
	enum lb_status status = lb_bounce_pool_can_adopt(record, storage);

	if (status) {
		return status;
	}
	adopted.base = record->base;
	adopted.size = record->size;
	adopted.scope = (enum lb_bounce_scope)record->scope;
	adopted.scope_id = record->scope_id;
	adopted.in_ram = record->flags & LB_POOL_IN_RAM;
	adopted.shared = record->flags & LB_POOL_SHARED;
	status = lb_bounce_pool_init(pool, &adopted, storage);
	if (status) {
		return status;
	}
	for (uint32_t i = 0; i < pool->slot_count; i += LB_BOUNCE_SEGMENT_SLOTS) {
		uint32_t slots = lb_bounce_segment_slots(pool, i);

		if (hot) {
			quarantine(pool, i, slots);
		} else {
			scrub(pool, i, slots);
		}
	}
	if (hot) {
		pool->hot_devices = hot_devices;
		pool->hot_count = hot_count;
	}
	return LB_OK;
}

/* True if the device was the last one that the adopted slots waited for. */
static bool last_hot_device(struct lb_bounce_pool *pool, uint64_t device)
{
	size_t before = pool->hot_count;

	LB_ASSERT(!pool->hot_count || pool->hot_devices);
	for (size_t i = pool->hot_count; i-- > 0;) {
		if (pool->hot_devices[i].id == device) {
			pool->hot_devices[i] = pool->hot_devices[--pool->hot_count];
		}
	}
	LB_ASSERT(pool->hot_count <= before);
	return before && !pool->hot_count;
}

uint32_t lb_bounce_pool_device_quiet(struct lb_bounce_pool *pool, uint64_t device)
{
	bool all = device == LB_BOUNCE_ALL_DEVICES;
	bool adopted = all || last_hot_device(pool, device);
	uint32_t freed = 0;

	pool->hot_count = all ? 0 : pool->hot_count;
	for (uint32_t i = 0; i < pool->slot_count; i++) {
		uint64_t own = pool->slots[i].device;
		bool waited = own == device || (adopted && own == LB_BOUNCE_ALL_DEVICES);
		uint32_t slots = all || waited
			? lb_bounce_change_run(pool, i, LB_SLOT_QUARANTINED, LB_SLOT_ENDING)
			: 0;

		if (slots) {
			scrub(pool, i, slots);
			lb_bounce_give_run(pool, i, slots);
			freed += slots;
		}
	}
	return freed;
}

static bool is_quarantined(const struct lb_bounce_slot *slot)
{
	return (lb_atomic_load(&slot->life) & LB_SLOT_STATE) == LB_SLOT_QUARANTINED;
}

/* Quarantined slots wait for a device whose drain time nobody said: that of an abandoned mapping,
 * or all those of an adopted pool that came without names. */
static bool waits_for_unknown(const struct lb_bounce_pool *pool, uint64_t device)
{
	bool all = device == LB_BOUNCE_ALL_DEVICES;

	for (uint32_t i = 0; i < pool->slot_count; i++) {
		const struct lb_bounce_slot *slot = &pool->slots[i];
		bool adopted = slot->device == LB_BOUNCE_ALL_DEVICES;

		if (is_quarantined(slot) &&
			(adopted ? all && !pool->hot_count : all || slot->device == device)) {
			return true;
		}
	}
	return false;
}

uint64_t lb_bounce_pool_drain(const struct lb_bounce_pool *pool, uint64_t device)
{
	uint64_t longest = waits_for_unknown(pool, device) ? LB_BOUNCE_DRAIN_UNKNOWN : 0;

	LB_ASSERT(!pool->hot_count || pool->hot_devices);
	for (size_t i = 0; i < pool->hot_count; i++) {
		const struct lb_bounce_hot_device *hot = &pool->hot_devices[i];

		if (device == LB_BOUNCE_ALL_DEVICES || hot->id == device) {
			longest = lb_max(longest, hot->drain_nanoseconds
				? hot->drain_nanoseconds : LB_BOUNCE_DRAIN_UNKNOWN);
		}
	}
	return longest;
}

uint32_t lb_bounce_pool_device_stopped(
	struct lb_bounce_pool *pool, uint64_t device, uint64_t nanoseconds_ago)
{
	uint64_t drain = lb_bounce_pool_drain(pool, device);

	if (drain == LB_BOUNCE_DRAIN_UNKNOWN || nanoseconds_ago < drain) {
		return 0;
	}
	return lb_bounce_pool_device_quiet(pool, device);
}
