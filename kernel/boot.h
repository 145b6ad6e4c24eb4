/* SPDX-License-Identifier: MIT */
/*
 * boot: what the loader handed over, copied out of the loader's memory by the architecture
 * before anything else happens, and still as untrusted as it came.
 */
#ifndef LIFEBOAT_KERNEL_BOOT_H
#define LIFEBOAT_KERNEL_BOOT_H

#include "lifeboat/base.h"

/* More entries than any firmware has; a map with more is refused. */
#define BOOT_MAP_ENTRIES 1024
#define BOOT_CMDLINE_BYTES 2048

/* Types as in the PVH and e820 maps. */
enum boot_memory_type {
	BOOT_MEMORY_UNUSED = 0, /* filler with size 0 at the end of some maps */
	BOOT_MEMORY_RAM = 1,
	BOOT_MEMORY_RESERVED = 2,
	BOOT_MEMORY_ACPI = 3,
	BOOT_MEMORY_NVS = 4,
	BOOT_MEMORY_UNUSABLE = 5,
	/* The loader's own: RAM that holds something and must be kept (device tree, initrd,
	 * /memreserve/ and reserved-memory of a device tree). May lie inside RAM. */
	BOOT_MEMORY_TAKEN = 0x100,
};

struct boot_map_entry {
	uint64_t start;
	uint64_t size;
	uint32_t type;
	const char *name; /* who says so: "firmware map", "/reserved-memory" */
};

struct boot_info {
	struct boot_map_entry map[BOOT_MAP_ENTRIES];
	uint64_t map_count; /* the firmware says; above BOOT_MAP_ENTRIES: entries are lost */
	uint64_t map_lost;  /* entries for which the loader's list has no room */
	struct lb_range module;      /* the initrd; empty: none */
	struct lb_range device_tree; /* empty on x86-64 */
	lb_phys_addr rsdp;           /* 0: unknown */
	lb_phys_addr core_header;    /* elfcorehdr: 0 means this is not a capture kernel */
	uint64_t start_ticks;        /* arch_ticks() at the first line of C */
	const char *protocol;        /* for the console */
	char cmdline[BOOT_CMDLINE_BYTES];
};

extern struct boot_info boot_info;

/* Appends to boot_info.map; entries that do not fit are counted. */
void boot_map_add(uint64_t start, uint64_t size, uint32_t type, const char *name);

/* Where the architectures meet. */
_Noreturn void kernel_main(void);

#endif
