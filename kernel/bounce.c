/* SPDX-License-Identifier: MIT */
/* bounce: see bounce.h. */
#include "bounce.h"

#include "lifeboat/bounce_pool.h"

#include "arch.h"
#include "console.h"
#include "crash.h"
#include "edu.h"
#include "memory.h"
#include "panic.h"
#include "pattern.h"
#include "report.h"
#include "text.h"

#define SLOTS 2048
#define SENT 1000   /* bytes that the device writes */
#define MAPPED 2048 /* bytes that are mapped for it */
#define LATE_PATIENCE_US 2000000
#define HOT_DEVICES 8
#define SENTINEL 0x5a

static struct edu edu;
static struct lb_bounce_pool pool;
static struct lb_bounce_slot slots[SLOTS];
static lb_phys_addr standing; /* bounce address of the mapping that stays */
static bool has_pool;

static void *access_memory(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	(void)bytes;
	return phys_pointer(address);
}

bool bounce_needed(lb_phys_addr memory_last, lb_phys_addr *ret_device_last)
{
	if (!edu_find(&edu) || edu.last >= memory_last) {
		return false;
	}
	*ret_device_last = edu.last;
	return true;
}

static uint64_t device_id(void)
{
	return edu.function;
}

static bool map_for_device(
	lb_phys_addr original, enum lb_bounce_direction direction, lb_phys_addr *ret_address)
{
	return lb_bounce_map(&pool, &(struct lb_bounce_request){.original = original,
			.size = MAPPED, .direction = direction, .device = device_id(),
			.dma_last = edu.last}, ret_address) == LB_OK;
}

/* Memory that the device cannot reach, if there is any; else any memory. */
static lb_phys_addr far_page(void)
{
	struct lb_memory_request request = {.size = PAGE_BYTES, .align = PAGE_BYTES,
		.window = {edu.last + 1, LB_PHYS_ADDR_MAX}, .node = LB_NO_NODE};
	lb_phys_addr page;

	if (lb_memory_map_alloc(&memory, &request, &page) == LB_OK) {
		return page;
	}
	return memory_take(
		PAGE_BYTES, PAGE_BYTES, (struct lb_range){0, LB_PHYS_ADDR_MAX}, "buffer");
}

/* What the device is made to hold: the pattern of an address that exists nowhere. */
static void fill_message(uint8_t *bytes)
{
	for (size_t i = 0; i < SENT; i++) {
		bytes[i] = (uint8_t)lb_pattern_word(SENT, UINT64_MAX - i);
	}
}

static bool is_message(const volatile uint8_t *bytes)
{
	for (size_t i = 0; i < SENT; i++) {
		if (bytes[i] != (uint8_t)lb_pattern_word(SENT, UINT64_MAX - i)) {
			return false;
		}
	}
	return true;
}

/*
 * There and back: the message goes through the pool into the device, and from there into another
 * buffer, of which the device writes less than was mapped: the rest must stay what it was.
 */
static bool round_trip(lb_phys_addr from, lb_phys_addr to)
{
	uint8_t *target = phys_pointer(to);
	lb_phys_addr address;
	bool done;

	fill_message(phys_pointer(from));
	if (!map_for_device(from, LB_BOUNCE_TO_DEVICE, &address)) {
		return false;
	}
	edu_start_to_device(&edu, address, SENT);
	done = edu_wait(&edu);
	must(lb_bounce_unmap(&pool, address), "bounce pool: unmap");
	memset(target, SENTINEL, MAPPED);
	if (!map_for_device(to, LB_BOUNCE_FROM_DEVICE, &address)) {
		return false;
	}
	edu_start_from_device(&edu, address, SENT);
	done = done && edu_wait(&edu);
	must(lb_bounce_unmap(&pool, address), "bounce pool: unmap");
	for (size_t i = SENT; i < MAPPED; i++) {
		done = done && target[i] == SENTINEL;
	}
	return done && is_message(target);
}

/* The last thing before purgatory: the device starts to write, as a network card would. */
static void start_late_write(void)
{
	edu_start_from_device(&edu, standing, SENT);
}

void bounce_set_up(struct lb_range range)
{
	const struct lb_bounce_config config = {.base = range.start,
		.size = lb_range_size(range), .scope = LB_BOUNCE_DEVICE,
		.scope_id = device_id(), .in_ram = true, .access = access_memory};
	lb_phys_addr from = far_page();
	lb_phys_addr to = far_page();
	bool right;

	edu_open(&edu);
	must(lb_bounce_pool_init(&pool, &config, slots, SLOTS), "bounce pool: init");
	right = round_trip(from, to);
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_WORKS, right && lb_bounce_pool_check(&pool),
		"%u bytes from 0x%llx through the pool at 0x%llx to the device (reach 0x%llx) and "
		"back to 0x%llx; the rest of the buffer is untouched",
		SENT, (unsigned long long)from, (unsigned long long)range.start,
		(unsigned long long)edu.last, (unsigned long long)to);
	/* So that the message in the pool can only be the one that the device writes later. */
	memset(phys_pointer(range.start), 0, lb_range_size(range));
	memset(phys_pointer(to), 0, PAGE_BYTES);
	if (!map_for_device(to, LB_BOUNCE_FROM_DEVICE, &standing)) {
		panic("bounce pool: no room for the mapping that stays");
	}
	has_pool = true;
	crash_add_last_step(start_late_write);
}

