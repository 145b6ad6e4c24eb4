/* SPDX-License-Identifier: MIT */
/* reserve: which rule a kernel follows, and what all the rules share. */
#include "policy/reserve.h"

#include "policy/reserve_run.h"

/* By kind: who it is for, in the journal. */
static const char *const owners[] = {
	[LB_CRASH] = "crash kernel",
	[LB_CRASH_LOW] = "crash kernel (low)",
	[LB_CRASH_CMA] = "crash kernel (CMA)",
};

size_t lb_linux_cmdline_max(enum lb_arch arch)
{
	return arch == LB_ARCH_RISCV64 ? 1023 : 2047;
}

uint64_t reserve_align(enum lb_arch arch)
{
	return arch == LB_ARCH_X86_64 ? 16 * LB_MIB : 2 * LB_MIB;
}

uint64_t reserve_default_low(const struct reserve_run *run)
{
	uint64_t with_pool;

	if (run->env->arch != LB_ARCH_X86_64) {
		return 128 * LB_MIB;
	}
	if (!lb_add(run->env->swiotlb_bytes, 8 * LB_MIB, &with_pool)) {
		return UINT64_MAX;
	}
	return lb_max(with_pool, 256 * LB_MIB);
}

const char *reserve_default_low_why(const struct reserve_run *run)
{
	return run->env->arch == LB_ARCH_X86_64 ? "bounce pool + 8 MiB, at least 256 MiB" :
		"128 MiB on this architecture";
}

static bool names_crashkernel(const char *line)
{
	static const char word[] = "crashkernel";

	for (; *line; line++) {
		size_t i = 0;

		while (word[i] && line[i] == word[i]) {
			i++;
		}
		if (!word[i]) {
			return true;
		}
	}
	return false;
}

/* A line is kept whole or not at all: the journal still says what happened. */
static void log_text(struct reserve_run *run, const struct lb_text *line)
{
	struct lb_reservation *ret = run->ret;

	if (line->truncated || ret->line_count == LB_CRASH_LOG_LINES_MAX ||
		line->length + 1 > LB_CRASH_LOG_BYTES - ret->log_bytes) {
		return;
	}
	__builtin_memcpy(ret->log + ret->log_bytes, line->bytes, line->length + 1);
	ret->log_bytes += line->length + 1;
	ret->line_count++;
}

void reserve_log(struct reserve_run *run, const char *format, ...)
{
	char bytes[160];
	struct lb_text line = LB_TEXT(bytes);
	va_list list;

	va_start(list, format);
	lb_format_list(&line, format, list);
	va_end(list);
	log_text(run, &line);
}

void reserve_note(struct reserve_run *run, const char *reason)
{
	lb_journal_add(run->journal, (struct lb_event){.kind = LB_EVENT_NOTE,
		.owner = owners[LB_CRASH], .reason = reason});
}

/* The parser's refusals as reasons for the journal. */
static const char *refusal(enum lb_crashkernel_result result)
{
	static const char *const reasons[] = {
		[LB_CRASHKERNEL_OK] = NULL,
		[LB_CRASHKERNEL_ABSENT] = NULL,
		[LB_CRASHKERNEL_NOTHING] = "no range matches the amount of RAM, or its size is 0",
		[LB_CRASHKERNEL_NO_VALUE] = "the value does not begin with a number",
		[LB_CRASHKERNEL_BAD_CHARACTER] = "something unknown follows the number",
		[LB_CRASHKERNEL_NO_RANGE_VALUE] = "a range does not begin or end with a number",
		[LB_CRASHKERNEL_NO_DASH] = "a range has no '-'",
		[LB_CRASHKERNEL_END_FIRST] = "a range ends before it starts",
		[LB_CRASHKERNEL_NO_COLON] = "a range is not followed by ':'",
		[LB_CRASHKERNEL_NO_RANGE_SIZE] = "a range has no size",
		[LB_CRASHKERNEL_RANGE_SIZE] = "a range asks for as much as there is RAM",
		[LB_CRASHKERNEL_NO_OFFSET] = "no number follows '@'",
	};

	LB_ASSERT((size_t)result < LB_ARRAY_COUNT(reasons));
	return reasons[result];
}

struct lb_crashkernel_value reserve_read(
	struct reserve_run *run, enum lb_crashkernel_class class_)
{
	struct lb_crashkernel_value value = lb_crashkernel_read(run->cmdline, run->length,
		run->env->version, run->env->system_ram, class_);
	char bytes[80];
	struct lb_text line = LB_TEXT(bytes);

