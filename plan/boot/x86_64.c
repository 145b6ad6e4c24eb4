/* SPDX-License-Identifier: MIT */
/* x86_64: memory of an x86-64 machine just before crash memory is reserved. */
#include "plan/boot/x86_64.h"

#include "plan/boot/boot.h"
#include "plan/boot/boot_pool.h"
#include "plan/boot/cma.h"
#include "plan/boot/e820_edit.h"
#include "plan/boot/efi_services.h"
#include "plan/boot/node_data.h"
#include "plan/boot/steps.h"
#include "policy/linux/cmdline.h"

#define PAGE UINT64_C(4096)

/* CONFIG_LOG_BUF_SHIFT is 17 to 20 in what distributions build. log_buf_len= asks for more or for
 * nothing. */
#define LOG_BUFFER_BUILT_IN_MOST LB_MIB
#define LOG_BUFFER_MOST (2 * LB_GIB)
#define LOG_BUFFERS 3

/*
 * Bytes that log_buf_len= takes, one after the other (kernel/printk/printk.c, setup_log_buf): the
 * text, then for each 32 bytes of it a descriptor of 24 bytes, and an information record of 88
 * (112 in 7.3).
 */
struct log_buffers {
	uint64_t bytes[LOG_BUFFERS];
	bool built_in; /* possibly: a buffer of that size may be there already */
};

static struct log_buffers log_buffers_of(const struct lb_model *model)
{
	uint64_t record = model->version >= LB_LINUX(7, 3, 0) ? 112 : 88;
	uint64_t length = 0, text = 4096;

	if (!lb_linux_find_size(model->cmdline, "log_buf_len", &length) || !length) {
		return (struct log_buffers){0};
	}
	while (text < lb_min(length, LOG_BUFFER_MOST)) {
		text *= 2;
	}
	return (struct log_buffers){.bytes = {text, text / 32 * 24, text / 32 * record},
		.built_in = text <= LOG_BUFFER_BUILT_IN_MOST};
}

/* How much a boot may take early besides what is accounted for: page tables at 4 KiB a GiB when
 * RAM is mapped by 2 MiB pages, and small tables. */
static uint64_t early_slack(const struct lb_model *model)
{
	uint64_t gigabytes = lb_model_span(model).end / LB_GIB + 1;

	return gigabytes * PAGE + 2 * LB_MIB;
}

static bool memory_from_e820(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_e820_entry *entries = machine->e820.log;
	size_t count = machine->e820.log_count;

	if (!count) {
		entries = machine->e820.firmware;
		count = machine->e820.firmware_count;
	}
	if (!count) {
		entries = machine->boot.params.e820;
		count = machine->boot.params.e820_count;
	}
	return count && lb_e820_edited(model, entries, count);
}

static void list_memory(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;

	if (model->same_boot_options && lb_model_memory_as_booted(model)) {
		return;
	}
	if (memory_from_e820(model)) {
		return;
	}
	if (lb_model_memory_as_booted(model)) {
		lb_model_assume(model, "the firmware's map is not shown, so what mem= or memmap= "
				       "would leave of it is a guess");
		return;
	}
	model->missing =
		"no source tells which memory there is: expected /proc/iomem with addresses (read "
		"as root), /sys/firmware/memmap, boot_params, or the boot log";
	boot->status = LB_NOT_FOUND;
}

/* The first 1 MiB: reserved whole since 5.13, and before when crashkernel= is given
 * (arch/x86/kernel/setup.c, reserve_real_mode). */
static void hold_first_megabyte(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	lb_model_hold(model, (struct lb_range){0, LB_MIB}, "first 1 MiB", LB_HELD);
}

static void hold_initrd(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	const struct lb_machine *machine = model->machine;
	struct lb_range range = machine->boot.ramdisk;

	if (lb_range_empty(range)) {
		range = machine->boot.params.ramdisk;
	}
	/* What was given back as an initrd was one, whatever boot_params say. */
	if (lb_range_empty(range) && machine->boot.params.present && !machine->boot.ramdisk_bytes) {
		return;
	}
	if (!lb_range_empty(range)) {
		uint64_t end;

		if (lb_align_up(range.end, PAGE, &end)) {
			range.end = end;
		}
		lb_model_hold(model, range, "initrd", LB_HELD);
		return;
	}
	lb_model_doubt(model, "whether there is an initrd, and where, is shown neither by the boot "
			      "log nor by boot_params");
	for (size_t i = 0; i < model->memory_count; i++) {
		lb_model_hold(model, model->memory[i].range, "initrd, somewhere", LB_FREE_LIKELY);
	}
}

