/* SPDX-License-Identifier: MIT */
/* memory: see memory.h. The firmware's map is untrusted: firmware has bugs, and a kernel that
 * believes an overlap or a wrapped range overwrites something later, far from the cause. */
#include "memory.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "panic.h"

#define REGIONS_MAX 4096
#define USABLE_MIN (16 * LB_MIB)
/* The most physical address bits that either architecture has. */
#define PHYS_LIMIT (UINT64_C(1) << 52)

struct lb_memory_map memory;
static uint64_t storage[LB_MEMORY_MAP_BYTES(REGIONS_MAX) / 8];

__attribute__((format(printf, 1, 2))) static _Noreturn void refuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	give_up(LB_DRILL_EXIT_REFUSED, "memory map refused", format, arguments);
}

/* The map has no room for what the firmware's map says: the firmware's fault, not ours. */
static void accept(enum lb_status status, const char *what)
{
	if (status != LB_OK) {
		refuse("%s: %s", what, lb_status_text(status));
	}
}

static bool is_filler(const struct boot_map_entry *entry)
{
	return entry->type == BOOT_MEMORY_UNUSED && !entry->size;
}

static void check_entry(size_t index, const struct boot_map_entry *entry)
{
	uint64_t end;

	if (!entry->size) {
		refuse("entry %zu (%s) at 0x%llx has size 0", index, entry->name,
			(unsigned long long)entry->start);
	}
	if (!lb_add(entry->start, entry->size, &end)) {
		refuse("entry %zu (%s) at 0x%llx, size 0x%llx, passes the end of the address space",
			index, entry->name, (unsigned long long)entry->start,
			(unsigned long long)entry->size);
	}
	if (entry->type == BOOT_MEMORY_RAM && end > PHYS_LIMIT) {
		refuse("entry %zu (%s): RAM 0x%llx-0x%llx is above the 52 bits of a physical "
			"address",
			index, entry->name, (unsigned long long)entry->start,
			(unsigned long long)end - 1);
	}
}

static struct lb_range entry_range(const struct boot_map_entry *entry)
{
	return (struct lb_range){entry->start, entry->start + entry->size};
}

/* TAKEN entries describe the same memory a second time; all others must be disjoint. */
static void check_overlap(size_t index)
{
	const struct boot_map_entry *entry = &boot_info.map[index];
	struct lb_range range = entry_range(entry);

	if (entry->type == BOOT_MEMORY_TAKEN) {
		return;
	}
	for (size_t i = 0; i < index; i++) {
		const struct boot_map_entry *other = &boot_info.map[i];

		if (other->type != BOOT_MEMORY_TAKEN && !is_filler(other) &&
			lb_range_overlaps(range, entry_range(other))) {
			refuse("entry %zu (%s) 0x%llx-0x%llx overlaps entry %zu 0x%llx-0x%llx",
				index, entry->name, (unsigned long long)range.start,
				(unsigned long long)range.end - 1, i,
				(unsigned long long)other->start,
				(unsigned long long)entry_range(other).end - 1);
		}
	}
}

static void reserve(struct lb_range range, const char *what)
{
	struct lb_range pages = {lb_align_down(range.start, PAGE_BYTES), range.end};

	if (!lb_align_up(range.end, PAGE_BYTES, &pages.end)) {
		pages.end = range.end;
	}
	accept(lb_memory_map_reserve(&memory, pages, LB_NO_NODE, 0), what);
}

/* RAM counts by whole pages: a page that is only partly there cannot be mapped. */
static void add_ram(const struct boot_map_entry *entry)
{
	struct lb_range pages = entry_range(entry);

	pages.end = lb_align_down(pages.end, PAGE_BYTES);
	if (lb_align_up(pages.start, PAGE_BYTES, &pages.start) && pages.start < pages.end) {
		accept(lb_memory_map_add(&memory, pages, LB_NO_NODE, 0), entry->name);
	}
}

static void take_entries(void)
{
	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (is_filler(entry)) {
			continue;
		}
		check_entry(i, entry);
		check_overlap(i);
		if (entry->type == BOOT_MEMORY_RAM) {
			add_ram(entry);
		} else if (entry->type == BOOT_MEMORY_TAKEN) {
			reserve(entry_range(entry), entry->name);
		}
	}
}

void memory_check_usable(void)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	uint64_t usable = 0;

	while (lb_memory_map_next_free(&memory, &cursor, &region)) {
		usable += lb_range_size(region.range);
	}
	if (usable < USABLE_MIN) {
		refuse("%llu KiB of usable memory, at least %llu are needed",
			(unsigned long long)(usable / LB_KIB),
			(unsigned long long)(USABLE_MIN / LB_KIB));
	}
	print("memory: %zu entries, %llu MiB of RAM, %llu MiB usable\n",
		(size_t)boot_info.map_count,
		(unsigned long long)(lb_memory_map_total(&memory) / LB_MIB),
		(unsigned long long)(usable / LB_MIB));
}

static bool image_is_ram(void)
{
	struct lb_region region;

	return lb_memory_map_memory_at(&memory, image_phys, &region) &&
		lb_range_contains(region.range, image_range());
}

void memory_read(void)
{
	accept(lb_memory_map_init(&memory, storage, sizeof(storage)), "storage");
	if (boot_info.map_count > BOOT_MAP_ENTRIES) {
		refuse("%llu entries, at most %u can be believed",
			(unsigned long long)boot_info.map_count, BOOT_MAP_ENTRIES);
	}
	if (boot_info.map_lost) {
		refuse("%llu of its entries are beyond the end of the loader's list",
			(unsigned long long)boot_info.map_lost);
	}
	if (!boot_info.map_count) {
		refuse("it has no entries");
	}
	take_entries();
	if (!lb_memory_map_total(&memory)) {
		refuse("no usable memory: none of its %llu entries is RAM",
			(unsigned long long)boot_info.map_count);
	}
	if (!image_is_ram()) {
		refuse("the kernel's own image 0x%llx-0x%llx is not RAM in it",
			(unsigned long long)image_range().start,
			(unsigned long long)image_range().end - 1);
	}
	reserve(image_range(), "kernel image");
	reserve(boot_info.module, "module");
}

lb_phys_addr memory_take(uint64_t size, uint64_t align, struct lb_range window, const char *what)
{
	struct lb_memory_request request = {
		.size = size, .align = align, .window = window, .node = LB_NO_NODE};
	lb_phys_addr start;
	enum lb_status status;

	if (!lb_align_up(size, PAGE_BYTES, &request.size)) {
		panic("%s: size 0x%llx makes no sense", what, (unsigned long long)size);
	}
	request.align = lb_max(align, PAGE_BYTES);
	status = lb_memory_map_alloc(&memory, &request, &start);
	if (status != LB_OK) {
		panic("%s: no room for 0x%llx bytes: %s", what, (unsigned long long)size,
			lb_status_text(status));
	}
	return start;
}
