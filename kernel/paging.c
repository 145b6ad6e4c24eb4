/* SPDX-License-Identifier: MIT */
/*
 * paging: see paging.h. Table pages come from one block taken before the map is built. It is
 * mapped a second time at TABLES_VIRTUAL, because on arm64 a block of the linear map that is being
 * split is gone for a moment, and the tables may lie in it.
 */
#include "paging.h"

#include "arch.h"
#include "cpu.h"
#include "early_map.h"
#include "memory.h"
#include "panic.h"

#define TABLES_VIRTUAL UINT64_C(0xffffffffa0000000)
/* For the image, devices, the second mapping of the tables, and splits. */
#define TABLES_SPARE UINT64_C(160)
#define RAM_FLAGS (LB_MAP_WRITE | LB_MAP_GLOBAL)

struct table_pool {
	struct lb_range range;
	lb_phys_addr next;
	lb_phys_addr free; /* list through the first word of each page; 0: empty */
	uintptr_t virtual; /* where range is mapped now */
};

struct lb_linear_map paging;
struct paging_plan paging_plan;
struct lb_linear_cost paging_linear_cost;
static struct table_pool pool;


static void *pool_access(void *context, lb_phys_addr table)
{
	const struct table_pool *from = context;

	LB_ASSERT(lb_range_has(from->range, table));
	return (void *)(from->virtual + (table - from->range.start));
}

static bool pool_take(void *context, lb_phys_addr *ret_table)
{
	struct table_pool *from = context;

	if (from->free) {
		*ret_table = from->free;
		from->free = *(lb_phys_addr *)pool_access(from, from->free);
		return true;
	}
	if (from->next >= from->range.end) {
		return false;
	}
	*ret_table = from->next;
	from->next += PAGE_BYTES;
	return true;
}

static void pool_give(void *context, lb_phys_addr table)
{
	struct table_pool *to = context;

	*(lb_phys_addr *)pool_access(to, table) = to->free;
	to->free = table;
}

static const struct lb_table_pages pool_pages = {
	.take = pool_take, .give = pool_give, .access = pool_access, .context = &pool};

void paging_plan_memory(void)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	paging_plan.writable_count = 0;
	while (lb_memory_map_next_memory(&memory, &cursor, &region)) {
		if (paging_plan.writable_count == LB_ARRAY_COUNT(paging_plan.writable)) {
			panic("page tables: more than %zu regions of RAM",
				LB_ARRAY_COUNT(paging_plan.writable));
		}
		paging_plan.writable[paging_plan.writable_count++] = region.range;
	}
}

static uint64_t planned_bytes(const struct lb_linear_config *config,
	const struct lb_range *ranges, size_t count)
{
	struct lb_linear_cost cost = {0};

	if (count) {
		must(lb_linear_map_estimate(config, ranges, count, (struct lb_range){0},
			     LB_LINEAR_UNPROTECTED, &cost), "page tables: plan");
	}
	return cost.table_bytes;
}

static void take_pool(const struct lb_linear_config *config)
{
	uint64_t bytes = TABLES_SPARE * PAGE_BYTES +
		planned_bytes(config, paging_plan.writable, paging_plan.writable_count) +
		planned_bytes(config, paging_plan.readable, paging_plan.readable_count);

	pool.range.start = memory_take(bytes, PAGE_BYTES,
		(struct lb_range){0, LB_PHYS_ADDR_MAX}, "page tables");
	pool.range.end = pool.range.start + bytes;
	pool.next = pool.range.start;
	early_map(pool.range);
	pool.virtual = (uintptr_t)phys_pointer(pool.range.start);
}

static void add_image_part(struct lb_linear_map *map, const char *start, const char *end,
	uint32_t flags)
{
	if (start < end) {
		must(lb_linear_map_add_at(map, (uintptr_t)start,
			     (struct lb_range){image_address_phys(start), image_address_phys(end)},
			     flags), "page tables: image");
	}
}

/* The data of the image, with every guard page left unmapped. Guards lie in address order inside
 * each array; the arrays lie in whatever order the linker chose. */
