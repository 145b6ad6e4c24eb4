/* SPDX-License-Identifier: MIT */
/* low_memory: see low_memory.h. */
#include "low_memory.h"

#include "lifeboat/claim.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "memory.h"
#include "options.h"
#include "panic.h"
#include "report.h"

/* Page 0 holds the real-mode interrupt table, and firmware writes around in the first 64 KiB on
 * some machines: nobody is ever placed there. */
#define FIRMWARE_OWN ((struct lb_range){0, 0x10000})
#define LOW_END (640 * LB_KIB)

enum { CAPTURE, START_UP, CLAIMS };

static struct lb_claim claims[CLAIMS] = {
	[CAPTURE] = {.name = LB_CLAIM_CAPTURE_LOW, .source = "its own CPU start-up and BIOS code",
		.size = 64 * LB_KIB, .align = 4096, .window = {0x10000, LOW_END}},
	[START_UP] = {.name = "cpu start-up", .source = "one page of code, three of tables",
		.size = 16 * LB_KIB, .align = 4096, .window = {0x10000, LB_MIB}},
};

static struct lb_hold hold;
static struct lb_range hold_ranges[32];
static struct lb_range boot_services;

/* Bytes of free RAM below 1 MiB. */
static uint64_t free_low(void)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	uint64_t bytes = 0;

	while (lb_memory_map_next_free(&memory, &cursor, &region)) {
		bytes += lb_range_size(
			lb_range_intersect(region.range, (struct lb_range){0, LB_MIB}));
	}
	return bytes;
}

/* PVH has no boot services. An option says which range stands in for theirs; by default, as on some
 * laptops, all that there is. */
void low_memory_hold(void)
{
	struct lb_range kept = FIRMWARE_OWN;
	uint64_t start;

	if (!ARCH_HAS_LOW_MEGABYTE) {
		return;
	}
	start = option_number(boot_info.cmdline, "boot-services", FIRMWARE_OWN.end);
	kept.end = lb_min(LOW_END, lb_align_down(option_number(boot_info.cmdline,
		"low-taken", kept.end), PAGE_BYTES));
	kept.end = lb_max(kept.end, FIRMWARE_OWN.end);
	start = lb_max(start, kept.end);
	boot_services.start = lb_max(lb_align_down(start, PAGE_BYTES), FIRMWARE_OWN.end);
	boot_services.end = lb_max(LOW_END, boot_services.start);
	must(lb_memory_map_reserve(&memory, kept, LB_NO_NODE, 0), "low memory: firmware");
	must(lb_memory_map_reserve(&memory, boot_services, LB_NO_NODE, 0),
		"low memory: boot services");
	must(lb_hold_begin(&hold, &memory, (struct lb_range){0, LB_MIB}, hold_ranges,
		     LB_ARRAY_COUNT(hold_ranges), NULL), "low memory: hold");
}

static void print_claims(void)
{
	for (size_t i = 0; i < CLAIMS; i++) {
		if (claims[i].state == LB_CLAIM_PLACED) {
			print(LB_LINE_CLAIM "%s: %llu bytes at 0x%llx-0x%llx: %s\n", claims[i].name,
				(unsigned long long)claims[i].size,
				(unsigned long long)claims[i].range.start,
				(unsigned long long)claims[i].range.end - 1, claims[i].source);
		}
	}
}

void low_memory_settle(void)
{
	struct lb_claim_conflict conflict = {0};
	uint64_t held_before;
	uint64_t held_after;
	enum lb_status status;

	if (!ARCH_HAS_LOW_MEGABYTE) {
		return;
	}
	held_before = free_low();
	must(lb_memory_map_release(&memory, boot_services), "low memory: boot services");
	must(lb_hold_more(&hold), "low memory: hold more");
	held_after = free_low();
	status = lb_hold_choose_all(&hold, claims, CLAIMS, &conflict);
	if (status != LB_OK) {
		print(LB_LINE_ERROR "low memory: no room for \"%s\" (%llu bytes): "
			"\"%s\" is in the way\n",
			conflict.claim ? conflict.claim->name : "?",
			(unsigned long long)(conflict.claim ? conflict.claim->size : 0),
			conflict.owner ? conflict.owner : "?");
	}
	must(lb_hold_end(&hold), "low memory: hold end");
	print_claims();
	report_proof(LB_DRILL_PROOF_LOW_MEMORY_TWO_PHASE,
		status == LB_OK && !held_before && !held_after,
		"%llu and %llu bytes below 1 MiB were free before the claimants chose; %s of %u "
		"were placed; %llu KiB freed then",
		(unsigned long long)held_before, (unsigned long long)held_after,
		status == LB_OK ? "all" : "not all", CLAIMS,
		(unsigned long long)(free_low() / LB_KIB));
}

lb_phys_addr low_memory_trampoline(void)
{
	return claims[START_UP].state == LB_CLAIM_PLACED ? claims[START_UP].range.start : 0;
}

struct lb_range low_memory_capture(void)
{
	return claims[CAPTURE].state == LB_CLAIM_PLACED ? claims[CAPTURE].range
							: (struct lb_range){0, 0};
}
