/* SPDX-License-Identifier: MIT */
/*
 * memory_map: which physical memory exists, and which of it is taken.
 *
 * Two sets of regions, as in Linux's memblock (mm/memblock.c): `memory` (RAM) and `reserved`.
 * Each set is sorted, disjoint and minimal: two regions that touch and agree in node and flags
 * are one. A free range is one memory region cut by the gaps between reserved regions, so an
 * allocation never spans two memory regions, even where they touch (another node, another flag).
 *
 *	struct lb_memory_map map;
 *	static unsigned char storage[LB_MEMORY_MAP_BYTES(64)];
 *
 *	lb_memory_map_init(&map, storage, sizeof(storage));
 *	lb_memory_map_add(&map, (struct lb_range){0x100000, 0x80000000}, LB_NO_NODE, 0);
 *	lb_memory_map_reserve(&map, (struct lb_range){0x1000000, 0x3000000}, LB_NO_NODE, 0);
 *	lb_memory_map_alloc(&map, &(struct lb_memory_request){.size = 256 * LB_MIB,
 *		.align = 16 * LB_MIB, .window = {0, 4 * LB_GIB},
 *		.node = LB_NO_NODE}, &start);
 *
 * What is free, and what a search may take:
 *
 *	memory     |--------- node 0 ----------|--- node 1 ----|
 *	reserved         |####|       |#####|
 *	free       |-----|    |-------|     |--|---------------|
 *	                                       ^ two that touch: no allocation spans both nodes
 *
 * Storage is the caller's and holds both sets. Nodes inside refer to each other by index, so a
 * map is copied with lb_memory_map_copy, at the cost of what it holds, not of its capacity.
 * Cost: O(log n) for a change, and for each region more that it reaches; a search skips every part
 * of both sets that has nothing large enough. In the worst case, where every region and every gap
 * is large enough and no two of them overlap by enough, it walks. Figures: `make bench`.
 * Every function that changes the map changes nothing when it fails.
 *
 * Invariant: what lb_memory_map_check looks at; and count of both sets <= capacity, so that nodes
 * for the trees cannot run out (memory_map_storage.h has the derivation).
 *
 * From outside to inside: a firmware map's entry is {base, length}; lb_add makes it a range and
 * says when there is none; sizes and alignments of requests are the caller's own.
 *
 * Walking what is free:
 *
 *	struct lb_memory_cursor cursor = {0};
 *	struct lb_region free;
 *
 *	while (lb_memory_map_next_free(&map, &cursor, &free)) { ... free.range ... }
 */
#ifndef LIFEBOAT_MEMORY_MAP_H
#define LIFEBOAT_MEMORY_MAP_H

#include "lifeboat/base.h"

/* For regions: no node is known. For requests: any will do (NUMA_NO_NODE in Linux). */
#define LB_NO_NODE INT32_C(-1)

/* Flags of regions; values as in enum memblock_flags (include/linux/memblock.h, 6.12 and 7.3). */
enum {
	LB_MEM_HOTPLUG = 0x1,        /* may be removed: skipped when the map avoids hotplug */
	LB_MEM_MIRROR = 0x2,         /* mirrored memory */
	LB_MEM_NOMAP = 0x4,          /* not in the linear map: never handed out */
	LB_MEM_DRIVER_MANAGED = 0x8, /* added by a driver: never handed out */
	LB_RESERVED_NOINIT = 0x10,   /* of reserved regions: struct pages are not initialised */
	LB_RESERVED_KERNEL = 0x20,   /* of reserved regions: allocated for the kernel itself */
};

/* A piece of one set, as large as it goes: neighbours differ in flags or node. */
struct lb_region {
	struct lb_range range;
	uint32_t flags; /* LB_MEM_* or LB_RESERVED_* */
	int32_t node; /* LB_NO_NODE: not said */
};

#include "lifeboat/memory_map_storage.h" /* struct lb_memory_map, LB_MEMORY_MAP_BYTES(regions) */

/*
 * What to look for. Zero is "no wish" everywhere but in size, window and node: a designated
 * initialiser names those three and what else matters.
 *
 *	struct lb_memory_request request = {.size = LB_MIB, .align = 2 * LB_MIB,
 *		.window = {0, 4 * LB_GIB}, .node = LB_NO_NODE};
 *
 * (.node = 0 is node 0, and finds nothing in a map without nodes.)
 */
struct lb_memory_request {
	uint64_t size;           /* bytes, > 0 (0 is a bug of the caller) */
	uint64_t align;          /* power of two; 0 means 1 */
	struct lb_range window;  /* the block must lie inside; page 0 is never handed out */
	int32_t node;            /* LB_NO_NODE: any; else only regions of this node */
	bool bottom_up;          /* lowest fit instead of highest */
	bool mirrored_only;      /* only LB_MEM_MIRROR regions */
	bool avoid_hotplug;      /* skip LB_MEM_HOTPLUG regions (movable_node) */
};

/*
 * An empty map in the caller's storage, which must be aligned for uint64_t and stay valid.
 * LB_NO_STORAGE: fewer bytes than LB_MEMORY_MAP_BYTES(1).
 */
enum lb_status LB_MUST_CHECK lb_memory_map_init(
	struct lb_memory_map *map, void *storage, size_t bytes);

/* Forgets everything; the storage stays. Cursors end. */
void lb_memory_map_clear(struct lb_memory_map *map);

