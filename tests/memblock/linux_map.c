/* SPDX-License-Identifier: MIT */
/*
 * linux_map: see linux_map.h. Includes mm/memblock.c of the unpacked kernel sources, whose static
 * functions are what is wanted; built in their tools/testing/memblock by build_linux_map.sh.
 *
 *	SETCLR_HAS_TYPE  memblock_setclr_flag takes the array as its first argument (6.9)
 */
#include "memblock.c"

#include <stdlib.h>

#include "linux_map.h"

bool movable_node_enabled;

/* <sys/mman.h> does not go with the kernel's headers. */
int madvise(void *address, size_t bytes, int advice);
#define ADVISE_HUGE_PAGES 14
#define HUGE_PAGE ((size_t)2 << 20)

/* Zeroed, in large pages if the system has them, as a kernel's memory is. */
static struct memblock_region *new_array(size_t regions)
{
	size_t bytes = (regions * sizeof(struct memblock_region) + HUGE_PAGE - 1) & -HUGE_PAGE;
	struct memblock_region *array = aligned_alloc(HUGE_PAGE, bytes);

	if (!array) {
		abort();
	}
	madvise(array, bytes, ADVISE_HUGE_PAGES);
	return memset(array, 0, bytes);
}

void linux_map_init(size_t regions)
{
	static bool started;

	if (started) {
		free(memblock.memory.regions);
		free(memblock.reserved.regions);
	}
	started = true;
	memset(&memblock, 0, sizeof(memblock));
	memblock.memory.regions = new_array(regions);
	memblock.memory.max = regions;
	memblock.memory.cnt = EMPTY_COUNT;
	memblock.memory.name = "memory";
	memblock.reserved = memblock.memory;
	memblock.reserved.regions = new_array(regions);
	memblock.reserved.name = "reserved";
	memblock.current_limit = MEMBLOCK_ALLOC_ANYWHERE;
}

void linux_map_clear(void)
{
	memblock.memory.cnt = EMPTY_COUNT;
	memblock.memory.total_size = 0;
	memblock.memory.regions[0].size = 0;
	memblock.reserved.cnt = EMPTY_COUNT;
	memblock.reserved.total_size = 0;
	memblock.reserved.regions[0].size = 0;
}

void linux_map_fill_reserved(uint64_t start, uint64_t step, uint64_t size, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		memblock.reserved.regions[i] = (struct memblock_region){
			.base = start + i * step, .size = size, .nid = MAX_NUMNODES};
	}
	memblock.reserved.cnt = count;
	memblock.reserved.total_size = count * size;
}

static int linux_node(int32_t node)
{
	return node < 0 ? MAX_NUMNODES : node;
}

int linux_map_add(uint64_t start, uint64_t end, int32_t node, uint32_t flags)
{
	return memblock_add_range(&memblock.memory, start, end - start, linux_node(node),
		(enum memblock_flags)flags);
}

int linux_map_remove(uint64_t start, uint64_t end)
{
	return memblock_remove(start, end - start);
}

int linux_map_reserve(uint64_t start, uint64_t end, int32_t node, uint32_t flags)
{
	return memblock_add_range(&memblock.reserved, start, end - start, linux_node(node),
		(enum memblock_flags)flags);
}

int linux_map_release(uint64_t start, uint64_t end)
{
	return memblock_phys_free(start, end - start);
}

int linux_map_set_node(uint64_t start, uint64_t end, int32_t node)
{
	return memblock_set_node(start, end - start, &memblock.memory, linux_node(node));
}

static int setclr(uint64_t start, uint64_t end, int set, uint32_t flags)
{
#ifdef SETCLR_HAS_TYPE
	return memblock_setclr_flag(&memblock.memory, start, end - start, set, (int)flags);
#else
	return memblock_setclr_flag(start, end - start, set, (int)flags);
#endif
}

int linux_map_change_flags(uint64_t start, uint64_t end, uint32_t set, uint32_t clear)
{
	int error = set ? setclr(start, end, 1, set) : 0;

	return error || !clear ? error : setclr(start, end, 0, clear);
}

uint64_t linux_map_find(const struct linux_request *request)
{
	enum memblock_flags flags = request->mirrored_only ? MEMBLOCK_MIRROR : MEMBLOCK_NONE;

	memblock.bottom_up = request->bottom_up;
	movable_node_enabled = request->avoid_hotplug;
	return memblock_find_in_range_node(request->size, request->align ? request->align : 1,
		request->start, request->end, request->node < 0 ? NUMA_NO_NODE : request->node,
		flags);
}

static bool region_of(const struct memblock_type *type, size_t index, struct linux_region *ret)
{
	const struct memblock_region *region = &type->regions[index];
	int node = index < type->cnt ? memblock_get_region_node(region) : 0;

	if (index >= type->cnt || !region->size) {
		return false;
	}
	*ret = (struct linux_region){region->base, region->base + region->size,
		(uint32_t)region->flags, node < 0 || node >= MAX_NUMNODES ? -1 : node};
	return true;
}

bool linux_map_memory(size_t index, struct linux_region *ret)
{
	return region_of(&memblock.memory, index, ret);
}

bool linux_map_reserved(size_t index, struct linux_region *ret)
{
	return region_of(&memblock.reserved, index, ret);
}

bool linux_map_next_free(uint64_t *state, struct linux_region *ret)
{
	phys_addr_t start;
	phys_addr_t end;
	int node;

	movable_node_enabled = false;
	do {
		__next_mem_range(state, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory,
			&memblock.reserved, &start, &end, &node);
		if (*state == (u64)ULLONG_MAX) {
			return false;
		}
	} while (start == end);
	*ret = (struct linux_region){start, end, 0, node < 0 || node >= MAX_NUMNODES ? -1 : node};
	return true;
}

bool linux_map_is_memory(uint64_t address)
{
	return memblock_is_memory(address);
}

uint64_t linux_map_total(void)
{
	return memblock_phys_mem_size();
}
