/* SPDX-License-Identifier: MIT */
/* kernel_draw: firmware maps, sizes and avoided ranges for the placers. */
#include "plan/boot/kernel_draw.h"

#include <string.h>

#include "plan/boot/e820_edit.h"
#include "policy/linux/cmdline.h"

#define X86_SLOT_LIMIT (UINT64_C(1) << 46)      /* four page-table levels */
#define X86_SLOT_LIMIT_LA57 (UINT64_C(1) << 52) /* five */

/* Newer arm64 kernels show no more of the initrd than how many bytes they gave back. */
static struct lb_range ramdisk_at_draw(
	const struct lb_kernel_draw *draw, const struct lb_kaslr_efi_range *efi, size_t count)
{
	const struct lb_machine *machine = draw->model->machine;
	struct lb_range range = machine->boot.ramdisk;
	uint64_t bytes = machine->boot.ramdisk_bytes;

	if (draw->path.handover) {
		return (struct lb_range){0, 0};
	}
	if (lb_range_empty(range) && bytes && lb_kaslr_ramdisk_in_map(efi, count, bytes, &range)) {
		range = (struct lb_range){0, 0};
	}
	return range;
}

static enum lb_status memory_from_efi_map(struct lb_kernel_draw *draw)
{
	const struct lb_machine *machine = draw->model->machine;
	size_t count = machine->efi.map_count;
	struct lb_kaslr_efi_range *efi =
		lb_arena_array(draw->model->arena, count + 1, sizeof(*efi));
	struct lb_kaslr_final_map final = {.descriptors = efi, .count = count};

	if (!efi) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < count; i++) {
		efi[i] = (struct lb_kaslr_efi_range){.range = machine->efi.map[i].range,
			.type = machine->efi.map[i].type,
			.attributes = machine->efi.map[i].attributes};
	}
	if (draw->booted_known) {
		draw->facts = lb_kaslr_read_final_map(draw->model->arch, efi, count, draw->booted,
			machine->boot.params.init_size);
	}
	if (draw->path.placer == LB_PLACER_STUB) {
		final.image = draw->facts.image;
		final.ramdisk = ramdisk_at_draw(draw, efi, count);
		final.fdt = draw->model->row->e820 != LB_YES;
	}
	return lb_kaslr_map_at_draw(&final, draw->memory, count + 4, &draw->memory_count);
}

/* boot_params has the map as the loader passed it, which is what the decompressor reads. */
static bool memory_from_e820(struct lb_kernel_draw *draw)
{
	const struct lb_machine *machine = draw->model->machine;
	size_t count;
	const struct lb_e820_entry *entries = lb_e820_as_passed(machine, &count);

	for (size_t i = 0; i < count; i++) {
		draw->memory[draw->memory_count++] = (struct lb_kaslr_memory){
			.range = entries[i].range, .usable = entries[i].type == LB_E820_RAM};
	}
	return count;
}

static void memory_from_model(struct lb_kernel_draw *draw)
{
	const struct lb_model *model = draw->model;

	for (size_t i = 0; i < model->memory_count; i++) {
		draw->memory[draw->memory_count++] =
			(struct lb_kaslr_memory){.range = model->memory[i].range,
				.usable = !(model->memory[i].flags & LB_MEM_NOMAP)};
	}
}

enum lb_status lb_kernel_draw_prepare(struct lb_kernel_draw *draw)
{
	const struct lb_machine *machine = draw->model->machine;
	bool by_efi = draw->path.placer != LB_PLACER_E820;
	size_t most = machine->efi.map_count + draw->model->memory_count +
		      machine->boot.params.e820_count + machine->e820.log_count +
		      machine->e820.firmware_count + 16;

	draw->memory = lb_arena_array(draw->model->arena, most, sizeof(*draw->memory));
	if (!draw->memory) {
		return LB_NO_STORAGE;
	}
	if (by_efi && machine->efi.map_count) {
		return memory_from_efi_map(draw);
	}
	draw->superset = by_efi;
	if (draw->model->row->e820 != LB_YES || !memory_from_e820(draw)) {
		memory_from_model(draw);
	}
	return LB_OK;
}

