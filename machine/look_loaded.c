/* SPDX-License-Identifier: MIT */
/*
 * look_loaded: what was loaded for a crash, as it lies in crash memory, held against the files and
 * the memory of now. On x86-64 it is mapped, read-only, and /proc/kcore shows it; arm64 takes it
 * out of the linear map, and encrypted memory reads as something else.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/bytes.h"
#include "machine/core_file.h"
#include "machine/look.h"

#define PAGE 4096
#define CHUNK (LB_MIB)
#define HEADER_BYTES_MAX (LB_MIB)  /* 18000 segments */
#define HOLE_BYTES_MIN (2 * LB_MIB) /* smaller ones are the kernel's own business */
#define SETUP_SECTORS_AT 0x1f1      /* Documentation/arch/x86/boot.rst */
#define SECTOR 512

/* Bytes of a file that a loader puts at a page of crash memory, as they are. */
struct wanted {
	const uint8_t *file; /* NULL: there is none */
	size_t file_bytes;
	size_t start; /* what stands before it is not loaded */
	bool found;
};

struct looking {
	const struct lb_machine *machine;
	struct lb_core_file *core;
	struct wanted kernel, initrd;
	lb_phys_addr header_at; /* of the core header that was found */
	unsigned int headers;
	uint8_t *chunk;
};

static bool is_crash(const struct lb_iomem_entry *entry)
{
	return entry->kind == LB_IOMEM_CRASH;
}

static void want(struct wanted *wanted, const char *path)
{
	wanted->file = path ? look_map(path, &wanted->file_bytes) : NULL;
}

/* kexec loads what follows the real-mode part (arch/x86/kernel/kexec-bzimage64.c). */
static void want_kernel(struct wanted *wanted, const char *path)
{
	want(wanted, path);
	if (wanted->file && wanted->file_bytes > SETUP_SECTORS_AT) {
		unsigned int sectors = wanted->file[SETUP_SECTORS_AT];

		wanted->start = (size_t)((sectors ? sectors : 4) + 1) * SECTOR;
	}
	if (wanted->file && wanted->start >= wanted->file_bytes) {
		look_unmap(wanted->file, wanted->file_bytes);
		wanted->file = NULL;
	}
}

/* Whether all of it lies at the address, of which the first page is at hand. */
static void compare(struct looking *looking, struct wanted *wanted, lb_phys_addr at,
	const uint8_t *page)
{
	size_t left = wanted->file ? wanted->file_bytes - wanted->start : 0;
	const uint8_t *bytes = wanted->file + wanted->start;
	uint8_t piece[PAGE];

	if (!left || wanted->found || memcmp(page, bytes, lb_min(left, PAGE))) {
		return;
	}
	for (size_t done = 0; done < left; done += PAGE) {
		size_t size = lb_min(left - done, PAGE);

		if (!lb_core_file_read(looking->core, at + done, piece, size) ||
			memcmp(piece, bytes + done, size)) {
			return;
		}
	}
	wanted->found = true;
}

static void look_at_page(struct looking *looking, lb_phys_addr at, const uint8_t *page)
{
	static const uint8_t elf[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	static const uint8_t type_core = 4;

	if (!memcmp(page, elf, sizeof(elf)) && page[16] == type_core) {
		looking->header_at = at;
		looking->headers++;
	}
	compare(looking, &looking->kernel, at, page);
	compare(looking, &looking->initrd, at, page);
}

static bool look_through(struct looking *looking, struct lb_range region)
{
	for (lb_phys_addr at = region.start; at < region.end; at += CHUNK) {
		size_t size = (size_t)lb_min(region.end - at, CHUNK);

		if (!lb_core_file_read(looking->core, at, looking->chunk, size)) {
			return false;
		}
		for (size_t i = 0; i + PAGE <= size; i += PAGE) {
			look_at_page(looking, at + i, looking->chunk + i);
		}
	}
	return true;
}

/* What there is at an address: something that ends there, or nothing up to what begins next. */
struct cursor {
	lb_phys_addr at;
	lb_phys_addr end;  /* 0: nothing */
	lb_phys_addr next;
};

static void take(struct cursor *cursor, struct lb_range range)
{
	if (lb_range_has(range, cursor->at)) {
		cursor->end = lb_max(cursor->end, range.end);
	} else if (range.start > cursor->at) {
		cursor->next = lb_min(cursor->next, range.start);
	}
}

/* What the header lists; and crash memory, which no dump has, nor what it shares with the first
 * kernel. */
static void take_all(struct cursor *cursor, const struct lb_machine *machine,
	const struct lb_core_header *header)
{
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		if (is_crash(&machine->memory.iomem[i])) {
			take(cursor, machine->memory.iomem[i].range);
		}
	}
	for (size_t i = 0; i < machine->crash.cma_count; i++) {
		take(cursor, machine->crash.cma[i]);
	}
	for (uint32_t i = 0; i < header->segment_count; i++) {
		struct lb_core_segment segment;

		lb_core_header_segment(header, i, &segment);
		if (segment.kind == LB_CORE_LOAD) {
			take(cursor, segment.range);
		}
	}
}

