/* SPDX-License-Identifier: MIT */
/*
 * capture: see capture.h. The loader gave this kernel the crash region as its only RAM. Old memory
 * is mapped read-only, exactly as far as the core header says, so a write to it cannot happen
 * unnoticed.
 */
#include "capture.h"

#include "lifeboat/core_header.h"
#include "lifeboat/handover.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "console.h"
#include "crash.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "pattern.h"
#include "report.h"
#include "text.h"

#define HEADER_MAX (64 * LB_KIB)
#define EHDR_PHNUM 56

struct old_kernel {
	struct lb_core_header header;
	struct lb_range header_place;
	const uint8_t *vmcoreinfo;
	size_t vmcoreinfo_bytes;
	const struct pattern_table *pattern;
	uint64_t load_bytes;
	size_t load_count;
	enum lb_status handover_status;
	struct lb_handover_view handover;
	const struct lb_handover_bounce_pool *pool; /* NULL: none was handed over */
};

static struct old_kernel old;

__attribute__((format(printf, 1, 2))) static _Noreturn void give_up(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("error: capture: ");
	print_va(format, arguments);
	print("\n");
	va_end(arguments);
	arch_exit(EXIT_FAILED);
}

static lb_phys_addr header_address(void)
{
	return boot_info.core_header ? boot_info.core_header
				     : option_number(boot_info.cmdline, "elfcorehdr", 0);
}

/* The header says itself how long it is; only its first page may be touched before that. */
static void open_header(void)
{
	lb_phys_addr at = header_address();
	const uint8_t *data;
	uint16_t segments;
	size_t offset = 0;
	size_t bytes;
	enum lb_status status;

	if (!at || at > (UINT64_C(1) << 46) - HEADER_MAX) {
		give_up("no core header: elfcorehdr= is missing");
	}
	early_map((struct lb_range){at, at + HEADER_MAX});
	data = phys_pointer(at);
	__builtin_memcpy(&segments, data + EHDR_PHNUM, sizeof(segments));
	bytes = LB_CORE_EHDR_BYTES + (size_t)segments * LB_CORE_PHDR_BYTES;
	if (bytes > HEADER_MAX) {
		give_up("core header: %u program headers are too many", segments);
	}
	status = lb_core_header_parse(data, bytes, &old.header, &offset);
	if (status != LB_OK) {
		give_up("core header at 0x%llx: %s at offset %zu", (unsigned long long)at,
			lb_status_text(status), offset);
	}
	old.header_place.start = lb_align_down(at, PAGE_BYTES);
	old.header_place.end = lb_align_down(at + bytes + PAGE_BYTES - 1, PAGE_BYTES);
}

/* Keeps a list ascending: the core header lies between two ranges of old memory. */
static void insert(struct lb_range *list, size_t capacity, size_t *count, struct lb_range range)
{
	size_t at = *count;

	if (at == capacity) {
		give_up("more than %zu ranges of memory", capacity);
	}
	for (; at && list[at - 1].start > range.start; at--) {
		list[at] = list[at - 1];
	}
	list[at] = range;
	++*count;
}

static void add_readable(struct lb_range range)
{
	insert(paging_plan.readable, LB_ARRAY_COUNT(paging_plan.readable),
		&paging_plan.readable_count, range);
}

static bool is_own(struct lb_range range)
{
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		if (lb_range_overlaps(range, paging_plan.writable[i])) {
			return true;
		}
	}
	return false;
}

/* The kernel text has a PT_LOAD of its own beside the one of the memory that it lies in. */
static bool is_planned(struct lb_range range)
{
	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		if (lb_range_overlaps(range, paging_plan.readable[i])) {
			return true;
		}
	}
	return false;
}

static void plan_old_memory(void)
{
	struct lb_core_segment segment;
	struct lb_range pages;

	for (uint32_t i = 0; i < old.header.segment_count; i++) {
		lb_core_header_segment(&old.header, i, &segment);
		if (segment.kind != LB_CORE_LOAD ||
			segment.va - segment.range.start != LINEAR_VIRTUAL) {
			continue;
		}
		pages.start = lb_align_down(segment.range.start, PAGE_BYTES);
		if (!lb_align_up(segment.range.end, PAGE_BYTES, &pages.end) || is_own(pages) ||
			is_planned(pages)) {
			give_up("core header: segment %u 0x%llx-0x%llx is not old memory", i,
				(unsigned long long)segment.range.start,
				(unsigned long long)segment.range.end);
		}
		add_readable(pages);
		old.load_bytes += lb_range_size(segment.range);
		old.load_count++;
	}
	if (!is_own(old.header_place)) {
		add_readable(old.header_place);
	}
}

/* True if old memory has all of the range, so that it can be looked at. */
static bool is_readable(struct lb_range range)
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
			return is_readable(segment.range);
		}
	}
	return false;
}

