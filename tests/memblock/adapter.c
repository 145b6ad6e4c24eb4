/* SPDX-License-Identifier: MIT */
/*
 * Puts lifeboat's memory map in the place of Linux's mm/memblock.c under Linux's own tests
 * (tools/testing/memblock), which are built unmodified and linked with this file instead.
 *
 * The tests read and write the public arrays of `struct memblock`, so those mirror the map: before
 * each call the map takes over what a test wrote there, after each call the arrays show what the
 * map holds. Linux's arrays grow inside the memory they describe; the map does not, so growing is
 * played here: found, moved and reserved with the map's own functions.
 *
 * Built by run.sh, which says how the tests' version differs:
 *	EMPTY_COUNT      the count of an empty array: 1 (one region of size 0) up to 6.8, else 0
 *	RESERVE_HAS_NODE the reserve function is __memblock_reserve, with node and flags (6.16)
 */
#include <linux/seq_file.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/slab.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lifeboat/memory_map.h"

#define PAGE 4096
#define INITIAL_REGIONS 128
#define MOST_REGIONS 4096
#ifdef CONFIG_NUMA
#define HAS_NODES true
#else
#define HAS_NODES false
#endif

unsigned long max_low_pfn;
unsigned long min_low_pfn;
unsigned long max_pfn;
unsigned long long max_possible_pfn;

static struct memblock_region first_memory[INITIAL_REGIONS];
static struct memblock_region first_reserved[INITIAL_REGIONS];

struct memblock memblock = {
	.current_limit = MEMBLOCK_ALLOC_ANYWHERE,
	.memory = {.cnt = EMPTY_COUNT, .max = INITIAL_REGIONS, .regions = first_memory,
		.name = "memory"},
	.reserved = {.cnt = EMPTY_COUNT, .max = INITIAL_REGIONS, .regions = first_reserved,
		.name = "reserved"},
};

static unsigned char storage[LB_MEMORY_MAP_BYTES(MOST_REGIONS)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static bool can_grow;

/* Linux's nodes in the map. Without NUMA there are none, and the arrays do not show them. */
static int node_from(int nid)
{
	return HAS_NODES && nid >= 0 && nid < MAX_NUMNODES ? nid : LB_NO_NODE;
}

static int node_of(const struct memblock_region *region)
{
	return node_from(memblock_get_region_node(region));
}

static bool walk(const struct memblock_type *type, struct lb_memory_cursor *cursor,
	struct lb_region *ret)
{
	return type == &memblock.memory ? lb_memory_map_next_memory(&map, cursor, ret)
					: lb_memory_map_next_reserved(&map, cursor, ret);
}

/* Regions in the array, the stand-in for none not counted. */
static unsigned long count_of(const struct memblock_type *type)
{
	return type->cnt == 1 && !type->regions[0].size ? 0 : type->cnt;
}

static bool is_mirrored(const struct memblock_type *type)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	for (unsigned long i = 0; i < count_of(type); i++) {
		const struct memblock_region *shown = &type->regions[i];

		if (!walk(type, &cursor, &region) || region.range.start != shown->base ||
			lb_range_size(region.range) != shown->size ||
			region.flags != (uint32_t)shown->flags ||
			region.node != node_of(shown)) {
			return false;
		}
	}
	return !walk(type, &cursor, &region);
}

static void must(enum lb_status status)
{
	if (status != LB_OK) {
		fprintf(stderr, "adapter: %s\n", lb_status_text(status));
		abort();
	}
}

static void import_type(const struct memblock_type *type)
{
	for (unsigned long i = 0; i < count_of(type); i++) {
		const struct memblock_region *shown = &type->regions[i];
		struct lb_range range = {shown->base, shown->base + shown->size};

		if (type == &memblock.memory) {
			must(lb_memory_map_add(
				&map, range, node_of(shown), (uint32_t)shown->flags));
		} else {
			must(lb_memory_map_reserve(
				&map, range, node_of(shown), (uint32_t)shown->flags));
		}
	}
}

