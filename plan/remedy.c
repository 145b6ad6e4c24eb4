/* SPDX-License-Identifier: MIT */
/* remedy: other requests, tried one after the other. */
#include "plan/remedy.h"

#include <stdio.h>

#include "plan/options.h"

#define MIB(bytes) ((unsigned long long)((bytes) / LB_MIB))

bool lb_remedy_works(const struct lb_remedy *remedy, const char *value, struct lb_reservation *ret)
{
	const struct lb_plan *plan = remedy->plan;
	char *cmdline = lb_option_replace_crashkernel(remedy->arena, plan->cmdline, &value, 1);

	return cmdline &&
	       !lb_evaluate_once(remedy->evaluator, LB_VIEW_BEST, plan->outcomes[0].kernel, cmdline,
		       NULL, ret) &&
	       ret->outcome == LB_OUTCOME_RESERVED;
}

/* The largest whole MiB that fits automatically; 0 if none does. */
static uint64_t largest_that_fits(const struct lb_remedy *remedy, uint64_t below)
{
	uint64_t works = 0;
	uint64_t fails = below / LB_MIB;
	struct lb_reservation reservation;

	while (fails > works + 1) {
		uint64_t middle = works + (fails - works) / 2;
		char value[32];

		snprintf(value, sizeof(value), "%lluM", (unsigned long long)middle);
		if (lb_remedy_works(remedy, value, &reservation)) {
			works = middle;
		} else {
			fails = middle;
		}
	}
	return works * LB_MIB;
}

const char *lb_remedy_find(const struct lb_remedy *remedy)
{
	const struct lb_reservation *wanted = remedy->plan->reservation;
	struct lb_arena *arena = remedy->arena;
	uint64_t size = wanted->size ? wanted->size : 256 * LB_MIB;
	struct lb_reservation reservation;
	const char *first = NULL;
	char value[64];
	uint64_t most;

	snprintf(value, sizeof(value), "%lluM", MIB(size));
	if ((wanted->offset || wanted->high) && lb_remedy_works(remedy, value, &reservation)) {
		first = lb_arena_printf(arena, "crashkernel=%s%s is placed at 0x%llx", value,
			wanted->offset ? ", without an offset," : "",
			(unsigned long long)reservation.ranges[0].range.start);
	}
	snprintf(value, sizeof(value), "%lluM,high", MIB(size));
	if (first) {
		return first;
	}
	if (!wanted->high && lb_remedy_works(remedy, value, &reservation)) {
		first = lb_arena_printf(arena, "crashkernel=%s is placed at 0x%llx", value,
			(unsigned long long)reservation.ranges[0].range.start);
	}
	most = largest_that_fits(remedy, size);
	if (most < 16 * LB_MIB) {
		return first ? first
			     : "no other size or placement was found that would fit: free memory "
			       "that firmware or boot options hold, or add RAM";
	}
	return lb_arena_printf(arena, "%s%sthe largest size that fits here is crashkernel=%lluM",
		first ? first : "", first ? "; or " : "", MIB(most));
}
