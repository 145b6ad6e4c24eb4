/* SPDX-License-Identifier: MIT */
/* model_memory: RAM and its nodes as the recorded boot had them, from whichever source lists it. */
#include "plan/boot/model.h"
#include "policy/linux/cmdline.h"

/* NOMAP memory is a top-level "reserved" of /proc/iomem on arm64 (setup.c,
 * request_standard_resources), "Reserved" on riscv64. */
static bool nomap_in_iomem(const struct lb_machine *machine, struct lb_range range)
{
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (!entry->depth && entry->kind == LB_IOMEM_RESERVED &&
			lb_range_contains(entry->range, range)) {
			return true;
		}
	}
	return false;
}

static void memory_from_memblock(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->memblock.memory_count; i++) {
		const struct lb_memblock_region *region = &machine->memblock.memory[i];
		bool nomap = region->nomap || nomap_in_iomem(machine, region->range);
		bool driver = region->driver_managed;

		lb_model_memory(model, region->range, region->node,
			(nomap ? LB_MEM_NOMAP : 0) | (driver ? LB_MEM_DRIVER_MANAGED : 0));
	}
}

/*
 * memblock joins neighbours that are alike (mm/memblock.c, memblock_merge_regions). So ranges of a
 * node that touch differ in their flags: every second one is not mapped. Which ones are is not
 * printed; firmware's tables and services are the smaller part by far.
 */
static void tell_nomap_by_touch(struct lb_model *model)
{
	struct lb_region *memory = model->memory;

	for (size_t first = 0, end; first < model->memory_count; first = end) {
		uint64_t sizes[2] = {lb_range_size(memory[first].range), 0};

		for (end = first + 1; end < model->memory_count &&
				      memory[end].range.start == memory[end - 1].range.end &&
				      memory[end].node == memory[first].node;
			end++) {
			sizes[(end - first) % 2] += lb_range_size(memory[end].range);
		}
		for (size_t i = first + (sizes[1] < sizes[0]); end - first > 1 && i < end; i += 2) {
			memory[i].flags |= LB_MEM_NOMAP;
		}
	}
}

static void memory_from_nodes(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->nodes.memory_count; i++) {
		const struct lb_node_range *node = &machine->nodes.memory[i];

		lb_model_memory(model, node->range, node->node,
			nomap_in_iomem(machine, node->range) ? LB_MEM_NOMAP : 0);
	}
	if (model->row->nomap == LB_YES && !lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		tell_nomap_by_touch(model);
	}
}

/* Entries that touch are separate regions where the kernel listed them so: a merged region would
 * have been one entry. */
static void memory_from_iomem(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	bool nomap_counts = model->row->nomap == LB_YES;

	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (entry->depth) {
			continue;
		}
		if (entry->kind == LB_IOMEM_RAM) {
			lb_model_memory(model, entry->range, LB_NO_NODE, 0);
		} else if (nomap_counts && entry->kind == LB_IOMEM_RESERVED) {
			lb_model_memory(model, entry->range, LB_NO_NODE, LB_MEM_NOMAP);
		}
	}
}

/* The log's node ranges also name the nodes of regions that another source lists. */
static void name_nodes(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_region *region = &model->memory[i];

		for (size_t k = 0; k < machine->nodes.memory_count; k++) {
			if (lb_range_contains(machine->nodes.memory[k].range, region->range)) {
				region->node = machine->nodes.memory[k].node;
			}
		}
	}
}

/* What the listings of a running system hold more than the boot had: memory added later. */
static void drop_added_later(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_boot_params *params = &machine->boot.params;
	size_t kept = 0;

	if (!machine->nodes.memory_count && !params->e820_count) {
		lb_model_assume(model, "the boot log is not shown, so memory that was added after "
				       "boot, and the borders of NUMA nodes, cannot be told");
		return;
	}
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range range = model->memory[i].range;
		bool booted = false;

		for (size_t k = 0; k < machine->nodes.memory_count; k++) {
			booted |= lb_range_overlaps(machine->nodes.memory[k].range, range);
		}
		for (size_t k = 0; k < params->e820_count && !machine->nodes.memory_count; k++) {
			booted |= params->e820[k].type == LB_E820_RAM &&
				  lb_range_overlaps(params->e820[k].range, range);
		}
		if (booted) {
			model->memory[kept++] = model->memory[i];
		}
	}
	model->memory_count = kept;
	if (!machine->nodes.memory_count &&
		(!machine->acpi.srat_count || lb_linux_has_option(model->cmdline, "numa"))) {
		lb_model_assume(model, "the boot log is not shown, so the borders of NUMA nodes, "
				       "which no reservation crosses, cannot be told");
	}
}

/* Cuts regions at the borders of the SRAT's nodes, where the log does not list them. */
static void cut_at_srat(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	size_t count = model->memory_count;

	for (size_t k = 0; k < machine->acpi.srat_count && !machine->nodes.memory_count; k++) {
		struct lb_range node = machine->acpi.srat[k].range;

		for (size_t i = 0; i < count; i++) {
			struct lb_region *region = &model->memory[i];
			struct lb_region rest = *region;

			if (!lb_range_overlaps(region->range, node)) {
				continue;
			}
			region->node = machine->acpi.srat[k].node;
			if (region->range.end > node.end &&
				model->memory_count < model->memory_capacity) {
				rest.range.start = region->range.end = node.end;
				model->memory[model->memory_count++] = rest;
				count = model->memory_count;
			}
		}
	}
}

bool lb_model_memory_as_booted(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	bool nomap_matters = model->row->nomap == LB_YES;

	if (machine->memblock.memory_count) {
		memory_from_memblock(model);
	} else if (machine->nodes.memory_count &&
		   (!nomap_matters || lb_machine_has(machine, LB_SOURCE_IOMEM))) {
		memory_from_nodes(model);
	} else if (lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		memory_from_iomem(model);
	} else if (machine->nodes.memory_count) {
		memory_from_nodes(model);
		if (machine->efi.known && !machine->efi.booted) {
			return true;
		}
		lb_model_assume(model,
			"without /proc/iomem, memory that is not mapped cannot be told from RAM");
	}
	drop_added_later(model);
	cut_at_srat(model);
	name_nodes(model);
	return model->memory_count;
}
