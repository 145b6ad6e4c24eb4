/* SPDX-License-Identifier: MIT */
/* load_core_header: what a capture kernel is told of this kernel's memory: the core header, the
 * notes that it names, and VMCOREINFO. */
#include "load_parts.h"

#include "lifeboat/core_header.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "crash.h"
#include "low_memory.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "pattern.h"

static uint8_t vmcoreinfo_page[4096] __attribute__((aligned(4096)));

static void write_vmcoreinfo(void)
{
	struct lb_vmcoreinfo info;
	size_t written;

	must(lb_vmcoreinfo_begin(&info, vmcoreinfo_page, sizeof(vmcoreinfo_page)),
		"load: vmcoreinfo");
	lb_vmcoreinfo_add_text(&info, "OSRELEASE", LB_VERSION "-lifeboat");
	lb_vmcoreinfo_add_number(&info, "PAGESIZE", (int64_t)PAGE_BYTES);
	lb_vmcoreinfo_add_number(&info, "NUMBER(cpus)", cpu_count);
	lb_vmcoreinfo_add_hex(&info, "SYMBOL(image_start)", IMAGE_VIRTUAL);
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_IMAGE_PHYS", image_phys);
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_LINEAR", LINEAR_VIRTUAL);
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_PATTERN", image_address_phys(&pattern_table));
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_BOOT_INFO", image_address_phys(&boot_info));
	must(lb_vmcoreinfo_finish(&info, &written), "load: vmcoreinfo");
}

/* The description of old memory: all of it but what never was this kernel's. That is the crash
 * memory, the capture kernel's claim below 1 MiB, and a bounce pool: devices may still be writing
 * it, so it is no picture of the crash. The region is not known when the size is asked for: one
 * exclusion can split one range, so its place does not matter. */
size_t load_core_header(struct lb_range region, void *buffer, size_t bytes)
{
	static struct lb_range notes[CPUS_MAX];
	struct lb_range excluded[] = {region, low_memory_capture(), bounce_range(),
		load.low};
	struct lb_core_header_spec spec = {.arch = ARCH, .notes = notes, .note_count = cpu_count,
		.kernel_text = image_range(), .kernel_text_va = IMAGE_VIRTUAL,
		.memory = paging_plan.writable, .memory_count = paging_plan.writable_count,
		.excluded = excluded, .excluded_count = LB_ARRAY_COUNT(excluded),
		.va_offset = LINEAR_VIRTUAL};
	size_t result;

	for (uint32_t i = 0; i < cpu_count; i++) {
		notes[i].start = image_address_phys(crash_notes[i]);
		notes[i].end = notes[i].start + CRASH_NOTE_BYTES;
	}
	spec.vmcoreinfo.start = image_address_phys(vmcoreinfo_page);
	spec.vmcoreinfo.end = spec.vmcoreinfo.start + sizeof(vmcoreinfo_page);
	if (buffer) {
		write_vmcoreinfo();
		must(lb_core_header_write(&spec, buffer, bytes, &result), "load: core header");
	} else {
		must(lb_core_header_size(&spec, &result), "load: core header");
	}
	return result;
}
