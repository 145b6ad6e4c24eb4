/* SPDX-License-Identifier: MIT */
/* observed_reserved: collect, subtract, classify. */
#include "plan/boot/observed_reserved.h"

#include <stdlib.h>
#include <string.h>

/* Listed and not counted: kernels up to 6.3 give some pages back before /proc/iomem is filled, and
 * memory that is not mapped is listed in whole 64 KiB pages. */
#define ROUNDED_PAGES 64

static int by_start(const void *a, const void *b)
{
	const struct lb_range *x = a;
	const struct lb_range *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorted input; ranges that overlap or touch become one. */
static void merge(struct lb_observed *observed)
{
	size_t kept = 0;

	qsort(observed->ranges, observed->count, sizeof(*observed->ranges), by_start);
	for (size_t i = 0; i < observed->count; i++) {
		struct lb_range range = observed->ranges[i];

		if (kept && range.start <= observed->ranges[kept - 1].end) {
			struct lb_range *last = &observed->ranges[kept - 1];

			last->end = lb_max(last->end, range.end);
		} else {
			observed->ranges[kept++] = range;
		}
	}
	observed->count = kept;
}

static bool is_reserved_child(const struct lb_iomem_entry *entry)
{
	return entry->depth && entry->kind == LB_IOMEM_RESERVED;
}

enum lb_status lb_observed_collect(struct lb_model *model, struct lb_observed *ret)
{
	const struct lb_machine *machine = model->machine;
	size_t most = 2 * (machine->memblock.reserved_count + machine->memory.iomem_count) + 64;
	struct lb_observed observed = {
		.ranges = lb_arena_array(model->arena, most, sizeof(struct lb_range))};

	if (!observed.ranges) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < machine->memblock.reserved_count; i++) {
		observed.ranges[observed.count++] = machine->memblock.reserved[i].range;
	}
	/* /proc/iomem also keeps what was freed later, the initrd for one. The crash kernel memory
	 * of that boot is listed under a name of its own. */
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		if (is_reserved_child(&machine->memory.iomem[i]) ||
			machine->memory.iomem[i].kind == LB_IOMEM_CRASH) {
			observed.ranges[observed.count++] = machine->memory.iomem[i].range;
		}
	}
	merge(&observed);
	*ret = observed;
	return LB_OK;
}

/* riscv64 lists the image as one, around its parts (arch/riscv/kernel/setup.c). */
static bool is_kernel(const struct lb_iomem_entry *entry)
{
	return entry->kind == LB_IOMEM_KERNEL_CODE || entry->kind == LB_IOMEM_KERNEL_DATA ||
	       entry->kind == LB_IOMEM_KERNEL_BSS || !strcmp(entry->name, "Kernel image");
}

/* What the kernel counts as reserved: the listing, the kernel image, and memory that is not
 * mapped. A name that cannot be read is none of them. */
static enum lb_status all_reserved(
	const struct lb_model *model, const struct lb_observed *listed, struct lb_observed *ret)
{
	const struct lb_machine_memory *memory = &model->machine->memory;
	size_t most = listed->count + memory->iomem_count + model->memory_count + 1;
	uint64_t page = lb_model_page_size(model);
	struct lb_observed all = {
		.ranges = lb_arena_array(model->arena, most, sizeof(struct lb_range))};

	if (!all.ranges) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < listed->count; i++) {
		all.ranges[all.count++] = listed->ranges[i];
	}
	for (size_t i = 0; i < memory->iomem_count; i++) {
		if (is_kernel(&memory->iomem[i])) {
			all.ranges[all.count++] = memory->iomem[i].range;
		}
	}
	for (size_t i = 0; i < model->memory_count; i++) {
		if (model->memory[i].flags & LB_MEM_NOMAP) {
			all.ranges[all.count++] = model->memory[i].range;
		}
	}
	for (size_t i = 0; i < all.count; i++) {
		struct lb_range *range = &all.ranges[i];

		range->start = lb_align_down(range->start, page);
		range->end = lb_min(range->end, LB_PHYS_ADDR_MAX - page);
		range->end = lb_align_down(range->end + page - 1, page);
	}
	merge(&all);
	*ret = all;
	return LB_OK;
}

enum lb_status lb_observed_confirm(struct lb_model *model, const struct lb_observed *observed)
{
	const struct lb_machine_memory *memory = &model->machine->memory;
	uint64_t rounding = ROUNDED_PAGES * lb_model_page_size(model);
	struct lb_observed all;
	enum lb_status status = all_reserved(model, observed, &all);
	uint64_t sum = 0;

