/* SPDX-License-Identifier: MIT */
/* elf_kernel: the loadable segments of an ELF64 kernel (gABI, chapters 4 and 5). */
#include "lifeboat/kernel_image.h"

#include "image/read.h"

#define HEADER_BYTES 64
#define PROGRAM_HEADER_BYTES 56
#define E_TYPE 16
#define E_MACHINE 18
#define E_ENTRY 24
#define E_PHOFF 32
#define E_PHENTSIZE 54
#define E_PHNUM 56
#define ET_EXEC 2
#define ET_DYN 3
#define EM_X86_64 62
#define EM_AARCH64 183
#define EM_RISCV 243

#define P_TYPE 0
#define P_FLAGS 4
#define P_OFFSET 8
#define P_VADDR 16
#define P_PADDR 24
#define P_FILESZ 32
#define P_MEMSZ 40
#define PT_LOAD 1
#define PT_NOTE 4
#define PF_X 1
#define PF_W 2

#define NOTE_HEADER_BYTES 12
/* Bounds on the work that a hostile file can ask for; vmlinux has 5 headers and a few notes. */
#define NOTES_MAX 65536
#define PROGRAM_HEADERS_MAX 128
#define XEN_ELFNOTE_PHYS32_ENTRY 18 /* xen/include/public/elfnote.h: the PVH entry */

static enum lb_status check_header(
	struct lb_elf_kernel *image, const uint8_t *file, size_t size, struct lb_image_error *error)
{
	unsigned int type;

	if (size < HEADER_BYTES) {
		return refuse(error, LB_TRUNCATED, size, "an ELF header of 64 bytes");
	}
	if (read_le32(file) != 0x464c457f) {
		return refuse(error, LB_INVALID, 0, "\"\\x7f\" \"ELF\"");
	}
	if (file[4] != 2 || file[5] != 1 || file[6] != 1) {
		return refuse(error, LB_UNSUPPORTED, 4, "a 64-bit little-endian file, version 1");
	}
	type = read_le16(file + E_TYPE);
	if (type != ET_EXEC && type != ET_DYN) {
		return refuse(error, LB_UNSUPPORTED, E_TYPE, "an executable");
	}
	switch (read_le16(file + E_MACHINE)) {
	case EM_X86_64:
		image->arch = LB_ARCH_X86_64;
		break;
	case EM_AARCH64:
		image->arch = LB_ARCH_ARM64;
		break;
	case EM_RISCV:
		image->arch = LB_ARCH_RISCV64;
		break;
	default:
		return refuse(error, LB_UNSUPPORTED, E_MACHINE, "x86-64, arm64 or riscv64");
	}
	if (read_le16(file + E_PHENTSIZE) != PROGRAM_HEADER_BYTES) {
		return refuse(error, LB_INVALID, E_PHENTSIZE, "program headers of 56 bytes");
	}
	if (read_le16(file + E_PHNUM) > PROGRAM_HEADERS_MAX) {
		return refuse(error, LB_UNSUPPORTED, E_PHNUM, "at most 128 program headers");
	}
	if (!file_has(size, read_le64(file + E_PHOFF),
		    (uint64_t)read_le16(file + E_PHNUM) * PROGRAM_HEADER_BYTES)) {
		return refuse(error, LB_TRUNCATED, E_PHOFF, "program headers inside the file");
	}
	return LB_OK;
}

static enum lb_status add_segment(
	struct lb_elf_kernel *image, uint64_t at, size_t size, struct lb_image_error *error)
{
	const uint8_t *header = image->file + at;
	struct lb_elf_segment segment = {
		.part = {read_le64(header + P_OFFSET), read_le64(header + P_FILESZ)},
		.memory = {.start = read_le64(header + P_PADDR)},
		.virtual_address = read_le64(header + P_VADDR),
		.writable = read_le32(header + P_FLAGS) & PF_W,
		.executable = read_le32(header + P_FLAGS) & PF_X,
	};
	uint64_t bytes = read_le64(header + P_MEMSZ);
	size_t i;

	if (bytes < segment.part.size) {
		return refuse(error, LB_INVALID, at + P_MEMSZ, "at least the bytes of the file");
	}
	if (!bytes) {
		return LB_OK;
	}
	if (!file_has(size, segment.part.offset, segment.part.size)) {
		return refuse(error, LB_TRUNCATED, at + P_OFFSET, "a segment inside the file");
	}
	if (!lb_add(segment.memory.start, bytes, &segment.memory.end)) {
		return refuse(error, LB_INVALID, at + P_PADDR, "a segment that ends below 2^64");
	}
	if (image->segment_count == LB_ELF_KERNEL_SEGMENTS_MAX) {
		return refuse(error, LB_UNSUPPORTED, at, "at most 32 loadable segments");
	}
	for (i = 0; i < image->segment_count; i++) {
		if (lb_range_overlaps(image->segments[i].memory, segment.memory)) {
			return refuse(error, LB_INVALID, at + P_PADDR,
				"segments that do not overlap in memory");
		}
	}
	image->segments[image->segment_count++] = segment;
	return LB_OK;
}

