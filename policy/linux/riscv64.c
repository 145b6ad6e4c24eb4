/* SPDX-License-Identifier: MIT */
/*
 * riscv64: riscv64 up to 6.6 (arch/riscv/mm/init.c, reserve_crashkernel). Nothing
 * before 5.13; then three ages:
 *
 *	5.13-5.14  plain only, all memory; a fixed offset is checked step by step
 *	5.15-6.5   plain only, below 4 GiB first, then all memory
 *	6.6        `,high` and `,low`, 128 MiB of low memory by default
 */
#include "policy/reserve_run.h"

#define ALIGN (2 * LB_MIB) /* PMD_SIZE */

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

	if (!since(run, LB_LINUX(6, 6, 0))) {
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
	request->low_size = low.result ? reserve_default_low(run) : low.size;
	request->low_implied = low.result;
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

/* 5.13-5.14: three checks, three messages. */
static const struct reserve_refusals refusals = {
	.not_memory = "crashkernel: requested region is not memory",
	.taken = "crashkernel: requested region is reserved",
	.unaligned = "crashkernel: requested region is misaligned",
};

/*
 * Where "below 4 GiB" ends. A fix for 32-bit builds cut it by one byte, and so by 2 MiB where
 * memory is free across that line ("riscv: mm: fix truncation warning on RV32", 6.5 and stable).
 */
static lb_phys_addr low_end(const struct reserve_run *run)
{
	uint32_t version = run->env->version;
	bool cut = version >= LB_LINUX(6, 4, 5) ||
		(version >= LB_LINUX(6, 1, 40) && version < LB_LINUX(6, 2, 0)) ||
		(version >= LB_LINUX(5, 15, 121) && version < LB_LINUX(5, 16, 0));

	return 4 * LB_GIB - cut;
}

/* Two windows, in this order; the second may be empty. */
static void choose_windows(struct reserve_run *run, struct request *request,
	struct reserve_place *first, struct reserve_place *second)
{
	struct lb_range dram = lb_memory_map_span(run->map);
	struct reserve_place all = {.kind = LB_CRASH, .size = request->size,
		.align = ALIGN, .start = dram.start, .end = dram.end, .reason = "all memory"};

	*first = *second = all;
	if (!since(run, LB_LINUX(5, 15, 0))) {
		second->end = second->start;
	} else if (!since(run, LB_LINUX(6, 6, 0))) {
		first->end = lb_min(dram.end, low_end(run));
		first->reason = "below 4 GiB, where 32-bit devices reach";
	} else {
		struct reserve_place *low = request->high ? second : first;
		struct reserve_place *high = request->high ? first : second;

		low->end = run->env->low_max;
		low->reason = request->high ? "high memory has no room" : "low memory comes first";
		high->start = run->env->low_max;
		high->reason = request->high ? "`,high` starts above low memory" :
			"low memory has no room";
	}
}

static enum lb_status place_anywhere(struct reserve_run *run, struct request *request,
	lb_phys_addr *ret_start)
{
	struct reserve_place first, second;
	enum lb_status status;

	choose_windows(run, request, &first, &second);
	status = reserve_place(run, &first, ret_start);
	if (status != LB_NOT_FOUND || second.start >= second.end) {
		return status;
	}
	if (since(run, LB_LINUX(6, 6, 0)) && !request->high) {
		request->low_size = reserve_default_low(run);
		request->low_implied = true;
	}
	return reserve_place(run, &second, ret_start);
}

static void log_failure(struct reserve_run *run, const struct request *request)
{
	if (request->offset && !since(run, LB_LINUX(5, 15, 0))) {
		return;
	}
	if (request->offset && since(run, LB_LINUX(6, 6, 0))) {
		reserve_log(run, "crashkernel: allocating failed with given size@offset");
		return;
	}
	reserve_log(run, "crashkernel: couldn't allocate %lluKB",
		(unsigned long long)request->size >> 10);
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
	bool with_low = size && start >= run->env->low_max;
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
		reserve_log(run, "crashkernel low memory reserved: 0x%016llx - 0x%016llx "
			"(%llu MB)", at, at + size, size >> 20);
	}
	at = start;
	size = request->size;
	reserve_log(run, "crashkernel: reserved 0x%016llx - 0x%016llx (%llu MB)", at, at + size,
		size >> 20);
	reserve_answer(run, LB_CRASH, start, request->size);
	if (with_low) {
		reserve_answer(run, LB_CRASH_LOW, low_start, request->low_size);
	}
	return LB_OK;
}

static enum lb_status place_main(struct reserve_run *run, struct request *request,
	lb_phys_addr *ret_start)
{
	*ret_start = request->offset;
	if (!request->offset) {
		return place_anywhere(run, request, ret_start);
	}
	if (!since(run, LB_LINUX(5, 15, 0))) {
		return reserve_checked(run, request->offset, request->size, ALIGN, &refusals);
	}
	return reserve_fixed(run, request->offset, request->size, ALIGN);
}

enum lb_status reserve_riscv64_before_6_7(struct reserve_run *run)
{
	struct request request = {0};
	lb_phys_addr start;
	enum lb_status status;

	if (!since(run, LB_LINUX(5, 13, 0))) {
		reserve_note(run, "this kernel reserves no crash kernel memory on riscv64");
		return LB_OK;
	}
	if (!read_request(run, &request)) {
		return LB_OK;
	}
	run->ret->size = request.size;
	run->ret->offset = request.offset;
	run->ret->high = request.high;
	run->ret->outcome = LB_OUTCOME_FAILED;
	status = place_main(run, &request, &start);
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
