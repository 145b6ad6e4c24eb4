/* SPDX-License-Identifier: MIT */
/* vmemmap: sections, their struct pages, and where a recorded boot has them. */
#include "plan/boot/vmemmap.h"


/* What sparse_init asks for one section's struct pages (mm/sparse.c, section_map_size). */
static uint64_t section_map_bytes(const struct lb_model *model)
{
	uint32_t page = lb_model_page_size(model);
	uint64_t bytes = model->row->section_bytes(model) / page * LB_STRUCT_PAGE_BYTES;
	uint64_t huge = lb_huge_page(page);

	return (bytes + huge - 1) / huge * huge;
}

/* Present sections of a node; LB_NO_NODE counts all. */
static uint64_t sections_of(const struct lb_model *model, int32_t node)
{
	uint64_t bytes = model->row->section_bytes(model);
	uint64_t counted_to = 0;
	uint64_t count = 0;

	for (size_t i = 0; i < model->memory_count; i++) {
		const struct lb_region *region = &model->memory[i];
		uint64_t first = region->range.start / bytes;
		uint64_t end = (region->range.end - 1) / bytes + 1;

		if (node != LB_NO_NODE && region->node != LB_NO_NODE && region->node != node) {
			continue;
		}
		first = lb_max(first, counted_to);
		count += end > first ? end - first : 0;
		counted_to = lb_max(counted_to, end);
	}
	return count;
}

/*
 * The array of section roots (mm/sparse.c, memory_present): a pointer for each page of struct
 * mem_section that physical addresses could need. The struct has 16 bytes, or 32 with
 * CONFIG_PAGE_EXTENSION, for which this counts: 128 KiB on arm64, 32 MiB on riscv64.
 */
static uint64_t section_roots_most(const struct lb_model *model)
{
	uint64_t sections =
		(UINT64_C(1) << model->row->physical_bits) / model->row->section_bytes(model);

	return sections / (lb_model_page_size(model) / 32) * sizeof(uint64_t);
}

/*
 * Roots and struct pages together: the highest block, below roots that are reserved in one piece.
 * A block that is smaller than the roots would fit into them, so the larger roots are tried first:
 * all that is reserved there must be accounted for.
 */
static bool find_below_roots(const struct lb_model *model, const struct lb_observed *observed,
	struct lb_vmemmap *block, uint64_t map)
{
	uint64_t most = section_roots_most(model);

	for (uint64_t roots = most; roots >= most / 2 && roots >= map; roots /= 2) {
		struct lb_range taken = {
			block->below - lb_min(roots, block->below), block->below};

		if (lb_observed_covers(observed, taken) &&
			lb_observed_find_block(observed, taken.start, block->size, block->kept,
				map, &block->at)) {
			block->roots = roots;
			return true;
		}
	}
	return lb_observed_find_block(
		observed, block->below, block->size, block->kept, map, &block->at);
}

/* The roots are taken once, from the top of all memory. */
static bool is_highest(const struct lb_machine_nodes *nodes, size_t index)
{
	for (size_t i = 0; i < nodes->data_count; i++) {
		if (nodes->data[i].range.start > nodes->data[index].range.start) {
			return false;
		}
	}
	return true;
}

size_t lb_vmemmap_find(
	const struct lb_model *model, const struct lb_observed *observed, struct lb_vmemmap *blocks)
{
	const struct lb_machine *machine = model->machine;
	size_t nodes = lb_min(lb_max(machine->nodes.data_count, 1), LB_VMEMMAP_NODES_MAX);
	uint64_t map = section_map_bytes(model);
	uint64_t used = model->row->section_bytes(model) / lb_model_page_size(model) *
		LB_STRUCT_PAGE_BYTES;

	for (size_t i = 0; i < nodes; i++) {
		struct lb_vmemmap *block = &blocks[i];
		bool below_roots = i >= machine->nodes.data_count || is_highest(&machine->nodes, i);
		uint64_t sections;

		*block = (struct lb_vmemmap){.node = LB_NO_NODE, .below = lb_model_span(model).end};
		if (i < machine->nodes.data_count) {
			block->node = nodes > 1 ? machine->nodes.data[i].node : LB_NO_NODE;
			block->below = machine->nodes.data[i].range.start;
		}
		sections = sections_of(model, block->node);
		block->size = sections * map;
		block->kept = sections * used;
		if (!(below_roots ? find_below_roots(model, observed, block, map)
				  : lb_observed_find_block(observed, block->below, block->size,
					    block->kept, map, &block->at))) {
			block->at = 0;
		}
	}
	return nodes;
}

/* Section roots, pages of mem_section and usage maps (mm/sparse.c) come between NODE_DATA and the
 * vmemmap; how large they are depends on the build, and shows in where the vmemmap is. */
static uint64_t sparse_bookkeeping_least(
	const struct lb_model *model, const struct lb_vmemmap *blocks, size_t count)
{
	uint64_t roots = section_roots_most(model) / 2;

	for (size_t i = 0; i < count; i++) {
		roots = lb_max(roots, blocks[i].roots);
	}
	return 32 * LB_KIB + roots + sections_of(model, LB_NO_NODE) * 96;
}

void lb_vmemmap_allocate(struct lb_model *model, const struct lb_vmemmap *blocks, size_t count)
{
	uint64_t map = section_map_bytes(model);

	if (!count) {
		return;
	}
	lb_model_allocate_early(
		model, (struct lb_early_allocation){.owner = "memory section tables",
			       .size = sparse_bookkeeping_least(model, blocks, count),
			       .align = 64,
			       .window = {0, LB_PHYS_ADDR_MAX},
			       .node = LB_NO_NODE,
			       .unsure = section_roots_most(model) / 2 + 96 * LB_KIB});
	for (size_t i = 0; i < count; i++) {
		lb_model_allocate_early(
			model, (struct lb_early_allocation){.owner = "vmemmap (struct page)",
				       .size = blocks[i].size,
				       .kept = blocks[i].kept,
				       .align = map,
				       .window = {0, LB_PHYS_ADDR_MAX},
				       .node = blocks[i].node,
				       .observed = blocks[i].at});
	}
}
