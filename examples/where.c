/* SPDX-License-Identifier: MIT */
/*
 * where: the core without the command line. A memory map written down by hand, one reservation as
 * Linux 6.12 makes it on x86-64, and the journal of what was searched. Nothing here needs libc
 * but the printing.
 */
#include <inttypes.h>
#include <stdio.h>

#include "policy/linux/linux.h"

int main(void)
{
	static uint64_t storage[LB_MEMORY_MAP_BYTES(32) / sizeof(uint64_t) + 1];
	static const struct lb_range ram[] = {{0x100000, 0xc0000000}, {0x100000000, 0x140000000}};
	static const struct lb_range taken[] = {{0x1000000, 0x4000000}, {0xbf000000, 0xc0000000}};
	const struct lb_reserve_env env = {
		.arch = LB_ARCH_X86_64,
		.version = LB_LINUX(6, 12, 107),
		.system_ram = 4 * LB_GIB,
		.low_max = 4 * LB_GIB,
		.high_max = 64 * LB_TIB,
		.swiotlb_bytes = 64 * LB_MIB,
		.page_size = 4096,
	};
	struct lb_memory_map map;
	struct lb_reservation answer;
	struct lb_event events[32];
	struct lb_journal journal;

	lb_journal_init(&journal, events, LB_ARRAY_COUNT(events));
	if (lb_memory_map_init(&map, storage, sizeof(storage)) != LB_OK) {
		return 1;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(ram); i++) {
		if (lb_memory_map_add(&map, ram[i], LB_NO_NODE, 0) != LB_OK ||
			lb_memory_map_reserve(&map, taken[i], LB_NO_NODE, 0) != LB_OK) {
			return 1;
		}
	}
	if (lb_linux_reserve(&env, "ro quiet crashkernel=512M,high", &map, &journal, NULL,
		    &answer) != LB_OK) {
		return 1;
	}
	for (size_t i = 0; i < journal.count; i++) {
		printf("%-8s %s\n", lb_event_kind_name(events[i].kind), events[i].owner);
	}
	for (size_t i = 0; i < answer.range_count; i++) {
		printf("%-9s 0x%" PRIx64 "-0x%" PRIx64 "\n",
			lb_crash_kind_name(answer.ranges[i].kind), answer.ranges[i].range.start,
			answer.ranges[i].range.end - 1);
	}
	return answer.outcome != LB_OUTCOME_RESERVED;
}