	if (refusal(value.result)) {
		reserve_note(run, refusal(value.result));
	}
	if (lb_crashkernel_message(&value, run->env->version, &line) &&
		names_crashkernel(bytes)) {
		log_text(run, &line);
	}
	return value;
}

static struct lb_search as_search(const struct reserve_place *place)
{
	struct lb_search search = {.kind = place->kind, .owner = owners[place->kind],
		.why = place->reason, .size_why = place->size_why, .size = place->size,
		.align = place->align, .bottom_up = place->bottom_up};

	if (place->start < place->end) {
		search.window = (struct lb_range){place->start, place->end};
	}
	return search;
}

static void record_found(struct reserve_run *run, struct lb_search *search, lb_phys_addr start)
{
	search->result = LB_SEARCH_FOUND;
	search->found = (struct lb_range){start, start + search->size};
	lb_searches_add(run->searches, run->journal, search);
}

static enum lb_status search(struct reserve_run *run, const struct reserve_place *place,
	lb_phys_addr *ret_start)
{
	struct lb_memory_request request = {
		.size = place->size,
		.align = place->align,
		.window = {place->start, place->end},
		.node = LB_NO_NODE,
		.bottom_up = place->bottom_up,
		.avoid_hotplug = run->env->avoid_hotplug,
	};
	enum lb_status status;

	if (!place->size || place->start >= place->end) {
		return LB_NOT_FOUND;
	}
	if (run->env->mirrored_first) {
		request.mirrored_only = true;
		status = lb_memory_map_alloc(run->map, &request, ret_start);
		if (status != LB_NOT_FOUND) {
			return status;
		}
		request.mirrored_only = false;
	}
	return lb_memory_map_alloc(run->map, &request, ret_start);
}

enum lb_status reserve_place(struct reserve_run *run, const struct reserve_place *place,
	lb_phys_addr *ret_start)
{
	struct lb_search record = as_search(place);
	enum lb_status status = search(run, place, ret_start);

	if (place->kind == LB_CRASH) {
		run->ret->align = place->align;
	}
	if (status == LB_OK) {
		record_found(run, &record, *ret_start);
	} else if (status == LB_NOT_FOUND) {
		record.result = LB_SEARCH_NOT_FOUND;
		record.refusal = "no free hole is large enough";
		lb_searches_add(run->searches, run->journal, &record);
	}
	return status;
}

/* Aligned to and rounded up to pud_size; what is too much goes back. LB_NOT_FOUND: no room. */
static enum lb_status place_by_pud(struct reserve_run *run, const struct reserve_place *place,
	lb_phys_addr *ret_start)
{
	struct reserve_place aligned = *place;
	struct lb_range rest;
	enum lb_status status;

	aligned.align = run->proposal.pud_size;
	aligned.reason = "whole PUDs can be remapped with base pages";
	aligned.size_why = "rounded up to whole PUDs; the rest goes back";
	if (!lb_align_up(place->size, aligned.align, &aligned.size)) {
		return LB_NOT_FOUND;
	}
	status = reserve_place(run, &aligned, ret_start);
	if (status || aligned.size == place->size) {
		return status;
	}
	rest = (struct lb_range){*ret_start + place->size, *ret_start + aligned.size};
	status = lb_memory_map_release(run->map, rest);
	if (status) {
		reserve_give_back(run, place->kind, *ret_start, aligned.size);
		return LB_NO_STORAGE;
	}
	lb_searches_give_back(run->searches, run->journal, owners[place->kind], rest,
		"more than was asked for");
	return LB_OK;
}

enum lb_status reserve_place_main(struct reserve_run *run, const struct reserve_place *place,
	bool low_plain, uint64_t *size, lb_phys_addr *ret_start)
{
	struct reserve_place larger = *place;
	uint64_t extra = run->proposal.extra_low;
	enum lb_status status;

	if (run->proposal.pud_size) {
		status = place_by_pud(run, place, ret_start);
		if (status != LB_NOT_FOUND) {
			return status;
		}
		reserve_note(run, "no whole PUDs to be had: the crash kernel is not protected");
	}
	if (!low_plain || !extra) {
		return reserve_place(run, place, ret_start);
	}
	if (!lb_add(*size, extra, &larger.size)) {
		return LB_NOT_FOUND;
	}
	larger.size_why = "with the bounce pool, because memory is encrypted";
	status = reserve_place(run, &larger, ret_start);
	if (status == LB_OK) {
		reserve_log(run, "Memory encryption is active, crashkernel needs %lluMB extra "
			"memory", (unsigned long long)extra >> 20);
		*size = larger.size;
	}
	return status;
}

