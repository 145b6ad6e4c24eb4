/* SPDX-License-Identifier: MIT */
/*
 * model_generic: memory of an arm64 or riscv64 machine just before crash memory is reserved.
 *
 * Order of events (arch/arm64/kernel/setup.c, mm/init.c, mm/mmu.c; arch/riscv/mm/init.c; 5.10 to
 * 7.2): what firmware and boot loader placed; page tables of the linear map and a copy of the
 * device tree, from the top of RAM down; NODE_DATA per node; up to 6.19 the memory that struct
 * page needs (vmemmap); CMA below the DMA limit (riscv64: before all searches); then the crash
 * kernel.
 */
#include "plan/boot/model.h"

#include <string.h>

#include "lifeboat/fdt.h"
#include "plan/boot/cma.h"
#include "plan/boot/dma_limit.h"
#include "plan/boot/memory_check.h"
#include "plan/boot/observed_reserved.h"
#include "plan/boot/vmemmap.h"
#include "policy/linux/cmdline.h"

static enum lb_status fill_memory(struct lb_model *model)
{
	if (!lb_model_memory_as_booted(model)) {
		model->missing =
			"no source tells which memory there is: expected /proc/iomem with "
			"addresses "
			"(read as root), memblock in debugfs, or the boot log's node ranges";
		return LB_NOT_FOUND;
	}
	if (!model->same_boot_options) {
		lb_model_assume(model, "options that shape memory differ from the recorded boot's; "
				       "its memory is taken as it was");
	}
	return LB_OK;
}

static void hold_initrd(struct lb_model *model)
{
	uint64_t page = lb_model_page_size(model);
	struct lb_range range = model->machine->boot.ramdisk;
	uint64_t end;

	if (!lb_range_empty(range) && lb_align_up(range.end, page, &end)) {
		range = (struct lb_range){lb_align_down(range.start, page), end};
		lb_model_hold(model, range, "initrd", LB_HELD);
	}
}

static void hold_reserved_memory(struct lb_model *model)
{
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

/* KFENCE's pool: 255 objects and guards (mm/kfence/core.c, KFENCE_POOL_SIZE by default). */
#define KFENCE_POOL (2 * LB_MIB)

/*
 * The pool is taken before the linear map is built: riscv64 from 6.4 (init.c,
 * create_linear_mapping_page_table), arm64 when sampling is on at boot (mmu.c). Where NODE_DATA
 * leaves room for it above, it is there; else it lies elsewhere, if it was built in.
 */
static void allocate_kfence_pool(struct lb_model *model, uint64_t *top)
{
	uint64_t bytes = model->machine->memory.kfence_bytes;
	bool riscv = model->arch == LB_ARCH_RISCV64 && model->version >= LB_LINUX(6, 4, 0);

	if (!bytes && !riscv) {
		return;
	}
	if (model->version < LB_LINUX(6, 1, 0) || *top >= lb_max(bytes, KFENCE_POOL)) {
		return;
	}
	lb_model_doubt(model,
		"whether the kernel was built with KFENCE, which takes 2 MiB early, is "
		"not shown");
	lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "KFENCE pool",
					       .size = lb_max(bytes, KFENCE_POOL),
					       .align = lb_model_page_size(model),
					       .window = {0, LB_PHYS_ADDR_MAX},
					       .node = LB_NO_NODE,
					       .doubtful = true});
}

/* End of the hole that NODE_DATA was put into. riscv64 takes CMA first. */
static lb_phys_addr node_data_hole_end(const struct lb_model *model, lb_phys_addr address)
{
	const struct lb_machine *machine = model->machine;
	lb_phys_addr end = lb_model_hole_end(model, address);

	for (size_t i = 0; i < machine->cma.areas_count; i++) {
		if (model->arch == LB_ARCH_RISCV64 && machine->cma.areas[i].start >= address) {
			end = lb_min(end, machine->cma.areas[i].start);
		}
	}
	return end;
}

/* Small holes above the one that holds NODE_DATA were filled before, page by page. */
static void hold_filled_above(
	struct lb_model *model, const struct lb_observed *observed, lb_phys_addr end)
{
	for (size_t i = 0; i < observed->count; i++) {
		if (observed->ranges[i].start >= end) {
			lb_model_hold(model, observed->ranges[i], "page tables", LB_HELD);
		}
	}
}

/* Page tables and the device tree's copy lie between NODE_DATA and the end of its hole. */
static void allocate_tables_and_node_data(
	struct lb_model *model, const struct lb_observed *observed)
{
	const struct lb_machine *machine = model->machine;
	uint64_t before[LB_EARLY_ALLOCATIONS_MAX / 4] = {0};
	size_t nodes = lb_min(machine->nodes.data_count, LB_ARRAY_COUNT(before));
	lb_phys_addr highest = 0;
	uint64_t top = 0;

