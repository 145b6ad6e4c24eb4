/* SPDX-License-Identifier: MIT */
/*
 * x86_64: memory of an x86-64 machine just before crash memory is reserved.
 *
 * Order of events as in arch/x86/kernel/setup.c (setup_arch, 5.10 to 7.2): e820 and its edits,
 * kernel image, initrd, EFI boot services, the first megabyte, page tables from the top of RAM,
 * NODE_DATA per node, CMA, in some versions gigantic pages, then the crash kernel.
 */
#include "plan/boot/model.h"

#include <string.h>

#include "plan/boot/e820_edit.h"
#include "plan/boot/memory_check.h"
#include "policy/linux/cmdline.h"

#define LOW_LIMIT (4 * LB_GIB)
#define HIGH_LIMIT (64 * LB_TIB)
#define PAGE UINT64_C(4096)

/* setup_log_buf (kernel/printk/printk.c) takes the text, and for each 32 bytes of it a descriptor
 * of 24 bytes and an information record of 88 (112 in 7.3) bytes. */
static uint64_t log_buffer_bytes(const struct lb_model *model)
{
	uint64_t length, rounded = 4096;

	if (!lb_linux_find_size(model->cmdline, "log_buf_len", &length) || length > 2 * LB_GIB) {
		return 0;
	}
	while (rounded < length) {
		rounded *= 2;
	}
	return rounded + rounded / 32 * 24 +
	       rounded / 32 * (model->version >= LB_LINUX(7, 3, 0) ? 112 : 88);
}

/* How much a boot may take early besides what is accounted for: page tables at 4 KiB a GiB when
 * RAM is mapped by 2 MiB pages, and small tables. */
static uint64_t early_slack(const struct lb_model *model)
{
	uint64_t gigabytes = lb_model_span(model).end / LB_GIB + 1;

	return gigabytes * PAGE + 2 * LB_MIB + log_buffer_bytes(model);
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

static enum lb_status fill_memory(struct lb_model *model)
{
	if (model->same_boot_options && lb_model_memory_as_booted(model)) {
		return LB_OK;
	}
	if (memory_from_e820(model)) {
		return LB_OK;
	}
	if (lb_model_memory_as_booted(model)) {
		lb_model_assume(model, "the firmware's map is not shown, so what mem= or memmap= "
				       "would leave of it is a guess");
		return LB_OK;
	}
	model->missing =
		"no source tells which memory there is: expected /proc/iomem with addresses (read "
		"as root), /sys/firmware/memmap, boot_params, or the boot log";
	return LB_NOT_FOUND;
}

/* The first 1 MiB: reserved whole since 5.13, and before when crashkernel= is given
 * (arch/x86/kernel/setup.c, reserve_real_mode). */
static void hold_first_megabyte(struct lb_model *model)
{
	lb_model_hold(model, (struct lb_range){0, LB_MIB}, "first 1 MiB", LB_HELD);
}

static void hold_initrd(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct lb_range range = machine->boot.ramdisk;

	if (lb_range_empty(range)) {
		range = machine->boot.params.ramdisk;
	}
	if (lb_range_empty(range) && machine->boot.params.present) {
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

static bool in_memory(const struct lb_model *model, struct lb_range range)
{
	for (size_t i = 0; i < model->memory_count; i++) {
		if (lb_range_overlaps(model->memory[i].range, range)) {
			return true;
		}
	}
	return false;
}

/* memblock_x86_reserve_range_setup_data (arch/x86/kernel/setup.c): taken for good. */
static void hold_setup_data(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->boot.setup_data_count; i++) {
		lb_model_hold(model, machine->boot.setup_data[i], "setup_data", LB_HELD);
	}
}

static void hold_acpi_tables(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->acpi.tables_count; i++) {
		struct lb_range range = machine->acpi.tables[i].range;

		if (in_memory(model, range)) {
			lb_model_hold(model, range, "ACPI table", LB_HELD_LIKELY);
		}
	}
}

/* efi_reserve_boot_services (arch/x86/platform/efi/quirks.c). */
static void hold_boot_services(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->efi.map_count; i++) {
		const struct lb_efi_descriptor *descriptor = &machine->efi.map[i];

		if ((descriptor->type == LB_EFI_BOOT_CODE ||
			    descriptor->type == LB_EFI_BOOT_DATA) &&
			in_memory(model, descriptor->range)) {
			lb_model_hold(model, descriptor->range, "EFI boot services", LB_HELD);
		}
	}
}

/* End of the RAM that the firmware has below 4 GiB, its own included: where the e820 map's
 * stretch of touching entries ends. */
