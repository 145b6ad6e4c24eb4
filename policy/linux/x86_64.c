/* SPDX-License-Identifier: MIT */
/*
 * x86_64: x86-64 up to 6.6, which has its own code (arch/x86/kernel/setup.c,
 * reserve_crashkernel and reserve_crashkernel_low).
 */
#include "policy/linux/rules.h"

static unsigned long long mib(uint64_t bytes)
{
	return bytes >> 20;
}

void reserve_say_x86_64(struct reserve_run *run, enum lb_linux_line line, lb_phys_addr start,
	uint64_t size)
{
	const struct lb_reserve_env *env = run->env;

	switch (line) {
	case LB_LINE_RESERVED:
		reserve_log(run, "Reserving %lluMB of memory at %lluMB for crashkernel "
			"(System RAM: %lluMB)", mib(size), mib(start), mib(env->system_ram));
		return;
	case LB_LINE_LOW_RESERVED:
		reserve_log(run, "Reserving %lluMB of low memory at %lluMB for crashkernel "
			"(low RAM limit: %lluMB)", mib(size), mib(start),
			mib(lb_min(env->system_ram, env->low_max)));
		return;
	case LB_LINE_LOW_FAILED:
		reserve_log(run, "Cannot reserve %lluMB crashkernel low memory, "
			"please try smaller size.", mib(size));
		return;
	case LB_LINE_NO_ROOM:
		reserve_log(run, "crashkernel reservation failed - No suitable area found.");
		return;
	}
}

/* Below low_max first, unless `,high` decided; then anywhere. The first multiple of the
 * alignment is the lowest place. */
enum lb_status reserve_search_x86_64(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr *ret_start)
{
	uint64_t align = run->row->align;
	struct reserve_place place = {.kind = LB_CRASH, .size = request->size, .align = align,
		.start = align, .end = run->env->low_max, .why = "low memory comes first"};
	enum lb_status status = LB_NOT_FOUND;

	if (!request->high) {
		status = reserve_place_main(run, &place, true, &request->size, ret_start);
	}
	if (status == LB_NOT_FOUND) {
		place.end = run->env->high_max;
		place.why = request->high ? "`,high` searches all memory from the top" :
			"low memory has no room";
		status = reserve_place_main(run, &place, false, &request->size, ret_start);
	}
	return status;
}
