/* SPDX-License-Identifier: MIT */
/*
 * Folders of numbered folders: sys/firmware/memmap/N/{start,end,type} (drivers/firmware/
 * memmap.c) and sys/firmware/efi/runtime-map/N/{attribute,num_pages,phys_addr,type}. The number
 * is the place in the firmware's table, so the entries are put in that order.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

static int by_index(const void *a, const void *b)
{
	const struct machine_file *const *left = a;
	const struct machine_file *const *right = b;

	if ((*left)->index != (*right)->index) {
		return (*left)->index < (*right)->index ? -1 : 1;
	}
	return (*left)->kind < (*right)->kind ? -1 : (*left)->kind > (*right)->kind;
}

/* The files of kinds first..last, sorted; *ret_count of them. NULL: none, or the reader failed. */
static struct machine_file **collect(struct machine_reader *reader, enum machine_kind first,
	enum machine_kind last, size_t *ret_count)
{
	struct machine_file **files;
	size_t count = 0;

	for (size_t i = 0; i < reader->files_count; i++) {
		count += reader->files[i].kind >= first && reader->files[i].kind <= last;
	}
	*ret_count = count;
	if (!count) {
		return NULL;
	}
	files = machine_arena_allocate(reader->arena, count * sizeof(struct machine_file *));
	if (!files) {
		machine_no_room(
			reader, reader->current, count * sizeof(struct machine_file *));
		return NULL;
	}
	count = 0;
	for (size_t i = 0; i < reader->files_count; i++) {
		if (reader->files[i].kind >= first && reader->files[i].kind <= last) {
			files[count++] = &reader->files[i];
		}
	}
	qsort(files, count, sizeof(*files), by_index);
	return files;
}

/* `wanted` files of one number, one of each kind from `first`, begin at files[at]. */
static bool complete(struct machine_reader *reader, struct machine_file **files, size_t count,
	size_t at, enum machine_kind first, size_t wanted)
{
	for (size_t i = 0; i < wanted; i++) {
		if (at + i >= count || files[at + i]->index != files[at]->index ||
			files[at + i]->kind != first + i) {
			machine_fail(reader, LB_INVALID, machine_at_line(files[at]->path, 0),
				"the files of entry %u are not complete, or there twice",
				files[at]->index);
			return false;
		}
	}
	return true;
}

static char *line_of(struct machine_file *file)
{
	char *at = file->data;
	char *line;

	return text_next_line(&at, file->data + file->size, &line) ? line : file->data;
}

static bool number_of(struct machine_reader *reader, struct machine_file *file, uint64_t *ret)
{
	const char *at = line_of(file);

	if (!text_number(&at, ret) || *at) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected one number");
		return false;
	}
	return true;
}

/* The words of arch/x86/kernel/e820.c, e820_type_to_string (7.x: some in other case). */
static enum lb_e820_type memmap_type(const char *text)
{
	static const struct {
		const char *words;
		enum lb_e820_type type;
	} types[] = {
		{"System RAM", LB_E820_RAM},
		{"Reserved", LB_E820_RESERVED},
		{"reserved", LB_E820_RESERVED},
		{"device reserved", LB_E820_RESERVED},
		{"Device Reserved", LB_E820_RESERVED},
		{"ACPI Tables", LB_E820_ACPI},
		{"ACPI data", LB_E820_ACPI},
		{"ACPI Non-volatile Storage", LB_E820_NVS},
		{"ACPI NVS", LB_E820_NVS},
		{"Unusable memory", LB_E820_UNUSABLE},
		{"Persistent Memory (legacy)", LB_E820_PRAM},
		{"Persistent Memory", LB_E820_PMEM},
		{"Soft Reserved", LB_E820_SOFT_RESERVED},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(types); i++) {
		if (!strcmp(text, types[i].words)) {
			return types[i].type;
		}
	}
	return LB_E820_OTHER;
}

/*
 * Memory that was plugged in is listed here too: in front of the firmware's own entries, or
 * behind them (firmware_map_add_hotplug, drivers/firmware/memmap.c). The firmware's map begins
 * with its lowest address and rises; the rest was not there at boot. Returns how many entries
 * stood in front.
 */
