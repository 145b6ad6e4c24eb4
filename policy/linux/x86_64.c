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

/* Below low_max first, and before 5.2 below 896 MiB, unless `,high` decided; then anywhere. The
 * first multiple of the alignment is the lowest place. */
enum lb_status reserve_search_x86_64(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr *ret_start)
{
	const struct lb_linux_row *row = run->row;
	const struct {
		lb_phys_addr end; /* 0: not searched */
		const char *why;
		bool plain; /* left out for `,high` */
	} windows[] = {
		{row->low_end, "loaders of that time need it there", true},
		{row->low_end && !row->searches_again ? 0 : run->env->low_max,
			row->low_end ? "there is no room further down" : "low memory comes first",
			true},
		{request->high || row->searches_again ? run->env->high_max : 0,
			request->high ? "`,high` searches all memory from the top" :
			"low memory has no room", false},
	};
	enum lb_status status = LB_NOT_FOUND;

	for (size_t i = 0; i < LB_ARRAY_COUNT(windows) && status == LB_NOT_FOUND; i++) {
		struct reserve_place place = {.kind = LB_CRASH, .size = request->size,
			.align = row->align, .start = row->align, .end = windows[i].end,
			.why = windows[i].why};

		if (windows[i].end && !(request->high && windows[i].plain)) {
			status = reserve_place_main(
				run, &place, windows[i].plain, &request->size, ret_start);
		}
	}
	return status;
}
