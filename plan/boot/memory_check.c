/* SPDX-License-Identifier: MIT */
/* memory_check: listings as sorted lists of whole pages, compared. */
#include "plan/boot/memory_check.h"

#include <stdlib.h>
#include <string.h>

#include "plan/boot/e820_edit.h"

struct listing {
	struct lb_range *ranges;
	size_t count;
};

static int by_start(const void *a, const void *b)
{
	const struct lb_range *x = a;
	const struct lb_range *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Rounds inwards to pages, sorts, and joins what touches. */
static void normalise(struct listing *list, uint64_t page)
{
	size_t kept = 0;

	qsort(list->ranges, list->count, sizeof(*list->ranges), by_start);
	for (size_t i = 0; i < list->count; i++) {
		struct lb_range range = list->ranges[i];
		uint64_t start;

		if (!lb_align_up(range.start, page, &start)) {
			continue;
		}
		range = (struct lb_range){start, lb_align_down(range.end, page)};
		if (range.start >= range.end) {
			continue;
		}
		if (kept && range.start <= list->ranges[kept - 1].end) {
			struct lb_range *last = &list->ranges[kept - 1];

			last->end = lb_max(last->end, range.end);
		} else {
			list->ranges[kept++] = range;
		}
	}
	list->count = kept;
}

static bool equal(const struct listing *a, const struct listing *b)
{
	return a->count == b->count && !memcmp(a->ranges, b->ranges, a->count * sizeof(*a->ranges));
}

static struct listing from_model(const struct lb_model *model)
{
	struct listing list = {
		lb_arena_array(model->arena, model->memory_count + 1, sizeof(struct lb_range)), 0};

	for (size_t i = 0; list.ranges && i < model->memory_count; i++) {
		list.ranges[list.count++] = model->memory[i].range;
	}
	return list;
}

static struct listing from_nodes(const struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	struct listing list = {lb_arena_array(model->arena, machine->nodes.memory_count + 1,
				       sizeof(struct lb_range)),
		0};

	for (size_t i = 0; list.ranges && i < machine->nodes.memory_count; i++) {
		list.ranges[list.count++] = machine->nodes.memory[i].range;
	}
	return list;
}

/* The firmware's e820 map as the recorded boot's options left it; not confirmed by itself. */
static enum lb_status from_e820(const struct lb_model *model, struct listing *ret)
{
	const struct lb_machine *machine = model->machine;
	size_t count;
	const struct lb_e820_entry *entries = lb_e820_as_passed(machine, &count);
	struct lb_model scratch;
	enum lb_status status;

	ret->count = 0;
	if (!count) {
		return LB_OK;
	}
	status = lb_model_init(&scratch, machine, model->arena, NULL);
	if (status) {
		return status;
	}
	scratch.arch = model->arch;
	scratch.row = model->row;
	scratch.cmdline = machine->boot.cmdline ? machine->boot.cmdline : model->cmdline;
	if (lb_e820_edited(&scratch, entries, count)) {
		*ret = from_model(&scratch);
	}
	return ret->ranges || !ret->count ? LB_OK : LB_NO_STORAGE;
}

/* The kernel's own count of its pages, where the log shows it: all of memblock in whole pages. */
static bool total_agrees(const struct lb_model *model, const struct listing *list)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < list->count; i++) {
		sum += lb_range_size(list->ranges[i]);
	}
	return !model->machine->memory.counted || sum == model->machine->memory.counted;
}

/* What the firmware lists and no line of a node covers: nodes cover all RAM (arch/x86/mm/numa.c),
 * so lines were lost. */
static void add_lost_nodes(
	struct lb_model *model, const struct listing *nodes, const struct listing *firmware)
{
	for (size_t i = 0; i < firmware->count; i++) {
		struct lb_range rest = firmware->ranges[i];

		for (size_t k = 0; k < nodes->count; k++) {
			struct lb_range known = lb_range_intersect(nodes->ranges[k], rest);

			if (!lb_range_empty(known)) {
				lb_model_memory(model, (struct lb_range){rest.start, known.start},
					LB_NO_NODE, 0);
				rest.start = known.end;
			}
		}
		lb_model_memory(model, rest, LB_NO_NODE, 0);
	}
}

enum lb_status lb_memory_confirm(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;
	bool e820 = model->row->e820 == LB_YES;
	bool own_nodes = e820 ? machine->nodes.memory_count : false;
	struct listing mine = from_model(model);
	struct listing other = {0};
	enum lb_status status = LB_OK;

	if (e820 && (own_nodes || machine->boot.params.e820_count || machine->e820.log_count)) {
		status = from_e820(model, &other);
	} else if (!e820) {
		other = from_nodes(model);
	}
	if (status || !mine.ranges) {
		return status ? status : LB_NO_STORAGE;
	}
	normalise(&mine, lb_model_page_size(model));
	if (!other.count) {
		lb_model_assume(model,
			"only one source lists the RAM of this boot, and parts of it "
			"may be missing there");
		return LB_OK;
	}
	normalise(&other, lb_model_page_size(model));
	if (!equal(&mine, &other) || !total_agrees(model, &mine)) {
		lb_model_assume(model, "the sources disagree about which RAM there is: a log that "
				       "lost lines, or memory that was added or trimmed");
		if (own_nodes && !lb_machine_has(machine, LB_SOURCE_IOMEM)) {
			add_lost_nodes(model, &mine, &other);
		}
	}
	return LB_OK;
}

/* How much of range the firmware's map describes; its descriptors do not overlap. */
static uint64_t described(const struct lb_machine *machine, struct lb_range range)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < machine->efi.map_count; i++) {
		bytes += lb_range_size(lb_range_intersect(machine->efi.map[i].range, range));
	}
	return bytes;
}

bool lb_memory_map_covered(const struct lb_model *model)
{
	for (size_t i = 0; i < model->memory_count; i++) {
		struct lb_range range = model->memory[i].range;

		if (!(model->memory[i].flags & LB_MEM_NOMAP) &&
			described(model->machine, range) < lb_range_size(range)) {
			return false;
		}
	}
	return true;
}