/* Takes over what the test wrote, if it wrote anything. */
static void import_arrays(void)
{
	static bool started;

	if (started && is_mirrored(&memblock.memory) && is_mirrored(&memblock.reserved)) {
		return;
	}
	started = true;
	must(lb_memory_map_init(&map, storage, sizeof(storage)));
	import_type(&memblock.memory);
	import_type(&memblock.reserved);
}

static void export_type(struct memblock_type *type)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	unsigned long before = type->cnt;

	type->cnt = 0;
	type->total_size = 0;
	while (walk(type, &cursor, &region)) {
		struct memblock_region *shown = &type->regions[type->cnt++];

		shown->base = region.range.start;
		shown->size = lb_range_size(region.range);
		shown->flags = (enum memblock_flags)region.flags;
		memblock_set_region_node(
			shown, region.node == LB_NO_NODE ? MAX_NUMNODES : region.node);
		type->total_size += shown->size;
	}
	for (unsigned long i = type->cnt; i < before; i++) {
		type->regions[i] = (struct memblock_region){0};
	}
	if (!type->cnt) {
		type->regions[0] = (struct memblock_region){0};
		memblock_set_region_node(&type->regions[0], MAX_NUMNODES);
		type->cnt = EMPTY_COUNT;
	}
}

static void export_arrays(void)
{
	if (!lb_memory_map_check(&map)) {
		fprintf(stderr, "adapter: an invariant of the map is broken\n");
		abort();
	}
	export_type(&memblock.memory);
	export_type(&memblock.reserved);
}

/* The part of [base, base + size) below the end of the address space. */
static struct lb_range range_of(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t most = (phys_addr_t)-1 - base;

	return (struct lb_range){base, (uint64_t)base + (size < most ? size : most)};
}

static bool find(uint64_t size, uint64_t align, struct lb_range window, int nid,
	lb_phys_addr *ret_start)
{
	struct lb_memory_request request = {
		.size = size,
		.align = align,
		.window = window,
		.node = node_from(nid),
		.bottom_up = memblock.bottom_up,
		.avoid_hotplug = movable_node_is_enabled(),
	};

	return size && window.start <= window.end &&
		lb_memory_map_find(&map, &request, ret_start) == LB_OK;
}

/* A place for a larger array, not in the range that is about to be reserved. */
static bool find_array(uint64_t bytes, struct lb_range avoid, lb_phys_addr *ret_start)
{
	uint64_t limit = memblock.current_limit;
	struct lb_range above = {avoid.end, lb_max(avoid.end, limit)};
	struct lb_range below = {0, lb_min(avoid.start, limit)};

	return find(bytes, PAGE, above, NUMA_NO_NODE, ret_start) ||
		(!lb_range_empty(avoid) && find(bytes, PAGE, below, NUMA_NO_NODE, ret_start));
}

static uint64_t array_bytes(unsigned long regions)
{
	return lb_align_down(regions * sizeof(struct memblock_region) + PAGE - 1, PAGE);
}

static bool reserve(struct lb_range range, int nid, unsigned int flags);

/* Doubles the array, as Linux does once that is allowed. */
static bool grow(struct memblock_type *type, struct lb_range change)
{
	struct lb_range avoid = type == &memblock.reserved ? change : (struct lb_range){0, 0};
	struct memblock_region *old = type->regions;
	struct lb_range old_range = {(uintptr_t)old, (uintptr_t)old + array_bytes(type->max)};
	uint64_t bytes = array_bytes(2 * type->max);
	struct memblock_region *fresh;
	lb_phys_addr place;

	if (!can_grow || !find_array(bytes, avoid, &place)) {
		return false;
	}
	fresh = (struct memblock_region *)(uintptr_t)place;
	memcpy(fresh, old, type->max * sizeof(*old));
	memset(fresh + type->max, 0, type->max * sizeof(*old));
	type->regions = fresh;
	type->max *= 2;
	if (old != first_memory && old != first_reserved) {
		must(lb_memory_map_release(&map, old_range));
	}
	return reserve((struct lb_range){place, place + bytes}, NUMA_NO_NODE, 0);
}