static lb_phys_addr firmware_low_top(const struct lb_machine *machine)
{
	lb_phys_addr end = 0;

	for (size_t i = 0; i < machine->e820.log_count; i++) {
		const struct lb_e820_entry *entry = &machine->e820.log[i];

		if (entry->range.end > LOW_LIMIT || entry->range.start < LB_MIB) {
			continue;
		}
		if (entry->type == LB_E820_RAM || entry->range.start == end) {
			end = lb_max(end, entry->range.end);
		}
	}
	return end;
}

/*
 * EDK II in QEMU leaves 128 KiB of boot services data, the stack of its PEI phase, some 68.5 MiB
 * below the top of low RAM. The distance was read off recorded maps of Debian's OVMF (1 to 64 GiB
 * of RAM), not derived from its source: another build may differ, so this is a guess and only
 * ever moves a verdict that is not certain.
 */
static void hold_edk2_pei_stack(struct lb_model *model)
{
	const uint64_t below_top = 0x448b000;
	lb_phys_addr top = firmware_low_top(model->machine);

	if (model->machine->efi.edk2 && top > below_top) {
		struct lb_range stack = {top - below_top, top - below_top + 128 * LB_KIB};

		lb_model_hold(model, stack, "EDK II PEI stack, probably", LB_HELD_LIKELY);
	}
}

/*
 * The firmware takes its memory from the top of a stretch of RAM down. A table of its own that
 * lies in RAM (its address is in the log's table line) was among it, so what is above it was
 * most likely taken before.
 */
static void hold_above_firmware_tables(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->efi.tables_count; i++) {
		lb_phys_addr at = lb_align_down(machine->efi.tables[i].range.start, PAGE);
		const struct lb_region *region = lb_model_region_at(model, at);

		if (region && at >= LB_MIB && at < LOW_LIMIT) {
			lb_model_hold(model, (struct lb_range){at, region->range.end},
				"EFI firmware, probably", LB_HELD_LIKELY);
		}
	}
}

/*
 * A UEFI machine that does not show its firmware's map. The loader puts the initrd into the
 * highest free block that holds it (drivers/firmware/efi/libstub, efi_low_alloc and
 * efi_allocate_pages), so what lies between it and the end of that RAM was not free.
 */
static void hold_hidden_firmware(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct lb_range initrd = machine->boot.ramdisk;
	const struct lb_region *region = lb_model_region_at(model, initrd.start);

	lb_model_doubt(model, "the firmware's memory map is not shown: boot services are taken "
			      "while crash memory is chosen, and free again later; boot once with "
			      "efi=debug, or take a snapshot as root, to settle it");
	if (region && !lb_range_empty(initrd) && machine->boot.params.type_of_loader == 0x21) {
		struct lb_range above = {initrd.end, region->range.end};

		lb_model_hold(model, above, "EFI boot services, probably", LB_HELD_LIKELY);
	}
	hold_above_firmware_tables(model);
	hold_edk2_pei_stack(model);
	for (size_t i = 0; i < model->memory_count; i++) {
		lb_model_hold(model, model->memory[i].range, "EFI boot services, possibly",
			LB_FREE_LIKELY);
	}
}

/* The log buffers come before NODE_DATA; where they are not above it, they are below. */
static void allocate_log_buffers(struct lb_model *model, uint64_t above_node_data)
{
	uint64_t bytes = log_buffer_bytes(model);

	if (bytes > above_node_data) {
		lb_model_doubt(
			model, "where the buffers that log_buf_len= asks for are is not shown");
		lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "log buffers",
						       .size = bytes,
						       .align = PAGE,
						       .window = {LB_MIB, LB_PHYS_ADDR_MAX},
						       .node = LB_NO_NODE,
						       .doubtful = true});
	}
}

/* Page tables, log buffers and small tables lie between NODE_DATA and the end of its hole. */
static void allocate_node_data(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	uint64_t most = 0;

	for (size_t i = 0; i < machine->nodes.data_count; i++) {
		const struct lb_node_range *data = &machine->nodes.data[i];
		lb_phys_addr end = lb_model_hole_end(model, data->range.start);
		uint64_t before = end - lb_min(end, data->range.end);

		most = lb_max(most, before);
		lb_model_allocate_early(
			model, (struct lb_early_allocation){.owner = "early page tables and log",
				       .size = before,
				       .align = PAGE,
				       .window = {LB_MIB, LB_PHYS_ADDR_MAX},
				       .node = data->node});
	}
	for (size_t i = 0; i < machine->nodes.data_count; i++) {
		const struct lb_node_range *data = &machine->nodes.data[i];

		lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "NODE_DATA",
						       .size = lb_range_size(data->range),
						       .align = 64,
						       .window = {LB_MIB, LB_PHYS_ADDR_MAX},
						       .node = data->node,
						       .observed = data->range.start});
	}
	allocate_log_buffers(model, most);
}

