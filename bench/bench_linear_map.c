/* SPDX-License-Identifier: MIT */
/*
 * What it costs to make 256 MiB of crash memory protectable in 1 TiB of RAM, for each format,
 * beside the alternatives; and how long building and protecting take. The tables of the map that
 * lifeboat makes are built and counted, the alternatives are computed by the same code. CSV.
 * Fails if protecting costs more than the promised 16 KiB where pages have 4 KiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lifeboat/linear_map.h"

#define PROMISED_BYTES (16 * LB_KIB)

static const struct lb_range ram[] = {
	{0x100000, 0xbffe0000}, {4 * LB_GIB, LB_TIB + LB_GIB + 0x20000}};
/*
 * Across two blocks that were whole before, and neither end aligned to more than a page: four new
 * tables, the worst there is.
 */
static const struct lb_range crash = {512 * LB_GIB - 0x8cbb000, 512 * LB_GIB + 0x7345000};

static const struct {
	const char *name;
	struct lb_linear_config config;
} formats[] = {
	{"x86_64 4 levels",
		{.format = LB_PAGES_X86_4LEVEL, .va_offset = 0xffff888000000000}},
	{"x86_64 5 levels",
		{.format = LB_PAGES_X86_5LEVEL, .va_offset = 0xff11000000000000}},
	{"x86_64 without 1 GiB pages",
		{.format = LB_PAGES_X86_4LEVEL, .va_offset = 0xffff888000000000,
			.largest_block = 2 * LB_MIB}},
	{"arm64 4 KiB", {.format = LB_PAGES_ARM64_4K, .va_offset = 0xffff000000000000,
				.contiguous = true}},
	{"arm64 16 KiB", {.format = LB_PAGES_ARM64_16K, .va_offset = 0xffff000000000000,
				 .contiguous = true}},
	{"arm64 64 KiB", {.format = LB_PAGES_ARM64_64K, .va_offset = 0xffff000000000000,
				 .contiguous = true}},
};

static const struct {
	const char *name;
	enum lb_linear_strategy strategy;
} strategies[] = {
	{"unprotected", LB_LINEAR_UNPROTECTED},
	{"protected", LB_LINEAR_PROTECTED},
	{"remapped by the largest block", LB_LINEAR_PUD_REMAP},
	{"base pages", LB_LINEAR_BASE_PAGES},
};

static size_t page_bytes;

static bool take(void *context, lb_phys_addr *ret_table)
{
	void *page = aligned_alloc(page_bytes, page_bytes);

	(void)context;
	*ret_table = (uintptr_t)page;
	return page != NULL;
}

static void give(void *context, lb_phys_addr table)
{
	(void)context;
	free((void *)(uintptr_t)table);
}

static void *reach(void *context, lb_phys_addr table)
{
	(void)context;
	return (void *)(uintptr_t)table;
}

static const struct lb_table_pages pages = {.take = take, .give = give, .access = reach};

static double microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* What a machine with this page size would report: whole pages only. */
static struct lb_range whole_pages(struct lb_range range)
{
	uint64_t mask = page_bytes - 1;

	return (struct lb_range){(range.start + mask) & ~mask, range.end & ~mask};
}

static bool print_plans(size_t f, const struct lb_range memory[2], struct lb_range region,
	struct lb_linear_cost *ret_protected)
{
	for (size_t s = 0; s < LB_ARRAY_COUNT(strategies); s++) {
		struct lb_linear_cost cost;

		if (lb_linear_map_estimate(&formats[f].config, memory, 2, region,
			    strategies[s].strategy, &cost)) {
			return false;
		}
		printf("%s,%s,%llu,%llu,%llu,%llu,\n", formats[f].name, strategies[s].name,
			(unsigned long long)cost.table_bytes, (unsigned long long)cost.leaves[2],
			(unsigned long long)cost.leaves[1], (unsigned long long)cost.leaves[0]);
		if (strategies[s].strategy == LB_LINEAR_PROTECTED) {
			*ret_protected = cost;
		}
	}
	return true;
}

/* Builds the map, protects the region, and counts; the plan must have been right. */
static bool build(size_t f, const struct lb_range memory[2], struct lb_range region,
	const struct lb_linear_cost *plan)
{
	struct lb_linear_cost open, built;
	struct lb_linear_map map;
	double start = microseconds();
	double added, done;
	uint64_t extra;

	if (lb_linear_map_init(&map, &formats[f].config, &pages, NULL) ||
		lb_linear_map_add(&map, memory[0], LB_MAP_WRITE) ||
		lb_linear_map_add(&map, memory[1], LB_MAP_WRITE)) {
		return false;
	}
	added = microseconds();
	lb_linear_map_measure(&map, &open);
	start = added - start;
	added = microseconds();
	if (lb_linear_map_protect(&map, region, LB_PROTECT_INACCESSIBLE)) {
		return false;
	}
	done = microseconds();
	lb_linear_map_measure(&map, &built);
	extra = built.table_bytes - open.table_bytes;
	printf("%s,built (us),,,,,%.0f\n", formats[f].name, start);
	printf("%s,protecting (us),,,,,%.0f\n", formats[f].name, done - added);
	printf("%s,protecting: more bytes,%llu,,,,\n", formats[f].name,
		(unsigned long long)extra);
	lb_linear_map_free(&map);
	return !memcmp(&built, plan, sizeof(built)) &&
		(page_bytes != 4096 || extra <= PROMISED_BYTES);
}

int main(void)
{
	bool kept = true;

	printf("format,what,table_bytes,leaves_level2,leaves_level1,leaves_level0,microseconds\n");
	for (size_t f = 0; f < LB_ARRAY_COUNT(formats); f++) {
		enum lb_page_format format = formats[f].config.format;
		struct lb_linear_cost plan;
		struct lb_range memory[2];
		struct lb_range region;

		page_bytes = format == LB_PAGES_ARM64_64K ? 65536
			: format == LB_PAGES_ARM64_16K    ? 16384
							  : 4096;
		memory[0] = whole_pages(ram[0]);
		memory[1] = whole_pages(ram[1]);
		region = whole_pages(crash);
		if (!print_plans(f, memory, region, &plan) || !build(f, memory, region, &plan)) {
			fprintf(stderr, "%s: the promise was not kept\n", formats[f].name);
			kept = false;
		}
	}
	return !kept;
}
