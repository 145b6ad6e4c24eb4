/* SPDX-License-Identifier: MIT */
/*
 * arm64: arm64 up to 6.6 (arch/arm64/mm/init.c, reserve_crashkernel). Five ages:
 *
 *	5.10-5.14  plain only; a fixed offset is checked step by step
 *	5.15-5.18  plain only; one search for everything
 *	5.19-6.1   `,high` searches all memory; low memory only where `,low` asks
 *	6.2-6.4    plain falls back to all memory; 128 MiB of low memory by default
 *	6.5-6.6    `,high` starts at 4 GiB and falls back to low memory
 */
#include "policy/reserve_run.h"

#define ALIGN (2 * LB_MIB)
#define HIGH_SEARCH_BASE (4 * LB_GIB) /* CRASH_HIGH_SEARCH_BASE */

struct request {
	uint64_t size;
	uint64_t offset;
	uint64_t low_size; /* 0: none */
	bool low_implied;  /* low_size is the kernel's default */
	bool high;
};

static bool since(const struct reserve_run *run, uint32_t version)
{
	return run->env->version >= version;
}

/* False: the kernel gives up. */
static bool read_high(struct reserve_run *run, struct request *request)
{
	struct lb_crashkernel_value high, low;

	if (!since(run, LB_LINUX(5, 19, 0))) {
		return false;
	}
	high = reserve_read(run, LB_CRASHKERNEL_HIGH);
	if (high.result || !high.size) {
		return false;
	}
	low = reserve_read(run, LB_CRASHKERNEL_LOW);
	if (low.result && low.result != LB_CRASHKERNEL_ABSENT) {
		return false;
	}
	request->high = true;
	request->size = high.size;
	request->low_size = low.size;
	if (low.result && since(run, LB_LINUX(6, 2, 0))) {
		request->low_size = reserve_default_low(run);
		request->low_implied = true;
	}
	return true;
}

static bool read_request(struct reserve_run *run, struct request *request)
{
	struct lb_crashkernel_value plain = reserve_read(run, LB_CRASHKERNEL_PLAIN);

	request->size = plain.size;
	request->offset = plain.offset;
	if (plain.result == LB_CRASHKERNEL_ABSENT) {
		if (!read_high(run, request)) {
			return false;
		}
	} else if (!lb_crashkernel_accepted(&plain) || !plain.size) {
		return false;
	}
	/* A size within a page of 2^64 wraps to nothing; no boot log shows what comes of it. */
	run->ret->asked = request->size;
	request->size = reserve_page_align(run, request->size);
	return request->size;
}

/* 5.10-5.14: three checks, three messages. */
static const struct reserve_refusals refusals = {
	.not_memory = "cannot reserve crashkernel: region is not memory",
	.taken = "cannot reserve crashkernel: region overlaps reserved memory",
	.unaligned = "cannot reserve crashkernel: base address is not 2MB aligned",
};

static void log_failure(struct reserve_run *run, const struct request *request)
{
	if (request->offset && !since(run, LB_LINUX(5, 15, 0))) {
		return;
	}
	if (request->offset && since(run, LB_LINUX(6, 5, 0))) {
		reserve_log(run, "crashkernel reservation failed - memory is in use.");
		return;
	}
	reserve_log(run, "cannot allocate crashkernel (size:0x%llx)",
		(unsigned long long)request->size);
}

/* The second window, if this version has one. False: it has none. */
static bool second_window(struct reserve_run *run, struct request *request,
	struct reserve_place *place)
{
	bool splits = since(run, LB_LINUX(6, 5, 0));

	if (!since(run, LB_LINUX(6, 2, 0)) || (request->high && !splits)) {
		return false;
	}
	if (request->high) {
		place->start = 0;
		place->end = run->env->low_max;
		place->reason = "high memory has no room";
		return true;
	}
	place->start = splits ? run->env->low_max : 0;
	place->end = run->env->high_max;
	place->reason = "low memory has no room";
	request->low_size = reserve_default_low(run);
	request->low_implied = true;
	return true;
}