/* Without the log: how much is taken early is known within bounds, and that it comes off the top
 * of each stretch of RAM. */
static void hold_unseen_early(struct lb_model *model)
{
	uint64_t slack = early_slack(model);

	lb_model_doubt(model, "the boot log is not shown, so the page tables and NODE_DATA at the "
			      "top of RAM are only known within bounds");
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range region = model->memory[i].range;
		struct lb_range top = {
			region.end - lb_min(slack, lb_range_size(region)), region.end};

		lb_model_hold(
			model, top, "early page tables and NODE_DATA, possibly", LB_FREE_LIKELY);
	}
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

static void allocate_cma(struct lb_model *model)
{
	uint64_t size;

	if (!built_with_cma(model)) {
		return;
	}
	if (lb_linux_find_size(model->cmdline, "cma", &size) && size && size < LB_TIB) {
		lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "CMA",
						       .size = size,
						       .align = 4 * LB_MIB,
						       .window = {0, LB_PHYS_ADDR_MAX},
						       .node = LB_NO_NODE});
	}
}

/* Between 6.15 and 6.19 gigantic boot pages are taken before the crash kernel memory. */
static void allocate_gigantic_pages(struct lb_model *model)
{
	struct lb_cmdline line = lb_linux_cmdline(model->cmdline);
	struct lb_cmdline_option option;
	uint64_t page = 0, count = 0;

	if (model->version < LB_LINUX(6, 15, 0) || model->version >= LB_LINUX(7, 0, 0) ||
		(model->machine->cpu.gbpages_known && !model->machine->cpu.gbpages)) {
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

static uint64_t swiotlb_bytes(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	uint64_t slabs = 0;
	uint64_t bytes = 64 * LB_MIB;

	if (lb_linux_find_size(model->cmdline, "swiotlb", &slabs) && slabs &&
		slabs < (UINT64_C(1) << 31)) {
		return (slabs + 127) / 128 * 128 * 2 * LB_KIB;
	}
	if (machine->encryption.sev || machine->encryption.tdx) {
		uint64_t six_percent = model->env.system_ram * 6 / 100;

		bytes = lb_min(lb_max(six_percent, 64 * LB_MIB), LB_GIB);
		bytes = (bytes + 256 * LB_KIB - 1) / (256 * LB_KIB) * (256 * LB_KIB);
	}
	return bytes;
}

static void fill_env(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_machine_encryption *encryption = &machine->encryption;
	struct lb_reserve_env *env = &model->env;

	env->arch = model->arch;
	env->version = model->version;
	env->page_size = 4096;
	for (size_t i = 0; i < model->memory_count; i++) {
		env->system_ram += lb_range_size(model->memory[i].range);
	}
	env->low_max = LOW_LIMIT;
	env->high_max = HIGH_LIMIT;
	env->swiotlb_bytes = swiotlb_bytes(model);
	env->cma_align = built_with_cma(model) ? 2 * LB_MIB : 0;
	env->xen_pv = machine->cpu.xen_pv;
	env->memory_encrypted = encryption->sme || encryption->sev || encryption->sev_es ||
				encryption->sev_snp || encryption->tdx;
}

/* A log that begins with the firmware's map and never speaks of EFI is that of a BIOS boot
 * (arch/x86/platform/efi/efi.c prints "efi: EFI v..." right behind the map). */
static bool booted_by_bios(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	if (machine->efi.known) {
		return !machine->efi.booted;
	}
	return machine->e820.heading && !machine->efi.mentioned;
}

enum lb_status lb_model_x86(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	enum lb_status status = fill_memory(model);

	if (status) {
		return status;
	}
	hold_first_megabyte(model);
	hold_initrd(model);
	hold_acpi_tables(model);
	hold_setup_data(model);
	status = lb_memory_confirm(model);
	if (status) {
		return status;
	}
	if (machine->efi.map_count) {
		if (!lb_memory_map_covered(model)) {
			lb_model_assume(model, "parts of the firmware's memory map are missing");
		}
		hold_boot_services(model);
	} else if (!booted_by_bios(model)) {
		hold_hidden_firmware(model);
	}
	status = lb_model_place_kernel(model);
	if (status) {
		return status;
	}
	if (machine->nodes.data_count && model->same_boot_options) {
		if (!lb_model_all_node_data(model)) {
			lb_model_assume(model, "the log does not show NODE_DATA of every node");
		}
		allocate_node_data(model);
	} else {
		hold_unseen_early(model);
	}
	allocate_cma(model);
	allocate_gigantic_pages(model);
	fill_env(model);
	return LB_OK;
}
