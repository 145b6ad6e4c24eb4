/* SPDX-License-Identifier: MIT */
/*
 * kernel_place: where the kernel image is, or can be, at the next boot of this machine.
 *
 * The rules are policy/kaslr.h's; this file finds their inputs in what the machine shows.
 */
#include "plan/model.h"

#include <string.h>

#include "plan/options.h"

#define X86_START (16 * LB_MIB)
#define X86_ALIGN (2 * LB_MIB)
#define X86_SLOT_LIMIT (UINT64_C(1) << 46)
#define X86_SLOT_LIMIT_LA57 (UINT64_C(1) << 52)
/* What _brk_start on holds at most of what is kept (arch/x86, RESERVE_BRK users). */
#define X86_BRK_MOST (LB_MIB)

/* The kernel's block in this boot, from /proc/iomem. */
static bool block_as_booted(const struct lb_model *model, struct lb_range *ret)
{
	const struct lb_machine *machine = model->machine;
	struct lb_kaslr_iomem names = {0};

	if (!lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		return false;
	}
	for (size_t i = 0; i < machine->iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->iomem[i];

		if (!strcmp(entry->name, "Kernel code")) {
			names.code = entry->range;
		} else if (!strcmp(entry->name, "Kernel data")) {
			names.data = entry->range;
		} else if (!strcmp(entry->name, "Kernel bss")) {
			names.bss = entry->range;
		}
	}
	return !lb_kaslr_kept_block(model->arch, &names, 0, ret, NULL);
}

/* The size from the log's "Memory:" line: its parts, and the alignment gaps between them, which
 * /proc/iomem would show. */
static bool size_from_log(const struct lb_model *model, uint64_t *ret)
{
	static const char *const parts[] = {
		"kernel code", "rwdata", "rodata", "init", "bss"};
	uint64_t sum = 0;

	for (size_t i = 0; i < LB_ARRAY_COUNT(parts); i++) {
		uint64_t part;

		if (!lb_model_log_memory(model->machine, parts[i], &part)) {
			return false;
		}
		sum += part;
	}
	*ret = sum;
	return true;
}

static void set_sizes(struct lb_model *model, const struct lb_range *booted)
{
	bool x86 = model->arch == LB_ARCH_X86_64;
	uint64_t size;

	if (booted) {
		model->kernel_size_min = lb_range_size(*booted);
		model->kernel_size = model->kernel_size_min + (x86 ? 256 * LB_KIB : 0);
		model->kernel_size_max = model->kernel_size_min + (x86 ? X86_BRK_MOST : 0);
	} else if (size_from_log(model, &size)) {
		model->kernel_size_min = size;
		model->kernel_size = size + size / 4;
		model->kernel_size_max = size + size / 2 + 16 * LB_MIB;
	} else {
		model->kernel_size_min = 8 * LB_MIB;
		model->kernel_size = 48 * LB_MIB;
		model->kernel_size_max = 160 * LB_MIB;
		lb_model_doubt(model, "the kernel's size is not shown: expected \"Kernel code\" to "
				      "\"Kernel bss\" in /proc/iomem, or the log's \"Memory:\" line");
	}
}

static struct lb_kaslr_path which_placer(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_boot_params *params = &machine->boot_params;
	struct lb_kaslr_start start = {
		.arch = model->arch,
		.version = model->version,
		.efi = machine->efi,
		.xen_pv = machine->xen_pv,
		.rng_table = machine->efi_rng_table,
		.boot_params = params->present,
		.efi_signature = params->efi_signature[0] != '\0',
		.type_of_loader = params->type_of_loader,
		.code32_start = params->code32_start,
		.kernel_alignment = params->kernel_alignment,
		.init_size = params->init_size,
	};

	return lb_kaslr_which_placer(&start);
}

