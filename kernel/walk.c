/* SPDX-License-Identifier: MIT */
/* walk: see walk.h. */
#include "walk.h"

#include "arch.h"
#include "console.h"
#include "memory.h"
#include "paging.h"
#include "pattern.h"

static void report(uint64_t va)
{
	struct lb_mapping mapping = paging_lookup(va);

	if (mapping.state == LB_MAPPING_PRESENT) {
		print("walk: 0x%llx 0x%llx\n", (unsigned long long)va,
			(unsigned long long)mapping.pa);
	} else {
		print("walk: 0x%llx unmapped\n", (unsigned long long)va);
	}
}

static uint64_t image_sample(uint64_t random)
{
	return (uintptr_t)image_start + random % (uint64_t)(image_end - image_start);
}

void walk_report(uint64_t count, struct lb_range region)
{
	const uint64_t edges[] = {0, LB_MIB - 1, LB_MIB, region.start - 1, region.start,
		region.end - 1, region.end, lb_memory_map_span(&memory).end - 1,
		lb_memory_map_span(&memory).end};
	uint64_t reach = lb_memory_map_span(&memory).end + LB_GIB;

	for (size_t i = 0; i < LB_ARRAY_COUNT(edges); i++) {
		report(LINEAR_VIRTUAL + edges[i]);
	}
	for (uint64_t i = LB_ARRAY_COUNT(edges); i < count; i++) {
		uint64_t random = lb_pattern_word(pattern_table.seed, i);

		switch (i % 4) {
		case 0:
			report(image_sample(random));
			break;
		case 1:
			report(LINEAR_VIRTUAL + region.start - 4 * LB_MIB +
				random % (lb_range_size(region) + 8 * LB_MIB));
			break;
		default:
			report(LINEAR_VIRTUAL + random % reach);
			break;
		}
	}
}
