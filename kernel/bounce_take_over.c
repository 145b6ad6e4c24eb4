/* SPDX-License-Identifier: MIT */
/*
 * bounce_take_over: the pool in the capture kernel, see bounce.h. Each device still writes into it
 * for a while. One after the other is stopped, and not before the last one is quiet may anybody
 * read, clear or use a slot.
 *
 * What looks at the slots here, or marks one, is the proof: a kernel has no reason to.
 */
#include "bounce.h"

#include "arch.h"
#include "bounce_parts.h"
#include "console.h"
#include "cpu.h"
#include "panic.h"
#include "report.h"

#define LATE_PATIENCE_US 2000000
#define NANOSECONDS_PER_MICROSECOND 1000

static struct lb_bounce_hot_device hot[EDU_DEVICES_MAX];

/* What the proofs saw. */
struct sight {
	struct lb_range pool;
	lb_phys_addr landed[EDU_DEVICES_MAX]; /* where each device's message came */
	uint64_t late_us;   /* until the last one had come */
	uint64_t waited_ns; /* the shortest time between a device's stop and its quiet */
};

static void leave_alone(const char *why)
{
	print("bounce pool: left alone: %s\n", why);
}

bool bounce_acceptable(const struct lb_handover_bounce_pool *record)
{
	const struct lb_bounce_storage storage = bounce_storage();
	enum lb_status status = lb_bounce_pool_can_adopt(record, &storage);

	if (status != LB_OK) {
		leave_alone(lb_status_text(status));
		return false;
	}
	bounce.device_count = edu_find(bounce.devices);
	if (!bounce.device_count) {
		leave_alone("no device that this kernel knows uses it");
		return false;
	}
	return true;
}

static uint64_t elapsed_ns(uint64_t begin)
{
	return ticks_to_microseconds(arch_ticks() - begin) * NANOSECONDS_PER_MICROSECOND;
}

static struct edu *last_device(void)
{
	return &bounce.devices[bounce.device_count - 1];
}

/* The record that belongs to one of the devices here: what it says is what this kernel finds. */
static bool names(const struct lb_handover_device *record, const struct edu *edu)
{
	return record->id == edu->function && record->dma_mask == edu->last &&
		record->bus_master && record->pool_base == bounce.pool.config.base &&
		record->drain_nanoseconds >= EDU_DRAIN_NANOSECONDS;
}

/* Every device that is there has its record, and no other has one. */
static bool records_name_devices(const struct lb_handover_view *handover)
{
	struct lb_handover_record record;
	size_t cursor = 0;
	size_t records = 0;
	size_t named = 0;

	while (lb_handover_find(handover, LB_HANDOVER_DEVICE, &cursor, &record)) {
		records++;
	}
	for (size_t i = 0; i < bounce.device_count; i++) {
		bool found = false;

		cursor = 0;
		while (lb_handover_find(handover, LB_HANDOVER_DEVICE, &cursor, &record)) {
			found = found || names(record.payload, &bounce.devices[i]);
		}
		named += found;
	}
	return named == bounce.device_count && records == named;
}

/* What the dead kernel says of its pool: hot, in RAM, for a bus, in our slots. */
static bool record_is_right(const struct lb_handover_bounce_pool *record)
{
	return record->flags == (LB_POOL_HOT | LB_POOL_IN_RAM) && record->scope == LB_BOUNCE_BUS &&
		!record->scope_id && record->slots_used <= BOUNCE_SLOTS &&
		record->size == (uint64_t)BOUNCE_SLOTS * LB_BOUNCE_SLOT_BYTES;
}

/* No slot is handed out. */
static bool all_in_quarantine(const struct sight *sight)
{
	const struct lb_bounce_request early = {.original = sight->pool.start,
		.size = BOUNCE_MAPPED, .direction = LB_BOUNCE_TO_DEVICE};
	lb_phys_addr address;

	return lb_bounce_pool_usage(&bounce.pool).quarantined == bounce.pool.slot_count &&
		lb_bounce_map(&bounce.pool, &early, &address) == LB_NO_STORAGE;
}

/* As far as this kernel knows a write may land anywhere in the pool: it looks at the start of every
 * slot. */
