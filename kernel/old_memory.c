/* SPDX-License-Identifier: MIT */
/* old_memory: see old_memory.h. Everything here comes from a kernel that crashed: it is checked
 * before it is believed. */
#include "old_memory.h"

#include "lifeboat/number.h"

#include "arch.h"
#include "boot.h"
#include "early_map.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "text.h"

#define HEADER_MAX (64 * LB_KIB)
#define EHDR_PHNUM 56
/* Offsets in struct elf_prstatus, on both architectures. */
#define PRSTATUS_PID 32
#define PRSTATUS_REGISTERS 112
#define PRSTATUS_AFTER 8
#define PRSTATUS_NAME "CORE"
#define VMCOREINFO_NAME "VMCOREINFO"

struct old_memory old;

_Noreturn void capture_give_up(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	give_up(LB_DRILL_EXIT_FAILED, "capture", format, arguments);
}

lb_phys_addr old_memory_header(void)
{
	return boot_info.core_header ? boot_info.core_header
				     : option_number(boot_info.cmdline, "elfcorehdr", 0);
}

enum lb_status old_memory_read_header(
	const uint8_t *data, size_t bytes, struct lb_core_header *ret, size_t *ret_error_offset)
{
	return lb_core_header_parse(data, bytes, ret, ret_error_offset);
}

/* The header says itself how long it is; only its first page may be touched before that. */
void old_memory_open(void)
{
	lb_phys_addr at = old_memory_header();
	const uint8_t *data;
	uint16_t segments;
	size_t offset = 0;
	size_t bytes;
	enum lb_status status;

	if (!at || at > EARLY_MAP_END - HEADER_MAX) {
		capture_give_up("no core header: elfcorehdr= is missing");
	}
	early_map((struct lb_range){at, at + HEADER_MAX});
	data = phys_pointer(at);
	__builtin_memcpy(&segments, data + EHDR_PHNUM, sizeof(segments));
	bytes = LB_CORE_EHDR_BYTES + (size_t)segments * LB_CORE_PHDR_BYTES;
	if (bytes > HEADER_MAX) {
		capture_give_up("core header: %u program headers are too many", segments);
	}
	status = old_memory_read_header(data, bytes, &old.header, &offset);
	if (status != LB_OK) {
		capture_give_up("core header at 0x%llx: %s at offset %zu", (unsigned long long)at,
			lb_status_text(status), offset);
	}
	old.header_place.start = lb_align_down(at, PAGE_BYTES);
	old.header_place.end = lb_align_down(at + bytes + PAGE_BYTES - 1, PAGE_BYTES);
}

/* Keeps a list ascending: the core header lies between two ranges of old memory. */
void old_memory_insert(
	struct lb_range *list, size_t capacity, size_t *count, struct lb_range range)
{
	size_t at = *count;

	if (at == capacity) {
		capture_give_up("more than %zu ranges of memory", capacity);
	}
	for (; at && list[at - 1].start > range.start; at--) {
		list[at] = list[at - 1];
	}
	list[at] = range;
	++*count;
}

static void add_readable(struct lb_range range)
{
	old_memory_insert(paging_plan.readable, LB_ARRAY_COUNT(paging_plan.readable),
		&paging_plan.readable_count, range);
}

bool old_memory_is_ours(struct lb_range range)
{
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		if (lb_range_overlaps(range, paging_plan.writable[i])) {
			return true;
		}
	}
	return false;
}

static bool is_dumped(const struct lb_core_segment *segment)
{
	/* The kernel's text stands there a second time, beside the memory it is in. */
	return segment->kind == LB_CORE_LOAD && segment->va < IMAGE_VIRTUAL;
}

bool old_memory_dumps(struct lb_range range)
{
	struct lb_core_segment segment;

	for (uint32_t i = 0; i < old.header.segment_count; i++) {
		lb_core_header_segment(&old.header, i, &segment);
		if (is_dumped(&segment) && lb_range_overlaps(segment.range, range)) {
			return true;
		}
	}
	return lb_range_overlaps(old.header_place, range);
}

static bool is_planned(struct lb_range range)
{
	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		if (lb_range_overlaps(range, paging_plan.readable[i])) {
			return true;
		}
	}
	return false;
}

void old_memory_plan(void)
{
	struct lb_core_segment segment;
	struct lb_range pages;

	for (uint32_t i = 0; i < old.header.segment_count; i++) {
		lb_core_header_segment(&old.header, i, &segment);
		if (!is_dumped(&segment)) {
			continue;
		}
		pages.start = lb_align_down(segment.range.start, PAGE_BYTES);
		if (!lb_align_up(segment.range.end, PAGE_BYTES, &pages.end) ||
			old_memory_is_ours(pages) || is_planned(pages)) {
			capture_give_up("core header: segment %u 0x%llx-0x%llx is not old memory",
				i,
				(unsigned long long)segment.range.start,
				(unsigned long long)segment.range.end);
		}
		add_readable(pages);
		old.load_bytes += lb_range_size(segment.range);
		old.load_count++;
	}
	if (!old_memory_is_ours(old.header_place)) {
		add_readable(old.header_place);
	}
}

