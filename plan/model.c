/* SPDX-License-Identifier: MIT */
/* model: filling and asking; what every architecture's model shares. */
#include "plan/model.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "plan/options.h"

#define SLOT_AREAS_MAX 4096

static size_t pieces_of(const struct lb_machine *machine)
{
	return machine->iomem_count + machine->e820_log_count + machine->e820_user_count +
	       machine->e820_firmware_count + machine->efi_map_count + machine->node_data_count +
	       machine->node_memory_count + machine->memblock_memory_count +
	       machine->memblock_reserved_count + machine->dt_reserved_count +
	       machine->acpi_tables_count + machine->cma_areas_count + machine->srat_count +
	       machine->boot_params.e820_count + 512;
}

enum lb_status lb_model_init(struct lb_model *model, const struct lb_machine *machine,
	struct lb_arena *arena, struct lb_journal *journal)
{
	size_t pieces = pieces_of(machine);

	*model = (struct lb_model){
		.machine = machine, .arena = arena, .arch = machine->arch, .journal = journal};
	model->memory = lb_arena_array(arena, pieces, sizeof(*model->memory));
	model->holders = lb_arena_array(arena, pieces, sizeof(*model->holders));
	model->slots.areas = lb_arena_array(arena, SLOT_AREAS_MAX, sizeof(*model->slots.areas));
	if (!model->memory || !model->holders || !model->slots.areas) {
		return LB_NO_STORAGE;
	}
	model->memory_capacity = pieces;
	model->holder_capacity = pieces;
	model->slots.capacity = SLOT_AREAS_MAX;
	return LB_OK;
}

void lb_model_memory(struct lb_model *model, struct lb_range range, int32_t node, uint32_t flags)
{
	if (lb_range_empty(range)) {
		return;
	}
	LB_ASSERT(model->memory_count < model->memory_capacity);
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
	LB_ASSERT(model->holder_count < model->holder_capacity);
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

void lb_model_float(struct lb_model *model, struct lb_float wanted)
{
	if (!wanted.size) {
		return;
	}
	LB_ASSERT(model->float_count < LB_MODEL_FLOATS_MAX);
	model->floats[model->float_count++] = wanted;
}

void lb_model_doubt(struct lb_model *model, const char *reason)
{
	for (size_t i = 0; i < model->reason_count; i++) {
		if (!strcmp(model->reasons[i], reason)) {
			return;
		}
	}
	if (model->reason_count < LB_MODEL_REASONS_MAX) {
		model->reasons[model->reason_count++] = reason;
	}
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

void lb_model_assume(struct lb_model *model, const char *reason)
{
	lb_model_doubt(model, reason);
	model->never_exact = true;
}

/* NOMAP memory is a top-level "reserved" of /proc/iomem on arm64 (setup.c,
 * request_standard_resources), "Reserved" on riscv64. */
static bool nomap_in_iomem(const struct lb_machine *machine, struct lb_range range)
{
	for (size_t i = 0; i < machine->iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->iomem[i];

		if (!entry->depth && !strcasecmp(entry->name, "reserved") &&
			lb_range_contains(entry->range, range)) {
			return true;
		}
	}
	return false;
}

static void memory_from_memblock(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->memblock_memory_count; i++) {
		const struct lb_memblock_region *region = &machine->memblock_memory[i];
		bool nomap =
			strstr(region->flags, "NOMAP") || nomap_in_iomem(machine, region->range);
		bool driver = strstr(region->flags, "DRV_MNG");

		lb_model_memory(model, region->range, region->node,
			(nomap ? LB_MEM_NOMAP : 0) | (driver ? LB_MEM_DRIVER_MANAGED : 0));
	}
}

static void memory_from_nodes(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->node_memory_count; i++) {
		const struct lb_node_range *node = &machine->node_memory[i];

		lb_model_memory(model, node->range, node->node,
			nomap_in_iomem(machine, node->range) ? LB_MEM_NOMAP : 0);
	}
}

/* Entries that touch are separate regions where the kernel listed them so: a merged region would
 * have been one entry. */