/* A note's size with its padding; sizes are 32 bits wide, so the sum fits. */
static uint64_t padded(uint32_t bytes)
{
	return lb_align_down((uint64_t)bytes + 3, 4);
}

/* Looks for the PVH entry. Notes are optional: what cannot be read is passed over. */
static void read_notes(struct lb_elf_kernel *image, uint64_t at, size_t size)
{
	uint64_t note = read_le64(image->file + at + P_OFFSET);
	uint64_t left = read_le64(image->file + at + P_FILESZ);

	if (!file_has(size, note, left)) {
		return;
	}
	left = lb_min(left, NOTES_MAX);
	while (left >= NOTE_HEADER_BYTES) {
		const uint8_t *header = image->file + note;
		uint32_t name_size = read_le32(header), value_size = read_le32(header + 4);
		uint64_t bytes = NOTE_HEADER_BYTES + padded(name_size) + padded(value_size);
		const uint8_t *value;

		if (bytes > left) {
			return;
		}
		value = header + NOTE_HEADER_BYTES + padded(name_size);
		if (name_size == 4 && read_le32(header + NOTE_HEADER_BYTES) == 0x6e6558 &&
			read_le32(header + 8) == XEN_ELFNOTE_PHYS32_ENTRY && value_size >= 4) {
			image->pvh = true;
			image->pvh_entry = value_size >= 8 ? read_le64(value) : read_le32(value);
		}
		note += bytes;
		left -= bytes;
	}
}

static enum lb_status read_program_headers(
	struct lb_elf_kernel *image, size_t size, struct lb_image_error *error)
{
	uint64_t at = read_le64(image->file + E_PHOFF);
	unsigned int i, count = read_le16(image->file + E_PHNUM);
	enum lb_status status = LB_OK;

	for (i = 0; i < count && !status; i++, at += PROGRAM_HEADER_BYTES) {
		uint32_t type = read_le32(image->file + at + P_TYPE);

		if (type == PT_LOAD) {
			status = add_segment(image, at, size, error);
		} else if (type == PT_NOTE) {
			read_notes(image, at, size);
		}
	}
	if (!status && !image->segment_count) {
		status = refuse(error, LB_INVALID, E_PHNUM, "a loadable segment");
	}
	return status;
}

/* True if address, counted from base, lies in the segment; *ret is its physical address. */
static bool in_segment(const struct lb_elf_segment *segment, uint64_t base, uint64_t address,
	lb_phys_addr *ret)
{
	if (address < base || address - base >= lb_range_size(segment->memory)) {
		return false;
	}
	*ret = segment->memory.start + (address - base);
	return true;
}

static bool find_entry(struct lb_elf_kernel *image)
{
	size_t i;

	for (i = 0; i < image->segment_count; i++) {
		const struct lb_elf_segment *segment = &image->segments[i];

		if (in_segment(segment, segment->virtual_address, image->entry,
			    &image->entry_physical)) {
			return true;
		}
	}
	/* x86's linker script gives a physical entry to virtual segments. */
	for (i = 0; i < image->segment_count; i++) {
		const struct lb_elf_segment *segment = &image->segments[i];

		if (in_segment(segment, segment->memory.start, image->entry,
			    &image->entry_physical)) {
			return true;
		}
	}
	return false;
}

enum lb_status lb_elf_kernel_open(
	struct lb_elf_kernel *image, const void *file, size_t size, struct lb_image_error *error)
{
	enum lb_status status = check_header(image, file, size, error);
	size_t i;

	image->file = file;
	image->segment_count = 0;
	image->pvh = false;
	image->pvh_entry = 0;
	if (!status) {
		image->entry = read_le64(image->file + E_ENTRY);
		status = read_program_headers(image, size, error);
	}
	if (status) {
		return status;
	}
	image->span = image->segments[0].memory;
	for (i = 1; i < image->segment_count; i++) {
		image->span.start = lb_min(image->span.start, image->segments[i].memory.start);
		image->span.end = lb_max(image->span.end, image->segments[i].memory.end);
	}
	if (!find_entry(image)) {
		return refuse(error, LB_INVALID, E_ENTRY, "an entry point inside a segment");
	}
	return LB_OK;
}
