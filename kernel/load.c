/* SPDX-License-Identifier: MIT */
/* load: see load.h. */
#include "load.h"

#include "purgatory/purgatory.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "cpu.h"
#include "crash.h"
#include "load_parts.h"
#include "memory.h"
#include "options.h"
#include "panic.h"
#include "pattern.h"
#include "text.h"

bool load_open(void)
{
	struct load_image *image = &load.image;
	uint64_t kernel_bytes;

	if (lb_range_empty(boot_info.module)) {
		print(LB_LINE_ERROR "load: no capture kernel: pass one as the initrd\n");
		return false;
	}
	image->file = phys_pointer(boot_info.module.start);
	image->file_bytes = lb_range_size(boot_info.module);
	kernel_bytes = option_number(
		boot_info.cmdline, "capture-kernel-size", image->file_bytes);
	if (!kernel_bytes || kernel_bytes > image->file_bytes) {
		print(LB_LINE_ERROR "load: capture-kernel-size is more than the module has\n");
		return false;
	}
	if (kernel_bytes < image->file_bytes) {
		image->initrd = image->file + kernel_bytes;
		image->initrd_bytes = image->file_bytes - kernel_bytes;
		image->file_bytes = kernel_bytes;
	}
	return arch_load_open(image);
}

uint64_t load_segment_bytes(enum load_segment which)
{
	switch (which) {
	case LOAD_CORE_HEADER:
		/* A page more for the PT_LOAD that the region itself may split. */
		return load_core_header((struct lb_range){0, 0}, NULL, 0) + PAGE_BYTES;
	case LOAD_TABLES:
		return LOAD_TABLES_BYTES;
	case LOAD_PURGATORY:
		return load_purgatory_bytes() + sizeof(struct lb_purgatory);
	case LOAD_HANDOVER:
		return LOAD_HANDOVER_BYTES;
	case LOAD_BOOT_DATA:
		return arch_boot_data_bytes();
	case LOAD_KERNEL:
		return load.image.room + load.image.offset;
	case LOAD_INITRD:
		return load.image.initrd_bytes;
	default:
		return 0;
	}
}

static void write_cmdline(void)
{
	struct lb_range header = load_segment_place(LOAD_CORE_HEADER);
	const char *rest = option_rest(boot_info.cmdline);
	struct lb_text text = LB_TEXT(load.cmdline);

	if (option_is(boot_info.cmdline, "capture", "linux")) {
		lb_format(&text, "elfcorehdr=0x%llx %s",
			(unsigned long long)header.start, rest);
	} else {
		lb_format(&text,
			"mode=capture elfcorehdr=0x%llx handover=0x%llx seed=%llu cpus=%u %s",
			(unsigned long long)header.start,
			(unsigned long long)load_segment_place(LOAD_HANDOVER).start,
			(unsigned long long)pattern_table.seed, cpu_count, rest);
	}
	if (text.truncated) {
		panic("load: the capture kernel's command line is longer than %zu bytes",
			sizeof(load.cmdline) - 1);
	}
}

static void copy_to(lb_phys_addr at, const void *from, uint64_t bytes)
{
	memcpy(phys_pointer(at), from, bytes);
}

static void fill_segments(void)
{
	struct load_boot_data data = {.image = &load.image, .region = load.region,
		.core_header = load_segment_place(LOAD_CORE_HEADER),
		.initrd = load_segment_place(LOAD_INITRD), .cmdline = load.cmdline};
	struct lb_range boot = load_segment_place(LOAD_BOOT_DATA);

	for (size_t i = 0; i < load.segment_count; i++) {
		if (i != LOAD_KERNEL && i != LOAD_INITRD) {
			memset(phys_pointer(load.segments[i].start), 0, load.segments[i].size);
		}
	}
	load_core_header(load.region, phys_pointer(data.core_header.start),
		lb_range_size(data.core_header));
	load_handover();
	write_cmdline();
	arch_boot_data_write(phys_pointer(boot.start), boot.start, lb_range_size(boot), &data);
	copy_to(load_segment_place(LOAD_KERNEL).start + load.image.offset, load.image.kernel,
		load.image.kernel_bytes);
	if (load.image.initrd) {
		copy_to(data.initrd.start, load.image.initrd, load.image.initrd_bytes);
	}
	copy_to(load_segment_place(LOAD_PURGATORY).start, purgatory_start,
		(uint64_t)(purgatory_end - purgatory_start));
}

void load_into(struct lb_range region)
{
	uint64_t bytes[LOAD_SEGMENTS];

	crash_exit.entry = 0;
	load.region = region;
	for (size_t i = 0; i < LOAD_SEGMENTS; i++) {
		bytes[i] = load_segment_bytes((enum load_segment)i);
	}
	load_place(bytes);
	fill_segments();
	load_arm_purgatory();
}
