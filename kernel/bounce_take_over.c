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
#include "memory.h"
#include "panic.h"
#include "report.h"

#define LATE_PATIENCE_US 2000000
#define NANOSECONDS_PER_MICROSECOND 1000

/* A pool that was handed over, and what the proofs saw of it. */
struct taken {
	const struct lb_handover_bounce_pool *record; /* NULL: none */
	struct lb_bounce_hot_device hot[EDU_DEVICES_MAX];
	lb_phys_addr landed[EDU_DEVICES_MAX]; /* where each device's message came */
};

static struct taken taken[BOUNCE_POOLS];
static uint64_t late_us; /* until the last message had come */
static uint64_t waited_ns = UINT64_MAX; /* the shortest time between a stop and its quiet */

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
	taken[index_of(record)].record = record;
}

static uint64_t elapsed_ns(uint64_t begin)
{
	return ticks_to_microseconds(arch_ticks() - begin) * NANOSECONDS_PER_MICROSECOND;
}

static struct lb_range place_of(const struct bounce *bounce)
{
	return (struct lb_range){bounce->pool.config.base,
		bounce->pool.config.base + bounce->pool.config.size};
}

static const struct edu *last_device(const struct bounce *bounce)
{
	return &bounce->devices[bounce->device_count - 1];
}

static struct taken *taken_of(const struct bounce *bounce)
{
	return &taken[bounce - bounce_pools];
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
	const struct lb_handover_bounce_pool *record = taken_of(bounce)->record;
	bool in_ram = bounce == &bounce_pools[BOUNCE_RAM];

	return record->flags == (LB_POOL_HOT | (in_ram ? LB_POOL_IN_RAM : 0u)) &&
		record->scope == (in_ram ? LB_BOUNCE_BUS : LB_BOUNCE_DEVICE) &&
		record->scope_id == (in_ram ? 0 : bounce->devices[0].function) &&
		record->slots_used <= bounce->storage.slot_count &&
		record->size == bounce->storage.slot_count * LB_BOUNCE_SLOT_BYTES;
}

/* No slot is handed out. */
static bool all_in_quarantine(struct bounce *bounce)
{
	const struct lb_bounce_request early = {.original = bounce->pool.config.base,
		.size = BOUNCE_MAPPED, .direction = LB_BOUNCE_TO_DEVICE};
	lb_phys_addr address;

	return lb_bounce_pool_usage(&bounce->pool).quarantined == bounce->pool.slot_count &&
		lb_bounce_map(&bounce->pool, &early, &address) == LB_NO_STORAGE;
}

/* As far as this kernel knows a write may land anywhere in the pool: it looks at the start of every
 * slot. */
