/* SPDX-License-Identifier: MIT */
/* load: see load.h. */
#include "load.h"

#include "lifeboat/core_header.h"
#include "lifeboat/handover.h"
#include "purgatory/purgatory.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "console.h"
#include "crash.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "pattern.h"
#include "report.h"
#include "text.h"
#include "trap.h"

/* Identity tables: six levels' worth for the region, the device, the image in its place. */
#define TABLES_BYTES (48 * PAGE_BYTES)
#define HANDOVER_BYTES PAGE_BYTES
#define FORBIDDEN_MAX 256

struct load_state load;
static uint8_t vmcoreinfo_page[4096] __attribute__((aligned(4096)));
static struct lb_owned_range forbidden[FORBIDDEN_MAX];

static void must(enum lb_status status, const char *what)
{
	if (status != LB_OK) {
		panic("load: %s: %s", what, lb_status_text(status));
	}
}

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

/* The description of old memory. The excluded ranges change with the region, which is not known
 * when the size is asked for: one exclusion can split one range, so its place does not matter. A
 * bounce pool is left out: devices may still be writing it, so it is no picture of the crash. */
static size_t core_header_bytes(struct lb_range region, void *buffer, size_t bytes)
{
	static struct lb_range notes[CPUS_MAX];
	struct lb_range excluded[3] = {
		region, {0, ARCH_HAS_LOW_MEGABYTE ? LB_MIB : 0}, bounce_range()};
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
		must(lb_core_header_write(&spec, buffer, bytes, &result), "core header");
	} else {
		must(lb_core_header_size(&spec, &result), "core header");
	}
	return result;
}

static uint64_t purgatory_bytes(void)
{
	uint64_t code = (uint64_t)(purgatory_end - purgatory_start);

	return ((code + 15) & ~UINT64_C(15)) + LB_PURGATORY_STACK_BYTES;
}

