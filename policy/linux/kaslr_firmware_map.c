/* SPDX-License-Identifier: MIT */
/*
 * kaslr_firmware_map: the memory that the EFI stub had before it when it drew the kernel's place,
 * reconstructed from the map that was left when boot services ended, or bounded from above by
 * plain RAM. Verified in docs/kaslr.md against boots of one machine with different draws.
 */
#include "policy/linux/kaslr.h"
#include "policy/linux/kaslr_row.h"

#define EFI_LOADER_CODE 1
#define EFI_LOADER_DATA 2
#define EFI_BOOT_CODE 3
#define EFI_RUNTIME_DATA 6
#define EFI_CONVENTIONAL 7
#define EFI_UNACCEPTED 15
#define EFI_MEMORY_MORE_RELIABLE (UINT64_C(1) << 16)
#define EFI_MEMORY_SP (UINT64_C(1) << 18)
#define EFI_MEMORY_HOT_PLUGGABLE (UINT64_C(1) << 20)
#define EFI_PAGE UINT64_C(4096)
/* What the stub allocates for the device tree (MAX_FDT_SIZE, arm64 and riscv64). */
#define FDT_MAX (UINT64_C(2) * LB_MIB)

struct output {
	struct lb_kaslr_memory *memory;
	size_t capacity;
	size_t count;
};

static bool is_loader(const struct lb_kaslr_efi_range *descriptor)
{
	return descriptor->type == EFI_LOADER_CODE || descriptor->type == EFI_LOADER_DATA;
}

static bool same_kind(const struct lb_kaslr_memory *a, const struct lb_kaslr_memory *b)
{
	return a->usable == b->usable && a->unaccepted == b->unaccepted &&
		a->more_reliable == b->more_reliable && a->soft_reserved == b->soft_reserved &&
		a->hot_pluggable == b->hot_pluggable;
}

/* Appends, or extends the last entry: firmware keeps free neighbours as one descriptor. */
static enum lb_status append(struct output *output, struct lb_kaslr_memory entry)
{
	struct lb_kaslr_memory *last = output->memory + (output->count ? output->count - 1 : 0);

	if (lb_range_empty(entry.range)) {
		return LB_OK;
	}
	if (output->count && entry.usable && same_kind(last, &entry) &&
		last->range.end == entry.range.start) {
		last->range.end = entry.range.end;
		return LB_OK;
	}
	if (output->count == output->capacity) {
		return LB_NO_STORAGE;
	}
	output->memory[output->count++] = entry;
	return LB_OK;
}

/* One descriptor, with the parts that lie in given[] turned back to free memory. */
static enum lb_status append_descriptor(struct output *output,
	const struct lb_kaslr_efi_range *descriptor, const struct lb_range given[2])
{
	struct lb_kaslr_memory entry = {
		.usable = descriptor->type == EFI_CONVENTIONAL,
		.unaccepted = descriptor->type == EFI_UNACCEPTED,
		.more_reliable = descriptor->attributes & EFI_MEMORY_MORE_RELIABLE,
		.soft_reserved = descriptor->attributes & EFI_MEMORY_SP,
		.hot_pluggable = descriptor->attributes & EFI_MEMORY_HOT_PLUGGABLE,
	};
	struct lb_range rest = descriptor->range;
	enum lb_status status = LB_OK;
	size_t i;

	for (i = 0; i < 2 && is_loader(descriptor) && !status; i++) {
		struct lb_range part = lb_range_intersect(rest, given[i]);

		if (lb_range_empty(part)) {
			continue;
		}
		entry.range = (struct lb_range){rest.start, part.start};
		status = append(output, entry);
		if (!status) {
			entry.range = part;
			entry.usable = true;
			status = append(output, entry);
			entry.usable = false;
		}
		rest.start = part.end;
	}
	entry.range = rest;
	return status ? status : append(output, entry);
}

/* Pages of the initrd; with the device tree that was allocated right above or below it. */
static struct lb_range ramdisk_pages(const struct lb_kaslr_final_map *map)
{
	struct lb_range pages = map->ramdisk;
	uint64_t most;
	size_t i;