	if (status || !observed->count) {
		return status; /* that nothing is listed is said elsewhere */
	}
	for (size_t i = 0; i < all.count; i++) {
		sum += lb_range_size(all.ranges[i]);
	}
	if (!memory->reserved_known) {
		lb_model_assume(model, "the boot log does not show how much memory was reserved, "
				       "so reservations that lack in /proc/iomem are not noticed");
	} else if (sum < memory->reserved || sum - memory->reserved > rounding) {
		lb_model_assume(model,
			"the reservations that the machine lists are not all that its kernel "
			"counted, or more: lines are missing, or of another boot");
	}
	return LB_OK;
}

bool lb_observed_find_block(const struct lb_observed *observed, lb_phys_addr end, uint64_t size,
	uint64_t kept, uint64_t align, lb_phys_addr *ret)
{
	for (size_t i = observed->count; i-- && end >= size;) {
		struct lb_range range = observed->ranges[i];
		lb_phys_addr start;

		if (lb_range_size(range) < kept) {
			continue;
		}
		start = lb_align_down(lb_min(range.end - kept, end - size), align);
		if (start >= range.start) {
			*ret = start;
			return true;
		}
	}
	return false;
}

bool lb_observed_covers(const struct lb_observed *observed, struct lb_range range)
{
	for (size_t i = 0; i < observed->count; i++) {
		if (lb_range_contains(observed->ranges[i], range)) {
			return true;
		}
	}
	return false;
}

void lb_observed_explain(struct lb_observed *observed, struct lb_range range)
{
	size_t count = observed->count;

	for (size_t i = 0; i < count; i++) {
		struct lb_range *piece = &observed->ranges[i];
		struct lb_range rest = {lb_max(range.end, piece->start), piece->end};

		if (!lb_range_overlaps(*piece, range)) {
			continue;
		}
		piece->end = lb_max(piece->start, lb_min(piece->end, range.start));
		if (rest.start < rest.end) {
			observed->ranges[observed->count++] = rest;
		}
	}
	merge(observed);
}

/* The largest free hole of the running system in [address, limit), in the same node. */
static uint64_t largest_hole_above(const struct lb_model *model, const struct lb_observed *all,
	lb_phys_addr address, lb_phys_addr limit)
{
	const struct lb_region *home = lb_model_region_at(model, address ? address - 1 : 0);
	uint64_t largest = 0;

	for (size_t i = 0; i < model->memory_count; i++) {
		const struct lb_region *region = &model->memory[i];
		lb_phys_addr at = lb_max(region->range.start, address);
		lb_phys_addr end = lb_min(region->range.end, limit);

		if ((region->flags & LB_MEM_NOMAP) || (home && home->node != region->node)) {
			continue;
		}
		for (size_t k = 0; k < all->count && at < end; k++) {
			if (all->ranges[k].end <= at) {
				continue;
			}
			if (all->ranges[k].start > at) {
				largest = lb_max(largest, lb_min(all->ranges[k].start, end) - at);
			}
			at = all->ranges[k].end;
		}
		if (at < end) {
			largest = lb_max(largest, end - at);
		}
	}
	return largest;
}

/* What a search for that many bytes may waste on alignment. */
static uint64_t alignment_allowance(uint64_t size)
{
	return size >= 2 * LB_MIB ? 2 * LB_MIB : 64 * LB_KIB;
}

void lb_observed_hold_placed(struct lb_model *model, struct lb_observed *observed)
{
	struct lb_observed all;

	if (lb_observed_collect(model, &all)) {
		return;
	}
	for (size_t i = 0; i < observed->count; i++) {
		struct lb_range piece = observed->ranges[i];
		lb_phys_addr window =
			piece.end <= model->env.low_max ? model->env.low_max : LB_PHYS_ADDR_MAX;
		uint64_t enough = lb_range_size(piece) + alignment_allowance(lb_range_size(piece));

		if (lb_range_empty(piece)) {
			continue;
		}
		if (largest_hole_above(model, &all, piece.end, window) >= enough) {
			lb_model_hold(model, piece, "placed by firmware or boot loader", LB_HELD);
		} else if (window != LB_PHYS_ADDR_MAX &&
			   largest_hole_above(model, &all, piece.end, LB_PHYS_ADDR_MAX) >= enough) {
			/* A DMA buffer, or placed: the DMA limit leaves no hole above it. */
			lb_model_hold(
				model, piece, "DMA memory, or placed by firmware", LB_FREE_LIKELY);
		}
	}
}