/* Bytes that must fit: read off the firmware's map, computed from the header, or guessed. */
static uint64_t image_size(struct lb_kernel_draw *draw)
{
	const struct lb_boot_params *params = &draw->model->machine->boot.params;
	uint64_t size = draw->facts.image_size;

	if (draw->model->row->e820 != LB_YES) {
		draw->size_guessed = !size && !draw->booted_known;
		return size ? size : draw->model->kernel_size_min;
	}
	if (!size) {
		size = lb_kaslr_image_size(params->init_size, params->payload_offset);
	}
	if (!size) {
		draw->size_guessed = true;
		size = lb_kaslr_guess_image_size(draw->model->version, draw->model->kernel_size_min,
			draw->model->row->image_align)
			       .likely;
	}
	return size;
}

enum lb_status lb_kernel_draw_by_stub(struct lb_kernel_draw *draw, const char *cmdline, bool random,
	struct lb_slots *slots, enum lb_kaslr_result *result, lb_phys_addr *place)
{
	const struct lb_model *model = draw->model;
	bool page_64k = model->machine->kernel.page_size == 65536;
	struct lb_kaslr_stub request = {.arch = model->arch,
		.version = model->version,
		.memory = draw->memory,
		.memory_count = draw->memory_count,
		.image_size = image_size(draw),
		.align = page_64k ? model->row->image_align_64k : model->row->image_align,
		.cmdline = cmdline,
		.random = random,
		.loaded = draw->facts.loaded,
		.bank_end = draw->facts.bank_end};

	return lb_kaslr_stub_slots(&request, slots, result, place);
}

static size_t srat_ranges(
	const struct lb_model *model, const char *cmdline, struct lb_range *ranges)
{
	const struct lb_machine *machine = model->machine;
	struct lb_cmdline_option acpi;
	size_t count = 0;

	if (lb_cmdline_find(lb_linux_cmdline(cmdline), "acpi", &acpi) &&
		lb_slice_is(acpi.value, "off")) {
		return 0;
	}
	for (size_t i = 0; i < machine->acpi.srat_count; i++) {
		if (!machine->acpi.srat[i].hotplug) {
			ranges[count++] = machine->acpi.srat[i].range;
		}
	}
	return count;
}

static size_t avoided_ranges(
	const struct lb_model *model, const char *cmdline, struct lb_range *ranges)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_boot_params *params = &machine->boot.params;
	size_t count = 0;

	ranges[count++] = lb_range_empty(params->ramdisk) ? machine->boot.ramdisk : params->ramdisk;
	if (params->cmdline_ptr && params->cmdline_ptr < UINT32_MAX) {
		ranges[count++] = (struct lb_range){
			params->cmdline_ptr, params->cmdline_ptr + strlen(cmdline) + 1};
	}
	if (params->setup_data && params->setup_data < UINT64_MAX / 2) {
		ranges[count++] = (struct lb_range){params->setup_data, params->setup_data + 4096};
	}
	return count;
}

enum lb_status lb_kernel_draw_by_decompressor(struct lb_kernel_draw *draw, const char *cmdline,
	struct lb_slots *slots, enum lb_kaslr_result *result, lb_phys_addr *place)
{
	const struct lb_machine *machine = draw->model->machine;
	const struct lb_boot_params *params = &machine->boot.params;
	struct lb_range *srat =
		lb_arena_array(draw->model->arena, machine->acpi.srat_count + 1, sizeof(*srat));
	struct lb_range avoid[3];
	struct lb_kaslr_decompressor request = {.version = draw->model->version,
		.memory = draw->memory,
		.memory_count = draw->memory_count,
		.efi_map = draw->path.placer == LB_PLACER_EFI_MAP,
		.srat = srat,
		.avoid = avoid,
		.output = draw->path.output,
		.image_size = image_size(draw),
		.init_size = params->init_size,
		.payload_offset = params->payload_offset,
		.compressed_size =
			lb_kaslr_compressed_size(params->payload_offset, params->payload_length),
		.align = draw->model->row->image_align,
		.limit = machine->cpu.la57 ? X86_SLOT_LIMIT_LA57 : X86_SLOT_LIMIT,
		.cmdline = cmdline,
		.gbpages_honoured = true};

	if (!srat) {
		return LB_NO_STORAGE;
	}
	request.srat_count = srat_ranges(draw->model, cmdline, srat);
	request.avoid_count = avoided_ranges(draw->model, cmdline, avoid);
	return lb_kaslr_decompressor_slots(&request, slots, result, place);
}
