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
#include "policy/linux/rules.h"

#define HIGH_SEARCH_BASE (4 * LB_GIB) /* CRASH_HIGH_SEARCH_BASE */

const struct lb_linux_refusals reserve_refusals_arm64 = {
	.not_memory = "cannot reserve crashkernel: region is not memory",
	.taken = "cannot reserve crashkernel: region overlaps reserved memory",
	.unaligned = "cannot reserve crashkernel: base address is not 2MB aligned",
};

/* The second window, if this age has one. False: it has none. */
static bool second_window(const struct reserve_run *run, struct reserve_request *request,
	struct reserve_place *place)
{
	bool splits = run->row->splits_windows;

	if (!run->row->searches_again || (request->high && !splits)) {
		return false;
	}
	if (request->high) {
		place->start = 0;
		place->end = run->env->low_max;
		place->why = "high memory has no room";
		return true;
	}
	place->start = splits ? run->env->low_max : 0;
	place->end = run->env->high_max;
	place->why = "low memory has no room";
	reserve_imply_low(run, request);
	return true;
}

/* Where both windows are one, the kernel takes its second for its first, and tries for ever. */
enum lb_status reserve_search_arm64(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr *ret_start)
{
	struct reserve_place place = {.kind = LB_CRASH, .size = request->size,
		.align = run->row->align, .end = run->env->low_max, .why = "below the DMA limit"};
	enum lb_status status;

	if (request->high) {
		place.start = run->row->splits_windows ? HIGH_SEARCH_BASE : 0;
		place.end = run->env->high_max;
		place.why = "`,high` asks for it";
	}
	status = reserve_place_main(run, &place, false, &request->size, ret_start);
	if (status != LB_NOT_FOUND || !second_window(run, request, &place)) {
		return status;
	}
	status = reserve_place_main(run, &place, false, &request->size, ret_start);
	if (status == LB_NOT_FOUND && run->env->low_max == run->env->high_max) {
		reserve_hang(run);
	}
	return status;
}
