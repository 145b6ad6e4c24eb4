/* SPDX-License-Identifier: MIT */
/* reserve_step: search, take, give back, record. */
#include "policy/linux/reserve_step.h"

#include "policy/given_place.h"

/* By kind: who it is for, in the journal. */
static const char *const owners[] = {
	[LB_CRASH] = "crash kernel",
	[LB_CRASH_LOW] = "crash kernel (low)",
	[LB_CRASH_CMA] = "crash kernel (CMA)",
};

void reserve_log_text(struct reserve_run *run, const struct lb_text *line)
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
	reserve_log_text(run, &line);
}

void reserve_note(struct reserve_run *run, const char *reason)
{
	lb_journal_add(run->journal, (struct lb_event){.kind = LB_EVENT_NOTE,
		.owner = owners[LB_CRASH], .reason = reason});
}

static struct lb_search as_search(const struct reserve_place *place)
{
	struct lb_search search = {.kind = place->kind, .owner = owners[place->kind],
		.why = place->why, .size_why = place->size_why, .size = place->size,
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
	aligned.why = "whole PUDs can be remapped with base pages";
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

/* The place [offset, offset + size), cut off at the end of the address space. */
static struct lb_search given_place(
	const struct reserve_run *run, uint64_t offset, uint64_t size)
{
	struct reserve_place place = {.kind = LB_CRASH, .size = size,
		.align = run->row->fixed_align, .start = offset, .end = LB_PHYS_ADDR_MAX,
		.why = "the offset that was asked for"};
	struct lb_search record;

	if (!lb_add(offset, size, &place.end)) {
		place.end = LB_PHYS_ADDR_MAX;
	}
	record = as_search(&place);
	record.given_place = true;
	return record;
}

/* As one search that can end at one place only. */
static enum lb_status take_in_one(struct reserve_run *run, struct lb_search *record)
{
	static const enum lb_place_fault order[LB_PLACE_FAULTS] = {
		LB_PLACE_UNALIGNED, LB_PLACE_NOT_MEMORY, LB_PLACE_TAKEN};
	struct reserve_place place = {.size = record->size, .align = record->align,
		.start = record->window.start, .end = record->window.end};
	lb_phys_addr start;
	enum lb_status status = LB_NOT_FOUND;

	if (lb_range_size(record->window) == record->size) {
		status = search(run, &place, &start);
	}
	if (status == LB_OK) {
		LB_ASSERT(start == place.start);
		record_found(run, record, start);
	} else if (status == LB_NOT_FOUND) {
		lb_given_place_refuse(run->map, order, record);
		lb_searches_add(run->searches, run->journal, record);
	}
	return status;
}

/* By three checks, each with a message of its own. */
static enum lb_status take_checked(
	struct reserve_run *run, struct lb_search *record, const struct lb_linux_refusals *lines)
{
	static const enum lb_place_fault order[LB_PLACE_FAULTS] = {
		LB_PLACE_NOT_MEMORY, LB_PLACE_TAKEN, LB_PLACE_UNALIGNED};
	const char *const line[LB_PLACE_FAULTS] = {
		[LB_PLACE_NOT_MEMORY] = lines->not_memory,
		[LB_PLACE_TAKEN] = lines->taken,
		[LB_PLACE_UNALIGNED] = lines->unaligned,
	};
	enum lb_place_fault fault = lb_given_place_fault(run->map, order, record);
	enum lb_status status;

	if (fault != LB_PLACE_FINE) {
		lb_given_place_refuse(run->map, order, record);
		lb_searches_add(run->searches, run->journal, record);
		reserve_log(run, "%s", line[fault]);
		return LB_NOT_FOUND;
	}
	status = lb_memory_map_reserve(run->map, record->window, LB_NO_NODE, 0);
	if (status == LB_OK) {
		record_found(run, record, record->window.start);
	}
	return status;
}

enum lb_status reserve_given_place(struct reserve_run *run, uint64_t offset, uint64_t size)
{
	const struct lb_linux_refusals *lines = run->row->refusals;
	struct lb_search record = given_place(run, offset, size);

	run->ret->align = record.align;
	return lines ? take_checked(run, &record, lines) : take_in_one(run, &record);
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

uint64_t reserve_page_align(const struct reserve_run *run, uint64_t size)
{
	uint64_t page = run->env->page_size ? run->env->page_size : 4096;

	return (size + page - 1) & ~(page - 1);
}