static uint64_t left_out_of(const struct lb_machine *machine,
	const struct lb_core_header *header, struct lb_range ram)
{
	struct cursor cursor = {.at = ram.start};
	uint64_t bytes = 0;

	while (cursor.at < ram.end) {
		cursor.end = 0;
		cursor.next = ram.end;
		take_all(&cursor, machine, header);
		if (!cursor.end && cursor.next - cursor.at >= HOLE_BYTES_MIN) {
			bytes += cursor.next - cursor.at;
		}
		cursor.at = cursor.end ? cursor.end : cursor.next;
	}
	return bytes;
}

/* Each CPU has a note of its own, and VMCOREINFO one more. */
static uint64_t noted_cpus(const struct lb_core_header *header)
{
	uint64_t notes = 0;

	for (uint32_t i = 0; i < header->segment_count; i++) {
		struct lb_core_segment segment;

		lb_core_header_segment(header, i, &segment);
		notes += segment.kind == LB_CORE_NOTE;
	}
	return notes ? notes - 1 : 0;
}

/* Where there are several headers, those of earlier loads are among them. */
static void look_at_header(struct looking *looking, struct lb_machine_kexec *kexec)
{
	const struct lb_machine *machine = looking->machine;
	struct lb_core_header header;
	size_t offset, size = 0;

	for (size_t i = 0; i < machine->memory.iomem_count && looking->headers == 1; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (is_crash(entry) && lb_range_has(entry->range, looking->header_at)) {
			size = (size_t)lb_min(
				entry->range.end - looking->header_at, HEADER_BYTES_MAX);
		}
	}
	if (!size || !lb_core_file_read(looking->core, looking->header_at, looking->chunk, size) ||
		lb_core_header_parse(looking->chunk, size, &header, &offset) != LB_OK) {
		return;
	}
	kexec->left_out_known = true;
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		if (!entry->depth && entry->kind == LB_IOMEM_RAM) {
			kexec->left_out_bytes += left_out_of(machine, &header, entry->range);
		}
	}
	kexec->noted_cpus = noted_cpus(&header);
}

/* Without a core header nothing was loaded, or what is read is not what lies there. */
static void conclude(struct looking *looking, struct lb_machine_kexec *kexec)
{
	if (looking->headers) {
		kexec->kernel_loaded_known = looking->kernel.file != NULL;
		kexec->kernel_loaded = looking->kernel.found;
		kexec->initrd_loaded_known = looking->initrd.file != NULL;
		kexec->initrd_loaded = looking->initrd.found;
		look_at_header(looking, kexec);
	}
}

void look_at_loaded(struct machine_reader *reader, const char *root)
{
	struct lb_machine *machine = reader->machine;
	struct looking looking = {.machine = machine, .chunk = malloc(CHUNK)};
	struct lb_machine_error error;
	char path[LOOK_PATH_MAX];
	bool whole = looking.chunk && machine->arch == LB_ARCH_X86_64 && machine->crash.loaded &&
		!lb_encryption_name(&machine->encryption) &&
		look_path(path, root, "/proc/kcore") &&
		lb_core_file_open(path, &looking.core, &error) == LB_OK;

	if (whole) {
		want_kernel(&looking.kernel, machine->kexec.kernel_path);
		want(&looking.initrd, machine->initrd.path);
	}
	for (size_t i = 0; whole && i < machine->memory.iomem_count; i++) {
		const struct lb_iomem_entry *entry = &machine->memory.iomem[i];

		whole = !is_crash(entry) || look_through(&looking, entry->range);
	}
	if (whole) {
		conclude(&looking, &machine->kexec);
	}
	look_unmap(looking.kernel.file, looking.kernel.file_bytes);
	look_unmap(looking.initrd.file, looking.initrd.file_bytes);
	lb_core_file_close(looking.core);
	free(looking.chunk);
}