static bool note_is_vmcoreinfo(const struct lb_note *note)
{
	return note->name_bytes >= 10 && !__builtin_memcmp(note->name, "VMCOREINFO", 10);
}

static void find_vmcoreinfo(void)
{
	struct lb_range range;
	struct lb_note note;
	size_t cursor;

	for (uint32_t i = 0; note_segment(i, &range); i++) {
		cursor = 0;
		while (lb_note_next(phys_pointer(range.start), lb_range_size(range), &cursor,
			       &note) == LB_OK) {
			if (note_is_vmcoreinfo(&note)) {
				old.vmcoreinfo = note.desc;
				old.vmcoreinfo_bytes = note.desc_bytes;
				return;
			}
		}
	}
	give_up("core header: no VMCOREINFO note");
}

static lb_phys_addr vmcoreinfo_hex(const char *key)
{
	const char *text;
	size_t length;
	uint64_t value = 0;

	if (lb_vmcoreinfo_find((const char *)old.vmcoreinfo, old.vmcoreinfo_bytes, key, &text,
		    &length) != LB_OK) {
		give_up("VMCOREINFO: no %s", key);
	}
	for (size_t i = 0; i < length && i < 16; i++) {
		unsigned int digit = (unsigned char)text[i];

		value = value << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	return value;
}

static void find_pattern(void)
{
	struct lb_range place = {.start = vmcoreinfo_hex("LIFEBOAT_PATTERN")};

	if (!lb_add(place.start, sizeof(*old.pattern), &place.end) || !is_readable(place)) {
		give_up("VMCOREINFO: the pattern is not in old memory");
	}
	old.pattern = phys_pointer(place.start);
	if (old.pattern->magic != PATTERN_MAGIC || old.pattern->page_count > PATTERN_PAGES_MAX) {
		give_up("the pattern at 0x%llx is damaged", (unsigned long long)place.start);
	}
}

static void prove_memory(uint64_t seed)
{
	uint64_t right = 0;
	uint64_t low = UINT64_MAX;
	uint64_t high = 0;

	for (uint64_t i = 0; i < old.pattern->page_count; i++) {
		lb_phys_addr page = old.pattern->pages[i];

		if (page <= LB_PHYS_ADDR_MAX - PAGE_BYTES &&
			is_readable((struct lb_range){page, page + PAGE_BYTES}) &&
			pattern_page_matches(seed, page)) {
			right++;
			low = lb_min(low, page);
			high = lb_max(high, page);
		}
	}
	report_proof("vmcore-matches", right && right == old.pattern->page_count,
		"%llu of %llu pages from 0x%llx to 0x%llx hold what was written; %zu ranges, "
		"%llu MiB of old memory",
		(unsigned long long)right, (unsigned long long)old.pattern->page_count,
		(unsigned long long)low, (unsigned long long)high, old.load_count,
		(unsigned long long)(old.load_bytes / LB_MIB));
}

/* The registers in the note of one CPU. elf_prstatus has them at offset 112; notes are aligned to
 * four bytes only, so they are copied. */
static bool note_registers(uint32_t cpu, uint64_t ret[ARCH_REGISTERS])
{
	struct lb_range range;
	struct lb_note note;
	size_t cursor = 0;

	if (!note_segment(cpu, &range) ||
		lb_note_next(phys_pointer(range.start), lb_range_size(range), &cursor, &note) !=
			LB_OK ||
		note.type != LB_NT_PRSTATUS || note.desc_bytes < 112 + ARCH_REGISTERS * 8) {
		return false;
	}
	memcpy(ret, note.desc + 112, ARCH_REGISTERS * 8);
	return true;
}

static bool registers_hold_pattern(const uint64_t *registers, uint64_t seed, uint32_t cpu)
{
	static const uint8_t places[CPU_PATTERN_WORDS] = ARCH_PATTERN_REGISTERS;

	for (uint32_t i = 0; i < CPU_PATTERN_WORDS; i++) {
		if (registers[places[i]] != pattern_register(seed, cpu, i)) {
			return false;
		}
	}
	return true;
}

static bool pc_is_old_text(const uint64_t *registers)
{
	return registers[ARCH_PC_REGISTER] >= IMAGE_VIRTUAL &&
		registers[ARCH_PC_REGISTER] < DEVICE_VIRTUAL;
}

/* Every CPU that stopped was somewhere in the old kernel's text; those that waited (all but the one
 * that crashed and the first, which runs the drill) hold their pattern. A CPU that could not be
 * stopped has no note, and that is said. */
static void prove_registers(uint64_t seed)
{
	uint32_t count = (uint32_t)lb_min(old.pattern->cpu_count, CPUS_MAX);
	uint64_t registers[ARCH_REGISTERS] = {0};
	uint32_t stopped = 0;
	uint32_t right = 0;
	bool crashed;

	for (uint32_t cpu = 0; cpu < count; cpu++) {
		bool waited = cpu && cpu != old.pattern->crash_cpu;

		if (old.pattern->stopped_cpus >> cpu & 1) {
			stopped++;
			right += note_registers(cpu, registers) && pc_is_old_text(registers) &&
				(!waited || registers_hold_pattern(registers, seed, cpu));
		}
	}
	crashed = note_registers((uint32_t)old.pattern->crash_cpu, registers) &&
		pc_is_old_text(registers);
	report_proof("registers-match", crashed && right == stopped,
		"cpu %llu crashed at pc 0x%llx; the registers of %u of %u stopped CPUs are right; "
		"%u could not be stopped",
		(unsigned long long)old.pattern->crash_cpu,
		(unsigned long long)registers[ARCH_PC_REGISTER], right, stopped, count - stopped);
}

/* Before the final map is built: a bounce pool in it is memory that this kernel may write. */
static void open_handover(void)
{
	lb_phys_addr at = option_number(boot_info.cmdline, "handover", 0);
	struct lb_range place = {at, at + PAGE_BYTES};
	struct lb_handover_record record;
	size_t cursor = 0;

	old.handover_status = LB_NOT_FOUND;
	if (!at || at & 7 || !is_own(place)) {
		return;
	}
	early_map(place);
	old.handover_status =
		lb_handover_verify(phys_pointer(at), PAGE_BYTES, &old.handover, &cursor);
	cursor = 0;
	if (old.handover_status == LB_OK &&
		lb_handover_find(&old.handover, LB_HANDOVER_BOUNCE_POOL, &cursor, &record)) {
		old.pool = record.payload;
		place = (struct lb_range){old.pool->base, old.pool->base + old.pool->size};
		if ((place.start | place.end) & (PAGE_BYTES - 1) || is_own(place)) {
			give_up("handover: the bounce pool is not outside our memory");
		}
		insert(paging_plan.writable, LB_ARRAY_COUNT(paging_plan.writable),
			&paging_plan.writable_count, place);
	}
}

static void prove_handover(void)
{
	struct lb_handover_record record;
	size_t cursor = 0;
	bool same = false;

	if (old.handover_status == LB_OK &&
		lb_handover_find(&old.handover, LB_HANDOVER_CORE_HEADER, &cursor, &record)) {
		const struct lb_handover_core_header *core = record.payload;

		same = core->address == header_address();
	}
	report_proof("handover-verified", same,
		"%s; %u records from \"%s\", generation %llu",
		lb_status_text(old.handover_status), old.handover.record_count,
		old.handover.writer, (unsigned long long)old.handover.generation);
}

/* Whatever this kernel can write to is in the memory that it was given. */
static void prove_inside(void)
{
	uint64_t fault = 0;
	size_t refused = 0;
	uint64_t own = 0;

	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		lb_phys_addr at = paging_plan.readable[i].start;

		refused += !probe_write(phys_pointer(at), 0, &fault) &&
			fault == (uintptr_t)phys_pointer(at);
	}
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		own += lb_range_size(paging_plan.writable[i]);
	}
	report_proof("capture-inside-reservation", refused == paging_plan.readable_count,
		"%llu KiB writable; writing to %zu of %zu ranges of old memory faults",
		(unsigned long long)(own / LB_KIB), refused, paging_plan.readable_count);
}

