/* SPDX-License-Identifier: MIT */
/* steps: what several architectures do before they reserve crash memory. */
#include "plan/boot/steps.h"

#include "lifeboat/fdt.h"
#include "plan/boot/cma.h"
#include "plan/boot/memory_check.h"
#include "policy/linux/cmdline.h"

bool lb_boot_step_taken(const struct lb_boot_step *step, uint32_t version)
{
	return version >= step->since && (!step->until || version < step->until);
}

void lb_boot_take(struct lb_boot *boot, const struct lb_boot_step *steps, size_t count)
{
	for (size_t i = 0; i < count && !boot->reached && !boot->status; i++) {
		if (lb_boot_step_taken(&steps[i], boot->model->version)) {
			steps[i].take(boot);
		}
	}
}

void lb_boot_confirm_memory(struct lb_boot *boot)
{
	boot->status = lb_memory_confirm(boot->model);
}

void lb_boot_place_kernel(struct lb_boot *boot)
{
	boot->status = lb_model_place_kernel(boot->model);
}

void lb_boot_set_limits(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	const struct lb_machine *machine = model->machine;
	struct lb_reserve_env *env = &model->env;

	env->arch = model->arch;
	env->version = lb_linux_reserves_as(model->vendor, model->arch, model->version);
	env->automatic = model->vendor ? model->vendor->automatic : NULL;
	env->page_size = lb_model_page_size(model);
	for (size_t i = 0; i < model->memory_count; i++) {
		env->system_ram += lb_range_size(model->memory[i].range);
	}
	env->high_max = model->row->high_end(model);
	env->low_max = model->row->low_end(model);
	if (env->low_max > env->high_max) {
		lb_model_assume(model, "the log's zones reach above the RAM that is shown");
		env->low_max = env->high_max;
	}
	env->swiotlb_bytes = model->row->bounce_pool(model);
	env->cma_align = model->row->cma_align(model);
	env->xen_pv = machine->cpu.xen_pv;
	env->memory_encrypted = lb_encryption_name(&machine->encryption) != NULL;
}

uint64_t lb_boot_default_bounce_pool(const struct lb_model *model)
{
	(void)model;
	return LB_BOUNCE_POOL_DEFAULT;
}

static void list_memory(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;

	if (!lb_model_memory_as_booted(model)) {
		model->missing =
			"no source tells which memory there is: expected /proc/iomem with "
			"addresses "
			"(read as root), memblock in debugfs, or the boot log's node ranges";
		boot->status = LB_NOT_FOUND;
		return;
	}
	if (!model->same_boot_options) {
		lb_model_assume(model, "options that shape memory differ from the recorded boot's; "
				       "its memory is taken as it was");
	}
}

static void hold_initrd(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	uint64_t page = lb_model_page_size(model);
	struct lb_range range = model->machine->boot.ramdisk;
	uint64_t end;

	if (!lb_range_empty(range) && lb_align_up(range.end, page, &end)) {
		range = (struct lb_range){lb_align_down(range.start, page), end};
		lb_model_hold(model, range, "initrd", LB_HELD);
	}
}

static void hold_device_tree(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	const struct lb_machine *machine = model->machine;
	struct lb_fdt fdt;
	lb_fdt_node parent, node;
	unsigned int address_cells, size_cells;

	if (!machine->fdt.blob || lb_fdt_open(&fdt, machine->fdt.blob, machine->fdt.size, NULL) ||
		!lb_fdt_find(&fdt, "/reserved-memory", &parent)) {
		return;
	}
	lb_fdt_cells(&fdt, parent, &address_cells, &size_cells);
	for (bool more = lb_fdt_first_child(&fdt, parent, &node); more;
		more = lb_fdt_next_sibling(&fdt, node, &node)) {
		struct lb_fdt_property reg;
		struct lb_range range;

		for (uint32_t i = 0;
			lb_fdt_property(&fdt, node, "reg", &reg) &&
			lb_fdt_range(reg, address_cells, size_cells, i, &range) && i < 16;
			i++) {
			lb_model_hold(model, range, "device tree reserved-memory", LB_HELD);
		}
	}
}

