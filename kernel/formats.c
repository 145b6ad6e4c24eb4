/* SPDX-License-Identifier: MIT */
/* formats: see formats.h. */
#include "formats.h"

#include "arch.h"
#include "console.h"
#include "memory.h"
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

static enum lb_mapping_state walk(
	const struct lb_linear_map *map, uint64_t va, struct lb_mapping *ret)
{
	must(lb_linear_map_walk(&map->config, &map->pages, map->root, va, ret), "formats: walk");
	return ret->state;
}

static bool agree(const struct lb_linear_map *map, uint64_t va)
{
	struct lb_mapping mapping;

	walk(map, va, &mapping);
	return arch_format_agrees(va, &mapping);
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

static unsigned int count_agreeing(
	const struct lb_linear_map *map, struct lb_range region, bool touches)
{
	const lb_phys_addr edges[] = {
		region.start - 1, region.start, region.end - 1, region.end};
	unsigned int right = 0;

	for (uint64_t i = 0; i < SAMPLES; i++) {
		lb_phys_addr at =
			i < LB_ARRAY_COUNT(edges) ? edges[i] : sample(i, touches);

		right += agree(map, map->config.va_offset + at);
	}
	return right;
}

/* Agreement on every sample, twice: with the region open and with it closed. */
static bool try_format(const struct formats_trial *trial, struct lb_range region)
{
	static const struct lb_linear_live live = {.flush = flush, .order = arch_order_tables};
	struct lb_range block;
	struct tables tables = {.page = trial->page};
	struct lb_table_pages pages = {
		.take = take, .give = give, .access = access, .context = &tables};
	struct lb_linear_config config = {.format = trial->format,
		.va_offset = trial->va_offset, .contiguous = trial->contiguous,
		.break_before_make = trial->contiguous};
	struct lb_linear_map map;
	unsigned int open;
	unsigned int closed;
	struct lb_mapping mapping;
	bool out_of_reach;

	block.start = memory_take(TABLES * trial->page, trial->page,
		(struct lb_range){0, ARCH_CRASH_MAX}, "tables of another format");
	block.end = block.start + TABLES * trial->page;
	tables.start = block.start;
	must(lb_linear_map_init(&map, &config, &pages, NULL), trial->name);
	build(&map, trial);
	arch_format_begin(trial, map.root);
	lb_linear_map_set_live(&map, &live);
	open = count_agreeing(&map, region, trial->touches);
	must(lb_linear_map_protect(&map, region, LB_PROTECT_INACCESSIBLE), trial->name);
	closed = count_agreeing(&map, region, trial->touches);
	arch_format_end();
	out_of_reach = walk(&map, trial->va_offset + region.start, &mapping) ==
			LB_MAPPING_INACCESSIBLE &&
		walk(&map, trial->va_offset + region.end - 1, &mapping) ==
			LB_MAPPING_INACCESSIBLE;
	must(lb_memory_map_release(&memory, block), trial->name);
	print("formats: %s: %u and %u of %u addresses agree, %llu tables\n", trial->name, open,
		closed, SAMPLES, (unsigned long long)map.tables);
	return open == SAMPLES && closed == SAMPLES && out_of_reach && lb_linear_map_check(&map);
}

void formats_prove(struct lb_range region)
{
	struct formats_trial trial;
	unsigned int right = 0;
	size_t count = 0;

	for (; arch_format(count, &trial); count++) {
		right += try_format(&trial, region);
	}
	if (count) {
		report_proof(LB_DRILL_PROOF_FORMATS_TRANSLATE, right == count,
			"%u of %zu other page-table formats: the CPU agrees with the core's "
			"walker on %u addresses, the crash region open and closed",
			right, count, SAMPLES);
	}
}
