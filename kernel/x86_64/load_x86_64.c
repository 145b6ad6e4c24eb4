/* SPDX-License-Identifier: MIT */
/*
 * load_x86_64: a bzImage and its zero page (Linux 6.12, Documentation/arch/x86/boot.rst and
 * zero-page.rst). Offsets are those of struct boot_params.
 */
#include "../load.h"

#include "lifeboat/kernel_image.h"
#include "purgatory/purgatory.h"

#include "../arch.h"
#include "../boot.h"
#include "../console.h"
#include "../low_memory.h"
#include "../memory.h"
#include "../text.h"

#define ZERO_PAGE_BYTES 4096
#define E820_AT 0x2d0
#define E820_MAX 128
#define E820_ENTRY 20
#define RAM_ENTRIES 3 /* the crash memory, in two regions, and what was claimed below 1 MiB */
#define COM1 0x3f8

/* What a kernel has to know of, to keep devices away from it, though it is no RAM. */
static bool is_told(const struct boot_map_entry *entry)
{
	return entry->type > BOOT_MEMORY_RAM && entry->type < BOOT_MEMORY_TAKEN;
}

/* A capture kernel that knows only a part of the map would be a surprise at the worst time. */
static bool map_fits(void)
{
	size_t told = RAM_ENTRIES;

	for (size_t i = 0; i < boot_info.map_count; i++) {
		told += is_told(&boot_info.map[i]);
	}
	if (told > E820_MAX) {
		print(LB_LINE_ERROR "load: the capture kernel's memory map would have %zu entries, "
				    "its zero page has room for %u\n", told, E820_MAX);
	}
	return told <= E820_MAX;
}

bool arch_load_open(struct load_image *image)
{
	struct lb_image_error error;
	struct lb_bzimage parsed;

	if (lb_bzimage_open(&parsed, image->file, image->file_bytes, &error) != LB_OK) {
		print(LB_LINE_ERROR "load: capture kernel: %s at offset 0x%llx: expected %s\n",
			lb_status_text(error.status), (unsigned long long)error.offset,
			error.expected);
		return false;
	}
	if (!parsed.entry_64 || !parsed.relocatable) {
		print(LB_LINE_ERROR "load: capture kernel: no 64-bit entry, or not relocatable\n");
		return false;
	}
	image->kernel = image->file + parsed.kernel.offset;
	image->kernel_bytes = parsed.kernel.size;
	image->room = lb_max(parsed.init_size, parsed.kernel.size);
	image->align = lb_max(parsed.alignment, 2 * LB_MIB);
	image->entry_offset = LB_BZIMAGE_ENTRY_64;
	image->header_offset = parsed.header.offset;
	image->header_bytes = parsed.header.size;
	return map_fits();
}

uint64_t arch_boot_data_bytes(void)
{
	return ZERO_PAGE_BYTES + BOOT_CMDLINE_BYTES;
}

struct zero_page {
	uint8_t *bytes;
	unsigned int entries;
};

static void put(struct zero_page *page, size_t offset, uint64_t value, size_t bytes)
{
	memcpy(page->bytes + offset, &value, bytes);
}

static void add_memory(struct zero_page *page, struct lb_range range, uint32_t type)
{
	size_t at = E820_AT + (size_t)page->entries * E820_ENTRY;

	if (lb_range_empty(range)) {
		return;
	}
	LB_ASSERT(page->entries < E820_MAX); /* map_fits */
	put(page, at, range.start, 8);
	put(page, at + 8, lb_range_size(range), 8);
	put(page, at + 16, type, 4);
	page->entries++;
	put(page, 0x1e8, page->entries, 1);
}

/* The capture kernel's RAM is the crash memory less the core header, and what was claimed for it
 * below 1 MiB; what is not RAM it has to know as well, to keep devices away from it. */
static void add_map(struct zero_page *page, const struct load_boot_data *data)
{
	struct lb_range ram = {data->core_header.end, data->region.end};

	ram.start = lb_align_down(ram.start + PAGE_BYTES - 1, PAGE_BYTES);
	add_memory(page, low_memory_capture(), BOOT_MEMORY_RAM);
	add_memory(page, load.low, BOOT_MEMORY_RAM);
	add_memory(page, ram, BOOT_MEMORY_RAM);
	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (is_told(entry)) {
			add_memory(page,
				(struct lb_range){entry->start, entry->start + entry->size},
				entry->type);
		}
	}
}

void arch_boot_data_write(
	void *at, lb_phys_addr phys, uint64_t bytes, const struct load_boot_data *data)
{
	struct zero_page page = {.bytes = at};
	lb_phys_addr cmdline = phys + ZERO_PAGE_BYTES;
	uint64_t initrd_bytes = lb_range_size(data->initrd);

	LB_ASSERT(bytes >= ZERO_PAGE_BYTES + BOOT_CMDLINE_BYTES);
	memcpy(page.bytes + 0x1f1, data->image->file + data->image->header_offset,
		data->image->header_bytes);
	put(&page, 0x210, 0xff, 1); /* a loader without a number */
	put(&page, 0x070, boot_info.rsdp, 8);
	put(&page, 0x218, data->initrd.start & UINT32_MAX, 4);
	put(&page, 0x0c0, data->initrd.start >> 32, 4);
	put(&page, 0x21c, initrd_bytes & UINT32_MAX, 4);
	put(&page, 0x0c4, initrd_bytes >> 32, 4);
	put(&page, 0x228, cmdline & UINT32_MAX, 4);
	put(&page, 0x0c8, cmdline >> 32, 4);
	put(&page, 0x250, 0, 8);
	add_map(&page, data);
	text_copy((char *)at + ZERO_PAGE_BYTES, BOOT_CMDLINE_BYTES, data->cmdline);
}

void arch_clean(struct lb_range range)
{
	(void)range; /* caches are coherent with everything here */
}

void arch_purgatory_fill(struct lb_purgatory *purgatory)
{
	purgatory->protocol = LB_PURGATORY_LINUX_X86;
	purgatory->console_kind = LB_PURGATORY_UART_PORT;
	purgatory->console = COM1;
	purgatory->reset_kind = LB_PURGATORY_RESET_X86;
}

struct lb_range arch_purgatory_device(void)
{
	return (struct lb_range){0, 0};
}
