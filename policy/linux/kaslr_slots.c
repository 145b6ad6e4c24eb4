/* SPDX-License-Identifier: MIT */
/*
 * kaslr_slots: a set of equally likely places as areas with a stride; every question is answered
 * by arithmetic on whole areas.
 */
#include "policy/linux/kaslr.h"

enum lb_status lb_slots_add(struct lb_slots *slots, struct lb_slot_area area)
{
	uint64_t total;

	if (!area.count) {
		return LB_OK;
	}
	if (slots->count == slots->capacity) {
		return LB_NO_STORAGE;
	}
	if (!lb_add(slots->total, area.count, &total)) {
		return LB_OUT_OF_RANGE;
	}
	slots->areas[slots->count++] = area;
	slots->total = total;
	return LB_OK;
}

lb_phys_addr lb_slots_at(const struct lb_slots *slots, uint64_t rank)
{
	size_t i;

	for (i = 0; i < slots->count; i++) {
		if (rank < slots->areas[i].count) {
			return slots->areas[i].first + rank * slots->areas[i].stride;
		}
		rank -= slots->areas[i].count;
	}
	LB_ASSERT(!"rank is below the total");
	return 0;
}

/* How many places of the area lie below address. */
static uint64_t area_below(const struct lb_slot_area *area, lb_phys_addr address)
{
	uint64_t steps;

	if (address <= area->first) {
		return 0;
	}
	steps = (address - area->first - 1) / area->stride;
	return steps >= area->count ? area->count : steps + 1;
}

bool lb_slots_rank(const struct lb_slots *slots, lb_phys_addr place, uint64_t *ret_rank)
{
	uint64_t before = 0;
	size_t i;

	for (i = 0; i < slots->count; i++) {
		const struct lb_slot_area *area = &slots->areas[i];
		uint64_t offset = place - area->first;

		if (place >= area->first && offset % area->stride == 0 &&
			offset / area->stride < area->count) {
			if (ret_rank) {
				*ret_rank = before + offset / area->stride;
			}
			return true;
		}
		before += area->count;
	}
	return false;
}

uint64_t lb_slots_in(const struct lb_slots *slots, struct lb_range range)
{
	uint64_t count = 0;
	size_t i;

	if (lb_range_empty(range)) {
		return 0;
	}
	for (i = 0; i < slots->count; i++) {
		count += area_below(&slots->areas[i], range.end) -
			area_below(&slots->areas[i], range.start);
	}
	return count;
}

uint64_t lb_slots_touching(const struct lb_slots *slots, struct lb_range window, uint64_t length)
{
	struct lb_range first_bytes = {0, window.end};

	if (lb_range_empty(window) || !length) {
		return 0;
	}
	if (window.start >= length) {
		first_bytes.start = window.start - length + 1;
	}
	return lb_slots_in(slots, first_bytes);
}