void bounce_seal(struct lb_handover_writer *writer)
{
	const struct lb_handover_device device = {.id = device_id(), .dma_mask = edu.last,
		.drain_nanoseconds = EDU_DRAIN_NANOSECONDS, .kind = 1, .bus_master = 1};

	if (has_pool) {
		must(lb_bounce_pool_seal(&pool, &device, 1, writer), "bounce pool: seal");
	}
}

struct lb_range bounce_range(void)
{
	return has_pool ? (struct lb_range){pool.config.base,
				  pool.config.base + pool.config.size}
			: (struct lb_range){0, 0};
}

/* As far as this kernel knows the late write may land anywhere in the pool: it looks at the start
 * of every slot. */
static bool find_message(struct lb_range range, lb_phys_addr *ret)
{
	for (lb_phys_addr at = range.start; at < range.end; at += LB_BOUNCE_SLOT_BYTES) {
		if (is_message(phys_pointer(at))) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static bool wait_for_message(struct lb_range range, lb_phys_addr *ret, uint64_t *ret_us)
{
	uint64_t begin = arch_ticks();
	bool found;

	do {
		found = find_message(range, ret);
		*ret_us = ticks_to_microseconds(arch_ticks() - begin);
	} while (!found && *ret_us < LATE_PATIENCE_US);
	return found;
}

static void leave_alone(const char *why)
{
	print("bounce pool: left alone: %s\n", why);
}

bool bounce_acceptable(const struct lb_handover_bounce_pool *record)
{
	enum lb_status status = lb_bounce_pool_can_adopt(record, SLOTS);

	if (status != LB_OK) {
		leave_alone(lb_status_text(status));
		return false;
	}
	if (!edu_find(&edu)) {
		leave_alone("no device that this kernel knows uses it");
		return false;
	}
	return true;
}

/* Bus mastering goes off; what was under way gets the time that the dead kernel said. */
static uint32_t stop_device(uint64_t *ret_waited_ns)
{
	uint64_t drain = lb_bounce_pool_drain(&pool, device_id());
	uint64_t begin;

	pci_set_master(edu.function, false);
	begin = arch_ticks();
	do {
		*ret_waited_ns = ticks_to_microseconds(arch_ticks() - begin) * 1000;
	} while (drain != LB_BOUNCE_DRAIN_UNKNOWN && *ret_waited_ns < drain);
	return lb_bounce_pool_device_stopped(&pool, device_id(), *ret_waited_ns);
}

static void use_again(void)
{
	uint64_t waited;
	uint32_t freed = stop_device(&waited);

	edu_open(&edu);
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_REUSED,
		freed && round_trip(far_page(), far_page()) && lb_bounce_pool_check(&pool),
		"device stopped, %llu ms waited, %u slots scrubbed and free, data travel through "
		"the pool again", (unsigned long long)(waited / 1000000), freed);
}

void bounce_take_over(
	const struct lb_handover_view *handover, const struct lb_handover_bounce_pool *record)
{
	const struct lb_bounce_config config = {.access = access_memory};
	struct lb_range range = {record->base, record->base + record->size};
	struct lb_bounce_request early = {
		.original = range.start, .size = MAPPED, .direction = LB_BOUNCE_TO_DEVICE};
	static struct lb_bounce_hot_device hot[HOT_DEVICES];
	size_t hot_count = 0;
	lb_phys_addr at = 0;
	lb_phys_addr refused;
	uint64_t waited = 0;
	bool was_refused;
	bool landed;

	if (lb_bounce_hot_devices(handover, record->base, hot, HOT_DEVICES, &hot_count) != LB_OK ||
		lb_bounce_pool_adopt(&pool, record, &config, slots, SLOTS, hot, hot_count) !=
			LB_OK) {
		leave_alone("it cannot be adopted");
		return;
	}
	was_refused = lb_bounce_map(&pool, &early, &refused) == LB_NO_STORAGE;
	landed = wait_for_message(range, &at, &waited);
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_HOT,
		(record->flags & LB_POOL_HOT) && was_refused && landed && pool.quarantined &&
			hot_count == 1 && hot[0].id == device_id(),
		"%u slots in quarantine; the dead kernel's device wrote at 0x%llx, %llu ms after "
		"this kernel began to look, inside the pool",
		pool.quarantined, (unsigned long long)at, (unsigned long long)(waited / 1000));
	use_again();
}