/* The part of range, from its start on, that is not in one region of memory; empty: none is. */
static struct lb_range not_memory(const struct reserve_run *run, struct lb_range range)
{
	struct lb_region region;

	if (lb_memory_map_memory_at(run->map, range.start, &region)) {
		range.start = lb_min(region.range.end, range.end);
	}
	return range;
}

/* The first reserved memory in range; empty: all is free. */
static struct lb_range first_taken(const struct reserve_run *run, struct lb_range range)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	while (lb_memory_map_next_reserved(run->map, &cursor, &region)) {
		if (lb_range_overlaps(region.range, range)) {
			return lb_range_intersect(region.range, range);
		}
	}
	return (struct lb_range){0, 0};
}

/* What can be wrong with a given place. */
enum fault { NOT_MEMORY, TAKEN, UNALIGNED, NO_FAULT };
#define FAULTS NO_FAULT

static const char *const fault_texts[] = {
	[NOT_MEMORY] = "the range is not all memory of one kind",
	[TAKEN] = "part of the range is taken",
	[UNALIGNED] = "the offset is not a multiple of the alignment",
	[NO_FAULT] = "the range cannot be handed out",
};

static bool has_fault(const struct reserve_run *run, enum fault fault, struct lb_search *search)
{
	struct lb_range window = search->window;

	search->in_the_way = (struct lb_range){0, 0};
	switch (fault) {
	case NOT_MEMORY:
		search->in_the_way = not_memory(run, window);
		return lb_range_size(window) < search->size || !lb_range_empty(search->in_the_way);
	case TAKEN:
		search->in_the_way = first_taken(run, window);
		return !lb_range_empty(search->in_the_way);
	case UNALIGNED:
		return window.start != lb_align_down(window.start, search->align);
	case NO_FAULT:
		break;
	}
	return false;
}

/* The first of the faults, in the order in which the kernel looks for them. */
static enum fault find_fault(const struct reserve_run *run, const enum fault order[FAULTS],
	struct lb_search *search)
{
	for (size_t i = 0; i < FAULTS; i++) {
		if (has_fault(run, order[i], search)) {
			return order[i];
		}
	}
	return NO_FAULT;
}

static void record_refused(struct reserve_run *run, struct lb_search *search, enum fault fault)
{
	search->result = LB_SEARCH_REFUSED;
	search->refusal = fault_texts[fault];
	lb_searches_add(run->searches, run->journal, search);
}

/* The place [offset, offset + size), cut off at the end of the address space. */
static struct lb_search fixed_search(struct reserve_run *run, uint64_t offset, uint64_t size,
	uint64_t align)
{
	struct reserve_place place = {.kind = LB_CRASH, .size = size, .align = align,
		.start = offset, .end = LB_PHYS_ADDR_MAX,
		.reason = "the offset that was asked for"};
	struct lb_search record;

	if (!lb_add(offset, size, &place.end)) {
		place.end = LB_PHYS_ADDR_MAX;
	}
	record = as_search(&place);
	record.given_place = true;
	run->ret->align = align;
	return record;
}

enum lb_status reserve_fixed(struct reserve_run *run, uint64_t offset, uint64_t size,
	uint64_t align)
{
	static const enum fault order[FAULTS] = {UNALIGNED, NOT_MEMORY, TAKEN};
	struct lb_search record = fixed_search(run, offset, size, align);
	struct reserve_place place = {.size = size, .align = align, .start = record.window.start,
		.end = record.window.end};
	lb_phys_addr start;
	enum lb_status status = LB_NOT_FOUND;

	if (lb_range_size(record.window) == size) {
		status = search(run, &place, &start);
	}
	if (status == LB_OK) {
		LB_ASSERT(start == offset);
		record_found(run, &record, start);
	} else if (status == LB_NOT_FOUND) {
		record_refused(run, &record, find_fault(run, order, &record));
	}
	return status;
}

enum lb_status reserve_checked(struct reserve_run *run, uint64_t offset, uint64_t size,
	uint64_t align, const struct reserve_refusals *lines)
{
	static const enum fault order[FAULTS] = {NOT_MEMORY, TAKEN, UNALIGNED};
	const char *const line[FAULTS] = {lines->not_memory, lines->taken, lines->unaligned};
	struct lb_search record = fixed_search(run, offset, size, align);
	enum fault fault = find_fault(run, order, &record);
	enum lb_status status;

	if (fault != NO_FAULT) {
		record_refused(run, &record, fault);
		reserve_log(run, "%s", line[fault]);
		return LB_NOT_FOUND;
	}
	status = lb_memory_map_reserve(run->map, record.window, LB_NO_NODE, 0);
	if (status == LB_OK) {
		record_found(run, &record, offset);
	}
	return status;
}