/* memblock_x86_reserve_range_setup_data (arch/x86/kernel/setup.c): taken for good. */
static void hold_setup_data(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->boot.setup_data_count; i++) {
		lb_model_hold(model, machine->boot.setup_data[i], "setup_data", LB_HELD);
	}
}

static void hold_acpi_tables(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->acpi.tables_count; i++) {
		struct lb_range range = machine->acpi.tables[i].range;

		if (lb_model_has_memory_in(model, range)) {
			lb_model_hold(model, range, "ACPI table", LB_HELD_LIKELY);
		}
	}
}

/* From the top of RAM down, after the page tables and before NODE_DATA. */
static void allocate_log_buffers(struct lb_model *model, bool doubtful)
{
	struct log_buffers buffers = log_buffers_of(model);

	for (size_t i = 0; i < LOG_BUFFERS; i++) {
		lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "log buffers",
						       .size = buffers.bytes[i],
						       .align = PAGE,
						       .window = {LB_MIB, LB_PHYS_ADDR_MAX},
						       .node = LB_NO_NODE,
						       .doubtful = doubtful || buffers.built_in});
	}
}

/* They are above NODE_DATA, in what is known to be taken there; where that is too little, they are
 * below. */
static void check_log_buffers(struct lb_model *model, uint64_t above_node_data)
{
	struct log_buffers buffers = log_buffers_of(model);

	if (buffers.bytes[0] + buffers.bytes[1] + buffers.bytes[2] > above_node_data) {
		lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
			"where the buffers that log_buf_len= asks for are is not shown");
		allocate_log_buffers(model, true);
	}
}

/* How much is taken early is known within bounds, and that it comes off the top of each stretch of
 * RAM. */
static void hold_unseen_early(struct lb_model *model)
{
	uint64_t slack = early_slack(model);

	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range region = model->memory[i].range;
		struct lb_range top = {
			region.end - lb_min(slack, lb_range_size(region)), region.end};

		lb_model_hold(
			model, top, "early page tables and NODE_DATA, possibly", LB_FREE_LIKELY);
	}
	allocate_log_buffers(model, false);
}

/* Of the boot that is asked about the log shows only how large NODE_DATA is; and of several nodes
 * some may be gone. */
static void allocate_node_data_anew(struct lb_model *model)
{
	const struct lb_machine_nodes *nodes = &model->machine->nodes;

	for (size_t i = 0; i < nodes->data_count; i++) {
		lb_model_allocate_early(
			model, (struct lb_early_allocation){.owner = "NODE_DATA",
				       .size = lb_range_size(nodes->data[i].range),
				       .align = 64,
				       .window = {LB_MIB, LB_PHYS_ADDR_MAX},
				       .node = LB_NO_NODE,
				       .doubtful = nodes->data_count > 1});
	}
}

static void allocate_node_data(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;

	if (!model->machine->nodes.data_count) {
		lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
			"the boot log is not shown, so the page tables and NODE_DATA at the top "
			"of RAM are only known within bounds");
		hold_unseen_early(model);
		return;
	}
	if (!model->same_boot_options) {
		lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
			"with other options than this boot's, the page tables and NODE_DATA at "
			"the top of RAM are only known within bounds");
		hold_unseen_early(model);
		allocate_node_data_anew(model);
		return;
	}
	if (!lb_model_all_node_data(model)) {
		lb_model_assume(model, "the log does not show NODE_DATA of every node");
	}
	lb_node_data_allocate(boot, "early page tables and log", PAGE, LB_MIB);
	check_log_buffers(model, lb_node_data_most_above(boot));
}

/* meminfo tells; else the log, when it reserved an area; else Debian's practice. */
static bool built_with_cma(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	if (machine->cma.known) {
		return machine->cma.built;
	}
	return machine->cma.areas_count || model->version >= LB_LINUX(7, 0, 0);
}

/* dma_contiguous_reserve(max_pfn_mapped << PAGE_SHIFT), arch/x86/kernel/setup.c: RAM's end is the
 * only limit. */
