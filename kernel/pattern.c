/* SPDX-License-Identifier: MIT */
/* pattern: see pattern.h. */
#include "pattern.h"

#include "arch.h"
#include "memory.h"

struct pattern_table pattern_table;

/* The finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014): every bit of the input changes about half of the output. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

uint64_t pattern_word(uint64_t seed, lb_phys_addr address)
{
	return mix(seed + mix(address));
}

uint64_t pattern_register(uint64_t seed, uint32_t cpu, uint32_t index)
{
	return mix(seed ^ mix(UINT64_C(0x8000000000000000) | (uint64_t)cpu << 8 | index));
}

static void fill(uint64_t seed, lb_phys_addr page)
{
	uint64_t *words = phys_pointer(page);

	for (size_t i = 0; i < PAGE_BYTES / 8; i++) {
		words[i] = pattern_word(seed, page + i * 8);
	}
}

bool pattern_page_matches(uint64_t seed, lb_phys_addr page)
{
	const uint64_t *words = phys_pointer(page);

	for (size_t i = 0; i < PAGE_BYTES / 8; i++) {
		if (words[i] != pattern_word(seed, page + i * 8)) {
			return false;
		}
	}
	return true;
}

/* Steps through the span of memory, holes included; where a step finds nothing free above it there
 * is one page less. The first megabyte is left out: it is not part of a dump. */
void pattern_spread(uint64_t seed)
{
	struct lb_range span = lb_memory_map_span(&memory);
	uint64_t step;
	lb_phys_addr page;

	span.start = lb_max(span.start, LB_MIB);
	step = lb_align_down(lb_range_size(span) / PATTERN_PAGES_MAX, PAGE_BYTES);
	pattern_table.magic = PATTERN_MAGIC;
	pattern_table.seed = seed;
	for (uint64_t i = 0; i < PATTERN_PAGES_MAX; i++) {
		struct lb_memory_request request = {.size = PAGE_BYTES, .align = PAGE_BYTES,
			.window = {span.start + i * step, span.end}, .node = LB_NO_NODE,
			.bottom_up = true};

		if (lb_memory_map_alloc(&memory, &request, &page) == LB_OK) {
			fill(seed, page);
			pattern_table.pages[pattern_table.page_count++] = page;
		}
	}
}