static void memory_from_iomem(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	bool nomap_counts = model->arch != LB_ARCH_X86_64;

	for (size_t i = 0; i < machine->iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->iomem[i];

		if (entry->depth) {
			continue;
		}
		if (!strcmp(entry->name, "System RAM")) {
			lb_model_memory(model, entry->range, LB_NO_NODE, 0);
		} else if (nomap_counts && !strcasecmp(entry->name, "reserved")) {
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

		for (size_t k = 0; k < machine->node_memory_count; k++) {
			if (lb_range_contains(machine->node_memory[k].range, region->range)) {
				region->node = machine->node_memory[k].node;
			}
		}
	}
}

/* What the listings of a running system hold more than the boot had: memory added later. */
static void drop_added_later(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_boot_params *params = &machine->boot_params;
	size_t kept = 0;

	if (!machine->node_memory_count && !params->e820_count) {
		lb_model_assume(model, "the boot log is not shown, so memory that was added after "
				       "boot, and the borders of NUMA nodes, cannot be told");
		return;
	}
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range range = model->memory[i].range;
		bool booted = false;

		for (size_t k = 0; k < machine->node_memory_count; k++) {
			booted |= lb_range_overlaps(machine->node_memory[k].range, range);
		}
		for (size_t k = 0; k < params->e820_count && !machine->node_memory_count; k++) {
			booted |= params->e820[k].type == LB_E820_RAM &&
				  lb_range_overlaps(params->e820[k].range, range);
		}
		if (booted) {
			model->memory[kept++] = model->memory[i];
		}
	}
	model->memory_count = kept;
	if (!machine->node_memory_count &&
		(!machine->srat_count || lb_option_given(model->cmdline, "numa"))) {
		lb_model_assume(model, "the boot log is not shown, so the borders of NUMA nodes, "
				       "which no reservation crosses, cannot be told");
	}
}

/* Cuts regions at the borders of the SRAT's nodes, where the log does not list them. */
static void cut_at_srat(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	size_t count = model->memory_count;

	for (size_t k = 0; k < machine->srat_count && !machine->node_memory_count; k++) {
		struct lb_range node = machine->srat[k].range;

		for (size_t i = 0; i < count; i++) {
			struct lb_region *region = &model->memory[i];
			struct lb_region rest = *region;

			if (!lb_range_overlaps(region->range, node)) {
				continue;
			}
			region->node = machine->srat[k].node;
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
	bool nomap_matters = model->arch != LB_ARCH_X86_64;

	if (machine->memblock_memory_count) {
		memory_from_memblock(model);
	} else if (machine->node_memory_count &&
		   (!nomap_matters || lb_machine_has(machine, LB_SOURCE_IOMEM))) {
		memory_from_nodes(model);
	} else if (lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		memory_from_iomem(model);
	} else if (machine->node_memory_count) {
		memory_from_nodes(model);
		if (machine->efi_known && !machine->efi) {
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

bool lb_model_log_memory(const struct lb_machine *machine, const char *word, uint64_t *ret)
{
	for (size_t i = 0; i < machine->log_count; i++) {
		const char *text = machine->log[i].text;
		const char *at;
		uint64_t value = 0;
		uint64_t scale = 1;

		if (strncmp(text, "Memory: ", 8) || !(at = strstr(text, word)) || at < text + 10) {
			continue;
		}
		for (at -= 3; at > text && *at >= '0' && *at <= '9'; at--) {
			value += (uint64_t)(*at - '0') * scale;
			scale *= 10;
			if (scale > UINT64_C(1000000000000)) {
				return false;
			}
		}
		*ret = value * LB_KIB;
		return scale > 1;
	}
	return false;
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

uint64_t lb_model_log_kfence(const struct lb_machine *machine)
{
	static const char line[] = "kfence: initialized - using ";
	unsigned long long bytes;

	for (size_t i = 0; i < machine->log_count; i++) {
		if (!strncmp(machine->log[i].text, line, sizeof(line) - 1) &&
			sscanf(machine->log[i].text + sizeof(line) - 1, "%llu bytes", &bytes) ==
				1) {
			return lb_min(bytes, LB_GIB);
		}
	}
	return 0;
}

bool lb_model_all_node_data(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->node_memory_count; i++) {
		bool found = false;

		for (size_t k = 0; k < machine->node_data_count; k++) {
			found |= machine->node_data[k].node == machine->node_memory[i].node;
		}
		if (!found) {
			return false;
		}
	}
	return machine->node_memory_count;
}