static void allocate_cma(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	const struct lb_machine_cma *shown = &model->machine->cma;
	uint64_t size;
	lb_phys_addr base;

	lb_cma_doubt_others(model);
	if (built_with_cma(model) && lb_cma_option(model, &size, &base)) {
		lb_cma_declare(model, size, base, lb_model_span(model).end,
			shown->areas_count ? shown->areas[0].start : 0);
	}
}

/* mm/hugetlb.c, hugetlb_bootmem_alloc: before the crash kernel memory from 6.15 to 6.19. */
static void allocate_gigantic_pages(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	struct lb_cmdline line = lb_linux_cmdline(model->cmdline);
	struct lb_cmdline_option option;
	uint64_t page = 0, count = 0;

	if (model->machine->cpu.gbpages_known && !model->machine->cpu.gbpages) {
		return;
	}
	while (lb_cmdline_next(&line, &option)) {
		if (lb_slice_is(option.name, "hugepagesz")) {
			page = lb_linux_memparse(&option.value, 0);
		} else if (lb_slice_is(option.name, "hugepages") && page == LB_GIB) {
			count = lb_linux_memparse(&option.value, 0);
		}
	}
	for (uint64_t i = 0; i < lb_min(count, 32); i++) {
		lb_model_allocate_early(
			model, (struct lb_early_allocation){.owner = "1 GiB huge page",
				       .size = LB_GIB,
				       .align = LB_GIB,
				       .window = {0, LB_PHYS_ADDR_MAX},
				       .node = LB_NO_NODE});
	}
	if (count > 32) {
		lb_model_assume(model, "more than 32 gigantic pages are asked for");
	}
}

/* arch/x86/include/asm/crash_reserve.h, CRASH_ADDR_LOW_MAX and CRASH_ADDR_HIGH_MAX. */
static lb_phys_addr low_end(const struct lb_model *model)
{
	(void)model;
	return 4 * LB_GIB;
}

static lb_phys_addr high_end(const struct lb_model *model)
{
	(void)model;
	return 64 * LB_TIB;
}

static uint64_t cma_align(const struct lb_model *model)
{
	return built_with_cma(model) ? 2 * LB_MIB : 0;
}

static uint64_t section_bytes(const struct lb_model *model)
{
	(void)model;
	return 128 * LB_MIB;
}

static struct lb_linear_map_prediction linear_map(const struct lb_model *model)
{
	const struct lb_machine_cpu *cpu = &model->machine->cpu;

	return (struct lb_linear_map_prediction){
		.block = cpu->gbpages_known && cpu->gbpages ? LB_GIB : 2 * LB_MIB,
		.protected_ = true,
		.why = "x86-64 makes the loaded region read-only and splits blocks at its edges"};
}

/* setup_arch (arch/x86/kernel/setup.c). The order among what is held at a given place does not
 * matter; what is searched for comes in the kernel's order. */
static const struct lb_boot_step steps[] = {
	{"memory of the e820 map", 0, 0, list_memory},
	{"first 1 MiB", 0, 0, hold_first_megabyte},
	{"initrd", 0, 0, hold_initrd},
	{"ACPI tables", 0, 0, hold_acpi_tables},
	{"setup_data", 0, 0, hold_setup_data},
	{"a second listing of memory", 0, 0, lb_boot_confirm_memory},
	{"limits of crash memory", 0, 0, lb_boot_set_limits},
	{"kernel image", 0, 0, lb_boot_place_kernel},
	{"EFI boot services", 0, 0, lb_boot_efi_services},
	{"page tables, log and NODE_DATA", 0, 0, allocate_node_data},
	{"CMA", 0, 0, allocate_cma},
	{"gigantic pages", LB_LINUX(6, 15, 0), LB_LINUX(7, 0, 0), allocate_gigantic_pages},
};

const struct lb_boot_arch lb_boot_x86_64 = {
	.steps = steps,
	.step_count = LB_ARRAY_COUNT(steps),
	.e820 = LB_YES,
	.nomap = LB_NO,
	.firmware_seed = LB_NO,
	.brk_unlisted = LB_YES,
	.image_guess = 16 * LB_MIB,
	.image_align = 2 * LB_MIB,
	.image_align_64k = 2 * LB_MIB,
	.low_end_name = "4 GiB",
	.low_devices = "devices that reach only 32 bits (many disks and network cards)",
	.low_end = low_end,
	.high_end = high_end,
	.bounce_pool = lb_pool_planned,
	.physical_bits = 52,
	.section_bytes = section_bytes,
	.cma_align = cma_align,
	.linear_map = linear_map,
};
