/* SPDX-License-Identifier: MIT */
/*
 * adopt: the calls with which a kernel adopts the core, in the order in which it makes them, on a
 * machine that exists only here: 4 GiB of RAM of which nothing but the page tables is ever touched,
 * and they are an array. Each step is explained in docs/adopting.md; kernel/ does the same on real
 * machines.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lifeboat/claim.h"
#include "lifeboat/core_header.h"
#include "lifeboat/handover.h"
#include "lifeboat/linear_map.h"
#include "lifeboat/placement.h"

#define LINEAR UINT64_C(0xffff888000000000)
#define PAGE UINT64_C(4096)
#define TABLES 64

static uint64_t map_storage[LB_MEMORY_MAP_BYTES(64) / sizeof(uint64_t) + 1];
static struct lb_memory_map map;
static struct lb_claim crash_claims[] = {
	{.name = "capture kernel", .source = "init_size of the image", .size = 32 * LB_MIB,
		.align = 2 * LB_MIB, .window = {LB_MIB, 4 * LB_GIB}},
	{.name = "working memory", .source = "measured", .size = 94 * LB_MIB, .align = PAGE,
		.window = {LB_MIB, 4 * LB_GIB}},
	{.name = "handover", .source = "core header, records, boot data", .size = 2 * LB_MIB,
		.align = PAGE, .window = {LB_MIB, 4 * LB_GIB}},
	{.name = "bounce pool", .source = "64 MiB below 4 GiB", .size = 64 * LB_MIB,
		.align = PAGE, .window = {LB_MIB, 4 * LB_GIB - 1}},
};
enum { POOL = 3 };

/* A kernel would panic. */
static void must(enum lb_status status, const char *what)
{
	if (status != LB_OK) {
		printf("%s: %s\n", what, lb_status_text(status));
		exit(1);
	}
}

static void print_range(const char *what, struct lb_range range)
{
	printf("%-24s 0x%" PRIx64 "-0x%" PRIx64 "\n", what, range.start, range.end - 1);
}

/* 1. What memory there is, and what is taken already. */
static void describe_memory(void)
{
	static const struct lb_range ram[] = {
		{0, 0x9f000}, {0x100000, 0xc0000000}, {0x100000000, 0x140000000}};

	must(lb_memory_map_init(&map, map_storage, sizeof(map_storage)), "memory map");
	for (size_t i = 0; i < LB_ARRAY_COUNT(ram); i++) {
		must(lb_memory_map_add(&map, ram[i], LB_NO_NODE, 0), "RAM");
	}
	must(lb_memory_map_reserve(&map, (struct lb_range){0x1000000, 0x3000000}, LB_NO_NODE, 0),
		"kernel image");
}

/* 2. Low memory is held from the first instant; claimants choose when all of it has come back. */
static void settle_low_memory(void)
{
	static struct lb_range ranges[16];
	static struct lb_claim claims[] = {
		{.name = "cpu start-up", .source = "code and tables", .size = 0x4000,
			.align = PAGE, .window = {0x10000, LB_MIB}},
		{.name = "capture kernel, low", .source = "its own start-up code",
			.size = 0x10000, .align = PAGE, .window = {0x10000, 0xa0000}},
	};
	const struct lb_range boot_services = {0x40000, 0x90000};
	struct lb_claim_conflict conflict;
	struct lb_hold hold;

	must(lb_memory_map_reserve(&map, (struct lb_range){0, 0x10000}, LB_NO_NODE, 0), "firmware");
	must(lb_memory_map_reserve(&map, boot_services, LB_NO_NODE, 0), "boot services");
	must(lb_hold_begin(&hold, &map, (struct lb_range){0, LB_MIB}, ranges,
		     LB_ARRAY_COUNT(ranges), NULL), "hold");
	must(lb_memory_map_release(&map, boot_services), "boot services end");
	must(lb_hold_more(&hold), "hold more");
	must(lb_hold_choose_all(&hold, claims, LB_ARRAY_COUNT(claims), &conflict), "choose");
	must(lb_hold_end(&hold), "free the rest");
	for (size_t i = 0; i < LB_ARRAY_COUNT(claims); i++) {
		print_range(claims[i].name, claims[i].range);
	}
}

/* 3. Crash memory is the sum of what is claimed; what proves unnecessary goes back. */
static struct lb_range reserve_crash_memory(void)
{
	struct lb_claim_conflict conflict;
	struct lb_range region = {LB_PHYS_ADDR_MAX, 0};

	must(lb_claims_reserve(&map, crash_claims, LB_ARRAY_COUNT(crash_claims), NULL, &conflict),
		"crash memory");
	must(lb_claim_release(&map, &crash_claims[POOL], NULL), "release the pool");
	for (size_t i = 0; i < POOL; i++) {
		region.start = lb_min(region.start, crash_claims[i].range.start);
		region.end = lb_max(region.end, crash_claims[i].range.end);
	}
	print_range("crash memory", region);
	return region;
}