/* *ret_forever: the kernel takes its second window for its first, and tries again and again. */
static enum lb_status place_anywhere(struct reserve_run *run, struct request *request,
	lb_phys_addr *ret_start, bool *ret_forever)
{
	struct reserve_place place = {.kind = LB_CRASH, .size = request->size,
		.align = ALIGN, .end = run->env->low_max, .reason = "below the DMA limit"};
	enum lb_status status;

	if (request->high) {
		place.start = since(run, LB_LINUX(6, 5, 0)) ? HIGH_SEARCH_BASE : 0;
		place.end = run->env->high_max;
		place.reason = "`,high` asks for it";
	}
	status = reserve_place_main(run, &place, false, &request->size, ret_start);
	if (status != LB_NOT_FOUND || !second_window(run, request, &place)) {
		return status;
	}
	status = reserve_place_main(run, &place, false, &request->size, ret_start);
	*ret_forever = status == LB_NOT_FOUND && run->env->low_max == run->env->high_max;
	return status;
}

static bool wants_low(const struct reserve_run *run, const struct request *request,
	lb_phys_addr start)
{
	lb_phys_addr from = run->env->low_max;

	if (since(run, LB_LINUX(6, 2, 0)) && !since(run, LB_LINUX(6, 5, 0))) {
		from -= request->low_size; /* wraps where low memory is smaller, as there */
	}
	return request->low_size && start >= from;
}

/* Low memory and the log lines. LB_NOT_FOUND: no low memory, the main region is released. */
static enum lb_status finish(struct reserve_run *run, const struct request *request,
	lb_phys_addr start)
{
	struct reserve_place low = {.kind = LB_CRASH_LOW, .size = request->low_size,
		.align = ALIGN, .end = run->env->low_max,
		.reason = "the main region lies above low memory",
		.size_why = request->low_implied ? reserve_default_low_why(run) : NULL};
	unsigned long long at, size = request->low_size;
	bool with_low = wants_low(run, request, start);
	lb_phys_addr low_start;

	if (with_low) {
		enum lb_status status = reserve_place(run, &low, &low_start);

		run->ret->low_size = size;
		run->ret->low_implied = request->low_implied;
		if (status == LB_NOT_FOUND) {
			run->ret->failed = LB_PART_LOW;
			reserve_log(run, "cannot allocate crashkernel low memory (size:0x%llx).",
				size);
		}
		if (status) {
			reserve_give_back(run, LB_CRASH, start, request->size);
			return status;
		}
		at = low_start;
		reserve_log(run, "crashkernel low memory reserved: 0x%08llx - 0x%08llx (%llu MB)",
			at, at + size, size >> 20);
	}
	at = start;
	size = request->size;
	reserve_log(run, "crashkernel reserved: 0x%016llx - 0x%016llx (%llu MB)", at, at + size,
		size >> 20);
	reserve_answer(run, LB_CRASH, start, request->size);
	if (with_low) {
		reserve_answer(run, LB_CRASH_LOW, low_start, request->low_size);
	}
	return LB_OK;
}

static enum lb_status place_main(struct reserve_run *run, struct request *request,
	lb_phys_addr *ret_start, bool *ret_forever)
{
	*ret_start = request->offset;
	if (!request->offset) {
		return place_anywhere(run, request, ret_start, ret_forever);
	}
	if (!since(run, LB_LINUX(5, 15, 0))) {
		return reserve_checked(run, request->offset, request->size, ALIGN, &refusals);
	}
	return reserve_fixed(run, request->offset, request->size, ALIGN);
}

enum lb_status reserve_arm64_before_6_7(struct reserve_run *run)
{
	struct request request = {0};
	bool forever = false;
	lb_phys_addr start;
	enum lb_status status;

	if (!read_request(run, &request)) {
		return LB_OK;
	}
	run->ret->size = request.size;
	run->ret->offset = request.offset;
	run->ret->high = request.high;
	run->ret->outcome = LB_OUTCOME_FAILED;
	status = place_main(run, &request, &start, &forever);
	if (status == LB_NOT_FOUND && forever) {
		reserve_hang(run);
		return LB_OK;
	}
	if (status == LB_NOT_FOUND) {
		run->ret->failed = LB_PART_MAIN;
		log_failure(run, &request);
		return LB_OK;
	}
	if (status == LB_OK) {
		status = finish(run, &request, start);
	}
	if (status == LB_OK) {
		run->ret->outcome = LB_OUTCOME_RESERVED;
	}
	return status == LB_NOT_FOUND ? LB_OK : status;
}