static bool find_message(const struct bounce *bounce, const struct edu *edu, lb_phys_addr *ret)
{
	struct lb_range place = place_of(bounce);

	for (lb_phys_addr at = place.start; at < place.end; at += LB_BOUNCE_SLOT_BYTES) {
		if (bounce_is_message(edu, bounce_at(bounce, at))) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static bool wait_for_messages(const struct bounce *bounce)
{
	uint64_t begin = arch_ticks();
	size_t found;

	do {
		found = 0;
		for (size_t i = 0; i < bounce->device_count; i++) {
			found += find_message(
				bounce, &bounce->devices[i], &taken_of(bounce)->landed[i]);
		}
		late_us = ticks_to_microseconds(arch_ticks() - begin);
	} while (found < bounce->device_count && late_us < LATE_PATIENCE_US);
	return found == bounce->device_count;
}

static bool words_are(
	const struct bounce *bounce, lb_phys_addr start, uint64_t bytes, uint64_t value)
{
	const volatile uint64_t *words = bounce_at(bounce, start);

	for (size_t i = 0; i < bytes / sizeof(*words); i++) {
		if (words[i] != value) {
			return false;
		}
	}
	return true;
}

static bool all_zeros(const struct bounce *bounce)
{
	return words_are(bounce, bounce->pool.config.base, bounce->pool.config.size, 0);
}

/* Every slot but those that the devices wrote holds what the dead kernel left there. */
static bool others_untouched(const struct bounce *bounce)
{
	struct lb_range place = place_of(bounce);

	for (lb_phys_addr at = place.start; at < place.end; at += LB_BOUNCE_SLOT_BYTES) {
		bool written = false;

		for (size_t i = 0; i < bounce->device_count; i++) {
			written = written || at == taken_of(bounce)->landed[i];
		}
		if (!written && !words_are(bounce, at, LB_BOUNCE_SLOT_BYTES, BOUNCE_LEFT)) {
			return false;
		}
	}
	return true;
}

/* Bus mastering goes off; what was under way gets the time that the dead kernel said. */
static uint64_t stop_device(const struct bounce *bounce, const struct edu *edu)
{
	uint64_t drain = lb_bounce_pool_drain(&bounce->pool, edu->function);
	uint64_t begin;

	pci_set_master(edu->function, false);
	begin = arch_ticks();
	while (drain != LB_BOUNCE_DRAIN_UNKNOWN && elapsed_ns(begin) < drain) {
		arch_relax();
	}
	return elapsed_ns(begin);
}

/* The same, with a clock of the proof's own. */
static uint64_t stop_and_measure(const struct bounce *bounce, const struct edu *edu)
{
	uint64_t begin = arch_ticks();
	uint64_t waited = stop_device(bounce, edu);

	waited_ns = lb_min(waited_ns, elapsed_ns(begin));
	return waited;
}

/* The last device's next write is pending; what it wrote is spoiled, so that this will be seen. */
static void write_again(const struct bounce *bounce)
{
	volatile uint8_t *slot =
		bounce_at(bounce, taken_of(bounce)->landed[bounce->device_count - 1]);

	slot[0] = (uint8_t)~slot[0];
	edu_start_again(last_device(bounce));
}

/* It has landed in quarantine like the first, and nobody has cleared anything. */
static bool has_written_again(struct bounce *bounce)
{
	const struct edu *last = last_device(bounce);

	return all_in_quarantine(bounce) && edu_wait(last) &&
		bounce_is_message(last, bounce_at(bounce,
			taken_of(bounce)->landed[bounce->device_count - 1])) &&
		others_untouched(bounce) && all_in_quarantine(bounce);
}

/* All devices but one are declared quiet while that one's next write is pending. */
static bool one_still_writes(struct bounce *bounce)
{
	uint32_t freed = 0;

	for (size_t i = 0; i + 1 < bounce->device_count; i++) {
		uint64_t waited = stop_and_measure(bounce, &bounce->devices[i]);

		write_again(bounce);
		freed += lb_bounce_pool_device_stopped(
			&bounce->pool, bounce->devices[i].function, waited);
	}
	return !freed && has_written_again(bounce);
}

/* Without it nobody knows where to look for what comes later. */
static bool prove_hot(const struct lb_handover_view *handover)
{
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	bool named = records_name_devices(handover);
	bool right = ram->device_count > 1 && named;

	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		struct bounce *bounce = &bounce_pools[i];

		right = right && (!taken[i].record ||
			(record_is_right(bounce) && all_in_quarantine(bounce) &&
				wait_for_messages(bounce) && others_untouched(bounce)));
	}
	report_pause(LB_DRILL_PAUSE_LATE_WRITES);
	right = right && one_still_writes(ram);
	return report_proof(LB_DRILL_PROOF_BOUNCE_POOL_HOT, right,
		"%zu devices, %s by the dead kernel, wrote at 0x%llx to 0x%llx within %llu ms, "
		"the last one again when the others were quiet; %u slots in quarantine, nothing "
		"else in them changed", ram->device_count, named ? "all named" : "not all named",
		(unsigned long long)taken[BOUNCE_RAM].landed[0],
		(unsigned long long)taken[BOUNCE_RAM].landed[ram->device_count - 1],
		(unsigned long long)(late_us / 1000),
		lb_bounce_pool_usage(&ram->pool).quarantined);
}

/* Transfers that start now come to nothing: bus mastering is off. */
static bool devices_are_silent(const struct bounce *bounce)
{
	bool ended = true;

	for (size_t i = 0; i < bounce->device_count; i++) {
		ended = edu_wait(&bounce->devices[i]) && ended;
		edu_start_again(&bounce->devices[i]);
	}
	for (size_t i = 0; i < bounce->device_count; i++) {
		ended = edu_wait(&bounce->devices[i]) && ended;
	}
	return ended && all_zeros(bounce);
}

static bool travels_again(struct bounce *bounce)
{
	for (size_t i = 0; i < bounce->device_count; i++) {
		pci_set_master(bounce->devices[i].function, true);
	}
	return bounce_round_trips(bounce);
}

/* The last hot device of the pool is stopped, with a write pending, and its drain time passes.
 * True if the pool is scrubbed then, and what its devices start lands nowhere. */
static bool becomes_quiet(struct bounce *bounce, uint32_t *ret_freed)
{
	const struct edu *last = last_device(bounce);
	bool was_dirty = !all_zeros(bounce);
	uint64_t waited;

	edu_start_again(last);
	waited = stop_and_measure(bounce, last);
	*ret_freed = lb_bounce_pool_device_stopped(&bounce->pool, last->function, waited);
	return *ret_freed == bounce->pool.slot_count && was_dirty && all_zeros(bounce) &&
		devices_are_silent(bounce);
}

/* Linux's capture kernel makes a pool of its own (IO_TLB_DEFAULT_SIZE, include/linux/swiotlb.h), in
 * an encrypted guest of 6 % of its memory, between that and 1 GiB (mem_encrypt_setup_arch,
 * arch/x86/mm/mem_encrypt.c, 6.12). */
#define LINUX_POOL_MIB 64
static uint64_t linux_encrypted_mib(void)
{
	uint64_t mib = lb_memory_map_total(&memory) / LB_MIB * 6 / 100;

	return lb_min(lb_max(mib, LINUX_POOL_MIB), 1024);
}

/* `travels`: this kernel's own data came through the pool in RAM while a write into the other was
 * pending. */
static void prove_beside(struct bounce *other, bool travels)
{
	bool landed = has_written_again(other);
	uint32_t freed = 0;
	bool quiet = landed && becomes_quiet(other, &freed);

	report_proof(LB_DRILL_PROOF_POOL_REUSED, travels && quiet && travels_again(other),
		"this kernel's own transfers through the pool of the dead one, while a write of "
		"another device was pending: %s, and the other's %s its own pool at 0x%llx, which "
		"became quiet later: %u slots; the reservation has no pool and saves %llu MiB "
		"(Linux would add %u MiB, in an encrypted guest %llu MiB)",
		travels ? "right" : "wrong", landed ? "landed in" : "did not land in",
		(unsigned long long)other->pool.config.base, freed,
		(unsigned long long)(bounce_pools[BOUNCE_RAM].pool.config.size / LB_MIB),
		LINUX_POOL_MIB, (unsigned long long)linux_encrypted_mib());
}

static void prove_reused(bool beside)
{
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	struct bounce *other = &bounce_pools[BOUNCE_WINDOW];
	uint32_t freed;
	bool quiet = becomes_quiet(ram, &freed);
	bool travels;

	if (beside) {
		write_again(other);
	}
	travels = quiet && travels_again(ram);
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_REUSED,
		travels && waited_ns >= EDU_DRAIN_NANOSECONDS,
		"%zu devices stopped, at least %llu ms waited for each; %u slots free, %s; data "
		"travel through the pool again", ram->device_count,
		(unsigned long long)(waited_ns / 1000000), freed,
		quiet ? "all zeros, and what they start now lands nowhere"
		      : "but not all zeros, or they still write");
	if (beside) {
		prove_beside(other, travels);
	}
}

static bool adopt(const struct lb_handover_view *handover, size_t i)
{
	struct bounce *bounce = &bounce_pools[i];
	const struct lb_bounce_config config = {.access = bounce_access, .context = bounce,
		.counts_use = true};
	size_t hot_count = 0;

	if (lb_bounce_hot_devices(handover, taken[i].record->base, taken[i].hot, EDU_DEVICES_MAX,
		    &hot_count) != LB_OK ||
		lb_bounce_pool_adopt(&bounce->pool, taken[i].record, &config, &bounce->storage,
			taken[i].hot, hot_count) != LB_OK) {
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
	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		if (taken[i].record && !adopt(handover, i)) {
			return;
		}
	}
	if (taken[BOUNCE_RAM].record) {
		prove_reused(prove_hot(handover) && taken[BOUNCE_WINDOW].record);
	}
}