/* It lies in our RAM; the core header does too on arm64, where the device tree says so. */
static void keep_handover(void)
{
	lb_phys_addr at = option_number(boot_info.cmdline, "handover", 0);

	if (at) {
		boot_map_add(at, PAGE_BYTES, BOOT_MEMORY_TAKEN, "handover");
	}
}

_Noreturn void capture_run(void)
{
	uint64_t seed = option_number(boot_info.cmdline, "seed", 1);

	report_stage("capture");
	report_pause("capture");
	keep_handover();
	memory_init();
	paging_plan_memory();
	open_header();
	open_handover();
	plan_old_memory();
	paging_init();
	report_stage("verify");
	find_vmcoreinfo();
	find_pattern();
	print("time: panic-to-capture %llu us\n",
		(unsigned long long)ticks_to_microseconds(
			boot_info.start_ticks - old.pattern->crash_ticks));
	/* First, because a device may be about to write; what it wrote elsewhere shows after. */
	if (old.pool) {
		bounce_take_over(old.pool);
	}
	prove_memory(seed);
	prove_registers(seed);
	prove_handover();
	prove_inside();
	report_pause("verified");
	print("result: %s\n", report_failures() ? "lost" : "captured");
	arch_exit(report_failures() ? EXIT_FAILED : EXIT_PASSED);
}
