/* SPDX-License-Identifier: MIT */
/* load_segments: where in the crash region each part of what is loaded lies. */
#include "load_parts.h"

#include "boot.h"
#include "console.h"
#include "memory.h"
#include "panic.h"

struct load_state load;
static struct lb_owned_range forbidden[BOOT_MAP_ENTRIES];

struct lb_range load_segment_place(enum load_segment which)
{
	uint64_t bytes;

	if (which >= load.segment_count) {
		return (struct lb_range){0, 0};
	}
	bytes = load.segments[which].size;
	return (struct lb_range){load.segments[which].start, load.segments[which].start + bytes};
}

/* Everything that the loader or the firmware keeps in memory, by name. The region was free memory,
 * so nothing of it can be there; the check costs nothing and would find a mistake here. */
static size_t collect_forbidden(void)
{
	size_t count = 0;

	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (entry->type != BOOT_MEMORY_RAM && entry->size) {
			forbidden[count++] = (struct lb_owned_range){
				{entry->start, entry->start + entry->size}, entry->name};
		}
	}
	return count;
}

void load_place(const uint64_t bytes[LOAD_SEGMENTS])
{
	static const char *const names[LOAD_SEGMENTS] = {LB_SEGMENT_CORE_HEADER,
		LB_SEGMENT_PAGE_TABLES, LB_SEGMENT_PURGATORY, LB_SEGMENT_HANDOVER,
		LB_SEGMENT_BOOT_DATA, LB_SEGMENT_KERNEL, LB_SEGMENT_INITRD};
	struct lb_placement_space space = {.rules = LB_PLACEMENT_LINUX_6_8,
		.page_size = PAGE_BYTES, .allowed = &load.region, .allowed_count = 1,
		.forbidden = forbidden, .forbidden_count = collect_forbidden()};
	struct lb_placement_conflict conflict;

	load.segment_count = load.image.initrd ? LOAD_SEGMENTS : LOAD_INITRD;
	for (size_t i = 0; i < load.segment_count; i++) {
		load.segments[i] = (struct lb_segment){.name = names[i],
			.size = bytes[i], .top_down = i == LOAD_INITRD};
	}
	load.segments[LOAD_KERNEL].align = load.image.align;
	if (lb_place(&space, load.segments, load.segment_count, &conflict) != LB_OK) {
		panic("load: no room for \"%s\": \"%s\" has 0x%llx-0x%llx", conflict.name,
			conflict.owner ? conflict.owner : "the end of the crash region",
			(unsigned long long)conflict.taken.start,
			(unsigned long long)conflict.taken.end);
	}
	for (size_t i = 0; i < load.segment_count; i++) {
		print(LB_LINE_LOAD "%s: 0x%llx-0x%llx\n", names[i],
			(unsigned long long)load.segments[i].start,
			(unsigned long long)load_segment_place(i).end - 1);
	}
}
