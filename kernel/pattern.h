/* SPDX-License-Identifier: MIT */
/*
 * pattern: values that can be told again without being stored. The production kernel fills pages
 * all over memory and the registers of its CPUs with them; the capture kernel, which knows only the
 * seed, says whether they survived.
 */
#ifndef LIFEBOAT_KERNEL_PATTERN_H
#define LIFEBOAT_KERNEL_PATTERN_H

#include "lifeboat/base.h"

#define PATTERN_PAGES_MAX 128
#define PATTERN_MAGIC UINT64_C(0x7461706f6265666c)

/* In old memory; VMCOREINFO says where (LIFEBOAT_PATTERN). */
struct pattern_table {
	uint64_t magic;
	uint64_t seed;
	uint64_t page_count;
	uint64_t cpu_count;
	uint64_t crash_cpu;
	uint64_t crash_ticks;  /* arch_ticks() when the crash began */
	uint64_t stopped_cpus; /* bit n: the registers of CPU n are in its note */
	uint64_t pages[PATTERN_PAGES_MAX]; /* physical addresses */
};

extern struct pattern_table pattern_table;

/* The word that belongs at a physical address. */
uint64_t pattern_word(uint64_t seed, lb_phys_addr address);

/* The word that belongs in register `index` of a CPU that waits. */
uint64_t pattern_register(uint64_t seed, uint32_t cpu, uint32_t index);

/* Takes pages spread evenly over all memory and fills them. */
void pattern_spread(uint64_t seed);

/* True if a page at this physical address, readable in the linear map, has its pattern. */
bool pattern_page_matches(uint64_t seed, lb_phys_addr page);

#endif