	for (size_t i = 0; i < nodes; i++) {
		const struct lb_range *data = &machine->nodes.data[i].range;
		lb_phys_addr end = node_data_hole_end(model, data->start);

		before[i] = end - lb_min(end, data->end);
		top = lb_max(top, before[i]);
		highest = lb_max(highest, end);
	}
	if (model->arch == LB_ARCH_ARM64) {
		hold_filled_above(model, observed, highest);
	}
	allocate_kfence_pool(model, &top);
	for (size_t i = 0; i < nodes; i++) {
		lb_model_allocate_early(
			model, (struct lb_early_allocation){.owner = "page tables and device tree",
				       .size = before[i],
				       .align = 64,
				       .window = {0, LB_PHYS_ADDR_MAX},
				       .node = machine->nodes.data[i].node});
	}
	for (size_t i = 0; i < nodes; i++) {
		const struct lb_node_range *data = &machine->nodes.data[i];

		lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "NODE_DATA",
						       .size = lb_range_size(data->range),
						       .align = 64,
						       .window = {0, LB_PHYS_ADDR_MAX},
						       .node = data->node,
						       .observed = data->range.start});
	}
}

static void hold_unseen_early(struct lb_model *model, const struct lb_observed *observed)
{
	lb_model_doubt(model, "the boot log is not shown, so which reservations came before the "
			      "crash kernel memory cannot be told for certain");
	for (size_t i = 0; i < observed->count; i++) {
		lb_model_hold(model, observed->ranges[i], "taken at some time during boot",
			LB_FREE_LIKELY);
	}
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range region = model->memory[i].range;
		uint64_t slack = lb_min(lb_range_size(region), 4 * LB_MIB + region.end / 256);

		lb_model_hold(model, (struct lb_range){region.end - slack, region.end},
			"early page tables, possibly", LB_FREE_LIKELY);
	}
}

static void fill_env(struct lb_model *model)
{
	struct lb_reserve_env *env = &model->env;
	struct lb_range span = lb_model_span(model);

	env->arch = model->arch;
	env->version = model->version;
	env->page_size = lb_model_page_size(model);
	for (size_t i = 0; i < model->memory_count; i++) {
		env->system_ram += lb_range_size(model->memory[i].range);
	}
	env->low_max = lb_model_dma_limit(model);
	env->high_max = model->arch == LB_ARCH_ARM64 ? UINT64_C(1) << 48 : span.end;
	env->swiotlb_bytes = 64 * LB_MIB;
	env->cma_align = lb_cma_align(model);
}

static void explain_known(const struct lb_model *model, struct lb_observed *observed)
{
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
		if (!strcmp(machine->memory.iomem[i].name, "Crash kernel") &&
			lb_align_up(range.end, lb_model_page_size(model), &range.end)) {
			lb_observed_explain(observed, range);
		}
	}
}

static enum lb_status fill(struct lb_model *model)
{
	struct lb_observed observed;
	struct lb_vmemmap vmemmap[LB_VMEMMAP_NODES_MAX];
	size_t vmemmaps;
	enum lb_status status = fill_memory(model);

	if (status) {
		return status;
	}
	status = lb_memory_confirm(model);
	if (status) {
		return status;
	}
	fill_env(model);
	status = lb_observed_collect(model, &observed);
	if (status) {
		return status;
	}
	hold_initrd(model);
	hold_reserved_memory(model);
	status = lb_model_place_kernel(model);
	if (status) {
		return status;
	}
	explain_known(model, &observed);
	vmemmaps = lb_vmemmap_find(model, &observed, vmemmap);
	for (size_t i = 0; i < vmemmaps; i++) {
		lb_observed_explain(
			&observed, (struct lb_range){vmemmap[i].at,
					   vmemmap[i].at ? vmemmap[i].at + vmemmap[i].kept : 0});
	}
	lb_observed_hold_placed(model, &observed);
	if (!observed.count) {
		lb_model_assume(model,
			"the memory that the boot loader holds (device tree, initrd) "
			"is not shown: expected /proc/iomem or memblock in debugfs");
	}
	if (lb_model_reserves_first(model)) {
		return LB_OK;
	}
	if (model->arch == LB_ARCH_RISCV64) {
		lb_cma_allocate(model);
	}
	if (model->machine->efi.map_count && !lb_memory_map_covered(model)) {
		lb_model_assume(model, "parts of the firmware's memory map are missing");
	}
	if (model->machine->nodes.data_count) {
		if (!lb_model_all_node_data(model)) {
			lb_model_assume(model, "the log does not show NODE_DATA of every node");
		}
		allocate_tables_and_node_data(model, &observed);
	} else {
		hold_unseen_early(model, &observed);
	}
	lb_vmemmap_allocate(model, vmemmap, vmemmaps);
	if (model->arch == LB_ARCH_ARM64) {
		lb_cma_allocate(model);
	}
	if (lb_linux_has_option(model->cmdline, "mem") &&
		(model->kernel_place != LB_KERNEL_FIXED || model->kernel_at != model->booted_at)) {
		lb_model_assume(model,
			"with mem=, the kernel's own memory is added to what is left, "
			"wherever the kernel is");
	}
	return LB_OK;
}

enum lb_status lb_model_arm64(struct lb_model *model)
{
	return fill(model);
}

enum lb_status lb_model_riscv64(struct lb_model *model)
{
	return fill(model);
}