static size_t leave_hotplugged_aside(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	const struct lb_e820_entry *entries = machine->e820.firmware;
	size_t first = 0, end;

	for (size_t i = 1; i < machine->e820.firmware_count; i++) {
		if (entries[i].range.start < entries[first].range.start) {
			first = i;
		}
	}
	for (end = first + 1; end < machine->e820.firmware_count; end++) {
		if (entries[end].range.start < entries[end - 1].range.start) {
			break;
		}
	}
	if (end - first < machine->e820.firmware_count) {
		machine_problem(reader, machine_at_line("sys/firmware/memmap", 0),
			"%zu entries are out of order: memory that was added while running; the "
			"next boot may have it from the beginning",
			machine->e820.firmware_count - (end - first));
	}
	machine->e820.firmware += first;
	machine->e820.firmware_count = end - first;
	return first;
}

/* The kernel takes overlaps out before it shows the map. files: three an entry. */
static void check_overlaps(struct machine_reader *reader, struct machine_file **files)
{
	const struct lb_machine *machine = reader->machine;

	for (size_t i = 1; i < machine->e820.firmware_count; i++) {
		if (machine->e820.firmware[i].range.start <
			machine->e820.firmware[i - 1].range.end) {
			machine_fail(reader, LB_INVALID, machine_at_line(files[3 * i]->path, 1),
				"the range overlaps the one before it");
			return;
		}
	}
}

static void read_memmap(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	struct machine_file **files;
	size_t count;

	files = collect(reader, MACHINE_MEMMAP_START, MACHINE_MEMMAP_TYPE, &count);
	if (!files) {
		return;
	}
	for (size_t i = 0; i < count && reader->status == LB_OK; i += 3) {
		uint64_t first, last;
		struct lb_range range;

		if (!complete(reader, files, count, i, MACHINE_MEMMAP_START, 3) ||
			!number_of(reader, files[i], &first) ||
			!number_of(reader, files[i + 1], &last)) {
			return;
		}
		if (!text_range_inclusive(first, last, &range)) {
			machine_fail(reader, LB_INVALID, machine_at_line(files[i + 1]->path, 1),
				"the range ends before its start, 0x%llx",
				(unsigned long long)first);
			return;
		}
		MACHINE_APPEND(reader, machine->e820.firmware,
			{range, memmap_type(line_of(files[i + 2]))});
	}
	if (reader->status != LB_OK) {
		return;
	}
	check_overlaps(reader, files + 3 * leave_hotplugged_aside(reader));
	machine_found(reader, LB_SOURCE_FIRMWARE_MEMMAP);
}

static void read_runtime_map(struct machine_reader *reader)
{
	struct lb_machine *machine = reader->machine;
	struct machine_file **files;
	size_t count;

	files = collect(reader, MACHINE_RUNTIME_ATTRIBUTE, MACHINE_RUNTIME_TYPE, &count);
	if (!files) {
		return;
	}
	for (size_t i = 0; i < count && reader->status == LB_OK; i += 4) {
		uint64_t attributes, pages, start, type, bytes, end;

		if (!complete(reader, files, count, i, MACHINE_RUNTIME_ATTRIBUTE, 4) ||
			!number_of(reader, files[i], &attributes) ||
			!number_of(reader, files[i + 1], &pages) ||
			!number_of(reader, files[i + 2], &start) ||
			!number_of(reader, files[i + 3], &type)) {
			return;
		}
		if (!lb_mul(pages, 4096, &bytes) || !lb_add(start, bytes, &end) ||
			type > UINT32_MAX) {
			machine_fail(reader, LB_INVALID, machine_at_line(files[i + 1]->path, 1),
				"the entry passes the end of the address space");
			return;
		}
		MACHINE_APPEND(reader, machine->efi.runtime_map,
			{{start, end}, (enum lb_efi_type)type, attributes});
	}
	machine_found(reader, LB_SOURCE_EFI_RUNTIME_MAP);
}

void machine_read_numbered(struct machine_reader *reader)
{
	read_memmap(reader);
	read_runtime_map(reader);
}