/* True if old memory has all of the range, so that it can be looked at. */
bool old_memory_has(struct lb_range range)
{
	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		if (lb_range_contains(paging_plan.readable[i], range)) {
			return true;
		}
	}
	return false;
}

static bool note_segment(uint32_t index, struct lb_range *ret)
{
	struct lb_core_segment segment;
	uint32_t seen = 0;

	for (uint32_t i = 0; i < old.header.segment_count; i++) {
		lb_core_header_segment(&old.header, i, &segment);
		if (segment.kind == LB_CORE_NOTE && seen++ == index) {
			*ret = segment.range;
			return old_memory_has(segment.range);
		}
	}
	return false;
}

static bool note_is_vmcoreinfo(const struct lb_note *note)
{
	return note->name_bytes == sizeof(VMCOREINFO_NAME) &&
		!__builtin_memcmp(note->name, VMCOREINFO_NAME, sizeof(VMCOREINFO_NAME));
}

void old_memory_find_vmcoreinfo(void)
{
	struct lb_range range;
	struct lb_note note;
	size_t cursor;

	for (uint32_t i = 0; i < old.header.segment_count; i++) {
		cursor = 0;
		while (note_segment(i, &range) &&
			lb_note_next(phys_pointer(range.start), lb_range_size(range), &cursor,
				&note) == LB_OK) {
			if (note_is_vmcoreinfo(&note)) {
				old.vmcoreinfo = note.desc;
				old.vmcoreinfo_bytes = note.desc_bytes;
				return;
			}
		}
	}
	capture_give_up("core header: no VMCOREINFO note");
}

bool old_memory_text(const char *key, char *buffer, size_t bytes)
{
	const char *text;
	size_t length;

	if (lb_vmcoreinfo_find((const char *)old.vmcoreinfo, old.vmcoreinfo_bytes, key, &text,
		    &length) != LB_OK ||
		length >= bytes) {
		return false;
	}
	memcpy(buffer, text, length);
	buffer[length] = '\0';
	return true;
}

bool old_memory_hex(const char *key, uint64_t *ret)
{
	char text[24] = "0x";

	return old_memory_text(key, text + 2, sizeof(text) - 2) &&
		lb_size_parse(lb_slice_of(text), ret);
}

bool old_memory_decimal(const char *key, uint64_t *ret)
{
	char text[24];

	return old_memory_text(key, text, sizeof(text)) &&
		lb_size_parse(lb_slice_of(text), ret);
}

/* Notes are aligned to four bytes only, so the registers are copied. */
bool old_memory_registers(uint32_t cpu, uint64_t ret[ARCH_REGISTERS], uint32_t *ret_pid)
{
	struct lb_range range;
	struct lb_note note;
	size_t cursor = 0;
	size_t wanted = PRSTATUS_REGISTERS + ARCH_REGISTERS * 8 + PRSTATUS_AFTER;

	if (!note_segment(cpu, &range) ||
		lb_note_next(phys_pointer(range.start), lb_range_size(range), &cursor, &note) !=
			LB_OK ||
		note.type != LB_NT_PRSTATUS || note.desc_bytes != wanted ||
		note.name_bytes != sizeof(PRSTATUS_NAME) ||
		__builtin_memcmp(note.name, PRSTATUS_NAME, sizeof(PRSTATUS_NAME))) {
		return false;
	}
	memcpy(ret, note.desc + PRSTATUS_REGISTERS, ARCH_REGISTERS * 8);
	memcpy(ret_pid, note.desc + PRSTATUS_PID, sizeof(*ret_pid));
	return true;
}

const void *old_memory_at_va(uint64_t va, uint64_t bytes)
{
	struct lb_core_segment segment;

	for (uint32_t i = 0; i < old.header.segment_count; i++) {
		struct lb_range place;

		lb_core_header_segment(&old.header, i, &segment);
		place.start = segment.range.start + (va - segment.va);
		if (segment.kind == LB_CORE_LOAD && va >= segment.va &&
			va - segment.va < lb_range_size(segment.range) &&
			lb_add(place.start, bytes, &place.end) &&
			lb_range_contains(segment.range, place) && old_memory_has(place)) {
			return phys_pointer(place.start);
		}
	}
	return NULL;
}