uint64_t load_segment_bytes(enum load_segment which)
{
	switch (which) {
	case LOAD_CORE_HEADER:
		/* A page more for the PT_LOAD that the region itself may split. */
		return core_header_bytes((struct lb_range){0, 0}, NULL, 0) + PAGE_BYTES;
	case LOAD_TABLES:
		return TABLES_BYTES;
	case LOAD_PURGATORY:
		return purgatory_bytes() + sizeof(struct lb_purgatory);
	case LOAD_HANDOVER:
		return HANDOVER_BYTES;
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

	for (size_t i = 0; i < boot_info.map_count && count < FORBIDDEN_MAX; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (entry->type != BOOT_MEMORY_RAM && entry->size) {
			forbidden[count++] = (struct lb_owned_range){
				{entry->start, entry->start + entry->size}, entry->name};
		}
	}
	return count;
}

static void place(void)
{
	static const char *const names[LOAD_SEGMENTS] = {LB_SEGMENT_CORE_HEADER,
		"page tables", LB_SEGMENT_PURGATORY, "handover", "boot data",
		LB_SEGMENT_KERNEL, "initrd"};
	struct lb_placement_space space = {.rules = LB_PLACEMENT_LINUX_6_8,
		.page_size = PAGE_BYTES, .allowed = &load.region, .allowed_count = 1,
		.forbidden = forbidden, .forbidden_count = collect_forbidden()};
	struct lb_placement_conflict conflict;

	load.segment_count = load.image.initrd ? LOAD_SEGMENTS : LOAD_INITRD;
	for (size_t i = 0; i < load.segment_count; i++) {
		load.segments[i] = (struct lb_segment){.name = names[i],
			.size = load_segment_bytes(i), .top_down = i == LOAD_INITRD};
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

static void write_vmcoreinfo(void)
{
	struct lb_vmcoreinfo info;
	size_t written;

	must(lb_vmcoreinfo_begin(&info, vmcoreinfo_page, sizeof(vmcoreinfo_page)), "vmcoreinfo");
	lb_vmcoreinfo_add_text(&info, "OSRELEASE", LB_VERSION "-lifeboat");
	lb_vmcoreinfo_add_number(&info, "PAGESIZE", (int64_t)PAGE_BYTES);
	lb_vmcoreinfo_add_number(&info, "NUMBER(cpus)", cpu_count);
	lb_vmcoreinfo_add_hex(&info, "SYMBOL(image_start)", IMAGE_VIRTUAL);
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_IMAGE_PHYS", image_phys);
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_LINEAR", LINEAR_VIRTUAL);
	lb_vmcoreinfo_add_hex(&info, "LIFEBOAT_PATTERN", image_address_phys(&pattern_table));
	must(lb_vmcoreinfo_finish(&info, &written), "vmcoreinfo");
}

static void write_handover(void)
{
	struct lb_range place_ = load_segment_place(LOAD_HANDOVER);
	struct lb_range header = load_segment_place(LOAD_CORE_HEADER);
	struct lb_handover_core_header core = {header.start, lb_range_size(header)};
	struct lb_handover_range crash = {.start = load.region.start,
		.size = lb_range_size(load.region), .class = LB_RANGE_CRASH};
	struct lb_handover_rsdp rsdp = {boot_info.rsdp};
	struct lb_handover_writer writer;
	size_t bytes;

	must(lb_handover_begin(&writer, phys_pointer(place_.start), HANDOVER_BYTES,
		     &(struct lb_handover_origin){.generation = 1, .writer = "reference",
			     .address = place_.start}), "handover");
	must(lb_handover_add(&writer, LB_HANDOVER_CORE_HEADER, &core, sizeof(core)), "handover");
	must(lb_handover_add(&writer, LB_HANDOVER_RANGES, &crash, sizeof(crash)), "handover");
	if (boot_info.rsdp) {
		must(lb_handover_add(&writer, LB_HANDOVER_RSDP, &rsdp, sizeof(rsdp)), "handover");
	}
	bounce_seal(&writer);
	must(lb_handover_finish(&writer, &bytes), "handover");
}

static void write_cmdline(void)
{
	struct lb_range header = load_segment_place(LOAD_CORE_HEADER);
	bool is_linux = option_is(boot_info.cmdline, "capture", "linux");

	if (is_linux) {
		print_to(load.cmdline, sizeof(load.cmdline),
			"elfcorehdr=0x%llx reset_devices nr_cpus=1 %s",
			(unsigned long long)header.start, option_rest(boot_info.cmdline));
		return;
	}
	print_to(load.cmdline, sizeof(load.cmdline),
		"mode=capture elfcorehdr=0x%llx handover=0x%llx seed=%llu cpus=%u %s",
		(unsigned long long)header.start,
		(unsigned long long)load_segment_place(LOAD_HANDOVER).start,
		(unsigned long long)pattern_table.seed, cpu_count, option_rest(boot_info.cmdline));
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
	write_vmcoreinfo();
	core_header_bytes(load.region, phys_pointer(data.core_header.start),
		lb_range_size(data.core_header));
	write_handover();
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

static void add_segment(struct lb_purgatory *purgatory, lb_phys_addr start, uint64_t bytes)
{
	LB_ASSERT(purgatory->segment_count < LB_PURGATORY_SEGMENTS_MAX);
	purgatory->segments[purgatory->segment_count++] =
		(struct lb_purgatory_segment){start, bytes};
}

/*
 * The digest is computed over the linear map, while purgatory sees the same bytes at their physical
 * addresses: lb_purgatory_digest() takes both, so the segments are shifted for the moment.
 */
static void digest(struct lb_purgatory *purgatory)
{
	struct lb_purgatory shifted = *purgatory;
	uint64_t start = arch_ticks();

	for (uint32_t i = 0; i < shifted.segment_count; i++) {
		shifted.segments[i].start += LINEAR_VIRTUAL;
	}
	lb_purgatory_digest(&shifted, purgatory->digest);
	memcpy(load.digest, purgatory->digest, sizeof(load.digest));
	load.digest_us = ticks_to_microseconds(arch_ticks() - start);
}

/* Linux reads the BIOS data area, and tries out paging modes from a page below 1 MiB, before it has
 * tables of its own (arch/x86/boot/compressed/pgtable_64.c, 6.1). */
static lb_phys_addr build_identity(void)
{
	const struct lb_range ranges[] = {load.region, {0, LB_MIB}};

	return paging_build_identity(load_segment_place(LOAD_TABLES), ranges,
		ARCH_HAS_LOW_MEGABYTE ? 2 : 1, arch_purgatory_device());
}

static void arm_purgatory(void)
{
	lb_phys_addr code = load_segment_place(LOAD_PURGATORY).start;
	lb_phys_addr self = code + purgatory_bytes();
	struct lb_purgatory *purgatory = phys_pointer(self);
	struct lb_range kernel = load_segment_place(LOAD_KERNEL);

	*purgatory = (struct lb_purgatory){.magic = LB_PURGATORY_MAGIC, .self = self,
		.entry = kernel.start + load.image.offset + load.image.entry_offset,
		.argument = load_segment_place(LOAD_BOOT_DATA).start,
		.path = option_is(boot_info.cmdline, "sha", "portable") ? LB_SHA256_PORTABLE
									: lb_sha256_detect()};
	arch_purgatory_fill(purgatory);
	add_segment(purgatory, code, (uint64_t)(purgatory_end - purgatory_start));
	for (size_t i = 0; i < load.segment_count; i++) {
		if (i == LOAD_KERNEL) {
			add_segment(purgatory, kernel.start + load.image.offset,
				load.image.kernel_bytes);
		} else if (i != LOAD_PURGATORY && i != LOAD_TABLES) {
			add_segment(purgatory, load.segments[i].start, load.segments[i].size);
		}
	}
	digest(purgatory);
	arch_clean(load.region);
	crash_exit = (struct crash_exit){
		.tables = build_identity(), .entry = code, .argument = self};
	arch_clean(load_segment_place(LOAD_TABLES));
}

void load_into(struct lb_range region)
{
	crash_exit.entry = 0;
	load.region = region;
	place();
	fill_segments();
	arm_purgatory();
}
