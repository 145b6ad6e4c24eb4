/* SPDX-License-Identifier: MIT */
/* bounce_devices: which devices there are, which pool each uses, and where that lies. */
#include "bounce_parts.h"

#include "arch.h"
#include "early_map.h"

#define IVSHMEM_ID 0x11101af4u

static struct lb_bounce_slot slots[BOUNCE_SLOTS + BOUNCE_WINDOW_SLOTS];
static struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(BOUNCE_SLOTS) +
	LB_BOUNCE_SEGMENTS(BOUNCE_WINDOW_SLOTS)];

struct bounce bounce_pools[BOUNCE_POOLS] = {
	[BOUNCE_RAM] = {.storage = {slots, BOUNCE_SLOTS, segments,
		LB_BOUNCE_SEGMENTS(BOUNCE_SLOTS)}},
	[BOUNCE_WINDOW] = {.storage = {slots + BOUNCE_SLOTS, BOUNCE_WINDOW_SLOTS,
		segments + LB_BOUNCE_SEGMENTS(BOUNCE_SLOTS),
		LB_BOUNCE_SEGMENTS(BOUNCE_WINDOW_SLOTS)}},
};

static void find_window(struct bounce *bounce)
{
	const uint64_t bytes = (uint64_t)BOUNCE_WINDOW_SLOTS * LB_BOUNCE_SLOT_BYTES;
	pci_function function;

	if (bounce->mapped || !pci_find(IVSHMEM_ID, 0, &function)) {
		return;
	}
	bounce->window = pci_open_memory(function);
	if (lb_range_size(bounce->window) < bytes) {
		bounce->window = (struct lb_range){0, 0};
		return;
	}
	bounce->window.end = bounce->window.start + bytes;
	bounce->mapped = device_map(bounce->window);
}

static void add_device(struct bounce *bounce, const struct edu *edu)
{
	bounce->devices[bounce->device_count++] = *edu;
}

bool bounce_find_devices(void)
{
	struct bounce *ram = &bounce_pools[BOUNCE_RAM];
	struct bounce *window = &bounce_pools[BOUNCE_WINDOW];
	struct edu found[EDU_DEVICES_MAX];
	size_t count = edu_find(found);
	lb_phys_addr least = LB_PHYS_ADDR_MAX;

	for (size_t i = 0; i < count; i++) {
		least = lb_min(least, found[i].last);
	}
	find_window(window);
	ram->device_count = 0;
	window->device_count = 0;
	for (size_t i = 0; i < count; i++) {
		bool own = found[i].last > least && !window->device_count && window->mapped &&
			window->window.end - 1 <= found[i].last;

		add_device(own ? window : ram, &found[i]);
	}
	return count;
}

void *bounce_at(const struct bounce *bounce, lb_phys_addr address)
{
	return lb_range_has(bounce->window, address)
		? (void *)(uintptr_t)(bounce->mapped + (address - bounce->window.start))
		: phys_pointer(address);
}

void *bounce_access(void *context, lb_phys_addr address, size_t bytes)
{
	(void)bytes;
	return bounce_at(context, address);
}