static bool randomised(const struct lb_model *model, const struct lb_kaslr_path *path)
{
	const struct lb_machine *machine = model->machine;

	if (lb_option_given(model->cmdline, "nokaslr") || path->placer == LB_PLACER_LOADER) {
		return false;
	}
	if (model->arch != LB_ARCH_X86_64) {
		return path->random;
	}
	/* A boot without "nokaslr" and without randomisation: a kernel built without it. */
	return !(machine->kaslr_known && !machine->kaslr && machine->cmdline &&
		 !lb_option_given(machine->cmdline, "nokaslr"));
}

static void fixed_at(struct lb_model *model, lb_phys_addr at)
{
	model->kernel_place = LB_KERNEL_FIXED;
	model->kernel_at = at;
}

static void guessed_at(struct lb_model *model, lb_phys_addr at, const char *reason)
{
	model->kernel_place = LB_KERNEL_UNKNOWN;
	model->kernel_at = at;
	lb_model_doubt(model, reason);
}

static bool booted_pinned(const struct lb_model *model)
{
	return model->machine->cmdline && lb_option_given(model->machine->cmdline, "nokaslr");
}

/* The firmware's ranges for the draw: its own map as it was then, or all RAM where the map is not
 * shown. */
static enum lb_status draw_memory(struct lb_model *model, const struct lb_kaslr_path *path,
	const struct lb_range *booted, struct lb_kaslr_memory **ret, size_t *ret_count)
{
	const struct lb_machine *machine = model->machine;
	size_t capacity = machine->efi_map_count + model->memory_count +
			  machine->boot_params.e820_count + machine->e820_log_count +
			  machine->e820_firmware_count + 16;
	struct lb_kaslr_memory *memory = lb_arena_array(model->arena, capacity, sizeof(*memory));
	struct lb_kaslr_efi_range *efi =
		lb_arena_array(model->arena, machine->efi_map_count + 1, sizeof(*efi));
	struct lb_kaslr_final_map final = {.descriptors = efi, .count = machine->efi_map_count};
	const struct lb_e820_entry *e820 = machine->boot_params.e820;
	size_t e820_count = machine->boot_params.e820_count;

	if (!memory || !efi) {
		return LB_NO_STORAGE;
	}
	*ret = memory;
	*ret_count = 0;
	if (path->placer != LB_PLACER_E820 && machine->efi_map_count) {
		for (size_t i = 0; i < machine->efi_map_count; i++) {
			efi[i] = (struct lb_kaslr_efi_range){.range = machine->efi_map[i].range,
				.type = machine->efi_map[i].type,
				.attributes = machine->efi_map[i].attributes};
		}
		if (path->placer == LB_PLACER_STUB && booted) {
			if (lb_kaslr_image_in_map(model->arch, efi, final.count, *booted,
				    &final.image)) {
				final.image = *booted;
			}
			final.ramdisk = path->handover ? (struct lb_range){0, 0} : machine->ramdisk;
			final.fdt = model->arch != LB_ARCH_X86_64;
		}
		return lb_kaslr_map_at_draw(&final, memory, capacity, ret_count);
	}
	if (!e820_count) {
		e820 = machine->e820_log_count ? machine->e820_log : machine->e820_firmware;
		e820_count = machine->e820_log_count ? machine->e820_log_count
						     : machine->e820_firmware_count;
	}
	if (model->arch == LB_ARCH_X86_64 && e820_count) {
		for (size_t i = 0; i < e820_count; i++) {
			memory[(*ret_count)++] = (struct lb_kaslr_memory){.range = e820[i].range,
				.usable = e820[i].type == LB_E820_RAM};
		}
	} else {
		for (size_t i = 0; i < model->memory_count; i++) {
			memory[(*ret_count)++] =
				(struct lb_kaslr_memory){.range = model->memory[i].range,
					.usable = !(model->memory[i].flags & LB_MEM_NOMAP)};
		}
	}
	if (path->placer != LB_PLACER_E820) {
		model->slots_superset = true;
	}
	return LB_OK;
}

