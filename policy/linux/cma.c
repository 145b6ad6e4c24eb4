/* SPDX-License-Identifier: MIT */
/*
 * linux_cma_reserve: `crashkernel=SIZE,cma`, memory that the first kernel goes on using for
 * movable pages and the capture kernel takes (reserve_crashkernel_cma, kernel/crash_reserve.c,
 * 6.17; the search is that of cma_declare_contiguous, mm/cma.c).
 */
#include "policy/linux/rules.h"

#define RANGES_MAX 4

/* One area: from 4 GiB upwards if memory reaches that far, else from the top down. */
static enum lb_status declare_area(struct reserve_run *run, uint64_t size, bool halved,
	lb_phys_addr *ret_start)
{
	lb_phys_addr end = lb_memory_map_span(run->map).end;
	struct reserve_place place = {.kind = LB_CRASH_CMA, .size = size,
		.align = run->env->cma_align, .start = 4 * LB_GIB, .end = end, .bottom_up = true,
		.why = "the DMA zones are spared where there is memory above them",
		.size_why = halved ? "half of what found no room, in whole pageblocks" : NULL};
	enum lb_status status = LB_NOT_FOUND;
	uint64_t reach;

	if (size > end) {
		return LB_NOT_FOUND;
	}
	if (lb_add(4 * LB_GIB, size, &reach) && end >= reach) {
		status = reserve_place(run, &place, ret_start);
	}
	if (status == LB_NOT_FOUND) {
		place.start = 0;
		place.bottom_up = false;
		place.why = "anywhere, from the top";
		status = reserve_place(run, &place, ret_start);
	}
	return status;
}

static void fail_part(struct reserve_run *run)
{
	if (run->ret->failed == LB_PART_NONE) {
		run->ret->failed = LB_PART_CMA;
	}
}

/* The next try after one that failed. */
static uint64_t halve(const struct reserve_run *run, uint64_t size)
{
	return reserve_page_align(run, size / 2);
}

enum lb_status reserve_cma(struct reserve_run *run, uint64_t cma_size)
{
	uint64_t request = reserve_page_align(run, cma_size);
	uint64_t page = reserve_page_align(run, 1);
	uint64_t reserved = 0;
	unsigned int count = 0;

	run->ret->cma_size = cma_size;
	if (!cma_size) {
		return LB_OK;
	}
	if (!run->env->cma_align) {
		fail_part(run);
		reserve_log(run, "crashkernel CMA reservation not supported");
		return LB_OK;
	}
	while (cma_size > reserved && count < RANGES_MAX) {
		enum lb_status status = LB_NOT_FOUND;
		lb_phys_addr start;
		uint64_t size;

		if (request && lb_align_up(request, run->env->cma_align, &size)) {
			status = declare_area(run, size, request < cma_size, &start);
		}
		if (status == LB_OK) {
			lb_reservation_add(run->ret, LB_CRASH_CMA, start, size);
			count++;
			reserved += request;
		} else if (status != LB_NOT_FOUND) {
			return status;
		} else if (request <= page) {
			break;
		} else {
			request = halve(run, request);
		}
	}
	if (cma_size > reserved) {
		fail_part(run);
		reserve_log(run, "crashkernel CMA reservation failed: %llu MB requested, "
			"%llu MB reserved in %u ranges", (unsigned long long)cma_size >> 20,
			(unsigned long long)reserved >> 20, count);
	} else {
		reserve_log(run, "crashkernel CMA reserved: %llu MB in %u ranges",
			(unsigned long long)reserved >> 20, count);
	}
	return LB_OK;
}
