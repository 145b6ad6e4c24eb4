/* SPDX-License-Identifier: MIT */
/*
 * x86_64: x86-64 up to 6.6, which has its own code (arch/x86/kernel/setup.c,
 * reserve_crashkernel and reserve_crashkernel_low).
 */
#include "policy/reserve_run.h"

#define ALIGN (16 * LB_MIB)
#define FIXED_ALIGN LB_MIB

static unsigned long long mib(uint64_t bytes)
{
	return bytes >> 20;
}

/* Below low_max first, unless `,high` decided; then anywhere. */
static enum lb_status place_main(struct reserve_run *run, uint64_t *size, bool high,
	lb_phys_addr *ret_start)
{
	struct reserve_place place = {.kind = LB_CRASH, .size = *size, .align = ALIGN,
		.start = ALIGN, .end = run->env->low_max, .reason = "low memory comes first"};
	enum lb_status status = LB_NOT_FOUND;

	if (!high) {
		status = reserve_place_main(run, &place, true, size, ret_start);
	}
	if (status == LB_NOT_FOUND) {
		place.end = run->env->high_max;
		place.reason = high ? "`,high` searches all memory from the top" :
			"low memory has no room";
		status = reserve_place_main(run, &place, false, size, ret_start);
	}
	return status;
}

/* LB_NOT_FOUND: wanted and not to be had. *ret_size 0: not wanted. */
static enum lb_status place_low(struct reserve_run *run, lb_phys_addr *ret_start,
	uint64_t *ret_size)
{
	struct lb_crashkernel_value low = reserve_read(run, LB_CRASHKERNEL_LOW);
	uint64_t limit = lb_min(run->env->system_ram, run->env->low_max);
	uint64_t size = low.result ? reserve_default_low(run) : low.size;
	struct reserve_place place = {.kind = LB_CRASH_LOW, .size = size, .align = ALIGN,
		.end = run->env->low_max,
		.reason = low.result ? reserve_default_low_why(run) : "`,low` asks for it",
		.size_why = low.result ? reserve_default_low_why(run) : NULL};
	enum lb_status status;

	*ret_size = size;
	run->ret->low_size = size;
	run->ret->low_implied = low.result;
	if (!size) {
		return LB_OK;
	}
	status = reserve_place(run, &place, ret_start);
	if (status == LB_NOT_FOUND) {
		run->ret->failed = LB_PART_LOW;
		reserve_log(run, "Cannot reserve %lluMB crashkernel low memory, "
			"please try smaller size.", mib(size));
	} else if (status == LB_OK) {
		reserve_log(run, "Reserving %lluMB of low memory at %lluMB for crashkernel "
			"(low RAM limit: %lluMB)", mib(size), mib(*ret_start), mib(limit));
	}
	return status;
}

/* The main region stands; memory that 32-bit devices reach goes with it if it lies high. */
static enum lb_status finish(struct reserve_run *run, lb_phys_addr start, uint64_t size)
{
	lb_phys_addr low_start = 0;
	uint64_t low_size = 0;

	if (start >= 4 * LB_GIB) {
		enum lb_status status = place_low(run, &low_start, &low_size);

		if (status) {
			reserve_give_back(run, LB_CRASH, start, size);
			return status;
		}
	}
	reserve_log(run, "Reserving %lluMB of memory at %lluMB for crashkernel "
		"(System RAM: %lluMB)", mib(size), mib(start), mib(run->env->system_ram));
	reserve_answer(run, LB_CRASH, start, size);
	if (low_size) {
		reserve_answer(run, LB_CRASH_LOW, low_start, low_size);
	}
	return LB_OK;
}

/* The plain value, or `,high` if there is none of use. False: the kernel gives up. */
static bool read_request(struct reserve_run *run, struct lb_crashkernel_value *ret)
{
	*ret = reserve_read(run, LB_CRASHKERNEL_PLAIN);
	if (!lb_crashkernel_accepted(ret) || !ret->size) {
		*ret = reserve_read(run, LB_CRASHKERNEL_HIGH);
	}
	return lb_crashkernel_accepted(ret) && ret->size;
}

enum lb_status reserve_x86_before_6_7(struct reserve_run *run)
{
	struct lb_crashkernel_value request;
	lb_phys_addr start;
	enum lb_status status;

	if (!read_request(run, &request)) {
		return LB_OK;
	}
	run->ret->asked = run->ret->size = request.size;
	run->ret->offset = request.offset;
	run->ret->high = request.class_ == LB_CRASHKERNEL_HIGH;
	if (run->env->xen_pv) {
		reserve_log(run, "Ignoring crashkernel for a Xen PV domain");
		return LB_OK;
	}
	run->ret->outcome = LB_OUTCOME_FAILED;
	if (request.offset) {
		start = request.offset;
		status = reserve_fixed(run, request.offset, request.size, FIXED_ALIGN);
	} else {
		status = place_main(run, &request.size, run->ret->high, &start);
	}
	if (status == LB_NOT_FOUND) {
		run->ret->failed = LB_PART_MAIN;
		reserve_log(run, "crashkernel reservation failed - %s", request.offset ?
			"memory is in use." : "No suitable area found.");
		return LB_OK;
	}
	if (status == LB_OK) {
		status = finish(run, start, request.size);
	}
	if (status == LB_OK) {
		run->ret->outcome = LB_OUTCOME_RESERVED;
	}
	return status == LB_NOT_FOUND ? LB_OK : status;
}
