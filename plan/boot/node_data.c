/* SPDX-License-Identifier: MIT */
/* node_data: the holes that hold NODE_DATA, and what else is in them. */
#include "plan/boot/node_data.h"

/* KFENCE's pool: 255 objects and guards (mm/kfence/core.c, KFENCE_POOL_SIZE by default). */
#define KFENCE_POOL (2 * LB_MIB)

static lb_phys_addr hole_end(const struct lb_boot *boot, lb_phys_addr address)
{
	const struct lb_machine *machine = boot->model->machine;
	lb_phys_addr end = lb_model_hole_end(boot->model, address);

	for (size_t i = 0; i < machine->cma.areas_count && boot->cma_taken; i++) {
		if (machine->cma.areas[i].start >= address) {
			end = lb_min(end, machine->cma.areas[i].start);
		}
	}
	return end;
}

/* Bytes between a node's NODE_DATA and the end of the hole that it was found in. */
static uint64_t above(const struct lb_boot *boot, size_t index)
{
	struct lb_range data = boot->model->machine->nodes.data[index].range;
	lb_phys_addr end = hole_end(boot, data.start);

	return end - lb_min(end, data.end);
}

uint64_t lb_node_data_most_above(const struct lb_boot *boot)
{
	uint64_t most = 0;

	for (size_t i = 0; i < boot->model->machine->nodes.data_count; i++) {
		most = lb_max(most, above(boot, i));
	}
	return most;
}

void lb_node_data_allocate(
	struct lb_boot *boot, const char *before, uint64_t align, lb_phys_addr lowest)
{
	const struct lb_machine_nodes *nodes = &boot->model->machine->nodes;
	struct lb_range window = {lowest, LB_PHYS_ADDR_MAX};

	for (size_t i = 0; i < nodes->data_count; i++) {
		lb_model_allocate_early(boot->model, (struct lb_early_allocation){.owner = before,
							     .size = above(boot, i),
							     .align = align,
							     .window = window,
							     .node = nodes->data[i].node});
	}
	for (size_t i = 0; i < nodes->data_count; i++) {
		const struct lb_node_range *data = &nodes->data[i];

		lb_model_allocate_early(
			boot->model, (struct lb_early_allocation){.owner = "NODE_DATA",
					     .size = lb_range_size(data->range),
					     .align = 64,
					     .window = window,
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

void lb_boot_check_node_data(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;

	if (!model->machine->nodes.data_count) {
		hold_unseen_early(model, &boot->observed);
	} else if (!lb_model_all_node_data(model)) {
		lb_model_assume(model, "the log does not show NODE_DATA of every node");
	}
}

void lb_boot_hold_filled_holes(struct lb_boot *boot)
{
	const struct lb_machine_nodes *nodes = &boot->model->machine->nodes;
	const struct lb_observed *observed = &boot->observed;
	lb_phys_addr highest = 0;

	for (size_t i = 0; i < nodes->data_count; i++) {
		highest = lb_max(highest, hole_end(boot, nodes->data[i].range.start));
	}
	for (size_t i = 0; i < observed->count && nodes->data_count; i++) {
		if (observed->ranges[i].start >= highest) {
			lb_model_hold(boot->model, observed->ranges[i], "page tables", LB_HELD);
		}
	}
}

void lb_boot_allocate_kfence(struct lb_boot *boot)
{
	struct lb_model *model = boot->model;
	uint64_t bytes = lb_max(model->machine->memory.kfence_bytes, KFENCE_POOL);

	if (!model->machine->nodes.data_count || lb_node_data_most_above(boot) >= bytes) {
		return;
	}
	lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
		"whether the kernel was built with KFENCE, which takes 2 MiB early, is "
		"not shown");
	lb_model_allocate_early(model, (struct lb_early_allocation){.owner = "KFENCE pool",
					       .size = bytes,
					       .align = lb_model_page_size(model),
					       .window = {0, LB_PHYS_ADDR_MAX},
					       .node = LB_NO_NODE,
					       .doubtful = true});
}

void lb_boot_allocate_shown_kfence(struct lb_boot *boot)
{
	if (boot->model->machine->memory.kfence_bytes) {
		lb_boot_allocate_kfence(boot);
	}
}

void lb_boot_allocate_node_data(struct lb_boot *boot)
{
	lb_node_data_allocate(boot, "page tables and device tree", 64, 0);
}
