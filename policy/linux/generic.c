/* SPDX-License-Identifier: MIT */
/*
 * generic: the reservation that x86-64, arm64 and riscv64 share from 6.7 on
 * (parse_crashkernel and reserve_crashkernel_generic, kernel/crash_core.c in 6.7 and 6.8,
 * kernel/crash_reserve.c since).
 */
#include "policy/linux/rules.h"

void reserve_say_generic(struct reserve_run *run, enum lb_linux_line line, lb_phys_addr start,
	uint64_t size)
{
	unsigned long long at = start, bytes = size;

	switch (line) {
	case LB_LINE_RESERVED:
		reserve_log(run, "crashkernel reserved: 0x%016llx - 0x%016llx (%llu MB)", at,
			at + bytes, bytes >> 20);
		return;
	case LB_LINE_LOW_RESERVED:
		reserve_log(run, "crashkernel low memory reserved: 0x%08llx - 0x%08llx (%llu MB)",
			at, at + bytes, bytes >> 20);
		return;
	case LB_LINE_LOW_FAILED:
		reserve_log(run, "cannot allocate crashkernel low memory (size:0x%llx).", bytes);
		return;
	case LB_LINE_NO_ROOM:
		reserve_log(run, "cannot allocate crashkernel (size:0x%llx)", bytes);
		return;
	}
}

/*
 * Low memory, then high; for `,high` the other way round. Where low and high memory end at the
 * same address, the kernel takes its second window for its first and tries for ever, unless it
 * gives up.
 */
enum lb_status reserve_search_generic(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr *ret_start)
{
	const struct lb_reserve_env *env = run->env;
	bool same = env->low_max == env->high_max;
	struct reserve_place low = {.kind = LB_CRASH, .size = request->size,
		.align = run->row->align, .end = env->low_max};
	struct reserve_place high = low;
	enum lb_status status;

	high.start = env->low_max;
	high.end = env->high_max;
	low.why = request->high ? "high memory has no room" : "low memory comes first";
	high.why = request->high ? "`,high` starts above low memory" : "low memory has no room";
	status = reserve_place_main(run, request->high ? &high : &low, !request->high,
		&request->size, ret_start);
	if (status != LB_NOT_FOUND || (same && request->high && run->row->gives_up_high)) {
		return status;
	}
	if (!request->high) {
		reserve_imply_low(run, request);
	}
	status = reserve_place_main(
		run, request->high ? &low : &high, false, &request->size, ret_start);
	if (status == LB_NOT_FOUND && same) {
		reserve_hang(run);
	}
	return status;
}
