/* SPDX-License-Identifier: MIT */
/* bounce: the pool of the production kernel, see bounce.h. */
#include "bounce.h"

#include "arch.h"
#include "boot.h"
#include "bounce_parts.h"
#include "console.h"
#include "crash.h"
#include "load.h"
#include "memory.h"
#include "options.h"
#include "panic.h"
#include "quiesce.h"
#include "report.h"
#include "text.h"

static bool has_pool;

static enum lb_drill_policy wanted_policy(void)
{
	enum lb_drill_policy policy = LB_DRILL_POLICY_QUARANTINE;
	char name[OPTION_BYTES];

	if (option_text(boot_info.cmdline, "policy", name) &&
		!lb_drill_find_policy(name, &policy)) {
		print(LB_LINE_ERROR "policy=%s: there is no such policy\n", name);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
	return policy;
}

bool bounce_needed(lb_phys_addr memory_last, lb_phys_addr *ret_device_last)
{
	const struct edu *nearest = &bounce_pools[BOUNCE_RAM].devices[0];

	if (!bounce_find_devices() || nearest->last >= memory_last) {
		return false;
	}
	*ret_device_last = nearest->last;
	return true;
}

static void open_devices(struct bounce *bounce)
{
	for (size_t i = 0; i < bounce->device_count; i++) {
		edu_open(&bounce->devices[i]);
		pci_set_master(bounce->devices[i].function, true);
		bounce->originals[i] = bounce_far_memory(bounce, PAGE_BYTES);
		memset(phys_pointer(bounce->originals[i]), BOUNCE_LEFT & 0xff, PAGE_BYTES);
	}
}

static void make_pool(struct bounce *bounce, struct lb_bounce_config config)
{
	config.access = bounce_access;
	config.context = bounce;
	config.counts_use = true;
	open_devices(bounce);
	must(lb_bounce_pool_init(&bounce->pool, &config, &bounce->storage), "bounce pool: init");
}

static void make_window(struct bounce *bounce)
{
	make_pool(bounce, (struct lb_bounce_config){.base = bounce->window.start,
		.size = lb_range_size(bounce->window), .scope = LB_BOUNCE_DEVICE,
		.scope_id = bounce->devices[0].function});
}

void bounce_set_up(struct lb_range range)
{
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	struct bounce *window = &bounce_pools[BOUNCE_WINDOW];
	bool works;

	make_pool(ram, (struct lb_bounce_config){.base = range.start,
		.size = lb_range_size(range), .scope = LB_BOUNCE_BUS, .in_ram = true});
	has_pool = true;
	if (window->device_count) {
		make_window(window);
	}
	bounce_prove_roundtrip();
	/* Then each device holds the message that it sends when this kernel is dead. */
	works = bounce_round_trips(ram) &&
		(!window->device_count || bounce_round_trips(window));
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_WORKS, works,
		"%u bytes through the pool at 0x%llx to each of %zu devices (reach 0x%llx) and "
		"back, and through a window that is no RAM for %zu; the rest of the buffer is "
		"untouched, and the devices see zeros around it",
		BOUNCE_SENT, (unsigned long long)range.start, ram->device_count,
		(unsigned long long)ram->devices[0].last, window->device_count);
}

/* The last thing before purgatory: the devices start to write, as network cards would. */
static void start_late_writes(void)
{
	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		const struct bounce *bounce = &bounce_pools[i];

		for (size_t j = 0; j < bounce->device_count; j++) {
			edu_start_from_device(
				&bounce->devices[j], bounce->standing[j], BOUNCE_SENT);
		}
	}
}

/* So that a message in the pool can only be one that a device writes later, and that whoever clears
 * the pool before its time is seen. */
static void fill(const struct bounce *bounce)
{
	const struct lb_bounce_config *config = &bounce->pool.config;
	volatile uint64_t *words = bounce_at(bounce, config->base);

	for (size_t i = 0; i < config->size / sizeof(*words); i++) {
		words[i] = BOUNCE_LEFT;
	}
}