	if (lb_range_empty(pages)) {
		return pages;
	}
	pages.start = lb_align_down(pages.start, EFI_PAGE);
	if (!lb_align_up(pages.end, EFI_PAGE, &pages.end) ||
		!lb_add(lb_range_size(pages), FDT_MAX + LB_MIB / 16, &most)) {
		return map->ramdisk;
	}
	for (i = 0; map->fdt && i < map->count; i++) {
		const struct lb_kaslr_efi_range *descriptor = &map->descriptors[i];

		if (descriptor->type == EFI_LOADER_DATA &&
			lb_range_contains(descriptor->range, pages) &&
			lb_range_size(descriptor->range) <= most) {
			return descriptor->range;
		}
	}
	return pages;
}

enum lb_status lb_kaslr_map_at_draw(const struct lb_kaslr_final_map *map,
	struct lb_kaslr_memory *memory, size_t capacity, size_t *ret_count)
{
	struct output output = {memory, capacity, 0};
	struct lb_range given[2] = {map->image, ramdisk_pages(map)};
	enum lb_status status = LB_OK;
	size_t i;

	if (given[1].start < given[0].start) {
		struct lb_range swap = given[0];

		given[0] = given[1];
		given[1] = swap;
	}
	for (i = 0; i < map->count && !status; i++) {
		status = append_descriptor(&output, &map->descriptors[i], given);
	}
	*ret_count = output.count;
	return status;
}

/* Lowest part of range that is hidden; empty: none. */
static struct lb_range first_hidden(
	struct lb_range range, const struct lb_range *hidden, size_t hidden_count)
{
	struct lb_range first = {0, 0};
	size_t i;

	for (i = 0; i < hidden_count; i++) {
		struct lb_range part = lb_range_intersect(range, hidden[i]);

		if (!lb_range_empty(part) && (lb_range_empty(first) || part.start < first.start)) {
			first = part;
		}
	}
	return first;
}

enum lb_status lb_kaslr_map_superset(const struct lb_range *ram, size_t ram_count,
	const struct lb_range *hidden, size_t hidden_count, struct lb_kaslr_memory *memory,
	size_t capacity, size_t *ret_count)
{
	struct output output = {memory, capacity, 0};
	enum lb_status status = LB_OK;
	size_t i;

	for (i = 0; i < ram_count && !status; i++) {
		struct lb_kaslr_memory entry = {.range = ram[i], .usable = true};
		struct lb_range rest = ram[i];
		struct lb_range part = first_hidden(rest, hidden, hidden_count);

		while (!status && !lb_range_empty(part)) {
			entry.range = (struct lb_range){rest.start, part.start};
			status = append(&output, entry);
			rest.start = part.end;
			part = first_hidden(rest, hidden, hidden_count);
		}
		entry.range = rest;
		status = status ? status : append(&output, entry);
	}
	*ret_count = output.count;
	return status;
}

/* True if the stub can have allocated range for the kernel whose kept block is given. */
static bool holds_kernel(
	const struct lb_kaslr_row *row, struct lb_range range, struct lb_range kept)
{
	const uint64_t unit = LB_MIB / 16;

	if (range.end < kept.end) {
		return false;
	}
	if (row->unpacks) {
		return range.start == kept.start &&
			(lb_range_size(range) & (row->section_align - 1)) == 0 &&
			lb_range_size(range) / 2 <= lb_range_size(kept);
	}
	/* The first 64 KiB may be missing from the kept block, or one too many. */
	return range.end - kept.end < unit &&
		(range.start == kept.start || range.start + unit == kept.start ||
			(row->hides_head && range.start == kept.start + unit));
}

enum lb_status lb_kaslr_image_in_map(enum lb_arch arch,
	const struct lb_kaslr_efi_range *descriptors, size_t count, struct lb_range kept,
	struct lb_range *ret)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (is_loader(&descriptors[i]) &&
			holds_kernel(lb_kaslr_row(arch), descriptors[i].range, kept)) {
			*ret = descriptors[i].range;
			return LB_OK;
		}
	}
	return LB_NOT_FOUND;
}