static enum lb_status take_draw(struct lb_model *model, enum lb_status status,
	enum lb_kaslr_result result, lb_phys_addr place)
{
	if (status) {
		return status == LB_NO_STORAGE ? status : LB_OK;
	}
	if (result == LB_KASLR_PINNED || !model->slots.total) {
		fixed_at(model, place);
		return LB_OK;
	}
	model->kernel_place = LB_KERNEL_DRAWN;
	model->kernel_at = lb_slots_at(&model->slots, 0);
	return LB_OK;
}

static size_t srat_ranges(const struct lb_model *model, struct lb_range *ranges)
{
	const struct lb_machine *machine = model->machine;
	const char *value;
	size_t length;
	size_t count = 0;

	if (lb_option_find(model->cmdline, "acpi", &value, &length) && length == 3 &&
		!memcmp(value, "off", 3)) {
		return 0;
	}
	for (size_t i = 0; i < machine->srat_count; i++) {
		if (!machine->srat[i].hotplug) {
			ranges[count++] = machine->srat[i].range;
		}
	}
	return count;
}

static enum lb_status draw_by_decompressor(struct lb_model *model,
	const struct lb_kaslr_path *path, const struct lb_kaslr_memory *memory, size_t count)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_boot_params *params = &machine->boot_params;
	struct lb_range *srat =
		lb_arena_array(model->arena, machine->srat_count + 1, sizeof(*srat));
	struct lb_range avoid[4];
	size_t avoid_count = 0;
	struct lb_kaslr_decompressor request = {.version = model->version,
		.memory = memory,
		.memory_count = count,
		.efi_map = path->placer == LB_PLACER_EFI_MAP,
		.srat = srat,
		.avoid = avoid,
		.output = path->output,
		.init_size = params->init_size,
		.payload_offset = params->payload_offset,
		.compressed_size =
			lb_kaslr_compressed_size(params->payload_offset, params->payload_length),
		.align = X86_ALIGN,
		.limit = machine->la57 ? X86_SLOT_LIMIT_LA57 : X86_SLOT_LIMIT,
		.cmdline = model->cmdline,
		.gbpages_honoured = true};
	enum lb_kaslr_result result;
	lb_phys_addr place = path->output;
	enum lb_status status;

	if (!srat) {
		return LB_NO_STORAGE;
	}
	request.srat_count = srat_ranges(model, srat);
	request.image_size = lb_kaslr_image_size(params->init_size, params->payload_offset);
	if (!request.image_size) {
		request.image_size = lb_kaslr_guess_image_size(
			model->version, model->kernel_size_min, X86_ALIGN).likely;
		lb_model_assume(model, "the kernel file's unpacked size is not shown (boot_params), "
				       "so the places it can take are known within a few MiB");
	}
	if (!lb_range_empty(params->ramdisk)) {
		avoid[avoid_count++] = params->ramdisk;
	} else if (!lb_range_empty(machine->ramdisk)) {
		avoid[avoid_count++] = machine->ramdisk;
	}
	if (params->cmdline_ptr) {
		avoid[avoid_count++] = (struct lb_range){
			params->cmdline_ptr, params->cmdline_ptr + strlen(model->cmdline) + 1};
	}
	if (params->setup_data && params->setup_data < LB_PHYS_ADDR_MAX - 4096) {
		avoid[avoid_count++] =
			(struct lb_range){params->setup_data, params->setup_data + 4096};
	}
	request.avoid_count = avoid_count;
	status = lb_kaslr_decompressor_slots(&request, &model->slots, &result, &place);
	return take_draw(model, status, result, place);
}

