/* SPDX-License-Identifier: MIT */
/*
 * reserve_world: memory so small that all of it fits in one word: 64 units of 16 MiB around the
 * 4 GiB line, a bit each, set where the unit is free. A search is a walk of a mask over the word,
 * so every layout of a world can be tried against every rule. For the tests of policy/.
 */
#ifndef LIFEBOAT_TESTS_UNIT_RESERVE_WORLD_H
#define LIFEBOAT_TESTS_UNIT_RESERVE_WORLD_H

#include "policy/linux/linux.h"
#include "policy/policy.h"

#define WORLD_UNIT (16 * LB_MIB) /* a multiple of every alignment of a crash kernel region */
#define WORLD_UNITS 64
#define WORLD_LINE 32            /* the unit that begins at 4 GiB */
#define WORLD_BASE (4 * LB_GIB - WORLD_LINE * WORLD_UNIT)
#define WORLD_END (WORLD_BASE + WORLD_UNITS * WORLD_UNIT)
#define WORLD_NOWHERE (-1)

/* The first byte of a unit; unit may be WORLD_UNITS. */
static inline lb_phys_addr world_address(int unit)
{
	return WORLD_BASE + (uint64_t)unit * WORLD_UNIT;
}

/* Bits [first, first + units); units at most WORLD_UNITS, first + units too. */
uint64_t world_mask(int first, int units);

/* The highest place of `units` free units in [start, end), by trying each; WORLD_NOWHERE: none. */
int world_highest(uint64_t free, int units, int start, int end);

/* The lowest one. */
int world_lowest(uint64_t free, int units, int start, int end);

/* A layout number as free blocks of 8 units each, lowest bit first. */
uint64_t world_layout(unsigned int blocks);

/* The map (initialised, of any content) becomes the world: what is not free is taken memory, or no
 * memory at all (holes). */
void world_load(uint64_t free, bool holes, struct lb_memory_map *map);

/* What is free in the map, in whole units; asserts that nothing else is. */
uint64_t world_free(const struct lb_memory_map *map);

/* An env of this kernel, with low memory up to 4 GiB: 64 MiB of bounce pool, 4 KiB pages, no
 * CMA, and twice as much RAM as the world has. */
struct lb_reserve_env world_env(enum lb_arch arch, uint32_t version);

/* A policy's answer for the command line; asserts that there is storage. */
void world_reserve(lb_policy_reserve *reserve, const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_reservation *ret);

#endif
