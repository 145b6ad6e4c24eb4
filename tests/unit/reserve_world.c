/* SPDX-License-Identifier: MIT */
/* reserve_world: see reserve_world.h. */
#include "tests/unit/reserve_world.h"

#define BLOCK_UNITS 8

uint64_t world_mask(int first, int units)
{
	uint64_t ones = units == WORLD_UNITS ? UINT64_MAX : (UINT64_C(1) << units) - 1;

	return units ? ones << first : 0;
}

static bool fits(uint64_t free, int units, int at)
{
	return (free & world_mask(at, units)) == world_mask(at, units);
}

int world_highest(uint64_t free, int units, int start, int end)
{
	for (int at = end - units; at >= start && at >= 0; at--) {
		if (fits(free, units, at)) {
			return at;
		}
	}
	return WORLD_NOWHERE;
}

int world_lowest(uint64_t free, int units, int start, int end)
{
	for (int at = start; at + units <= end; at++) {
		if (fits(free, units, at)) {
			return at;
		}
	}
	return WORLD_NOWHERE;
}

uint64_t world_layout(unsigned int blocks)
{
	uint64_t free = 0;

	for (int i = 0; i < WORLD_UNITS / BLOCK_UNITS; i++) {
		free |= blocks >> i & 1 ? world_mask(i * BLOCK_UNITS, BLOCK_UNITS) : 0;
	}
	return free;
}

static void must(enum lb_status status)
{
	LB_ASSERT(status == LB_OK);
}

void world_load(uint64_t free, bool holes, struct lb_memory_map *map)
{
	lb_memory_map_clear(map);
	if (!holes) {
		must(lb_memory_map_add(map, (struct lb_range){WORLD_BASE, WORLD_END}, LB_NO_NODE,
			0));
	}
	for (int unit = 0, end; unit < WORLD_UNITS; unit = end) {
		bool is_free = free >> unit & 1;
		struct lb_range run;

		for (end = unit + 1; end < WORLD_UNITS && (free >> end & 1) == is_free; end++) {
		}
		run = (struct lb_range){world_address(unit), world_address(end)};
		if (holes && is_free) {
			must(lb_memory_map_add(map, run, LB_NO_NODE, 0));
		} else if (!holes && !is_free) {
			must(lb_memory_map_reserve(map, run, LB_NO_NODE, 0));
		}
	}
}

uint64_t world_free(const struct lb_memory_map *map)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	uint64_t free = 0;

	while (lb_memory_map_next_free(map, &cursor, &region)) {
		uint64_t first = (region.range.start - WORLD_BASE) / WORLD_UNIT;
		uint64_t units = lb_range_size(region.range) / WORLD_UNIT;

		LB_ASSERT(world_address((int)first) == region.range.start);
		LB_ASSERT(units * WORLD_UNIT == lb_range_size(region.range));
		free |= world_mask((int)first, (int)units);
	}
	return free;
}

struct lb_reserve_env world_env(enum lb_arch arch, uint32_t version)
{
	return (struct lb_reserve_env){
		.arch = arch,
		.version = version,
		.system_ram = 2 * WORLD_UNITS * WORLD_UNIT,
		.low_max = 4 * LB_GIB,
		.high_max = arch == LB_ARCH_RISCV64 ? WORLD_END : 64 * LB_TIB,
		.swiotlb_bytes = 64 * LB_MIB,
		.page_size = 4096,
	};
}

void world_reserve(lb_policy_reserve *reserve, const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_reservation *ret)
{
	must(reserve(env, cmdline, map, NULL, NULL, ret));
}