static uint8_t tables[TABLES][PAGE] __attribute__((aligned(4096)));
static size_t tables_used;

static bool take_table(void *context, lb_phys_addr *ret_table)
{
	(void)context;
	*ret_table = tables_used * PAGE;
	return tables_used++ < TABLES;
}

/* A kernel keeps a list of free tables; 64 are enough here. */
static void give_table(void *context, lb_phys_addr table)
{
	(void)context;
	(void)table;
}

static void *access_table(void *context, lb_phys_addr table)
{
	(void)context;
	return tables[table / PAGE];
}

/* 4. All RAM with the largest blocks; 5. the crash region out of reach. */
static void map_and_protect(struct lb_range region)
{
	const struct lb_linear_config config = {
		.format = LB_PAGES_X86_4LEVEL, .va_offset = LINEAR};
	const struct lb_table_pages pages = {
		.take = take_table, .give = give_table, .access = access_table};
	struct lb_memory_cursor cursor = {0};
	struct lb_linear_map linear;
	struct lb_linear_cost before;
	struct lb_linear_cost after;
	struct lb_region ram;

	must(lb_linear_map_init(&linear, &config, &pages, NULL), "linear map");
	while (lb_memory_map_next_memory(&map, &cursor, &ram)) {
		must(lb_linear_map_add(&linear, ram.range, LB_MAP_WRITE | LB_MAP_GLOBAL), "map");
	}
	lb_linear_map_measure(&linear, &before);
	must(lb_linear_map_protect(&linear, region, LB_PROTECT_INACCESSIBLE), "protect");
	lb_linear_map_measure(&linear, &after);
	printf("%-24s %" PRIu64 " bytes of page tables, %" PRIu64 " more to protect\n",
		"linear map", after.table_bytes, after.table_bytes - before.table_bytes);
}

/* 6. Where the pieces go. A kernel then copies them, keeps their digest, and protects. */
static void place_images(struct lb_range region)
{
	struct lb_segment segments[] = {
		{.name = "core header", .size = 2 * PAGE},
		{.name = "handover records", .size = PAGE},
		{.name = "kernel", .size = 32 * LB_MIB, .align = 2 * LB_MIB},
		{.name = "initrd", .size = 20 * LB_MIB, .top_down = true},
	};
	const struct lb_placement_space space = {.rules = LB_PLACEMENT_LINUX_6_8,
		.page_size = PAGE, .allowed = &region, .allowed_count = 1};
	struct lb_placement_conflict conflict;

	must(lb_place(&space, segments, LB_ARRAY_COUNT(segments), &conflict), "placement");
	for (size_t i = 0; i < LB_ARRAY_COUNT(segments); i++) {
		print_range(segments[i].name, lb_segment_range(&segments[i], PAGE));
	}
}

/* 7. What the capture kernel is told: where old memory and registers are, and the records. */
static void write_handover(struct lb_range region)
{
	static uint8_t header[2 * PAGE] __attribute__((aligned(8)));
	static uint8_t records[PAGE] __attribute__((aligned(8)));
	static const struct lb_range notes[] = {{0x2000000, 0x2000400}, {0x2000400, 0x2000800}};
	const struct lb_range ram[] = {{0x100000, 0xc0000000}, {0x100000000, 0x140000000}};
	const struct lb_core_header_spec spec = {.arch = LB_ARCH_X86_64, .notes = notes,
		.note_count = 2, .memory = ram, .memory_count = 2, .excluded = &region,
		.excluded_count = 1, .va_offset = LINEAR};
	const struct lb_handover_core_header core = {region.start, sizeof(header)};
	struct lb_handover_writer writer;
	struct lb_handover_view view;
	size_t written;
	size_t offset;

	must(lb_core_header_write(&spec, header, sizeof(header), &written), "core header");
	must(lb_handover_begin(&writer, records, sizeof(records),
		     &(struct lb_handover_origin){.generation = 1, .writer = "example"}),
		"handover");
	must(lb_handover_add(&writer, LB_HANDOVER_CORE_HEADER, &core, sizeof(core)), "record");
	must(lb_handover_finish(&writer, &written), "handover");
	/* What the next kernel does first. */
	must(lb_handover_verify(records, sizeof(records), &view, &offset), "verify");
	printf("%-24s %" PRIu32 " record from \"%s\"\n", "handover", view.record_count,
		view.writer);
}

int main(void)
{
	struct lb_range region;

	describe_memory();
	settle_low_memory();
	region = reserve_crash_memory();
	map_and_protect(region);
	place_images(region);
	write_handover(region);
	return 0;
}