static bool make_room(struct memblock_type *type, unsigned long more, struct lb_range change)
{
	size_t count = type == &memblock.memory ? lb_memory_map_memory_count(&map)
						: lb_memory_map_reserved_count(&map);

	while (count + more > type->max) {
		if (!grow(type, change)) {
			return false;
		}
		count = type == &memblock.memory ? lb_memory_map_memory_count(&map)
						 : lb_memory_map_reserved_count(&map);
	}
	return true;
}

/* How many pieces of the range are not in the set yet: Linux puts each in before it merges. */
static unsigned long pieces_of(const struct memblock_type *type, struct lb_range range)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	unsigned long pieces = 0;

	while (range.start < range.end && walk(type, &cursor, &region)) {
		if (region.range.end > range.start) {
			pieces += region.range.start > range.start;
			range.start = region.range.end;
			if (region.range.start >= range.end) {
				return pieces;
			}
		}
	}
	return pieces + (range.start < range.end);
}

static bool reserve(struct lb_range range, int nid, unsigned int flags)
{
	if (!make_room(&memblock.reserved, pieces_of(&memblock.reserved, range), range)) {
		return false;
	}
	must(lb_memory_map_reserve(&map, range, node_from(nid), flags));
	return true;
}

static int add(struct lb_range range, int nid, unsigned int flags)
{
	bool done;

	import_arrays();
	done = make_room(&memblock.memory, pieces_of(&memblock.memory, range), range);
	if (done) {
		must(lb_memory_map_add(&map, range, node_from(nid), flags));
	}
	export_arrays();
	return done ? 0 : -ENOMEM;
}

int memblock_add(phys_addr_t base, phys_addr_t size)
{
	return add(range_of(base, size), NUMA_NO_NODE, 0);
}

int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
	return add(range_of(base, size), nid, (unsigned int)flags);
}

static int reserve_call(phys_addr_t base, phys_addr_t size, int nid, unsigned int flags)
{
	bool done;

	import_arrays();
	done = reserve(range_of(base, size), nid, flags);
	export_arrays();
	return done ? 0 : -ENOMEM;
}

#ifdef RESERVE_HAS_NODE
int __memblock_reserve(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
	return reserve_call(base, size, nid, (unsigned int)flags);
}
#define OWN_ALLOCATION_FLAGS MEMBLOCK_RSRV_KERN
#else
int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	return reserve_call(base, size, NUMA_NO_NODE, 0);
}
#define OWN_ALLOCATION_FLAGS 0
#endif

static int take_out(struct memblock_type *type, struct lb_range range)
{
	bool done;

	import_arrays();
	done = lb_range_empty(range) || make_room(type, 2, range);
	if (done && type == &memblock.memory) {
		must(lb_memory_map_remove(&map, range));
	} else if (done) {
		must(lb_memory_map_release(&map, range));
	}
	export_arrays();
	return done ? 0 : -ENOMEM;
}

int memblock_remove(phys_addr_t base, phys_addr_t size)
{
	return take_out(&memblock.memory, range_of(base, size));
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	return take_out(&memblock.reserved, range_of(base, size));
}

void memblock_free(void *ptr, size_t size)
{
	memblock_phys_free((phys_addr_t)(uintptr_t)ptr, size);
}

/* The map has nodes of memory only: reserved regions are taken out and put in again. */
static void set_reserved_node(struct lb_range range, int nid)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	while (lb_memory_map_next_reserved(&map, &cursor, &region)) {
		struct lb_range part = lb_range_intersect(region.range, range);

		if (!lb_range_empty(part) && region.node != node_from(nid)) {
			must(lb_memory_map_release(&map, part));
			must(lb_memory_map_reserve(&map, part, node_from(nid), region.flags));
			cursor = (struct lb_memory_cursor){0};
		}
	}
}

