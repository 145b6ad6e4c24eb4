/* SPDX-License-Identifier: MIT */
/* core_header: the writer. */
#include "core/core_header_elf.h"

static uint16_t machine_of(enum lb_arch arch)
{
	switch (arch) {
	case LB_ARCH_X86_64:
		return ELF_MACHINE_X86_64;
	case LB_ARCH_ARM64:
		return ELF_MACHINE_ARM64;
	case LB_ARCH_RISCV64:
		return ELF_MACHINE_RISCV;
	case LB_ARCH_UNKNOWN:
		break;
	}
	return 0;
}

/* Walks over the memory that stays when the excluded ranges are taken out. */
struct remaining {
	const struct lb_core_header_spec *spec;
	size_t index;
	lb_phys_addr at; /* everything below it has been walked */
};

/* Where the piece that begins at walk->at ends; walk->at moves past what is excluded there. */
static lb_phys_addr piece_end(struct remaining *walk, lb_phys_addr end)
{
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < walk->spec->excluded_count; i++) {
			if (lb_range_has(walk->spec->excluded[i], walk->at)) {
				walk->at = walk->spec->excluded[i].end;
				moved = true;
			}
		}
	}
	for (size_t i = 0; i < walk->spec->excluded_count; i++) {
		struct lb_range excluded = walk->spec->excluded[i];

		if (!lb_range_empty(excluded) && excluded.start > walk->at) {
			end = lb_min(end, excluded.start);
		}
	}
	return end;
}

static bool next_remaining(struct remaining *walk, struct lb_range *ret)
{
	for (; walk->index < walk->spec->memory_count; walk->index++) {
		struct lb_range memory = walk->spec->memory[walk->index];

		walk->at = lb_max(walk->at, memory.start);
		if (walk->at < memory.end) {
			lb_phys_addr end = piece_end(walk, memory.end);

			if (walk->at < end) {
				*ret = (struct lb_range){walk->at, end};
				walk->at = end;
				return true;
			}
		}
	}
	return false;
}

static bool sensible(const struct lb_core_header_spec *spec)
{
	lb_phys_addr at = 0;

	if (!machine_of(spec->arch)) {
		return false;
	}
	for (size_t i = 0; i < spec->memory_count; i++) {
		if (spec->memory[i].start < at || spec->memory[i].end < spec->memory[i].start) {
			return false;
		}
		at = spec->memory[i].end;
	}
	for (size_t i = 0; i < spec->note_count; i++) {
		bool apart = i && spec->notes[i].start != spec->notes[i - 1].end;

		if (lb_range_empty(spec->notes[i]) || (spec->merge_notes && apart)) {
			return false;
		}
	}
	return true;
}

static size_t note_segments(const struct lb_core_header_spec *spec)
{
	return spec->merge_notes ? spec->note_count > 0 : spec->note_count;
}

static enum lb_status count_segments(const struct lb_core_header_spec *spec, size_t *ret_count)
{
	struct remaining walk = {.spec = spec};
	struct lb_range range;
	size_t count = note_segments(spec) + !lb_range_empty(spec->vmcoreinfo) +
		!lb_range_empty(spec->kernel_text);

	if (!sensible(spec)) {
		return LB_INVALID;
	}
	while (count < ELF_PHNUM_ELSEWHERE && next_remaining(&walk, &range)) {
		count++;
	}
	if (count >= ELF_PHNUM_ELSEWHERE) {
		return LB_OUT_OF_RANGE;
	}
	*ret_count = count;
	return LB_OK;
}

enum lb_status lb_core_header_size(const struct lb_core_header_spec *spec, size_t *ret_bytes)
{
	size_t count;
	enum lb_status status = count_segments(spec, &count);

	if (!status) {
		uint64_t bytes = LB_CORE_EHDR_BYTES + (uint64_t)count * LB_CORE_PHDR_BYTES;

		*ret_bytes = lb_align_down(bytes + LB_CORE_HEADER_ALIGN - 1, LB_CORE_HEADER_ALIGN);
	}
	return status;
}

static void put_segment(uint8_t **to, const struct elf64_segment *segment)
{
	__builtin_memcpy(*to, segment, sizeof(*segment));
	*to += sizeof(*segment);
}

static void put_note(uint8_t **to, struct lb_range range)
{
	put_segment(to,
		&(struct elf64_segment){.type = ELF_SEGMENT_NOTE, .offset = range.start,
			.paddr = range.start, .filesz = lb_range_size(range),
			.memsz = lb_range_size(range)});
}

static void put_load(uint8_t **to, struct lb_range range, uint64_t va)
{
	put_segment(to,
		&(struct elf64_segment){.type = ELF_SEGMENT_LOAD, .flags = ELF_SEGMENT_RWX,
			.offset = range.start, .paddr = range.start, .vaddr = va,
			.filesz = lb_range_size(range), .memsz = lb_range_size(range)});
}

static void put_notes(uint8_t **to, const struct lb_core_header_spec *spec)
{
	if (spec->merge_notes && spec->note_count) {
		put_note(to, (struct lb_range){
			spec->notes[0].start, spec->notes[spec->note_count - 1].end});
	}
	for (size_t i = 0; !spec->merge_notes && i < spec->note_count; i++) {
		put_note(to, spec->notes[i]);
	}
	if (!lb_range_empty(spec->vmcoreinfo)) {
		put_note(to, spec->vmcoreinfo);
	}
}

static void put_loads(uint8_t **to, const struct lb_core_header_spec *spec)
{
	struct remaining walk = {.spec = spec};
	struct lb_range range;

	if (!lb_range_empty(spec->kernel_text)) {
		put_load(to, spec->kernel_text, spec->kernel_text_va);
	}
	while (next_remaining(&walk, &range)) {
		put_load(to, range, range.start + spec->va_offset);
	}
}

enum lb_status lb_core_header_write(const struct lb_core_header_spec *spec, void *buffer,
	size_t bytes, size_t *ret_written)
{
	struct elf64_header header = {
		.ident = {0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_LITTLE_ENDIAN, ELF_VERSION},
		.type = ELF_TYPE_CORE, .machine = machine_of(spec->arch), .version = ELF_VERSION,
		.phoff = LB_CORE_EHDR_BYTES, .ehsize = LB_CORE_EHDR_BYTES,
		.phentsize = LB_CORE_PHDR_BYTES};
	uint8_t *to = buffer;
	size_t count, needed;
	enum lb_status status = count_segments(spec, &count);

	if (!status) {
		status = lb_core_header_size(spec, &needed);
	}
	if (status) {
		return status;
	}
	if (bytes < needed) {
		return LB_NO_STORAGE;
	}
	header.phnum = (uint16_t)count;
	__builtin_memset(buffer, 0, needed);
	__builtin_memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	put_notes(&to, spec);
	put_loads(&to, spec);
	LB_ASSERT(to == (uint8_t *)buffer + LB_CORE_EHDR_BYTES + count * LB_CORE_PHDR_BYTES);
	*ret_written = needed;
	return LB_OK;
}
