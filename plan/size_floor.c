/* SPDX-License-Identifier: MIT */
/* size_floor: three terms and one comparison. */
#include "plan/size_floor.h"

/* Tables for a linear map of huge pages: one of the last level but one and its parents, the
 * kernel's own map beside it. More are needed for more memory, and for maps of base pages. */
#define PAGE_TABLES 8

/* Of what a machine shows, which may be nonsense: then as good as all memory. */
static uint64_t sum(uint64_t a, uint64_t b)
{
	uint64_t both;

	return lb_add(a, b, &both) ? both : UINT64_MAX;
}

static uint64_t initrd_bytes(const struct lb_machine *machine)
{
	return lb_range_empty(machine->boot.ramdisk) ? machine->boot.ramdisk_bytes
						     : lb_range_size(machine->boot.ramdisk);
}

static uint64_t total_of(const struct lb_reservation *reservation)
{
	uint64_t total = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		total = sum(total, lb_range_size(reservation->ranges[i].range));
	}
	return total;
}

struct lb_size_floor lb_size_floor_of(
	const struct lb_model *model, const struct lb_reservation *reservation)
{
	uint64_t page = lb_model_page_size(model);
	uint64_t pages = total_of(reservation) / page;

	return (struct lb_size_floor){
		.image = model->kernel_size_min,
		.initrd = initrd_bytes(model->machine),
		.pages = pages * LB_STRUCT_PAGE_BYTES + PAGE_TABLES * page,
	};
}

uint64_t lb_size_floor_total(const struct lb_size_floor *floor)
{
	return sum(sum(floor->image, floor->initrd), floor->pages);
}

bool lb_size_floor_fits(
	const struct lb_size_floor *floor, const struct lb_reservation *reservation)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		const struct lb_crash_range *crash = &reservation->ranges[i];

		if (crash->kind != LB_CRASH_CMA) {
			largest = lb_max(largest, lb_range_size(crash->range));
		}
	}
	return sum(floor->image, floor->initrd) <= largest &&
	       lb_size_floor_total(floor) <= total_of(reservation);
}
