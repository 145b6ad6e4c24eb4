/* SPDX-License-Identifier: MIT */
/* shrink: sizes in, regions out. */
#include "policy/linux/shrink.h"

#include "lifeboat/arch.h"

bool lb_linux_size_counts_low(uint32_t version)
{
	return version >= LB_LINUX(6, 5, 0);
}

uint64_t lb_linux_crash_size(const struct lb_linux_crash *crash, bool counts_low)
{
	return lb_range_size(crash->main) + (counts_low ? lb_range_size(crash->low) : 0);
}

enum lb_status lb_linux_shrink(const struct lb_linux_crash *crash, bool counts_low,
	uint64_t page_size, uint64_t size, struct lb_linux_crash *ret)
{
	uint64_t aside = counts_low ? lb_range_size(crash->low) : 0;
	uint64_t now = lb_linux_crash_size(crash, counts_low);
	struct lb_linux_crash left = *crash;

	LB_ASSERT(page_size && !(page_size & (page_size - 1)));
	if (size == now) {
		*ret = left;
		return LB_OK;
	}
	if (!lb_align_up(size, page_size, &size) || size > now) {
		return LB_OUT_OF_RANGE;
	}
	if (size < aside) {
		return LB_UNSUPPORTED;
	}
	left.main.end = left.main.start + (size - aside);
	if (size == aside) {
		/* The main region is gone, and the low one takes its place. */
		left.main = counts_low ? crash->low : (struct lb_range){0, 0};
		left.low = counts_low ? (struct lb_range){0, 0} : crash->low;
	}
	*ret = left;
	return LB_OK;
}