static void map_for_crash(struct bounce *bounce)
{
	struct lb_bounce_request request = {
		.size = BOUNCE_MAPPED, .direction = LB_BOUNCE_FROM_DEVICE};

	fill(bounce);
	for (size_t i = 0; i < bounce->device_count; i++) {
		request.original = bounce->originals[i];
		request.device = bounce->devices[i].function;
		request.dma_last = bounce->devices[i].last;
		must(lb_bounce_map(&bounce->pool, &request, &bounce->standing[i]),
			"bounce pool: mappings that stay");
	}
}

/* The lab sees RAM only. */
static void tell_late_writes(const struct bounce *bounce)
{
	for (size_t i = 0; i < bounce->device_count; i++) {
		print(LB_LINE_DMA "0x%x: 0x%llx-0x%llx\n", bounce->devices[i].function,
			(unsigned long long)bounce->standing[i],
			(unsigned long long)bounce->standing[i] + BOUNCE_SENT - 1);
	}
}

void bounce_map_for_crash(void)
{
	for (size_t i = 0; has_pool && i < BOUNCE_POOLS; i++) {
		if (bounce_pools[i].device_count) {
			map_for_crash(&bounce_pools[i]);
		}
	}
	if (has_pool) {
		tell_late_writes(&bounce_pools[BOUNCE_RAM]);
		crash_add_last_step(start_late_writes);
		if (wanted_policy() == LB_DRILL_POLICY_STOP_DMA) {
			quiesce_at_crash();
		}
	}
}

/* The option pool-record: a record that no capture kernel can take over. */
static bool spoil_record(struct lb_handover_bounce_pool *record)
{
	char kind[OPTION_BYTES];

	if (!option_text(boot_info.cmdline, "pool-record", kind)) {
		return false;
	}
	lb_bounce_pool_export(&bounce_pools[BOUNCE_RAM].pool, record);
	if (text_equal(kind, "geometry")) {
		record->slot_bytes *= 2;
	} else if (text_equal(kind, "large")) {
		record->size *= 2;
	} else if (text_equal(kind, "dumped")) {
		record->base -= record->size;
	} else if (text_equal(kind, "crash")) {
		record->base = load.region.start;
	} else if (text_equal(kind, "elsewhere")) {
		record->flags &= ~(uint32_t)LB_POOL_IN_RAM;
		record->size = lb_range_size(bounce_pools[BOUNCE_WINDOW].window);
	} else if (text_equal(kind, "nowhere")) {
		record->base = UINT64_C(1) << 50;
	} else {
		print(LB_LINE_ERROR "pool-record=%s: there is no such kind\n", kind);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
	return true;
}

static void seal(const struct bounce *bounce, struct lb_handover_writer *writer)
{
	struct lb_handover_device devices[EDU_DEVICES_MAX];

	for (size_t i = 0; i < bounce->device_count; i++) {
		devices[i] = (struct lb_handover_device){.id = bounce->devices[i].function,
			.dma_mask = bounce->devices[i].last,
			.drain_nanoseconds = EDU_DRAIN_NANOSECONDS, .kind = 1, .bus_master = 1};
	}
	must(lb_bounce_pool_seal(&bounce->pool, devices, bounce->device_count, writer),
		"bounce pool: seal");
}

void bounce_seal(struct lb_handover_writer *writer)
{
	struct lb_handover_bounce_pool spoiled;

	if (!has_pool || !lb_range_empty(bounce_given_away())) {
		return;
	}
	if (spoil_record(&spoiled)) {
		must(lb_handover_add(writer, LB_HANDOVER_BOUNCE_POOL, &spoiled, sizeof(spoiled)),
			"bounce pool: a spoiled record");
		return;
	}
	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		if (bounce_pools[i].device_count) {
			seal(&bounce_pools[i], writer);
		}
	}
}

struct lb_range bounce_given_away(void)
{
	return wanted_policy() == LB_DRILL_POLICY_NAIVE ? bounce_range() : (struct lb_range){0, 0};
}

struct lb_range bounce_window(void)
{
	const struct bounce *window = &bounce_pools[BOUNCE_WINDOW];

	return has_pool && window->device_count ? window->window : (struct lb_range){0, 0};
}

struct lb_range bounce_range(void)
{
	const struct lb_bounce_config *config = &bounce_pools[BOUNCE_RAM].pool.config;

	return has_pool ? (struct lb_range){config->base, config->base + config->size}
			: (struct lb_range){0, 0};
}
