/* SPDX-License-Identifier: MIT */
/* core_header: the reader. Nothing that it is given is trusted; each check names its offset. */
#include "core/core_header_elf.h"

static enum lb_arch arch_of(uint16_t machine)
{
	switch (machine) {
	case ELF_MACHINE_X86_64:
		return LB_ARCH_X86_64;
	case ELF_MACHINE_ARM64:
		return LB_ARCH_ARM64;
	case ELF_MACHINE_RISCV:
		return LB_ARCH_RISCV64;
	default:
		return LB_ARCH_UNKNOWN;
	}
}

static enum lb_status refuse(enum lb_status status, size_t offset, size_t *ret_error_offset)
{
	*ret_error_offset = offset;
	return status;
}

#define FIELD(name) offsetof(struct elf64_header, name)

static enum lb_status check_identity(
	const struct elf64_header *header, size_t *ret_error_offset)
{
	static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};

	if (__builtin_memcmp(header->ident, magic, sizeof(magic))) {
		return refuse(LB_INVALID, 0, ret_error_offset);
	}
	if (header->ident[4] != ELF_CLASS_64) {
		return refuse(LB_UNSUPPORTED, 4, ret_error_offset);
	}
	if (header->ident[5] != ELF_LITTLE_ENDIAN) {
		return refuse(LB_UNSUPPORTED, 5, ret_error_offset);
	}
	if (header->ident[6] != ELF_VERSION) {
		return refuse(LB_INVALID, 6, ret_error_offset);
	}
	return LB_OK;
}

static enum lb_status check_header(const struct elf64_header *header, size_t *ret_error_offset)
{
	enum lb_status status = check_identity(header, ret_error_offset);

	if (status) {
		return status;
	}
	if (header->type != ELF_TYPE_CORE) {
		return refuse(LB_INVALID, FIELD(type), ret_error_offset);
	}
	if (arch_of(header->machine) == LB_ARCH_UNKNOWN) {
		return refuse(LB_UNSUPPORTED, FIELD(machine), ret_error_offset);
	}
	if (header->version != ELF_VERSION) {
		return refuse(LB_INVALID, FIELD(version), ret_error_offset);
	}
	if (header->ehsize != LB_CORE_EHDR_BYTES) {
		return refuse(LB_INVALID, FIELD(ehsize), ret_error_offset);
	}
	if (header->phentsize != LB_CORE_PHDR_BYTES) {
		return refuse(LB_INVALID, FIELD(phentsize), ret_error_offset);
	}
	if (!header->phnum) {
		return refuse(LB_INVALID, FIELD(phnum), ret_error_offset);
	}
	if (header->phnum == ELF_PHNUM_ELSEWHERE) {
		return refuse(LB_UNSUPPORTED, FIELD(phnum), ret_error_offset);
	}
	return LB_OK;
}

static enum lb_status check_segment(
	const struct elf64_segment *segment, size_t offset, size_t *ret_error_offset)
{
	uint64_t end;

	if (segment->type != ELF_SEGMENT_LOAD && segment->type != ELF_SEGMENT_NOTE) {
		return LB_OK;
	}
	if (segment->filesz > segment->memsz) {
		return refuse(LB_INVALID, offset + offsetof(struct elf64_segment, filesz),
			ret_error_offset);
	}
	if (!lb_add(segment->offset, segment->filesz, &end)) {
		return refuse(LB_OUT_OF_RANGE, offset + offsetof(struct elf64_segment, offset),
			ret_error_offset);
	}
	if (!lb_add(segment->paddr, segment->memsz, &end)) {
		return refuse(LB_OUT_OF_RANGE, offset + offsetof(struct elf64_segment, paddr),
			ret_error_offset);
	}
	return LB_OK;
}

static struct elf64_segment segment_at(const uint8_t *data, uint64_t offset)
{
	struct elf64_segment segment;

	__builtin_memcpy(&segment, data + offset, sizeof(segment));
	return segment;
}

