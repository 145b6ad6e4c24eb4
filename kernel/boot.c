/* SPDX-License-Identifier: MIT */
/* boot: see boot.h. */
#include "boot.h"

#include "arch.h"

struct boot_info boot_info;
lb_phys_addr image_phys;

void boot_map_add(uint64_t start, uint64_t size, uint32_t type, const char *name)
{
	if (boot_info.map_count < BOOT_MAP_ENTRIES) {
		boot_info.map[boot_info.map_count] =
			(struct boot_map_entry){start, size, type, name};
	}
	boot_info.map_count++;
}
