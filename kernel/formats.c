/* SPDX-License-Identifier: MIT */
/* formats: see formats.h. */
#include "formats.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "pattern.h"
#include "report.h"

#define TABLES 24
#define SAMPLES 1000
#define PLACES 32

struct tables {
	lb_phys_addr start;
	uint64_t page;
	uint64_t used;
};

static bool take(void *context, lb_phys_addr *ret_table)
{
	struct tables *tables = context;

	*ret_table = tables->start + tables->used * tables->page;
	return tables->used++ < TABLES;
}

/* A trial is short: what is given back is not used again. */
static void give(void *context, lb_phys_addr table)
{
	(void)context;
	(void)table;
}

static void *access(void *context, lb_phys_addr table)
{
	(void)context;
	return phys_pointer(table);
}

static void flush(void *context, uint64_t va, uint64_t size)
{
	(void)context;
	(void)va;
	(void)size;
	arch_flush_tlb();
}

static struct lb_range shrink(struct lb_range range, uint64_t align)
{
	struct lb_range ret = {range.start, lb_align_down(range.end, align)};

	if (!lb_align_up(range.start, align, &ret.start) || ret.start >= ret.end) {
		return (struct lb_range){0, 0};
	}
	return ret;
}

static void build(struct lb_linear_map *map, const struct formats_trial *trial)
{
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		struct lb_range ram = shrink(paging_plan.writable[i], trial->page);

		if (!lb_range_empty(ram)) {
			must(lb_linear_map_add(map, ram, LB_MAP_WRITE), trial->name);
		}
	}
	arch_order_tables(NULL);
}

/* Where the walker sees nonsense it has found nothing. */
static struct lb_mapping walk(const struct lb_linear_map *map, uint64_t va)
{
	struct lb_mapping ret = {.state = LB_MAPPING_NONE};

	if (lb_linear_map_walk(&map->config, &map->pages, map->root, va, &ret) != LB_OK) {
		ret.state = LB_MAPPING_NONE;
	}
	return ret;
}

struct trial {
	const struct formats_trial *how;
	struct lb_linear_map map;
	struct lb_range closed; /* empty: nothing is */
};

/* What the map is for: RAM, by whole pages of the format, at its offset, and nothing else. */
static bool is_as_meant(
	const struct trial *trial, lb_phys_addr at, const struct lb_mapping *mapping)
{
	struct lb_region region;
	bool meant = lb_memory_map_memory_at(&memory, at, &region) &&
		lb_range_has(shrink(region.range, trial->how->page), at) &&
		!lb_range_has(trial->closed, at);

	return (mapping->state == LB_MAPPING_PRESENT) == meant && (!meant || mapping->pa == at);
}

/* The CPU, the core's walker and the memory map are of one mind about an address. */
static bool agree(const struct trial *trial, lb_phys_addr at)
{
	uint64_t va = trial->how->va_offset + at;
	struct lb_mapping mapping = walk(&trial->map, va);

	return is_as_meant(trial, at, &mapping) && arch_format_agrees(va, &mapping);
}

/* Where to look. Memory of an emulated machine costs its host something once it is touched, 2 MiB
 * at a time: trials that touch it stay in few places. */
static lb_phys_addr sample(uint64_t index, bool touches)
{
	uint64_t reach = lb_memory_map_span(&memory).end + LB_GIB;
	uint64_t random = lb_pattern_word(SAMPLES, index);

	return touches ? reach / PLACES * (index % PLACES) + random % (2 * LB_MIB)
		       : random % reach;
}

static unsigned int count_agreeing(const struct trial *trial, struct lb_range region)
{
	const lb_phys_addr edges[] = {
		region.start - 1, region.start, region.end - 1, region.end};
	unsigned int right = 0;

	for (uint64_t i = 0; i < SAMPLES; i++) {
		lb_phys_addr at =
			i < LB_ARRAY_COUNT(edges) ? edges[i] : sample(i, trial->how->touches);

		right += agree(trial, at);
	}
	return right;
}

/* Agreement on every sample, twice: with the region open and with it closed. */
static bool try_format(const struct formats_trial *how, struct lb_range region)
{
	static const struct lb_linear_live live = {.flush = flush, .order = arch_order_tables};
	struct trial trial = {.how = how};
	struct lb_linear_map *map = &trial.map;
	struct lb_range block;
	struct tables tables = {.page = how->page};
	struct lb_table_pages pages = {
		.take = take, .give = give, .access = access, .context = &tables};
	struct lb_linear_config config = {.format = how->format,
		.va_offset = how->va_offset, .contiguous = how->contiguous,
		.break_before_make = how->contiguous};
	unsigned int open;
	unsigned int closed;
	bool out_of_reach;

	block.start = memory_take(TABLES * how->page, how->page,
		(struct lb_range){0, ARCH_CRASH_MAX}, "tables of another format");
	block.end = block.start + TABLES * how->page;
	tables.start = block.start;
	must(lb_linear_map_init(map, &config, &pages, NULL), how->name);
	build(map, how);
	arch_format_begin(how, map->root);
	lb_linear_map_set_live(map, &live);
	open = count_agreeing(&trial, region);
	must(lb_linear_map_protect(map, region, LB_PROTECT_INACCESSIBLE), how->name);
	trial.closed = region;
	closed = count_agreeing(&trial, region);
	arch_format_end();
	out_of_reach =
		walk(map, how->va_offset + region.start).state == LB_MAPPING_INACCESSIBLE &&
		walk(map, how->va_offset + region.end - 1).state == LB_MAPPING_INACCESSIBLE;
	must(lb_memory_map_release(&memory, block), how->name);
	print("formats: %s: %u and %u of %u addresses agree, %llu tables\n", how->name, open,
		closed, SAMPLES, (unsigned long long)map->tables);
	return open == SAMPLES && closed == SAMPLES && out_of_reach && lb_linear_map_check(map);
}

void formats_prove(struct lb_range region)
{
	struct formats_trial trial;
	unsigned int right = 0;
	size_t count = 0;

	for (; arch_format(count, &trial); count++) {
		right += try_format(&trial, region);
	}
	report_proof(LB_DRILL_PROOF_FORMATS_TRANSLATE,
		right == count && count >= option_number(boot_info.cmdline, "formats", 0),
		"%u of %zu other page-table formats that this CPU has: it agrees with the core's "
		"walker and with the memory map on %u addresses, the crash region open and closed",
		right, count, SAMPLES);
}