int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid)
{
	struct lb_range range = range_of(base, size);
	bool done;

	import_arrays();
	done = lb_range_empty(range) || make_room(type, 2, range);
	if (done && type == &memblock.memory) {
		must(lb_memory_map_set_node(&map, range, node_from(nid)));
	} else if (done) {
		set_reserved_node(range, nid);
	}
	export_arrays();
	return done ? 0 : -ENOMEM;
}

void memblock_trim_memory(phys_addr_t align)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	import_arrays();
	while (lb_memory_map_next_memory(&map, &cursor, &region)) {
		lb_phys_addr end = lb_align_down(region.range.end, align);
		lb_phys_addr start = region.range.end;

		if (!lb_align_up(region.range.start, align, &start) || start >= end) {
			start = region.range.end;
			end = region.range.end;
		}
		if (start != region.range.start || end != region.range.end) {
			must(lb_memory_map_remove(
				&map, (struct lb_range){region.range.start, start}));
			must(lb_memory_map_remove(
				&map, (struct lb_range){end, region.range.end}));
			cursor = (struct lb_memory_cursor){0};
		}
	}
	export_arrays();
}

bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	import_arrays();
	return type == &memblock.memory
		? lb_memory_map_overlaps_memory(&map, range_of(base, size))
		: lb_memory_map_overlaps_reserved(&map, range_of(base, size));
}

void memblock_allow_resize(void)
{
	can_grow = true;
}

phys_addr_t memblock_phys_mem_size(void)
{
	import_arrays();
	return lb_memory_map_total(&map);
}

phys_addr_t memblock_start_of_DRAM(void)
{
	import_arrays();
	return lb_memory_map_span(&map).start;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	import_arrays();
	return lb_memory_map_span(&map).end;
}

/* The order of fallbacks is policy, and Linux's: another node, then below min_addr. */
static bool find_somewhere(uint64_t size, uint64_t align, struct lb_range window, int nid,
	bool exact, lb_phys_addr *ret_start)
{
	if (find(size, align, window, nid, ret_start)) {
		return true;
	}
	return node_from(nid) != LB_NO_NODE && !exact &&
		find(size, align, window, NUMA_NO_NODE, ret_start);
}

static void *allocate(uint64_t size, uint64_t align, phys_addr_t min_addr, phys_addr_t max_addr,
	int nid, bool exact)
{
	uint64_t end = max_addr == MEMBLOCK_ALLOC_ACCESSIBLE
		? memblock.current_limit : lb_min(max_addr, memblock.current_limit);
	lb_phys_addr place = 0;

	import_arrays();
	align = align ? align : SMP_CACHE_BYTES;
	if (!find_somewhere(size, align, (struct lb_range){min_addr, end}, nid, exact, &place) &&
		!(min_addr && find_somewhere(size, align, (struct lb_range){0, end}, nid, exact,
				      &place))) {
		place = 0;
	}
	if (place && !reserve((struct lb_range){place, place + size},
			     OWN_ALLOCATION_FLAGS ? nid : NUMA_NO_NODE, OWN_ALLOCATION_FLAGS)) {
		place = 0;
	}
	export_arrays();
	return (void *)(uintptr_t)place;
}

static void *zeroed(void *memory, phys_addr_t size)
{
	return memory ? memset(memory, 0, size) : NULL;
}

void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
	phys_addr_t max_addr, int nid)
{
	return zeroed(allocate(size, align, min_addr, max_addr, nid, false), size);
}

void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
	phys_addr_t max_addr, int nid)
{
	return allocate(size, align, min_addr, max_addr, nid, false);
}

void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
	phys_addr_t max_addr, int nid)
{
	return allocate(size, align, min_addr, max_addr, nid, true);
}