enum lb_status lb_core_header_parse(const void *data, size_t bytes, struct lb_core_header *ret,
	size_t *ret_error_offset)
{
	struct elf64_header header;
	enum lb_status status;

	if (bytes < sizeof(header)) {
		return refuse(LB_TRUNCATED, bytes, ret_error_offset);
	}
	__builtin_memcpy(&header, data, sizeof(header));
	status = check_header(&header, ret_error_offset);
	if (status) {
		return status;
	}
	if (header.phoff > bytes ||
		(bytes - header.phoff) / LB_CORE_PHDR_BYTES < header.phnum) {
		return refuse(LB_TRUNCATED, FIELD(phoff), ret_error_offset);
	}
	for (uint32_t i = 0; i < header.phnum; i++) {
		uint64_t offset = header.phoff + (uint64_t)i * LB_CORE_PHDR_BYTES;
		struct elf64_segment segment = segment_at(data, offset);

		status = check_segment(&segment, offset, ret_error_offset);
		if (status) {
			return status;
		}
	}
	*ret = (struct lb_core_header){.data = data, .bytes = bytes,
		.arch = arch_of(header.machine), .segment_count = header.phnum,
		.segment_offset = header.phoff};
	return LB_OK;
}

void lb_core_header_segment(
	const struct lb_core_header *header, uint32_t index, struct lb_core_segment *ret)
{
	struct elf64_segment segment;

	LB_ASSERT(index < header->segment_count);
	segment = segment_at(
		header->data, header->segment_offset + (uint64_t)index * LB_CORE_PHDR_BYTES);
	*ret = (struct lb_core_segment){.kind = LB_CORE_OTHER, .flags = segment.flags,
		.va = segment.vaddr, .file_offset = segment.offset, .file_bytes = segment.filesz};
	if (segment.type == ELF_SEGMENT_LOAD || segment.type == ELF_SEGMENT_NOTE) {
		ret->kind = segment.type == ELF_SEGMENT_LOAD ? LB_CORE_LOAD : LB_CORE_NOTE;
		ret->range =
			(struct lb_range){segment.paddr, segment.paddr + segment.memsz};
	}
}

enum lb_status lb_core_header_find(
	const struct lb_core_header *header, lb_phys_addr address, uint64_t *ret_offset)
{
	for (uint32_t i = 0; i < header->segment_count; i++) {
		struct lb_core_segment segment;

		lb_core_header_segment(header, i, &segment);
		if (segment.kind == LB_CORE_LOAD && lb_range_has(segment.range, address) &&
			address - segment.range.start < segment.file_bytes) {
			*ret_offset = segment.file_offset + (address - segment.range.start);
			return LB_OK;
		}
	}
	return LB_NOT_FOUND;
}

/* Name and description are each padded to 4 bytes (as Linux's cores are, whatever the class). */
enum lb_status lb_note_next(const void *data, size_t bytes, size_t *cursor, struct lb_note *ret)
{
	const uint8_t *from = (const uint8_t *)data + *cursor;
	uint64_t left, name_padded, desc_padded;
	struct elf_note note;

	LB_ASSERT(*cursor <= bytes);
	left = bytes - *cursor;
	if (!left) {
		return LB_NOT_FOUND;
	}
	if (left < sizeof(note)) {
		return LB_TRUNCATED;
	}
	__builtin_memcpy(&note, from, sizeof(note));
	if (!note.name_bytes) {
		return LB_NOT_FOUND;
	}
	left -= sizeof(note);
	name_padded = ((uint64_t)note.name_bytes + 3) & ~UINT64_C(3);
	desc_padded = ((uint64_t)note.desc_bytes + 3) & ~UINT64_C(3);
	if (name_padded > left || note.desc_bytes > left - name_padded) {
		return LB_TRUNCATED;
	}
	*ret = (struct lb_note){.type = note.type, .name = (const char *)from + sizeof(note),
		.name_bytes = note.name_bytes, .desc = from + sizeof(note) + name_padded,
		.desc_bytes = note.desc_bytes};
	*cursor += sizeof(note) + name_padded + lb_min(desc_padded, left - name_padded);
	return LB_OK;
}
