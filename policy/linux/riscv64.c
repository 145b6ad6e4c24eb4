/* SPDX-License-Identifier: MIT */
/*
 * riscv64: riscv64 up to 6.6 (arch/riscv/mm/init.c, reserve_crashkernel). Nothing
 * before 5.13; then three ages:
 *
 *	5.13-5.14  plain only, all memory; a fixed offset is checked step by step
 *	5.15-6.5   plain only, below 4 GiB first, then all memory
 *	6.6        `,high` and `,low`, 128 MiB of low memory by default
 */
#include "policy/linux/rules.h"

const struct lb_linux_refusals reserve_refusals_riscv64 = {
	.not_memory = "crashkernel: requested region is not memory",
	.taken = "crashkernel: requested region is reserved",
	.unaligned = "crashkernel: requested region is misaligned",
};

void reserve_say_riscv64(struct reserve_run *run, enum lb_linux_line line, lb_phys_addr start,
	uint64_t size)
{
	unsigned long long at = start, bytes = size;

	switch (line) {
	case LB_LINE_RESERVED:
		reserve_log(run, "crashkernel: reserved 0x%016llx - 0x%016llx (%llu MB)", at,
			at + bytes, bytes >> 20);
		return;
	case LB_LINE_LOW_RESERVED:
		reserve_log(run, "crashkernel low memory reserved: 0x%016llx - 0x%016llx "
			"(%llu MB)", at, at + bytes, bytes >> 20);
		return;
	case LB_LINE_LOW_FAILED:
		reserve_log(run, "cannot allocate crashkernel low memory (size:0x%llx).", bytes);
		return;
	case LB_LINE_NO_ROOM:
		reserve_log(run, "crashkernel: couldn't allocate %lluKB", bytes >> 10);
		return;
	}
}

/* Low and high memory, in the order that the request asks for. */
static void split_windows(const struct reserve_run *run, const struct reserve_request *request,
	struct reserve_place *first, struct reserve_place *second)
{
	struct reserve_place *low = request->high ? second : first;
	struct reserve_place *high = request->high ? first : second;

	low->end = run->env->low_max;
	low->why = request->high ? "high memory has no room" : "low memory comes first";
	high->start = run->env->low_max;
	high->why = request->high ? "`,high` starts above low memory" : "low memory has no room";
}

/* All memory, or what lies below 4 GiB and then all; the second window may be empty. */
enum lb_status reserve_search_riscv64(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr *ret_start)
{
	const struct lb_linux_row *row = run->row;
	struct lb_range dram = lb_memory_map_span(run->map);
	struct reserve_place first = {.kind = LB_CRASH, .size = request->size, .align = row->align,
		.start = dram.start, .end = dram.end, .why = "all memory"};
	struct reserve_place second = first;
	enum lb_status status;

	if (row->splits_windows) {
		split_windows(run, request, &first, &second);
	} else if (row->searches_again) {
		first.end = lb_min(dram.end, row->low_end);
		first.why = "below 4 GiB, where 32-bit devices reach";
	}
	status = reserve_place(run, &first, ret_start);
	if (status != LB_NOT_FOUND || !row->searches_again || second.start >= second.end) {
		return status;
	}
	if (row->splits_windows && !request->high) {
		reserve_imply_low(run, request);
	}
	return reserve_place(run, &second, ret_start);
}
