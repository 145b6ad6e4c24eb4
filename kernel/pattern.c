/* SPDX-License-Identifier: MIT */
/* pattern: see pattern.h. */
#include "pattern.h"

#include "arch.h"
#include "cpu.h"
#include "memory.h"
#include "panic.h"

struct lb_pattern_table pattern_table;

_Static_assert(LB_PATTERN_PAGE == PAGE_BYTES, "the protocol's pages are ours");

/* Steps through the span of memory, holes included; where a step finds nothing free above it there
 * is one page less. The first page is the lowest that is free: below 1 MiB where there is RAM. */
void pattern_spread(uint64_t seed)
{
	struct lb_range span = lb_memory_map_span(&memory);
	uint64_t step;
	lb_phys_addr page;

	step = lb_align_down(lb_range_size(span) / LB_PATTERN_PAGES_MAX, PAGE_BYTES);
	pattern_table.magic = LB_PATTERN_MAGIC;
	pattern_table.seed = seed;
	for (uint64_t i = 0; i < LB_PATTERN_PAGES_MAX; i++) {
		struct lb_memory_request request = {.size = PAGE_BYTES, .align = PAGE_BYTES,
			.window = {span.start + i * step, span.end}, .node = LB_NO_NODE,
			.bottom_up = true};

		if (lb_memory_map_alloc(&memory, &request, &page) == LB_OK) {
			lb_pattern_fill(seed, phys_pointer(page), page);
			pattern_table.pages[pattern_table.page_count++] = page;
		}
	}
}

void pattern_know_waiting(uint32_t cpu, uint64_t sp)
{
	pattern_table.cpus[cpu] = (struct lb_pattern_cpu){.pc_first = (uintptr_t)wait_loop,
		.pc_last = (uintptr_t)wait_loop_end - 1, .sp = sp, .has_words = 1};
}

void pattern_know_calling(uint32_t cpu, uint64_t sp, uint64_t room)
{
	pattern_table.cpus[cpu] = (struct lb_pattern_cpu){.pc_first = (uintptr_t)image_start,
		.pc_last = (uintptr_t)image_text_end - 1, .sp = sp, .sp_room = room};
}

uint64_t *pattern_know_panicking(uint32_t cpu)
{
	pattern_table.cpus[cpu] = (struct lb_pattern_cpu){.pc_first = (uintptr_t)crash_point,
		.pc_last = (uintptr_t)crash_point, .has_words = 1};
	return &pattern_table.cpus[cpu].sp;
}