enum lb_status lb_kaslr_loaded_in_map(enum lb_arch arch,
	const struct lb_kaslr_efi_range *descriptors, size_t count, struct lb_range placed,
	uint64_t least, lb_phys_addr *ret_base)
{
	const uint64_t grid = lb_kaslr_row(arch)->section_align;
	const struct lb_range *best = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct lb_range *range = &descriptors[i].range;

		if (descriptors[i].type == EFI_LOADER_CODE && lb_range_size(*range) >= least &&
			!lb_range_overlaps(*range, placed) &&
			(!best || lb_range_size(*range) < lb_range_size(*best))) {
			best = range;
		}
	}
	return best && lb_align_up(best->start, grid, ret_base) ? LB_OK : LB_NOT_FOUND;
}

lb_phys_addr lb_kaslr_first_bank_end(const struct lb_kaslr_efi_range *descriptors, size_t count)
{
	lb_phys_addr end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		uint32_t type = descriptors[i].type;

		if (type >= EFI_BOOT_CODE && type <= EFI_RUNTIME_DATA) {
			end = lb_max(end, descriptors[i].range.end);
		}
	}
	return end;
}

enum lb_status lb_kaslr_ramdisk_in_map(const struct lb_kaslr_efi_range *descriptors, size_t count,
	uint64_t size, struct lb_range *ret)
{
	const struct lb_range *found = NULL;
	uint64_t most;
	size_t i;

	if (!size || !lb_add(size, FDT_MAX + 3 * LB_MIB / 16, &most)) {
		return LB_NOT_FOUND;
	}
	for (i = 0; i < count; i++) {
		const struct lb_range *range = &descriptors[i].range;

		if (descriptors[i].type != EFI_LOADER_DATA || lb_range_size(*range) < size ||
			lb_range_size(*range) > most) {
			continue;
		}
		if (found) {
			return LB_NOT_FOUND;
		}
		found = range;
	}
	if (!found) {
		return LB_NOT_FOUND;
	}
	*ret = *found;
	return LB_OK;
}

/* The image runs where the firmware loaded it: the descriptor that holds it begins there, rounded
 * up to its section alignment, or the block is 64 KiB off. */
static void read_in_place(const struct lb_kaslr_efi_range *descriptors, size_t count,
	struct lb_kaslr_map_facts *facts)
{
	const uint64_t unit = LB_MIB / 16;
	lb_phys_addr base;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct lb_range *range = &descriptors[i].range;

		if (descriptors[i].type == EFI_LOADER_CODE &&
			lb_range_contains(*range, facts->kept) &&
			lb_align_up(range->start, unit, &base) && base <= facts->kept.start &&
			facts->kept.start - base <= unit) {
			facts->loaded = base;
			facts->kept.start = base;
			facts->image_size = lb_range_size(facts->kept);
			return;
		}
	}
}

struct lb_kaslr_map_facts lb_kaslr_read_final_map(enum lb_arch arch,
	const struct lb_kaslr_efi_range *descriptors, size_t count, struct lb_range kept,
	uint64_t init_size)
{
	struct lb_kaslr_map_facts facts = {.kept = kept};

	facts.bank_end = lb_kaslr_first_bank_end(descriptors, count);
	if (lb_range_empty(kept)) {
		return facts;
	}
	if (lb_kaslr_image_in_map(arch, descriptors, count, kept, &facts.image) == LB_OK) {
		facts.image_size = lb_range_size(facts.image);
		facts.kept.start = facts.image.start;
	}
	if (lb_kaslr_row(arch)->unpacks) {
		/* Only the old entry, with a header, runs from the PE image; its size is that. */
		if (!init_size || lb_kaslr_loaded_in_map(arch, descriptors, count, facts.image,
					  init_size, &facts.loaded)) {
			facts.loaded = 0;
		}
		return facts;
	}
	if (facts.image_size) {
		if (lb_kaslr_loaded_in_map(arch, descriptors, count, facts.image,
			    facts.image_size, &facts.loaded)) {
			facts.loaded = 0;
		}
		return facts;
	}
	read_in_place(descriptors, count, &facts);
	return facts;
}
