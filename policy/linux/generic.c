/* SPDX-License-Identifier: MIT */
/*
 * generic: the reservation that x86-64, arm64 and riscv64 share from 6.7 on
 * (parse_crashkernel and reserve_crashkernel_generic, kernel/crash_core.c in 6.7 and 6.8,
 * kernel/crash_reserve.c since).
 */
#include "policy/reserve_run.h"

struct request {
	uint64_t size;
	uint64_t offset;
	uint64_t low_size; /* 0: none wanted */
	uint64_t cma_size;
	bool low_implied; /* low_size is the kernel's default */
	bool high;
};

/* From which version on the architecture asks the parser for `,cma`. */
static bool wants_cma(const struct lb_reserve_env *env)
{
	return env->version >= (env->arch == LB_ARCH_X86_64 ? LB_LINUX(6, 17, 0) :
		LB_LINUX(7, 3, 0));
}

/* No plain value at all: `,high`, and `,low` with it. False: the kernel gives up. */
static bool read_high(struct reserve_run *run, struct request *request)
{
	struct lb_crashkernel_value high = reserve_read(run, LB_CRASHKERNEL_HIGH);
	struct lb_crashkernel_value low;

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

/* False: the kernel gives up. A malformed `,cma` is complained about, and its size used. */
static bool read_request(struct reserve_run *run, struct request *request)
{
	struct lb_crashkernel_value plain = reserve_read(run, LB_CRASHKERNEL_PLAIN);

	request->size = plain.size;
	request->offset = plain.offset;
	if (plain.result == LB_CRASHKERNEL_ABSENT && !read_high(run, request)) {
		return false;
	}
	if (wants_cma(run->env)) {
		request->cma_size = reserve_read(run, LB_CRASHKERNEL_CMA).size;
	}
	if (!request->high && !lb_crashkernel_accepted(&plain)) {
		return false;
	}
	if (run->env->version >= LB_LINUX(6, 12, 0) && request->size >= run->env->system_ram) {
		reserve_note(run, "refused without a message: not less than there is RAM");
		return false;
	}
	return request->size;
}

/* What a search without an offset came to. */
enum search_end { FOUND, NO_ROOM, FOREVER, NO_STORAGE };

static enum search_end as_search_end(enum lb_status status)
{
	switch (status) {
	case LB_OK:
		return FOUND;
	case LB_NOT_FOUND:
		return NO_ROOM;
	default:
		return NO_STORAGE;
	}
}

/*
 * Low memory, then high; for `,high` the other way round. Where low and high memory end at the
 * same address, the kernel takes its second window for its first and tries for ever; since 6.12
 * (and in 6.11.y, where the sources do not tell from which patch level on) `,high` gives up.
 */
static enum search_end search(struct reserve_run *run, struct request *request,
	lb_phys_addr *ret_start)
{
	const struct lb_reserve_env *env = run->env;
	bool same = env->low_max == env->high_max;
	struct reserve_place low = {.kind = LB_CRASH, .size = request->size,
		.align = reserve_align(env->arch), .end = env->low_max};
	struct reserve_place high = low;
	enum lb_status status;

	high.start = env->low_max;
	high.end = env->high_max;
	low.reason = request->high ? "high memory has no room" : "low memory comes first";
	high.reason = request->high ? "`,high` starts above low memory" : "low memory has no room";
	status = reserve_place_main(run, request->high ? &high : &low, !request->high,
		&request->size, ret_start);
	if (status != LB_NOT_FOUND) {
		return as_search_end(status);
	}
	if (same && request->high && env->version >= LB_LINUX(6, 11, 3)) {
		return NO_ROOM;
	}
	if (!request->high) {
		request->low_size = reserve_default_low(run);
		request->low_implied = true;
	}
	status = reserve_place_main(run, request->high ? &low : &high, false, &request->size,
		ret_start);
	return status == LB_NOT_FOUND && same ? FOREVER : as_search_end(status);
}

/* Adds low memory and the log lines. LB_NOT_FOUND: no low memory, the main region is released. */
static enum lb_status finish(struct reserve_run *run, const struct request *request,
	lb_phys_addr start)
{
	struct reserve_place low = {.kind = LB_CRASH_LOW, .size = request->low_size,
		.align = reserve_align(run->env->arch), .end = run->env->low_max,
		.reason = "the main region lies above low memory",
		.size_why = request->low_implied ? reserve_default_low_why(run) : NULL};
	unsigned long long at, size = request->low_size;
	bool with_low = start >= run->env->low_max && size;
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

/* The main region and its low memory. */
static enum lb_status reserve_main(struct reserve_run *run, struct request *request)
{
	enum search_end end;
	enum lb_status status;
	lb_phys_addr start = request->offset;

	run->ret->outcome = LB_OUTCOME_FAILED;
	if (request->offset) {
		end = as_search_end(reserve_fixed(run, request->offset, request->size,
			reserve_align(run->env->arch)));
	} else {
		end = search(run, request, &start);
	}
	switch (end) {
	case NO_STORAGE:
		return LB_NO_STORAGE;
	case FOREVER:
		reserve_hang(run);
		return LB_OK;
	case NO_ROOM:
		run->ret->failed = LB_PART_MAIN;
		if (request->offset) {
			reserve_log(run, "crashkernel reservation failed - memory is in use.");
		} else {
			reserve_log(run, "cannot allocate crashkernel (size:0x%llx)",
				(unsigned long long)request->size);
		}
		return LB_OK;
	case FOUND:
		break;
	}
	status = finish(run, request, start);
	if (status == LB_OK) {
		run->ret->outcome = LB_OUTCOME_RESERVED;
	}
	return status == LB_NOT_FOUND ? LB_OK : status;
}

/* Undoes what reserve_main() did, for a map whose storage is full. */
static void undo(struct reserve_run *run)
{
	for (size_t i = 0; i < run->ret->range_count; i++) {
		const struct lb_crash_range *taken = &run->ret->ranges[i];

		reserve_give_back(run, taken->kind, taken->range.start,
			lb_range_size(taken->range));
	}
}

enum lb_status reserve_generic(struct reserve_run *run)
{
	struct request request = {0};
	enum lb_status status;

	if (!read_request(run, &request)) {
		return LB_OK;
	}
	run->ret->asked = run->ret->size = request.size;
	run->ret->offset = request.offset;
	run->ret->high = request.high;
	if (run->env->arch == LB_ARCH_X86_64 && run->env->xen_pv) {
		reserve_log(run, "Ignoring crashkernel for a Xen PV domain");
		return LB_OK;
	}
	status = reserve_main(run, &request);
	if (run->ret->outcome == LB_OUTCOME_HANGS) {
		return LB_OK;
	}
	if (status == LB_OK) {
		status = reserve_cma(run, request.cma_size);
	}
	if (status) {
		undo(run);
	}
	return status;
}
