/* SPDX-License-Identifier: MIT */
/*
 * kernel_place: where the kernel image is, or can be, at the next boot of this machine.
 *
 * The rules are policy/linux/kaslr.h's; this file decides which of them apply,
 * plan/boot/kernel_draw.c finds their inputs in what the machine shows.
 */
#include "plan/boot/kernel_draw.h"
#include "policy/linux/cmdline.h"

/* What _brk_start on holds at most of what is kept (arch/x86, RESERVE_BRK users). */
#define BRK_LIKELY (256 * LB_KIB)
#define BRK_MOST LB_MIB

/* The kernel's block in this boot, from /proc/iomem. */
static bool block_as_booted(const struct lb_model *model, struct lb_range *ret)
{
	const struct lb_machine *machine = model->machine;
	struct lb_kaslr_iomem names = {
		.version = model->version,
		.random = machine->kernel.kaslr_known && machine->kernel.kaslr,
	};

	if (!lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		return false;
	}
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (entry->kind == LB_IOMEM_KERNEL_CODE) {
			names.code = entry->range;
		} else if (entry->kind == LB_IOMEM_KERNEL_DATA) {
			names.data = entry->range;
		} else if (entry->kind == LB_IOMEM_KERNEL_BSS) {
			names.bss = entry->range;
		}
	}
	return !lb_kaslr_kept_block(model->arch, &names, 0, ret, NULL);
}

/* A kernel runs in RAM: where it is listed elsewhere, the list of RAM is cut or of another boot. */
static void check_is_in_ram(struct lb_model *model, struct lb_range kernel)
{
	const struct lb_machine *machine = model->machine;
	uint64_t listed = 0;
	const char *text;

	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (entry->kind == LB_IOMEM_RAM) {
			listed += lb_range_size(lb_range_intersect(entry->range, kernel));
		}
	}
	if (listed >= lb_range_size(kernel)) {
		return;
	}
	text = lb_arena_printf(model->arena,
		"the kernel image (0x%llx-0x%llx) lies outside of the RAM that is listed: RAM is "
		"missing in the list, or the list is of another boot",
		(unsigned long long)kernel.start, (unsigned long long)kernel.end - 1);
	lb_model_assume(model, text ? text : "the kernel image lies outside of the RAM");
}

static void set_sizes(struct lb_model *model, const struct lb_range *booted)
{
	bool brk = model->row->brk_unlisted == LB_YES;
	uint64_t size = model->machine->kernel.image_bytes;

	if (booted) {
		model->kernel_size_min = lb_range_size(*booted);
		model->kernel_size = model->kernel_size_min + (brk ? BRK_LIKELY : 0);
		model->kernel_size_max = model->kernel_size_min + (brk ? BRK_MOST : 0);
	} else if (size) {
		/* A sum of parts; /proc/iomem would show the gaps between them too. */
		model->kernel_size_min = size;
		model->kernel_size = size + size / 4;
		model->kernel_size_max = size + size / 2 + 16 * LB_MIB;
	} else {
		model->kernel_size_min = 8 * LB_MIB;
		model->kernel_size = 48 * LB_MIB;
		model->kernel_size_max = 160 * LB_MIB;
		lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
			"the kernel's size is not shown: expected \"Kernel code\" to "
			"\"Kernel bss\" in /proc/iomem, or the log's \"Memory:\" line");
	}
}

static struct lb_kaslr_path which_placer(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_boot_params *params = &machine->boot.params;
	struct lb_kaslr_start start = {
		.arch = model->arch,
		.version = model->version,
		.efi = machine->efi.booted,
		.xen_pv = machine->cpu.xen_pv,
		.rng_table = machine->efi.rng_table,
		.boot_params = params->present,
		.efi_signature = params->efi_signature[0] != '\0',
		.type_of_loader = params->type_of_loader,
		.code32_start = params->code32_start,
		.kernel_alignment = params->kernel_alignment,
		.init_size = params->init_size,
	};

	return lb_kaslr_which_placer(&start);
}

/* Would a boot with this command line draw, as far as kernel, loader and firmware go? */
static bool would_draw(
	const struct lb_model *model, const struct lb_kaslr_path *path, const char *cmdline)
{
	const struct lb_machine *machine = model->machine;

	if (lb_linux_has_option(cmdline, "nokaslr") || path->placer == LB_PLACER_LOADER) {
		return false;
	}
	if (model->row->firmware_seed == LB_YES) {
		return path->random;
	}
	/* A boot without "nokaslr" and without randomisation: a kernel built without it. A line
	 * that may be cut, or of another boot, does not show that. */
	return !(machine->kernel.kaslr_known && !machine->kernel.kaslr &&
		 machine->boot.cmdline_seen_twice &&
		 !lb_linux_has_option(machine->boot.cmdline, "nokaslr"));
}

static void guessed_at(struct lb_model *model, lb_phys_addr at, const char *reason)
{
	model->kernel_place = LB_KERNEL_UNKNOWN;
	model->kernel_at = at;
	lb_model_doubt(model, reason);
}

/* Nothing tells where it is: as far above the beginning of RAM as loaders put it. */
static lb_phys_addr usual_place(const struct lb_model *model)
{
	return lb_align_down(lb_model_span(model).start, 2 * LB_MIB) + model->row->image_guess;
}

