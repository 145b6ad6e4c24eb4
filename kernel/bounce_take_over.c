/* SPDX-License-Identifier: MIT */
/*
 * bounce_take_over: the pool in the capture kernel, see bounce.h. Each device still writes into it
 * for a while: what it then writes lands in quarantine.
 */
#include "bounce.h"

#include "arch.h"
#include "bounce_taken.h"
#include "console.h"
#include "cpu.h"
#include "panic.h"
#include "report.h"

#define LATE_PATIENCE_US 2000000

static uint64_t late_us; /* until the last message had come */

static void leave_alone(const char *why)
{
	print("bounce pool: left alone: %s\n", why);
}

static size_t index_of(const struct lb_handover_bounce_pool *record)
{
	return record->flags & LB_POOL_IN_RAM ? BOUNCE_RAM : BOUNCE_WINDOW;
}

/* Where the window lies is this kernel's to find out. */
static bool lies_right(
	const struct lb_handover_bounce_pool *record, const struct bounce *bounce)
{
	return record->flags & LB_POOL_IN_RAM ||
		(record->base == bounce->window.start &&
			record->size <= lb_range_size(bounce->window));
}

bool bounce_acceptable(const struct lb_handover_bounce_pool *record)
{
	const struct bounce *bounce = &bounce_pools[index_of(record)];
	enum lb_status status = lb_bounce_pool_can_adopt(record, &bounce->storage);

	if (status != LB_OK) {
		leave_alone(lb_status_text(status));
		return false;
	}
	if (!bounce_find_devices() || !bounce->device_count) {
		leave_alone("no device that this kernel knows uses it");
		return false;
	}
	if (!lies_right(record, bounce)) {
		leave_alone("it is not where a device offers memory");
		return false;
	}
	return true;
}

void bounce_accept(const struct lb_handover_bounce_pool *record)
{
	bounce_pools[index_of(record)].record = record;
}

/* The record that belongs to one of the pool's devices: what it says is what this kernel finds. */
static bool names(const struct lb_handover_device *record, const struct bounce *bounce,
	const struct edu *edu)
{
	return record->id == edu->function && record->dma_mask == edu->last &&
		record->bus_master && record->pool_base == bounce->pool.config.base &&
		record->drain_nanoseconds >= EDU_DRAIN_NANOSECONDS;
}

static bool has_record(const struct lb_handover_view *handover, const struct bounce *bounce,
	const struct edu *edu)
{
	struct lb_handover_record record;
	size_t cursor = 0;
	bool found = false;

	while (lb_handover_find(handover, LB_HANDOVER_DEVICE, &cursor, &record)) {
		found = found || names(record.payload, bounce, edu);
	}
	return found;
}

/* Every device that is there has its record, and no other has one. */
static bool records_name_devices(const struct lb_handover_view *handover)
{
	struct lb_handover_record record;
	size_t cursor = 0;
	size_t records = 0;
	size_t devices = 0;
	size_t named = 0;

	while (lb_handover_find(handover, LB_HANDOVER_DEVICE, &cursor, &record)) {
		records++;
	}
	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		const struct bounce *bounce = &bounce_pools[i];

		for (size_t j = 0; j < bounce->device_count; j++) {
			devices++;
			named += has_record(handover, bounce, &bounce->devices[j]);
		}
	}
	return named == devices && records == named;
}

/* What the dead kernel says of its pool: hot, in RAM for a bus or outside it for one device, in our
 * slots. */
static bool record_is_right(const struct bounce *bounce)
{
	const struct lb_handover_bounce_pool *record = bounce->record;
	bool in_ram = bounce == &bounce_pools[BOUNCE_RAM];

	return record->flags == (LB_POOL_HOT | (in_ram ? LB_POOL_IN_RAM : 0u)) &&
		record->scope == (in_ram ? LB_BOUNCE_BUS : LB_BOUNCE_DEVICE) &&
		record->scope_id == (in_ram ? 0 : bounce->devices[0].function) &&
		record->slots_used <= bounce->storage.slot_count &&
		record->size == bounce->storage.slot_count * LB_BOUNCE_SLOT_BYTES;
}

