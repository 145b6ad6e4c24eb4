/* SPDX-License-Identifier: MIT */
/* bounce_trip: data travel through the pool to each device and back. */
#include "bounce_parts.h"

#include "arch.h"
#include "memory.h"
#include "panic.h"
#include "pattern.h"
#include "text.h"

/* The mapping in its page: something of the block is left before and behind it. */
#define OFFSET 0x234
/* Bytes of a mapping that has the same slots before: all that a small one may be. */
#define FORMER_BYTES LB_BOUNCE_SMALL_BYTES
#define FORMER_DATA 0xc3
#define SENTINEL 0x5a

lb_phys_addr bounce_far_memory(const struct bounce *bounce, uint64_t bytes)
{
	struct lb_memory_request request = {.size = bytes, .align = PAGE_BYTES,
		.window = {bounce->devices[0].last + 1, LB_PHYS_ADDR_MAX}, .node = LB_NO_NODE};
	lb_phys_addr start;

	if (lb_memory_map_alloc(&memory, &request, &start) == LB_OK) {
		return start;
	}
	return memory_take(bytes, PAGE_BYTES, (struct lb_range){0, LB_PHYS_ADDR_MAX}, "buffer");
}

bool bounce_is_message(const struct edu *edu, const volatile uint8_t *bytes)
{
	for (size_t i = 0; i < BOUNCE_SENT; i++) {
		if (bytes[i] != lb_pattern_message(edu->function, i)) {
			return false;
		}
	}
	return true;
}

static bool bytes_are(const uint8_t *bytes, size_t count, uint8_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != value) {
			return false;
		}
	}
	return true;
}

/* The buffers of one trip. */
struct trip {
	struct bounce *bounce;
	const struct edu *edu;
	lb_phys_addr former; /* FORMER_BYTES */
	lb_phys_addr from;   /* a page */
	lb_phys_addr to;     /* a page */
};

/* Somebody else's data lie in the slots that the next small mapping gets; where. */
static bool leave_former_data(const struct trip *trip, lb_phys_addr *ret_slots)
{
	const struct lb_bounce_request request = {.original = trip->former, .size = FORMER_BYTES,
		.direction = LB_BOUNCE_TO_DEVICE, .device = trip->edu->function};

	memset(phys_pointer(trip->former), FORMER_DATA, FORMER_BYTES);
	return lb_bounce_map(&trip->bounce->pool, &request, ret_slots) == LB_OK &&
		lb_bounce_unmap(&trip->bounce->pool, *ret_slots) == LB_OK;
}

/* A mapping that has a page of the pool for itself; true if the rest of that page is zeros. */
static bool map(const struct trip *trip, lb_phys_addr page, enum lb_bounce_direction direction,
	lb_phys_addr *ret_address)
{
	const struct lb_bounce_request request = {.original = page + OFFSET,
		.size = BOUNCE_MAPPED, .direction = direction, .device = trip->edu->function,
		.dma_last = trip->edu->last, .align_mask = PAGE_BYTES - 1,
		.alloc_align_mask = PAGE_BYTES - 1};
	lb_phys_addr former;
	const uint8_t *block;

	if (!leave_former_data(trip, &former) ||
		lb_bounce_map(&trip->bounce->pool, &request, ret_address) != LB_OK) {
		return false;
	}
	block = bounce_at(trip->bounce, *ret_address - OFFSET);
	return *ret_address == former + OFFSET && bytes_are(block, OFFSET, 0) &&
		bytes_are(block + OFFSET + BOUNCE_MAPPED, PAGE_BYTES - OFFSET - BOUNCE_MAPPED, 0);
}

/* Into the device. */
static bool send(const struct trip *trip)
{
	uint8_t *source = phys_pointer(trip->from + OFFSET);
	lb_phys_addr address;
	bool done;

	for (size_t i = 0; i < BOUNCE_SENT; i++) {
		source[i] = lb_pattern_message(trip->edu->function, i);
	}
	if (!map(trip, trip->from, LB_BOUNCE_TO_DEVICE, &address)) {
		return false;
	}
	edu_start_to_device(trip->edu, address, BOUNCE_SENT);
	done = edu_wait(trip->edu);
	must(lb_bounce_unmap(&trip->bounce->pool, address), "bounce pool: unmap");
	return done;
}

/* And out of it: it writes less than was mapped, and the rest must stay what it was. */
static bool receive(const struct trip *trip)
{
	uint8_t *page = phys_pointer(trip->to);
	lb_phys_addr address;
	bool done;

	memset(page, SENTINEL, PAGE_BYTES);
	if (!map(trip, trip->to, LB_BOUNCE_FROM_DEVICE, &address)) {
		return false;
	}
	edu_start_from_device(trip->edu, address, BOUNCE_SENT);
	done = edu_wait(trip->edu);
	must(lb_bounce_unmap(&trip->bounce->pool, address), "bounce pool: unmap");
	return done && bytes_are(page, OFFSET, SENTINEL) &&
		bounce_is_message(trip->edu, page + OFFSET) &&
		bytes_are(page + OFFSET + BOUNCE_SENT, PAGE_BYTES - OFFSET - BOUNCE_SENT, SENTINEL);
}

bool bounce_round_trips(struct bounce *bounce)
{
	struct trip trip = {.bounce = bounce, .former = bounce_far_memory(bounce, FORMER_BYTES),
		.from = bounce_far_memory(bounce, PAGE_BYTES),
		.to = bounce_far_memory(bounce, PAGE_BYTES)};
	bool right = bounce->device_count;

	for (size_t i = 0; i < bounce->device_count; i++) {
		trip.edu = &bounce->devices[i];
		right = right && send(&trip) && receive(&trip);
	}
	return right && lb_bounce_pool_check(&bounce->pool);
}
