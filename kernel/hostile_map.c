/* SPDX-License-Identifier: MIT */
/* hostile_map: see hostile_map.h. Made from the real map, so that everything else about the machine
 * stays true. */
#include "hostile_map.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "memory.h"
#include "options.h"
#include "text.h"

#define MANY 10000
#define SCATTERED 127 /* an e820 map in a zero page has 128 entries */

/* The largest RAM entry: the one that the kernel would most like to use. */
static struct boot_map_entry largest_ram(void)
{
	struct boot_map_entry found = {0};

	for (size_t i = 0; i < boot_info.map_count && i < BOOT_MAP_ENTRIES; i++) {
		if (boot_info.map[i].type == BOOT_MEMORY_RAM &&
			boot_info.map[i].size > found.size) {
			found = boot_info.map[i];
		}
	}
	return found;
}

/* Pages far above all memory that do not touch each other. */
static void inject_pages(uint64_t count, uint32_t type)
{
	for (uint64_t i = 0; i < count; i++) {
		boot_map_add((UINT64_C(1) << 40) + i * 2 * PAGE_BYTES, PAGE_BYTES, type,
			"hostile");
	}
}

static void inject_empty(void)
{
	for (size_t i = 0; i < boot_info.map_count && i < BOOT_MAP_ENTRIES; i++) {
		if (boot_info.map[i].type == BOOT_MEMORY_RAM) {
			boot_info.map[i].type = BOOT_MEMORY_RESERVED;
		}
	}
}

static bool spoil(const char *kind)
{
	struct boot_map_entry ram = largest_ram();

	if (text_equal(kind, "overlap")) {
		boot_map_add(ram.start + ram.size / 2, ram.size, BOOT_MEMORY_RESERVED, "hostile");
	} else if (text_equal(kind, "duplicate")) {
		boot_map_add(ram.start, ram.size, BOOT_MEMORY_RAM, "hostile");
	} else if (text_equal(kind, "zero-size")) {
		boot_map_add(UINT64_C(1) << 40, 0, BOOT_MEMORY_RAM, "hostile");
	} else if (text_equal(kind, "wrap")) {
		boot_map_add(UINT64_MAX - 0xfff, 0x2000, BOOT_MEMORY_RAM, "hostile");
	} else if (text_equal(kind, "top")) {
		boot_map_add(UINT64_MAX - 0xffff, 0xf000, BOOT_MEMORY_RAM, "hostile");
	} else if (text_equal(kind, "many")) {
		inject_pages(MANY, BOOT_MEMORY_RAM);
	} else if (text_equal(kind, "scattered")) {
		inject_pages(SCATTERED, BOOT_MEMORY_RESERVED);
	} else if (text_equal(kind, "no-ram")) {
		inject_empty();
	} else if (text_equal(kind, "empty")) {
		boot_info.map_count = 0;
	} else {
		return false;
	}
	return true;
}

void hostile_map_apply(void)
{
	char kind[OPTION_BYTES];

	if (option_text(boot_info.cmdline, "hostile-map", kind) && !spoil(kind)) {
		print(LB_LINE_ERROR "hostile-map=%s: there is no such kind\n", kind);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
}
