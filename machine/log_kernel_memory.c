/* SPDX-License-Identifier: MIT */
/* Boot log lines by which the kernel accounts for memory: what it counts, its zones, and what it
 * takes for KFENCE and gives back of the initrd. */
#include "machine/log.h"

/* KFENCE_POOL_SIZE with the most objects (65535) on the largest pages (mm/kfence/Kconfig,
 * include/linux/kfence.h). */
#define KFENCE_BYTES_MAX (8 * LB_GIB)

/* Physical addresses have 52 bits at most (x86-64 and arm64). */
#define BYTES_MAX (UINT64_C(1) << 52)

/* "14345K" */
static bool read_kib(const char **at, uint64_t *ret_bytes)
{
	uint64_t kib;

	if (!text_decimal(at, &kib) || !text_skip(at, "K") || kib > BYTES_MAX / LB_KIB) {
		return false;
	}
	*ret_bytes = kib * LB_KIB;
	return true;
}

/* The parts that a "Memory:" line lists. The kernel image is the first five. */
enum part { CODE, RWDATA, RODATA, INIT, BSS, IMAGE_PARTS, RESERVED = IMAGE_PARTS, CMA, PARTS };

struct parts {
	uint64_t bytes[PARTS];
	bool seen[PARTS];
};

/* One of "14345K kernel code, 2301K rwdata, ...", up to the comma or the bracket. What is not
 * among the parts is passed over. */
static bool read_part(const char **at, struct parts *parts)
{
	static const char *const names[PARTS] = {
		[CODE] = "kernel code",
		[RWDATA] = "rwdata",
		[RODATA] = "rodata",
		[INIT] = "init",
		[BSS] = "bss",
		[RESERVED] = "reserved",
		[CMA] = "cma-reserved",
	};
	uint64_t bytes;
	size_t length;

	if (!read_kib(at, &bytes) || !text_skip(at, " ")) {
		return false;
	}
	length = strcspn(*at, ",)");
	for (unsigned int i = 0; i < PARTS; i++) {
		if (strlen(names[i]) == length && !memcmp(*at, names[i], length)) {
			parts->bytes[i] = bytes;
			parts->seen[i] = true;
		}
	}
	*at += length;
	return true;
}

/* 0 unless every part was seen. */
static uint64_t image_bytes(const struct parts *parts)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < IMAGE_PARTS; i++) {
		if (!parts->seen[i]) {
			return 0;
		}
		sum += parts->bytes[i];
	}
	return sum;
}

/* A kernel counts its memory once; a program may say something of the kind. */
static void tell_second_boot(struct log_reader *log, const char *rest)
{
	if (strstr(rest, "K kernel code,")) {
		machine_problem(log->reader, machine_at_line(log->path, log->line),
			"a second \"Memory: \" line: of a second boot, without its banner");
	}
}

/* "1998936K/2096600K available (14345K kernel code, 2301K rwdata, 8844K rodata, 2684K init, 4096K
 * bss, 97404K reserved, 0K cma-reserved)". A program may begin a line of its own with the word. */
static bool memory_line(struct log_reader *log, const char *rest)
{
	struct lb_machine *machine = log->machine;
	struct parts parts = {0};
	uint64_t available, counted;

	if (!text_is_digit(rest[0])) {
		return true;
	}
	if (machine->memory.counted) {
		tell_second_boot(log, rest);
		return true;
	}
	if (!read_kib(&rest, &available) || !text_skip(&rest, "/") || !read_kib(&rest, &counted)) {
		return false;
	}
	if (!text_skip(&rest, " available (")) {
		machine->memory.counted = counted;
		return true; /* cut off */
	}
	do {
		if (!read_part(&rest, &parts)) {
			return false;
		}
	} while (text_skip(&rest, ", "));
	machine->memory.counted = counted;
	machine->memory.available = available;
	machine->memory.reserved_known = parts.seen[RESERVED];
	machine->memory.reserved = parts.bytes[RESERVED] + parts.bytes[CMA];
	machine->cma.reserved_known = parts.seen[CMA];
	machine->cma.reserved = parts.bytes[CMA];
	machine->kernel.image_bytes = image_bytes(&parts);
	return true;
}

/* "2097152 bytes for 255 objects at 0x(____ptrval____)-0x(____ptrval____)" */
static bool kfence(struct log_reader *log, const char *rest)
{
	uint64_t bytes;

	if (!text_decimal(&rest, &bytes) || !text_starts(rest, " bytes") ||
		bytes > KFENCE_BYTES_MAX) {
		return false;
	}
	if (!log->machine->memory.kfence_bytes) {
		log->machine->memory.kfence_bytes = bytes;
	}
	return true;
}

/* "964K"; a second line of the kind is about a second image, which was placed last. */
static bool freeing_initrd(struct log_reader *log, const char *rest)
{
	return read_kib(&rest, &log->machine->boot.ramdisk_bytes);
}

static bool zone_ranges(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->zone_ranges = true;
	return true;
}

static bool zone_ranges_end(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->zone_ranges = false;
	return true;
}

/* "     [mem 0x0000000040000000-0x00000000ffffffff]" or "     empty"; the first counts. */
static bool read_zone(const struct log_reader *log, const char *rest, struct lb_zone *zone)
{
	if (!log->zone_ranges || zone->shown) {
		return true;
	}
	zone->shown = true;
	text_skip_blanks(&rest);
	return text_starts(rest, "empty") || text_mem_range(&rest, &zone->range);
}

static bool zone_dma(struct log_reader *log, const char *rest)
{
	return read_zone(log, rest, &log->machine->dma.zone_dma);
}

static bool zone_dma32(struct log_reader *log, const char *rest)
{
	return read_zone(log, rest, &log->machine->dma.zone_dma32);
}

static bool zone_normal(struct log_reader *log, const char *rest)
{
	return read_zone(log, rest, &log->machine->dma.zone_normal);
}

/* CONFIG_HIGHMEM, which no 64-bit kernel has. */
static bool zone_highmem(struct log_reader *log, const char *rest)
{
	(void)rest;
	log->reader->log_highmem |= log->zone_ranges;
	return true;
}

static const struct log_rule rules[] = {
	/* mm/page_alloc.c (mem_init_print_info); mm/mm_init.c 6.4 on */
	{"Memory: ", memory_line},
	/* mm/kfence/core.c (kfence_init), 5.12 on */
	{"kfence: initialized - using ", kfence},
	/* mm/page_alloc.c (free_reserved_area, for init/initramfs.c) */
	{"Freeing initrd memory: ", freeing_initrd},
	/* mm/page_alloc.c (free_area_init); mm/mm_init.c 6.4 on */
	{"Zone ranges:", zone_ranges},
	{"DMA ", zone_dma},
	{"DMA32 ", zone_dma32},
	{"Normal ", zone_normal},
	{"HighMem ", zone_highmem},
	{"Movable zone start", zone_ranges_end},
};
const struct log_topic log_kernel_memory = {rules, LB_ARRAY_COUNT(rules)};