static enum lb_status draw_by_stub(struct lb_model *model, const struct lb_range *booted,
	 const struct lb_kaslr_memory *memory, size_t count,
	bool random)
{
	const struct lb_machine *machine = model->machine;
	uint64_t page_64k = model->env.page_size == 65536 || machine->page_size == 65536;
	struct lb_kaslr_stub request = {.arch = model->arch,
		.version = model->version,
		.memory = memory,
		.memory_count = count,
		.image_size = model->kernel_size_min,
		.align = model->arch == LB_ARCH_ARM64 ? (page_64k ? 128 : 64) * LB_KIB : X86_ALIGN,
		.cmdline = model->cmdline,
		.random = random};
	enum lb_kaslr_result result;
	lb_phys_addr place = model->kernel_at;
	enum lb_status status;

	if (model->arch == LB_ARCH_X86_64) {
		struct lb_range image = {0, 0};
		struct lb_kaslr_efi_range *efi = lb_arena_array(
			model->arena, machine->efi_map_count + 1, sizeof(*efi));

		for (size_t i = 0; efi && i < machine->efi_map_count; i++) {
			efi[i] = (struct lb_kaslr_efi_range){.range = machine->efi_map[i].range,
				.type = machine->efi_map[i].type,
				.attributes = machine->efi_map[i].attributes};
		}
		if (efi && booted && !lb_kaslr_image_in_map(model->arch, efi,
			    machine->efi_map_count, *booted, &image)) {
			request.image_size = lb_range_size(image);
		} else {
			request.image_size = lb_kaslr_image_size(machine->boot_params.init_size,
				machine->boot_params.payload_offset);
			if (!request.image_size) {
				request.image_size = lb_kaslr_guess_image_size(model->version,
					model->kernel_size_min, X86_ALIGN).likely;
			}
			lb_model_assume(model, "how much room the EFI stub wants for the kernel is "
					       "estimated");
		}
	}
	status = lb_kaslr_stub_slots(&request, &model->slots, &result, &place);
	return take_draw(model, status, result, place);
}

static enum lb_status draw(struct lb_model *model, const struct lb_kaslr_path *path,
	const struct lb_range *booted, bool random)
{
	struct lb_kaslr_memory *memory;
	size_t count;
	enum lb_status status = draw_memory(model, path, booted, &memory, &count);

	if (status) {
		return status;
	}
	if (!path->sure) {
		lb_model_assume(model, "which code places the kernel cannot be told for certain: "
				       "boot_params or the exact version are not shown");
	}
	if (model->slots_superset) {
		lb_model_assume(model, "the firmware's memory map is not shown, so some places "
				       "where the kernel could be are not really free");
	}
	if (path->placer == LB_PLACER_STUB) {
		return draw_by_stub(model, booted, memory, count, random);
	}
	return draw_by_decompressor(model, path, memory, count);
}

/* Without randomisation. */
static enum lb_status place_pinned(struct lb_model *model, const struct lb_kaslr_path *path,
	const struct lb_range *booted)
{
	if (booted && (booted_pinned(model) || !randomised(model, path) == !model->machine->kaslr)) {
		fixed_at(model, booted->start);
		return LB_OK;
	}
	if (model->arch == LB_ARCH_X86_64 && path->placer == LB_PLACER_E820) {
		fixed_at(model, path->output ? path->output : X86_START);
		return LB_OK;
	}
	if (model->arch == LB_ARCH_X86_64 && path->placer == LB_PLACER_STUB &&
		model->machine->efi_map_count) {
		return draw(model, path, booted, false);
	}
	guessed_at(model, booted ? booted->start : X86_START,
		"where the kernel is without randomisation is not shown");
	return LB_OK;
}

enum lb_status lb_model_place_kernel(struct lb_model *model)
{
	struct lb_kaslr_path path = which_placer(model);
	struct lb_range block;
	bool booted = block_as_booted(model, &block);
	enum lb_status status;

	set_sizes(model, booted ? &block : NULL);
	model->booted_at = booted ? block.start : 0;
	model->kernel_at = booted ? block.start : X86_START;
	if (!randomised(model, &path)) {
		return place_pinned(model, &path, booted ? &block : NULL);
	}
	status = draw(model, &path, booted ? &block : NULL, true);
	if (!status && model->kernel_place == LB_KERNEL_FIXED && !model->kernel_at) {
		guessed_at(model, booted ? block.start : X86_START,
			"where the kernel can be cannot be told");
	}
	return status;
}