static bool wait_for_messages(struct bounce *bounce)
{
	uint64_t begin = arch_ticks();
	size_t found;

	do {
		found = 0;
		for (size_t i = 0; i < bounce->device_count; i++) {
			found += bounce_find_message(
				bounce, &bounce->devices[i], &bounce->landed[i]);
		}
		late_us = ticks_to_microseconds(arch_ticks() - begin);
	} while (found < bounce->device_count && late_us < LATE_PATIENCE_US);
	return found == bounce->device_count;
}

/* All devices but one are declared quiet while that one's next write is pending. */
static bool one_still_writes(struct bounce *bounce)
{
	uint32_t freed = 0;

	for (size_t i = 0; i + 1 < bounce->device_count; i++) {
		uint64_t waited = bounce_stop(bounce, &bounce->devices[i]);

		bounce_write_again(bounce);
		freed += lb_bounce_pool_device_stopped(
			&bounce->pool, bounce->devices[i].function, waited);
	}
	return !freed && bounce_has_written_again(bounce);
}

/* Without it nobody knows where to look for what comes later. */
static bool prove_hot(const struct lb_handover_view *handover)
{
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	bool named = records_name_devices(handover);
	bool right = ram->device_count > 1 && named;

	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		struct bounce *bounce = &bounce_pools[i];

		right = right && (!bounce->record ||
			(record_is_right(bounce) && bounce_all_in_quarantine(bounce) &&
				wait_for_messages(bounce) && bounce_others_untouched(bounce)));
	}
	report_pause(LB_DRILL_PAUSE_LATE_WRITES);
	right = right && one_still_writes(ram);
	return report_proof(LB_DRILL_PROOF_BOUNCE_POOL_HOT, right,
		"%zu devices, %s by the dead kernel, wrote at 0x%llx to 0x%llx within %llu ms, "
		"the last one again when the others were quiet; %u slots in quarantine, nothing "
		"else in them changed", ram->device_count, named ? "all named" : "not all named",
		(unsigned long long)ram->landed[0],
		(unsigned long long)ram->landed[ram->device_count - 1],
		(unsigned long long)(late_us / 1000),
		lb_bounce_pool_usage(&ram->pool).quarantined);
}

/* Nobody of those that were handed over can write any more: the dead kernel saw to it. */
static bool all_masters_off(void)
{
	bool off = true;

	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		const struct bounce *bounce = &bounce_pools[i];

		for (size_t j = 0; bounce->record && j < bounce->device_count; j++) {
			off = off && !pci_is_master(bounce->devices[j].function);
		}
	}
	return off;
}

static bool adopt(const struct lb_handover_view *handover, struct bounce *bounce)
{
	const struct lb_bounce_config config = {.access = bounce_access, .context = bounce,
		.counts_use = true};
	size_t hot_count = 0;

	if (lb_bounce_hot_devices(handover, bounce->record->base, bounce->hot, EDU_DEVICES_MAX,
		    &hot_count) != LB_OK ||
		lb_bounce_pool_adopt(&bounce->pool, bounce->record, &config, &bounce->storage,
			bounce->hot, hot_count) != LB_OK) {
		leave_alone("it cannot be adopted");
		return false;
	}
	for (size_t j = 0; j < bounce->device_count; j++) {
		edu_open(&bounce->devices[j]);
	}
	return true;
}

void bounce_take_over(const struct lb_handover_view *handover)
{
	const struct bounce *window = &bounce_pools[BOUNCE_WINDOW];

	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		if (bounce_pools[i].record && !adopt(handover, &bounce_pools[i])) {
			return;
		}
	}
	if (!bounce_pools[BOUNCE_RAM].record) {
		return;
	}
	if (all_masters_off()) {
		bounce_prove_stopped();
	} else {
		bounce_prove_reused(prove_hot(handover) && window->record);
	}
}