static bool find_message(struct lb_range range, const struct edu *edu, lb_phys_addr *ret)
{
	for (lb_phys_addr at = range.start; at < range.end; at += LB_BOUNCE_SLOT_BYTES) {
		if (bounce_is_message(edu, phys_pointer(at))) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static bool wait_for_messages(struct sight *sight)
{
	uint64_t begin = arch_ticks();
	size_t found;

	do {
		found = 0;
		for (size_t i = 0; i < bounce.device_count; i++) {
			found += find_message(sight->pool, &bounce.devices[i], &sight->landed[i]);
		}
		sight->late_us = ticks_to_microseconds(arch_ticks() - begin);
	} while (found < bounce.device_count && sight->late_us < LATE_PATIENCE_US);
	return found == bounce.device_count;
}

static bool words_are(lb_phys_addr start, uint64_t bytes, uint64_t value)
{
	const volatile uint64_t *words = phys_pointer(start);

	for (size_t i = 0; i < bytes / sizeof(*words); i++) {
		if (words[i] != value) {
			return false;
		}
	}
	return true;
}

/* Every slot but those that the devices wrote holds what the dead kernel left there. */
static bool others_untouched(const struct sight *sight)
{
	for (lb_phys_addr at = sight->pool.start; at < sight->pool.end;
		at += LB_BOUNCE_SLOT_BYTES) {
		bool written = false;

		for (size_t i = 0; i < bounce.device_count; i++) {
			written = written || at == sight->landed[i];
		}
		if (!written && !words_are(at, LB_BOUNCE_SLOT_BYTES, BOUNCE_LEFT)) {
			return false;
		}
	}
	return true;
}

/* Bus mastering goes off; what was under way gets the time that the dead kernel said. */
static uint64_t stop_device(const struct edu *edu)
{
	uint64_t drain = lb_bounce_pool_drain(&bounce.pool, edu->function);
	uint64_t begin;

	pci_set_master(edu->function, false);
	begin = arch_ticks();
	while (drain != LB_BOUNCE_DRAIN_UNKNOWN && elapsed_ns(begin) < drain) {
		arch_relax();
	}
	return elapsed_ns(begin);
}

/* The same, with a clock of the proof's own. */
static uint64_t stop_and_measure(struct sight *sight, const struct edu *edu)
{
	uint64_t begin = arch_ticks();
	uint64_t waited = stop_device(edu);

	sight->waited_ns = lb_min(sight->waited_ns, elapsed_ns(begin));
	return waited;
}

/*
 * All devices but one are declared quiet while that one's next write is pending: it must land in
 * quarantine like the first, and must not be cleared by anybody.
 */
static bool one_still_writes(struct sight *sight)
{
	const struct edu *last = last_device();
	volatile uint8_t *slot = phys_pointer(sight->landed[bounce.device_count - 1]);
	uint32_t freed = 0;

	slot[0] = (uint8_t)~slot[0];
	for (size_t i = 0; i + 1 < bounce.device_count; i++) {
		uint64_t waited = stop_and_measure(sight, &bounce.devices[i]);

		edu_start_again(last);
		freed += lb_bounce_pool_device_stopped(
			&bounce.pool, bounce.devices[i].function, waited);
	}
	return !freed && all_in_quarantine(sight) && edu_wait(last) &&
		bounce_is_message(last, slot) && others_untouched(sight) &&
		all_in_quarantine(sight);
}

static void prove_hot(
	struct sight *sight, const struct lb_handover_view *handover, bool described)
{
	bool named = records_name_devices(handover);
	bool right = described && bounce.device_count > 1 && named && all_in_quarantine(sight) &&
		wait_for_messages(sight) && others_untouched(sight);

	report_pause(LB_DRILL_PAUSE_LATE_WRITES);
	right = right && one_still_writes(sight);

	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_HOT, right,
		"%zu devices, %s by the dead kernel, wrote at 0x%llx to 0x%llx within %llu ms, "
		"the last one again when the others were quiet; %u slots in quarantine, nothing "
		"else in them changed", bounce.device_count, named ? "all named" : "not all named",
		(unsigned long long)sight->landed[0],
		(unsigned long long)sight->landed[bounce.device_count - 1],
		(unsigned long long)(sight->late_us / 1000),
		lb_bounce_pool_usage(&bounce.pool).quarantined);
}

/* Transfers that start now come to nothing: bus mastering is off. */
static bool devices_are_silent(const struct sight *sight)
{
	bool ended = true;

	for (size_t i = 0; i < bounce.device_count; i++) {
		ended = edu_wait(&bounce.devices[i]) && ended;
		edu_start_again(&bounce.devices[i]);
	}
	for (size_t i = 0; i < bounce.device_count; i++) {
		ended = edu_wait(&bounce.devices[i]) && ended;
	}
	return ended && words_are(sight->pool.start, lb_range_size(sight->pool), 0);
}

static bool travels_again(void)
{
	for (size_t i = 0; i < bounce.device_count; i++) {
		pci_set_master(bounce.devices[i].function, true);
	}
	return bounce_round_trips();
}

static void prove_reused(struct sight *sight)
{
	const struct edu *last = last_device();
	bool was_dirty = !words_are(sight->pool.start, lb_range_size(sight->pool), 0);
	uint64_t waited;
	uint32_t freed;
	bool clean;
	bool silent;

	edu_start_again(last); /* pending when it is stopped */
	waited = stop_and_measure(sight, last);
	freed = lb_bounce_pool_device_stopped(&bounce.pool, last->function, waited);
	clean = was_dirty && words_are(sight->pool.start, lb_range_size(sight->pool), 0);
	silent = clean && devices_are_silent(sight);
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_REUSED,
		freed == bounce.pool.slot_count && silent &&
			sight->waited_ns >= EDU_DRAIN_NANOSECONDS && travels_again(),
		"%zu devices stopped, at least %llu ms waited for each; %u slots free, all %s; %s; "
		"data travel through the pool again", bounce.device_count,
		(unsigned long long)(sight->waited_ns / 1000000), freed,
		clean ? "zeros" : "but zeros",
		silent ? "what they start now lands nowhere" : "they still write");
}

void bounce_take_over(
	const struct lb_handover_view *handover, const struct lb_handover_bounce_pool *record)
{
	const struct lb_bounce_config config = {.access = bounce_access};
	const struct lb_bounce_storage storage = bounce_storage();
	struct sight sight = {.pool = {record->base, record->base + record->size},
		.waited_ns = UINT64_MAX};
	size_t hot_count = 0;

	if (lb_bounce_hot_devices(handover, record->base, hot, EDU_DEVICES_MAX, &hot_count) !=
			LB_OK ||
		lb_bounce_pool_adopt(&bounce.pool, record, &config, &storage, hot,
			hot_count) != LB_OK) {
		leave_alone("it cannot be adopted");
		return;
	}
	for (size_t i = 0; i < bounce.device_count; i++) {
		edu_open(&bounce.devices[i]);
	}
	prove_hot(&sight, handover, record_is_right(record));
	prove_reused(&sight);
}