/* A place that was worked out with a size that is a guess: no higher than RAM has room for it. */
static lb_phys_addr with_room(const struct lb_model *model, lb_phys_addr place)
{
	lb_phys_addr end = lb_model_span(model).end;

	return end - lb_min(end, place) < model->kernel_size && end > model->kernel_size ?
		lb_align_down(end - model->kernel_size, 2 * LB_MIB) : place;
}

static void fixed_at(struct lb_model *model, lb_phys_addr at)
{
	if (!at) {
		guessed_at(model, model->booted_at ? model->booted_at : usual_place(model),
			"where the kernel is without randomisation is not shown");
		return;
	}
	model->kernel_place = LB_KERNEL_FIXED;
	model->kernel_at = at;
}

/* What one command line makes of the machine. LB_NOT_FOUND: it cannot be told. */
static enum lb_status ask_placer(struct lb_kernel_draw *draw, const char *cmdline,
	struct lb_slots *slots, enum lb_kaslr_result *result, lb_phys_addr *place)
{
	bool random = would_draw(draw->model, &draw->path, cmdline);

	*result = LB_KASLR_PINNED;
	*place = 0;
	slots->count = 0;
	slots->total = 0;
	if (draw->path.placer == LB_PLACER_LOADER) {
		return LB_NOT_FOUND;
	}
	if (draw->path.placer == LB_PLACER_STUB) {
		return lb_kernel_draw_by_stub(draw, cmdline, random, slots, result, place);
	}
	if (!random) {
		*place = draw->path.output ? draw->path.output : draw->facts.loaded;
		return LB_OK;
	}
	return lb_kernel_draw_by_decompressor(draw, cmdline, slots, result, place);
}

/* The recorded boot drew nothing either, and the same rule put the kernel where it was. */
static bool stays_as_booted(struct lb_kernel_draw *draw)
{
	const struct lb_machine *machine = draw->model->machine;
	enum lb_kaslr_result result;
	lb_phys_addr place;
	enum lb_status status;

	if (!draw->booted_known || !machine->boot.cmdline) {
		return false;
	}
	if (draw->path.placer == LB_PLACER_LOADER) {
		return true;
	}
	status = ask_placer(draw, machine->boot.cmdline, &draw->model->slots, &result, &place);
	if ((status && status != LB_NOT_FOUND) || result != LB_KASLR_PINNED) {
		return false;
	}
	return lb_kaslr_same_fixed_place(draw->model->arch, draw->model->version, draw->path.placer,
		machine->boot.cmdline, draw->model->cmdline);
}

/* Whether the firmware gave random numbers shows in the log alone. */
static bool random_unseen(const struct lb_kernel_draw *draw)
{
	return draw->model->row->firmware_seed == LB_YES && draw->path.placer == LB_PLACER_STUB &&
	       !draw->path.random && !lb_linux_has_option(draw->model->cmdline, "nokaslr") &&
	       !draw->model->machine->efi.rng_known;
}

static void place_pinned(struct lb_kernel_draw *draw, enum lb_status status, lb_phys_addr place)
{
	struct lb_model *model = draw->model;

	if (!random_unseen(draw) && stays_as_booted(draw)) {
		fixed_at(model, draw->booted.start);
	} else if (random_unseen(draw)) {
		guessed_at(model, draw->booted_known ? draw->booted.start : place,
			"whether the firmware gave random numbers, so that the kernel can be "
			"anywhere, is not shown (the log's line of EFI tables)");
	} else if (!status && place && !draw->superset && !draw->size_guessed) {
		fixed_at(model, place);
	} else {
		guessed_at(model,
			place              ? with_room(model, place)
			: model->booted_at ? model->booted_at
					   : usual_place(model),
			"where the kernel is without randomisation is not shown");
	}
}

static void explain_draw(struct lb_kernel_draw *draw)
{
	struct lb_model *model = draw->model;

	if (!draw->path.sure) {
		lb_model_assume_as(model, LB_WEIGHT_MARGIN,
			"which code places the kernel cannot be told for certain: boot_params or "
			"the exact version are not shown");
	}
	if (draw->superset) {
		lb_model_assume_as(model, LB_WEIGHT_MARGIN,
			"the firmware's memory map is not shown, so some places where the kernel "
			"could be are not really free");
	}
	if (draw->size_guessed) {
		lb_model_assume_as(model, LB_WEIGHT_MARGIN,
			"how much room the kernel wants while it unpacks is not shown "
			"(boot_params), so its places are known within a few MiB");
	}
}

enum lb_status lb_model_place_kernel(struct lb_model *model)
{
	struct lb_kernel_draw draw = {.model = model, .path = which_placer(model)};
	enum lb_kaslr_result result;
	lb_phys_addr place;
	enum lb_status status;

	draw.booted_known = block_as_booted(model, &draw.booted);
	set_sizes(model, draw.booted_known ? &draw.booted : NULL);
	model->booted_at = draw.booted_known ? draw.booted.start : 0;
	if (draw.booted_known) {
		check_is_in_ram(model, draw.booted);
	}
	status = lb_kernel_draw_prepare(&draw);
	if (status) {
		return status;
	}
	status = ask_placer(&draw, model->cmdline, &model->slots, &result, &place);
	if (status == LB_NO_STORAGE) {
		return status;
	}
	if (status || result == LB_KASLR_PINNED || !model->slots.total) {
		place_pinned(&draw, status, place);
		return LB_OK;
	}
	model->kernel_place = LB_KERNEL_DRAWN;
	model->kernel_at = lb_slots_at(&model->slots, 0);
	explain_draw(&draw);
	return LB_OK;
}
