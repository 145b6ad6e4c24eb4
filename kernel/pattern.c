/* SPDX-License-Identifier: MIT */
/* pattern: see pattern.h. */
#include "pattern.h"

#include "arch.h"
#include "cpu.h"
#include "memory.h"
#include "panic.h"

struct lb_pattern_table pattern_table;

_Static_assert(LB_PATTERN_PAGE == PAGE_BYTES, "the protocol's pages are ours");

static void place_page(struct lb_range window, bool bottom_up)
{
	struct lb_memory_request request = {.size = PAGE_BYTES, .align = PAGE_BYTES,
		.window = window, .node = LB_NO_NODE, .bottom_up = bottom_up};
	lb_phys_addr page;

	if (pattern_table.page_count < LB_PATTERN_PAGES_MAX &&
		lb_memory_map_alloc(&memory, &request, &page) == LB_OK) {
		lb_pattern_fill(pattern_table.seed, phys_pointer(page), page);
		pattern_table.pages[pattern_table.page_count++] = page;
	}
}

/* The lowest and the highest free page of a part of memory. */
static void place_at_ends(struct lb_range part)
{
	if (!lb_range_empty(part)) {
		place_page(part, true);
		place_page(part, false);
	}
}

static void place_in_all_parts(struct lb_range crash)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	while (pattern_table.page_count < LB_PATTERN_PAGES_MAX / 4 &&
		lb_memory_map_next_memory(&memory, &cursor, &region)) {
		struct lb_range part = region.range;

		place_at_ends((struct lb_range){part.start, lb_min(part.end, crash.start)});
		place_at_ends((struct lb_range){lb_max(part.start, crash.end), part.end});
	}
}

/* The rest steps through the span of memory, holes included; where a step finds nothing free above
 * it there is one page less. */
void pattern_spread(struct lb_range crash)
{
	struct lb_range span = lb_memory_map_span(&memory);
	uint64_t steps;
	uint64_t step;

	pattern_table.magic = LB_PATTERN_MAGIC;
	place_in_all_parts(crash);
	steps = LB_PATTERN_PAGES_MAX - pattern_table.page_count;
	step = lb_align_down(lb_range_size(span) / steps, PAGE_BYTES);
	for (uint64_t i = 0; i < steps; i++) {
		place_page((struct lb_range){span.start + i * step, span.end}, true);
	}
}

void pattern_know_waiting(uint32_t cpu, const void *work, bool interruptible)
{
	struct lb_pattern_cpu *known = &pattern_table.cpus[cpu];

	*known = (struct lb_pattern_cpu){.pc_first = (uintptr_t)wait_loop,
		.pc_last = (uintptr_t)wait_loop_end - 1, .sp = cpus[cpu].waiting_sp,
		.words = ARCH_PATTERN_PLACES.count};
	known->known_count =
		arch_waiting_registers(&cpus[cpu], work, interruptible, known->known);
}

void pattern_know_calling(uint32_t cpu, uint64_t sp, uint64_t room)
{
	pattern_table.cpus[cpu] = (struct lb_pattern_cpu){.pc_first = (uintptr_t)image_start,
		.pc_last = (uintptr_t)image_text_end - 1, .sp = sp, .sp_room = room};
}

uint64_t *pattern_know_panicking(uint32_t cpu)
{
	struct lb_pattern_cpu *known = &pattern_table.cpus[cpu];

	*known = (struct lb_pattern_cpu){.pc_first = (uintptr_t)crash_point,
		.pc_last = (uintptr_t)crash_point, .words = ARCH_PATTERN_PLACES.panicking};
	known->known_count = arch_panicking_registers(known->known);
	return &known->sp;
}