static void collect_reserved(struct lb_boot *boot)
{
	boot->status = lb_observed_collect(boot->model, &boot->observed);
	if (!boot->status) {
		boot->status = lb_observed_confirm(boot->model, &boot->observed);
	}
}

static void explain_reserved(struct lb_boot *boot)
{
	const struct lb_model *model = boot->model;
	struct lb_observed *observed = &boot->observed;
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < model->holder_count; i++) {
		lb_observed_explain(observed, model->holders[i].range);
	}
	if (model->booted_at) {
		/* Freed init memory leaves holes; what is left belongs to the kernel. */
		lb_observed_explain(
			observed, lb_model_kernel(model, LB_VIEW_UPPER, model->booted_at));
	}
	lb_observed_explain(observed, machine->dma.swiotlb);
	for (size_t i = 0; i < machine->cma.areas_count; i++) {
		lb_observed_explain(observed, machine->cma.areas[i]);
	}
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		struct lb_range range = machine->memory.iomem[i].range;

		/* The rest of its last page is listed as reserved, too. */
		if (machine->memory.iomem[i].kind == LB_IOMEM_CRASH &&
			lb_align_up(range.end, lb_model_page_size(model), &range.end)) {
			lb_observed_explain(observed, range);
		}
	}
}

static void find_vmemmap(struct lb_boot *boot)
{
	boot->vmemmap_count = lb_vmemmap_find(boot->model, &boot->observed, boot->vmemmap);
	for (size_t i = 0; i < boot->vmemmap_count; i++) {
		const struct lb_vmemmap *block = &boot->vmemmap[i];

		if (block->at) {
			lb_observed_explain(&boot->observed,
				(struct lb_range){block->at, block->at + block->kept});
		} else if (block->size) {
			lb_model_assume(boot->model,
				"where the struct pages (vmemmap) are is not shown");
		}
	}
}

static void hold_placed(struct lb_boot *boot)
{
	lb_observed_hold_placed(boot->model, &boot->observed);
	if (!boot->observed.count) {
		lb_model_assume(boot->model,
			"the memory that the boot loader holds (device tree, initrd) "
			"is not shown: expected /proc/iomem or memblock in debugfs");
	}
}

static const struct lb_boot_step placed[] = {
	{"memory", 0, 0, list_memory},
	{"a second listing of memory", 0, 0, lb_boot_confirm_memory},
	{"limits of crash memory", 0, 0, lb_boot_set_limits},
	{"reservations of the running system", 0, 0, collect_reserved},
	{"initrd", 0, 0, hold_initrd},
	{"reserved-memory of the device tree", 0, 0, hold_device_tree},
	{"kernel image", 0, 0, lb_boot_place_kernel},
	{"reservations that are known", 0, 0, explain_reserved},
	{"vmemmap as booted", 0, LB_LINUX(7, 0, 0), find_vmemmap},
	{"reservations of firmware and boot loader", 0, 0, hold_placed},
};

void lb_boot_take_placed(struct lb_boot *boot)
{
	lb_boot_take(boot, placed, LB_ARRAY_COUNT(placed));
}

void lb_boot_allocate_vmemmap(struct lb_boot *boot)
{
	lb_vmemmap_allocate(boot->model, boot->vmemmap, boot->vmemmap_count);
}

void lb_boot_allocate_cma(struct lb_boot *boot)
{
	lb_cma_allocate(boot->model);
	boot->cma_taken = true;
}

void lb_boot_check_firmware_map(struct lb_boot *boot)
{
	if (boot->model->machine->efi.map_count && !lb_memory_map_covered(boot->model)) {
		lb_model_assume(boot->model, "parts of the firmware's memory map are missing");
	}
}

void lb_boot_add_kernel_memory(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;

	if (lb_linux_has_option(model->cmdline, "mem") &&
		(model->kernel_place != LB_KERNEL_FIXED || model->kernel_at != model->booted_at)) {
		lb_model_assume(model,
			"with mem=, the kernel's own memory is added to what is left, "
			"wherever the kernel is");
	}
}