/*
 * Fills an empty map (a bug of the caller if it is not) as if every region of `memory` were added
 * and every one of `reserved` reserved, in this order. Much faster than that for long lists: in
 * order of address best, in any order still, unless regions overlap that differ in node or flags.
 * The lists are only read; empty ranges in them are passed over. LB_NO_STORAGE: more regions than
 * fit; the map is then empty, not as far as it came.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_build(struct lb_memory_map *map,
	const struct lb_region *memory, size_t memory_count, const struct lb_region *reserved,
	size_t reserved_count);

/*
 * dst (initialised, with storage of its own, of any size) becomes equal to src; what it held is
 * forgotten. LB_NO_STORAGE: src holds more regions than dst promises; dst is as it was.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_copy(
	struct lb_memory_map *dst, const struct lb_memory_map *src);

/*
 * Changes. LB_NO_STORAGE: the map would hold more regions than its storage promises, at the end or,
 * when a range that reaches many regions is worked through upwards, on the way. That the
 * range's start is not above its end is the caller's promise.
 *
 * Adds RAM. Where part of the range is memory already, the attributes that are there win
 * (memblock_add_range). Ranges past LB_PHYS_ADDR_MAX cannot be written down, so there is nothing
 * to clamp. An empty range is a no-op.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_add(
	struct lb_memory_map *map, struct lb_range range, int32_t node, uint32_t flags);

/*
 * Takes RAM out of the map, as if it were not there (memblock_remove). What is reserved there stays
 * reserved: the two sets know nothing of each other.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_remove(
	struct lb_memory_map *map, struct lb_range range);

/*
 * Marks as taken; may overlap what is taken already, whose attributes win, and memory that does not
 * exist (memblock_reserve): firmware reserves what it never reported.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_reserve(
	struct lb_memory_map *map, struct lb_range range, int32_t node, uint32_t flags);

/*
 * Marks as free again whatever of the range was taken (memblock_phys_free), by whomever: there are
 * no owners here. Releasing the middle of a region needs room for one more.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_release(
	struct lb_memory_map *map, struct lb_range range);

/* Sets the node of the memory in the range (memblock_set_node); splits and merges as needed. */
enum lb_status LB_MUST_CHECK lb_memory_map_set_node(
	struct lb_memory_map *map, struct lb_range range, int32_t node);

/* Sets and clears flags of the memory in the range (memblock_setclr_flag). */
enum lb_status LB_MUST_CHECK lb_memory_map_change_flags(
	struct lb_memory_map *map, struct lb_range range, uint32_t set, uint32_t clear);

/*
 * The search, downwards (upwards is its mirror image): from the highest free range in the window to
 * the lowest, each cut to the window, the start is the end less size, rounded down to align; the
 * first range that holds it all has the place. So the answer depends on nothing but the two sets
 * and the request, and two maps with the same contents give the same.
 *
 * The highest (or lowest) free place for the request; pure. *ret_start is untouched unless LB_OK.
 * LB_NOT_FOUND: no gap fits. Semantics of memblock_find_in_range_node, page 0 excluded.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_find(const struct lb_memory_map *map,
	const struct lb_memory_request *request, lb_phys_addr *ret_start);

/*
 * find, then reserve what was found (memblock_phys_alloc_range, without clearing it).
 * LB_NOT_FOUND: no gap fits. LB_NO_STORAGE: a place was found, and the map is full.
 */
enum lb_status LB_MUST_CHECK lb_memory_map_alloc(struct lb_memory_map *map,
	const struct lb_memory_request *request, lb_phys_addr *ret_start);

/* Bytes of memory, reserved or not, NOMAP included (memblock_phys_mem_size). */
uint64_t lb_memory_map_total(const struct lb_memory_map *map);

/* First byte of memory and first byte after it, holes included; {0, 0} for an empty map. */
struct lb_range lb_memory_map_span(const struct lb_memory_map *map);

/* Walks. Start with *cursor = (struct lb_memory_cursor){0}; false at the end. Changing the map
 * ends the validity of a cursor. next_free walks upward over free ranges, one per memory region
 * and gap, NOMAP and driver-managed memory left out. */
/* ret: the region's range, flags and node; of a free range those of its memory region. */
bool lb_memory_map_next_memory(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret);
bool lb_memory_map_next_reserved(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret);
bool lb_memory_map_next_free(
	const struct lb_memory_map *map, struct lb_memory_cursor *cursor, struct lb_region *ret);

/* The region that holds the address; false, *ret untouched, if none does. */
bool lb_memory_map_memory_at(
	const struct lb_memory_map *map, lb_phys_addr address, struct lb_region *ret);
bool lb_memory_map_reserved_at(
	const struct lb_memory_map *map, lb_phys_addr address, struct lb_region *ret);

/* True if any byte of the range is reserved / memory; false for an empty range. O(log n). */
bool lb_memory_map_overlaps_reserved(const struct lb_memory_map *map, struct lb_range range);
bool lb_memory_map_overlaps_memory(const struct lb_memory_map *map, struct lb_range range);

/* How many regions each set holds; a walk sees as many. O(1). */
size_t lb_memory_map_memory_count(const struct lb_memory_map *map);
size_t lb_memory_map_reserved_count(const struct lb_memory_map *map);

/* How many regions more are sure to fit, in either set. A release can need one, too. */
size_t lb_memory_map_room(const struct lb_memory_map *map);

/* True if every invariant of the map holds; looks at every node. For tests and fuzzers. */
bool lb_memory_map_check(const struct lb_memory_map *map);

#endif
