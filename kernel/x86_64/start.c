/* SPDX-License-Identifier: MIT */
/*
 * start: from the loader's structures to boot_info. Everything that PVH and the Linux boot
 * protocol point at lies in memory that the map itself calls RAM, so it is copied out first.
 * Sources: Xen's start_info.h (PVH version 1), Linux 6.12 Documentation/arch/x86/boot.rst and
 * zero-page.rst.
 */
#include "../boot.h"

#include "../arch.h"
#include "../cpu.h"
#include "../early_map.h"
#include "../text.h"
#include "cpu_tables.h"
#include "platform.h"

#define PVH_MAGIC 0x336ec578

struct pvh_start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memory_map;
	uint32_t memory_map_entries;
	uint32_t reserved;
};

struct pvh_module {
	uint64_t start;
	uint64_t size;
	uint64_t cmdline;
	uint64_t reserved;
};

struct pvh_memory {
	uint64_t start;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

/* Offsets in boot_params. */
enum {
	ZERO_PAGE_RSDP = 0x70,
	ZERO_PAGE_RAMDISK_HIGH = 0xc0,
	ZERO_PAGE_CMDLINE_HIGH = 0xc8,
	ZERO_PAGE_MAP_ENTRIES = 0x1e8,
	ZERO_PAGE_RAMDISK = 0x218,
	ZERO_PAGE_CMDLINE = 0x228,
	ZERO_PAGE_MAP = 0x2d0,
	ZERO_PAGE_MAP_STRIDE = 20,
	ZERO_PAGE_MAP_MAX = 128,
	ZERO_PAGE_BYTES = 4096,
};

#define CR4_GLOBAL_PAGES (UINT64_C(1) << 7)

void x86_start(uint64_t kind, lb_phys_addr pointer, lb_phys_addr phys, uint64_t cr4);

/* What is at a physical address that the loader named. An address that no loader would use is
 * no reason to fault: NULL. */
static const void *loader_pointer(lb_phys_addr address, uint64_t bytes)
{
	uint64_t end;

	if (!address || !lb_add(address, bytes, &end) || end > UINT64_C(1) << 40) {
		return NULL;
	}
	early_map((struct lb_range){address, end});
	return phys_pointer(address);
}

static void copy_cmdline(lb_phys_addr address)
{
	const char *text = loader_pointer(address, BOOT_CMDLINE_BYTES);

	if (text) {
		text_copy(boot_info.cmdline, sizeof(boot_info.cmdline), text);
	}
}

static void read_pvh(lb_phys_addr pointer)
{
	const struct pvh_start_info *info = loader_pointer(pointer, sizeof(*info));
	const struct pvh_module *module;
	const struct pvh_memory *memory;
	uint64_t kept;

	boot_info.protocol = "PVH";
	if (!info || info->magic != PVH_MAGIC) {
		return;
	}
	copy_cmdline(info->cmdline);
	boot_info.rsdp = info->rsdp;
	if (info->modules) {
		module = loader_pointer(info->module_list, sizeof(*module));
		if (module && module->size <= LB_PHYS_ADDR_MAX - module->start) {
			boot_info.module =
				(struct lb_range){module->start, module->start + module->size};
		}
	}
	if (info->version < 1) {
		return;
	}
	kept = lb_min(info->memory_map_entries, BOOT_MAP_ENTRIES);
	memory = loader_pointer(info->memory_map, kept * sizeof(*memory));
	for (uint64_t i = 0; memory && i < kept; i++) {
		boot_map_add(memory[i].start, memory[i].size, memory[i].type, "PVH map");
	}
	boot_info.map_count = info->memory_map_entries;
}

static uint64_t zero_page_read(const uint8_t *page, size_t offset, size_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, page + offset, bytes);
	return value;
}

static void read_zero_page(lb_phys_addr pointer)
{
	const uint8_t *page = loader_pointer(pointer, ZERO_PAGE_BYTES);
	uint64_t start;
	uint64_t size;
	uint64_t said;
	uint64_t entries;

	boot_info.protocol = "Linux 64-bit";
	if (!page) {
		return;
	}
	copy_cmdline(zero_page_read(page, ZERO_PAGE_CMDLINE, 4) |
		zero_page_read(page, ZERO_PAGE_CMDLINE_HIGH, 4) << 32);
	boot_info.rsdp = zero_page_read(page, ZERO_PAGE_RSDP, 8);
	start = zero_page_read(page, ZERO_PAGE_RAMDISK, 4) |
		zero_page_read(page, ZERO_PAGE_RAMDISK_HIGH, 4) << 32;
	size = zero_page_read(page, ZERO_PAGE_RAMDISK + 4, 4) |
		zero_page_read(page, ZERO_PAGE_RAMDISK_HIGH + 4, 4) << 32;
	if (size && size <= LB_PHYS_ADDR_MAX - start) {
		boot_info.module = (struct lb_range){start, start + size};
	}
	said = zero_page_read(page, ZERO_PAGE_MAP_ENTRIES, 1);
	entries = lb_min(said, ZERO_PAGE_MAP_MAX);
	boot_info.map_lost = said - entries;
	for (uint64_t i = 0; i < entries; i++) {
		size_t at = ZERO_PAGE_MAP + i * ZERO_PAGE_MAP_STRIDE;

		boot_map_add(zero_page_read(page, at, 8), zero_page_read(page, at + 8, 8),
			(uint32_t)zero_page_read(page, at + 16, 4), "e820");
	}
}

void x86_start(uint64_t kind, lb_phys_addr pointer, lb_phys_addr phys, uint64_t cr4)
{
	boot_info.start_ticks = arch_ticks();
	image_phys = phys;
	serial_init();
	cpu_init_first();
	cpu_tables_load(this_cpu());
	legacy_interrupts_off();
	timer_calibrate();
	if (kind == BOOT_PVH) {
		read_pvh(pointer);
	} else {
		read_zero_page(pointer);
		if (cr4 & CR4_GLOBAL_PAGES) {
			boot_info.protocol = "Linux 64-bit, with translations of the kernel before";
		}
	}
	kernel_main();
}
