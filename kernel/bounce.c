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
#include "report.h"
#include "text.h"

static lb_phys_addr originals[EDU_DEVICES_MAX]; /* a page for each device */
static lb_phys_addr standing[EDU_DEVICES_MAX]; /* bounce addresses of the mappings that stay */
static bool has_pool;

bool bounce_needed(lb_phys_addr memory_last, lb_phys_addr *ret_device_last)
{
	bounce.device_count = edu_find(bounce.devices);
	if (!bounce.device_count || bounce.devices[0].last >= memory_last) {
		return false;
	}
	*ret_device_last = bounce.devices[0].last;
	return true;
}

void bounce_set_up(struct lb_range range)
{
	const struct lb_bounce_config config = {.base = range.start,
		.size = lb_range_size(range), .scope = LB_BOUNCE_BUS, .in_ram = true,
		.access = bounce_access};
	const struct lb_bounce_storage storage = bounce_storage();

	for (size_t i = 0; i < bounce.device_count; i++) {
		edu_open(&bounce.devices[i]);
		pci_set_master(bounce.devices[i].function, true);
		originals[i] = bounce_far_memory(PAGE_BYTES);
		memset(phys_pointer(originals[i]), BOUNCE_LEFT & 0xff, PAGE_BYTES);
	}
	must(lb_bounce_pool_init(&bounce.pool, &config, &storage),
		"bounce pool: init");
	has_pool = true;
	report_proof(LB_DRILL_PROOF_BOUNCE_POOL_WORKS, bounce_round_trips(),
		"%u bytes through the pool at 0x%llx to each of %zu devices (reach 0x%llx) and "
		"back; the rest of the buffer is untouched, and the devices see zeros around it",
		BOUNCE_SENT, (unsigned long long)range.start, bounce.device_count,
		(unsigned long long)bounce.devices[0].last);
}

/* The last thing before purgatory: the devices start to write, as network cards would. */
static void start_late_writes(void)
{
	for (size_t i = 0; i < bounce.device_count; i++) {
		edu_start_from_device(&bounce.devices[i], standing[i], BOUNCE_SENT);
	}
}

void bounce_map_for_crash(void)
{
	const struct lb_bounce_config *config = &bounce.pool.config;
	struct lb_bounce_request request = {
		.size = BOUNCE_MAPPED, .direction = LB_BOUNCE_FROM_DEVICE};

	if (!has_pool) {
		return;
	}
	/* So that a message in the pool can only be one that a device writes later, and that
	 * whoever clears the pool before its time is seen. */
	memset(phys_pointer(config->base), BOUNCE_LEFT & 0xff, config->size);
	for (size_t i = 0; i < bounce.device_count; i++) {
		request.original = originals[i];
		request.device = bounce.devices[i].function;
		request.dma_last = bounce.devices[i].last;
		must(lb_bounce_map(&bounce.pool, &request, &standing[i]),
			"bounce pool: mappings that stay");
		print(LB_LINE_DMA "0x%x: 0x%llx-0x%llx\n", bounce.devices[i].function,
			(unsigned long long)standing[i],
			(unsigned long long)standing[i] + BOUNCE_SENT - 1);
	}
	crash_add_last_step(start_late_writes);
}

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

/* The option pool-record: a record that no capture kernel can take over. */
static bool spoil_record(struct lb_handover_bounce_pool *record)
{
	char kind[OPTION_BYTES];

	if (!option_text(boot_info.cmdline, "pool-record", kind)) {
		return false;
	}
	lb_bounce_pool_export(&bounce.pool, record);
	if (text_equal(kind, "geometry")) {
		record->slot_bytes *= 2;
	} else if (text_equal(kind, "large")) {
		record->size *= 2;
	} else if (text_equal(kind, "dumped")) {
		record->base -= record->size;
	} else if (text_equal(kind, "crash")) {
		record->base = load.region.start;
	} else if (text_equal(kind, "nowhere")) {
		record->base = UINT64_C(1) << 50;
	} else {
		print(LB_LINE_ERROR "pool-record=%s: there is no such kind\n", kind);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
	return true;
}

void bounce_seal(struct lb_handover_writer *writer)
{
	struct lb_handover_device devices[EDU_DEVICES_MAX];
	struct lb_handover_bounce_pool spoiled;

	if (!has_pool || !lb_range_empty(bounce_given_away())) {
		return;
	}
	if (spoil_record(&spoiled)) {
		must(lb_handover_add(writer, LB_HANDOVER_BOUNCE_POOL, &spoiled, sizeof(spoiled)),
			"bounce pool: a spoiled record");
		return;
	}
	for (size_t i = 0; i < bounce.device_count; i++) {
		devices[i] = (struct lb_handover_device){.id = bounce.devices[i].function,
			.dma_mask = bounce.devices[i].last,
			.drain_nanoseconds = EDU_DRAIN_NANOSECONDS, .kind = 1, .bus_master = 1};
	}
	must(lb_bounce_pool_seal(&bounce.pool, devices, bounce.device_count, writer),
		"bounce pool: seal");
}

struct lb_range bounce_given_away(void)
{
	return wanted_policy() == LB_DRILL_POLICY_NAIVE ? bounce_range() : (struct lb_range){0, 0};
}

struct lb_range bounce_range(void)
{
	const struct lb_bounce_config *config = &bounce.pool.config;

	return has_pool ? (struct lb_range){config->base, config->base + config->size}
			: (struct lb_range){0, 0};
}
