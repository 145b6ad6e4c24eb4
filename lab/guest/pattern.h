/* SPDX-License-Identifier: MIT */
/*
 * pattern: what a crashing machine leaves in its memory for the capture kernel to find. The layout
 * and the values are those of the reference kernel (kernel/pattern.h), so that a Linux can verify
 * its dump; a crashing Linux leaves the same.
 */
#ifndef LIFEBOAT_LAB_GUEST_PATTERN_H
#define LIFEBOAT_LAB_GUEST_PATTERN_H

#include "lifeboat/base.h"

#define PATTERN_MAGIC UINT64_C(0x7461706f6265666c)
#define PATTERN_PAGES_MAX 128
#define PATTERN_CPU_WORDS 5
#define PATTERN_PAGE UINT64_C(4096)

struct pattern_table {
	uint64_t magic;
	uint64_t seed;
	uint64_t page_count;
	uint64_t cpu_count;
	uint64_t crash_cpu;
	uint64_t crash_ticks;
	uint64_t stopped_cpus; /* bit n: CPU n has a note with its registers */
	uint64_t pages[PATTERN_PAGES_MAX]; /* physical addresses */
};

static inline uint64_t pattern_mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

/* The word that belongs at a physical address. */
static inline uint64_t pattern_word(uint64_t seed, lb_phys_addr address)
{
	return pattern_mix(seed + pattern_mix(address));
}

/* The word that belongs in a register of a CPU that the reference kernel lets wait. */
static inline uint64_t pattern_register(uint64_t seed, uint32_t cpu, uint32_t index)
{
	return pattern_mix(
		seed ^ pattern_mix(UINT64_C(0x8000000000000000) | (uint64_t)cpu << 8 | index));
}

#endif