void reserve_hang(struct reserve_run *run)
{
	struct lb_reservation *ret = run->ret;

	reserve_note(run, "low and high memory end at the same address: this kernel searches "
		"the same window for ever");
	ret->outcome = LB_OUTCOME_HANGS;
	ret->failed = LB_PART_MAIN;
	ret->line_count = 0;
	ret->log_bytes = 0;
	__builtin_memset(ret->log, 0, sizeof(ret->log));
}

void reserve_give_back(struct reserve_run *run, enum lb_crash_kind kind, lb_phys_addr start,
	uint64_t size)
{
	struct lb_range range = {start, start + size};
	enum lb_status status = lb_memory_map_release(run->map, range);

	/* Releasing what was just reserved needs no more room than there was before. */
	LB_ASSERT(status == LB_OK);
	lb_searches_give_back(run->searches, run->journal, owners[kind], range,
		"without low memory it is of no use");
}

void reserve_answer(struct reserve_run *run, enum lb_crash_kind kind, lb_phys_addr start,
	uint64_t size)
{
	struct lb_crash_range *range = &run->ret->ranges[run->ret->range_count];

	LB_ASSERT(run->ret->range_count < LB_CRASH_RANGES_MAX);
	/* Member by member: the padding stays zero, answers compare bytewise. */
	range->kind = kind;
	range->range.start = start;
	range->range.end = start + size;
	run->ret->range_count++;
}

uint64_t reserve_page_align(const struct reserve_run *run, uint64_t size)
{
	uint64_t page = run->env->page_size ? run->env->page_size : 4096;

	return (size + page - 1) & ~(page - 1);
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ';
}

/* "crashkernel=" at the start of a word, as cmdline_find_option() finds it. */
static bool has_option_word(const struct reserve_run *run)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	while (lb_crashkernel_next(run->cmdline, run->length, &cursor, &token)) {
		if (!token.start || is_blank(run->cmdline[token.start - 1])) {
			return true;
		}
	}
	return false;
}

static enum lb_status dispatch(struct reserve_run *run)
{
	uint32_t version = run->env->version;

	switch (run->env->arch) {
	case LB_ARCH_X86_64:
		/* Until 5.12 only a crash kernel made it keep the first MiB. */
		if (version < LB_LINUX(5, 13, 0) && has_option_word(run)) {
			reserve_log(run, "kexec: Reserving the low 1M of memory for crashkernel");
		}
		return version < LB_LINUX(6, 7, 0) ? reserve_x86_before_6_7(run) :
			reserve_generic(run);
	case LB_ARCH_ARM64:
		return version < LB_LINUX(6, 7, 0) ? reserve_arm64_before_6_7(run) :
			reserve_generic(run);
	case LB_ARCH_RISCV64:
		return version < LB_LINUX(6, 7, 0) ? reserve_riscv64_before_6_7(run) :
			reserve_generic(run);
	case LB_ARCH_UNKNOWN:
		break;
	}
	return LB_UNSUPPORTED;
}

enum lb_status lb_linux_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret)
{
	struct reserve_proposal none = {0};

	return reserve_as(none, env, cmdline, map, journal, searches, ret);
}

enum lb_status reserve_as(struct reserve_proposal proposal, const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_searches *searches, struct lb_reservation *ret)
{
	struct reserve_run run = {.env = env, .proposal = proposal, .cmdline = cmdline,
		.map = map, .journal = journal, .searches = searches, .ret = ret};
	size_t limit = lb_linux_cmdline_max(env->arch);
	struct lb_crashkernel_token token;
	size_t cursor = 0;
	enum lb_status status;

	LB_ASSERT(env->low_max <= env->high_max);
	lb_reservation_clear(ret);
	lb_searches_clear(searches);
	while (run.length < limit && cmdline[run.length]) {
		run.length++;
	}
	if (!lb_crashkernel_next(cmdline, run.length, &cursor, &token)) {
		return env->arch == LB_ARCH_UNKNOWN ? LB_UNSUPPORTED : LB_OK;
	}
	ret->outcome = LB_OUTCOME_REJECTED;
	status = dispatch(&run);
	if (status) {
		lb_reservation_clear(ret);
		lb_searches_clear(searches);
	}
	return status;
}