static const char *next_guard(const char *from)
{
	const char *next = image_end;
	const char *candidate = (const char *)boot_stack_guard;

	if (candidate >= from && candidate < next) {
		next = candidate;
	}
	for (size_t i = 0; i < 2 * CPUS_MAX; i++) {
		candidate = (const char *)(i % 2 ? cpu_stacks : cpu_trap_stacks)[i / 2].guard;
		if (candidate >= from && candidate < next) {
			next = candidate;
		}
	}
	return next;
}

static void add_image(struct lb_linear_map *map)
{
	const char *at = image_data_start;

	add_image_part(map, image_start, image_text_end, LB_MAP_EXECUTE | LB_MAP_GLOBAL);
	add_image_part(map, image_text_end, image_data_start, LB_MAP_GLOBAL);
	while (at < image_end) {
		const char *guard = next_guard(at);

		add_image_part(map, at, guard, LB_MAP_WRITE | LB_MAP_GLOBAL);
		at = guard + PAGE_BYTES;
	}
}

static void add_device(uint64_t va, struct lb_range range)
{
	must(lb_linear_map_add_at(&paging, va, range,
		     LB_MAP_WRITE | LB_MAP_DEVICE | LB_MAP_GLOBAL), "page tables: device");
}

static void flush_here(void *argument)
{
	(void)argument;
	arch_flush_tlb();
}

void paging_flush_everywhere(void)
{
	flush_here(NULL);
	if (!ARCH_FLUSH_REACHES_ALL && !cpu_run_others(flush_here, NULL)) {
		panic("page tables: a CPU does not flush");
	}
}

static void live_flush(void *context, uint64_t va, uint64_t size)
{
	(void)context;
	(void)va;
	(void)size;
	paging_flush_everywhere();
}

static void switch_cpu(void *argument)
{
	arch_switch_tables(*(const lb_phys_addr *)argument);
}

void paging_init(void)
{
	static const struct lb_linear_live live = {
		.flush = live_flush, .order = arch_order_tables};
	struct lb_linear_config config = {0};

	arch_linear_config(&config);
	take_pool(&config);
	must(lb_linear_map_init(&paging, &config, &pool_pages, NULL), "page tables: init");
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		must(lb_linear_map_add(&paging, paging_plan.writable[i], RAM_FLAGS),
			"page tables: memory");
	}
	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		must(lb_linear_map_add(&paging, paging_plan.readable[i], LB_MAP_GLOBAL),
			"page tables: old memory");
	}
	lb_linear_map_measure(&paging, &paging_linear_cost);
	add_image(&paging);
	must(lb_linear_map_add_at(&paging, TABLES_VIRTUAL, pool.range, RAM_FLAGS),
		"page tables: second mapping");
	device_map_follow(add_device);
	arch_order_tables(NULL);
	switch_cpu(&paging.root);
	pool.virtual = TABLES_VIRTUAL;
	lb_linear_map_set_live(&paging, &live);
}

struct lb_mapping paging_lookup(uint64_t va)
{
	struct lb_mapping mapping = {0};

	must(lb_linear_map_walk(&paging.config, &paging.pages, paging.root, va, &mapping),
		"page tables: walk");
	return mapping;
}

lb_phys_addr paging_build_identity(struct lb_range range, const struct lb_range *ranges,
	size_t count, struct lb_range device)
{
	struct table_pool own = {.range = range, .next = range.start,
		.virtual = (uintptr_t)phys_pointer(range.start)};
	struct lb_table_pages pages = {.take = pool_take, .give = pool_give,
		.access = pool_access, .context = &own};
	struct lb_linear_config config = {0};
	struct lb_linear_map map;

	arch_linear_config(&config);
	config.va_offset = 0;
	must(lb_linear_map_init(&map, &config, &pages, NULL), "page tables: identity");
	for (size_t i = 0; i < count; i++) {
		must(lb_linear_map_add(&map, ranges[i], LB_MAP_WRITE | LB_MAP_EXECUTE),
			"page tables: identity memory");
	}
	if (!lb_range_empty(device)) {
		must(lb_linear_map_add(&map, device, LB_MAP_WRITE | LB_MAP_DEVICE),
			"page tables: identity device");
	}
	if (ARCH_ONE_TABLE) {
		add_image_part(&map, image_start, image_text_end, LB_MAP_EXECUTE);
		add_image_part(&map, image_text_end, image_end, LB_MAP_WRITE);
	}
	arch_order_tables(NULL);
	return map.root;
}
