/* SPDX-License-Identifier: MIT */
/* model: filling and asking; what every architecture's model shares. */
#include "plan/boot/model.h"

#include <string.h>

static size_t pieces_of(const struct lb_machine *machine)
{
	return machine->memory.iomem_count + machine->e820.log_count + machine->e820.user_count +
	       machine->e820.firmware_count + machine->efi.map_count + machine->nodes.data_count +
	       machine->nodes.memory_count + machine->memblock.memory_count +
	       machine->memblock.reserved_count + machine->fdt.reserved_count +
	       machine->acpi.tables_count + machine->cma.areas_count + machine->acpi.srat_count +
	       machine->boot.params.e820_count + 512;
}

enum lb_status lb_model_init(struct lb_model *model, const struct lb_machine *machine,
	struct lb_arena *arena, struct lb_journal *journal)
{
	size_t pieces = pieces_of(machine);

	*model = (struct lb_model){
		.machine = machine, .arena = arena, .arch = machine->arch, .journal = journal};
	model->memory = lb_arena_array(arena, 2 * pieces, sizeof(*model->memory));
	model->holders = lb_arena_array(arena, 4 * pieces, sizeof(*model->holders));
	model->slots.areas = lb_arena_array(arena, 2 * pieces, sizeof(*model->slots.areas));
	if (!model->memory || !model->holders || !model->slots.areas) {
		return LB_NO_STORAGE;
	}
	model->memory_capacity = 2 * pieces;
	model->holder_capacity = 4 * pieces;
	model->slots.capacity = 2 * pieces;
	return LB_OK;
}

void lb_model_memory(struct lb_model *model, struct lb_range range, int32_t node, uint32_t flags)
{
	if (lb_range_empty(range)) {
		return;
	}
	if (model->memory_count == model->memory_capacity) {
		lb_model_assume(
			model, "the machine lists more pieces of memory than are looked at");
		return;
	}
	model->memory[model->memory_count++] =
		(struct lb_region){.range = range, .node = node, .flags = flags};
	lb_journal_add(model->journal,
		(struct lb_event){.kind = LB_EVENT_ADD, .owner = "System RAM", .range = range});
}

void lb_model_hold(
	struct lb_model *model, struct lb_range range, const char *owner, enum lb_holding holding)
{
	if (lb_range_empty(range)) {
		return;
	}
	if (model->holder_count == model->holder_capacity) {
		lb_model_assume(model, "the machine lists more taken memory than is looked at");
		return;
	}
	model->holders[model->holder_count++] =
		(struct lb_holder){.range = range, .owner = owner, .holding = holding};
	lb_journal_add(model->journal,
		(struct lb_event){.kind = LB_EVENT_RESERVE,
			.owner = owner,
			.reason = holding == LB_HELD          ? NULL
				  : holding == LB_HELD_LIKELY ? "as far as the machine shows"
							      : "seen as taken, most likely later",
			.range = range});
}

void lb_model_allocate_early(struct lb_model *model, struct lb_early_allocation wanted)
{
	if (!wanted.size) {
		return;
	}
	if (model->early_count == LB_EARLY_ALLOCATIONS_MAX) {
		lb_model_assume(model, "the machine has more nodes than are looked at");
		return;
	}
	model->early[model->early_count++] = wanted;
}

void lb_model_doubt_as(struct lb_model *model, enum lb_weight weight, const char *reason)
{
	size_t at = model->reason_count;
	bool full = at == LB_MODEL_REASONS_MAX;

	for (size_t i = 0; i < model->reason_count; i++) {
		if (!strcmp(model->reasons[i], reason)) {
			return;
		}
	}
	while (at && model->weights[at - 1] > weight) {
		at--;
	}
	if (at < LB_MODEL_REASONS_MAX) {
		size_t behind = model->reason_count - at - full;

		memmove(&model->reasons[at + 1], &model->reasons[at],
			behind * sizeof(*model->reasons));
		memmove(&model->weights[at + 1], &model->weights[at],
			behind * sizeof(*model->weights));
		model->reasons[at] = reason;
		model->weights[at] = weight;
		model->reason_count += !full;
	}
	if (full) {
		model->reasons[LB_MODEL_REASONS_MAX - 1] = "more is not shown than is listed here";
	}
}

void lb_model_doubt(struct lb_model *model, const char *reason)
{
	lb_model_doubt_as(model, LB_WEIGHT_PLACE, reason);
}

void lb_model_assume_as(struct lb_model *model, enum lb_weight weight, const char *reason)
{
	lb_model_doubt_as(model, weight, reason);
	model->never_exact = true;
}

struct lb_range lb_model_span(const struct lb_model *model)
{
	struct lb_range span = {LB_PHYS_ADDR_MAX, 0};

	for (size_t i = 0; i < model->memory_count; i++) {
		span.start = lb_min(span.start, model->memory[i].range.start);
		span.end = lb_max(span.end, model->memory[i].range.end);
	}
	return model->memory_count ? span : (struct lb_range){0, 0};
}

const struct lb_region *lb_model_region_at(const struct lb_model *model, lb_phys_addr address)
{
	for (size_t i = 0; i < model->memory_count; i++) {
		if (lb_range_has(model->memory[i].range, address)) {
			return &model->memory[i];
		}
	}
	return NULL;
}

bool lb_model_has_memory_in(const struct lb_model *model, struct lb_range range)
{
	for (size_t i = 0; i < model->memory_count; i++) {
		if (lb_range_overlaps(model->memory[i].range, range)) {
			return true;
		}
	}
	return false;
}

void lb_model_assume(struct lb_model *model, const char *reason)
{
	lb_model_assume_as(model, LB_WEIGHT_PLACE, reason);
}

struct lb_range lb_model_kernel(const struct lb_model *model, enum lb_view view, lb_phys_addr at)
{
	uint64_t size = view == LB_VIEW_LOWER  ? model->kernel_size_min
			: view == LB_VIEW_BEST ? model->kernel_size
					       : model->kernel_size_max;
	struct lb_range range = {at, at};

	if (!lb_add(at, size, &range.end)) {
		range.end = LB_PHYS_ADDR_MAX;
	}
	return range;
}

bool lb_model_stays_as_booted(const struct lb_model *model)
{
	return model->kernel_place == LB_KERNEL_FIXED && model->booted_at &&
	       model->kernel_at == model->booted_at;
}

lb_phys_addr lb_model_hole_end(const struct lb_model *model, lb_phys_addr address)
{
	const struct lb_region *region = lb_model_region_at(model, address);
	lb_phys_addr end = region ? region->range.end : address;

	for (size_t i = 0; i < model->holder_count; i++) {
		const struct lb_holder *holder = &model->holders[i];

		if (holder->holding != LB_FREE_LIKELY && holder->range.start >= address) {
			end = lb_min(end, holder->range.start);
		}
	}
	if (model->booted_at && model->booted_at >= address) {
		end = lb_min(end, model->booted_at);
	}
	return end;
}

bool lb_model_all_node_data(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->nodes.memory_count; i++) {
		bool found = false;

		for (size_t k = 0; k < machine->nodes.data_count; k++) {
			found |= machine->nodes.data[k].node == machine->nodes.memory[i].node;
		}
		if (!found) {
			return false;
		}
	}
	return machine->nodes.memory_count;
}

uint32_t lb_model_page_size(const struct lb_model *model)
{
	return model->machine->kernel.page_size ? model->machine->kernel.page_size : 4096;
}

uint64_t lb_huge_page(uint32_t page_size)
{
	return (uint64_t)page_size * (page_size / 8);
}
