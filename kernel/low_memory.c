/* SPDX-License-Identifier: MIT */
/* low_memory: see low_memory.h. */
#include "low_memory.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "memory.h"
#include "options.h"
#include "report.h"
#include "text.h"
#include "trap.h"

/* Page 0 holds the real-mode interrupt table; firmware writes around in the first 64 KiB on some
 * machines, so nobody is placed there. */
#define FIRST_USABLE UINT64_C(0x10000)

struct low_claimant {
	const char *name;
	uint64_t size;
	uint64_t align;
	lb_phys_addr limit; /* the block ends at or below */
	struct lb_range place;
};

/* In whatever order they registered; low_place sorts. */
static struct low_claimant claimants[] = {
	{.name = "capture kernel", .size = 64 * LB_KIB, .align = 4096, .limit = 640 * LB_KIB},
	{.name = "cpu start-up", .size = 16 * LB_KIB, .align = 4096, .limit = LB_MIB},
};

/* The order of registration must not decide: the tightest limit chooses first, then the larger
 * block; names settle the rest. */
static bool chooses_before(const struct low_claimant *a, const struct low_claimant *b)
{
	const char *left = a->name;
	const char *right = b->name;

	if (a->limit != b->limit) {
		return a->limit < b->limit;
	}
	if (a->size != b->size) {
		return a->size > b->size;
	}
	while (*left && *left == *right) {
		left++;
		right++;
	}
	return *left < *right;
}

static void sort(struct low_claimant **order, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = i; j && chooses_before(order[j], order[j - 1]); j--) {
			struct low_claimant *swap = order[j];

			order[j] = order[j - 1];
			order[j - 1] = swap;
		}
	}
}

/* Who has memory that a claimant would have liked: an earlier one, else the firmware. */
static const char *owner_of(struct low_claimant **order, size_t count, lb_phys_addr limit)
{
	for (size_t i = 0; i < count; i++) {
		if (!lb_range_empty(order[i]->place) && order[i]->place.end <= limit) {
			return order[i]->name;
		}
	}
	return "firmware";
}

static bool place_one(struct low_claimant **order, size_t index)
{
	struct low_claimant *claimant = order[index];
	struct lb_memory_request request = {.size = claimant->size, .align = claimant->align,
		.window = {FIRST_USABLE, claimant->limit}, .node = LB_NO_NODE};
	lb_phys_addr start;

	if (lb_memory_map_alloc(&memory, &request, &start) != LB_OK) {
		print("error: low memory: no room for \"%s\" (0x%llx bytes below 0x%llx): "
			"\"%s\" has it\n",
			claimant->name, (unsigned long long)claimant->size,
			(unsigned long long)claimant->limit,
			owner_of(order, index, claimant->limit));
		return false;
	}
	claimant->place = (struct lb_range){start, start + claimant->size};
	print("claim: low memory: %s: 0x%llx-0x%llx\n", claimant->name,
		(unsigned long long)start, (unsigned long long)claimant->place.end - 1);
	return true;
}

/* Bytes of free RAM below 1 MiB. */
static uint64_t free_low(void)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	uint64_t bytes = 0;

	while (lb_memory_map_next_free(&memory, &cursor, &region)) {
		bytes += lb_range_size(
			lb_range_intersect(region.range, (struct lb_range){0, LB_MIB}));
	}
	return bytes;
}

static void release(struct lb_range range, const char *what)
{
	enum lb_status status = lb_memory_map_release(&memory, range);

	if (status != LB_OK) {
		panic("low memory: %s: %s", what, lb_status_text(status));
	}
}

/* PVH has no boot services; the option says which range stands in for theirs. Only what is RAM
 * becomes free by the release: reserved entries of the map were never memory. */
static struct lb_range boot_services(void)
{
	struct lb_range range = {
		option_number(boot_info.cmdline, "boot-services", FIRST_USABLE), 640 * LB_KIB};

	range.start = lb_max(lb_align_down(range.start, PAGE_BYTES), PAGE_BYTES);
	return range;
}

void low_memory_settle(void)
{
	struct low_claimant *order[LB_ARRAY_COUNT(claimants)];
	size_t count = LB_ARRAY_COUNT(claimants);
	uint64_t held;
	uint64_t released;
	size_t placed = 0;

	if (!ARCH_HAS_LOW_MEGABYTE) {
		return;
	}
	held = free_low();
	release(boot_services(), "boot services");
	released = free_low();
	for (size_t i = 0; i < count; i++) {
		order[i] = &claimants[i];
	}
	sort(order, count);
	for (size_t i = 0; i < count; i++) {
		placed += place_one(order, i);
	}
	report_proof("low-memory-two-phase", !held && placed == count,
		"%llu KiB were free before boot services ended, %llu after; %zu of %zu claims "
		"placed, %llu KiB freed",
		(unsigned long long)(held / LB_KIB), (unsigned long long)(released / LB_KIB),
		placed, count, (unsigned long long)(free_low() / LB_KIB));
}

static struct lb_range place_of(const char *name)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(claimants); i++) {
		if (text_equal(claimants[i].name, name)) {
			return claimants[i].place;
		}
	}
	return (struct lb_range){0, 0};
}

lb_phys_addr low_memory_trampoline(void)
{
	return place_of("cpu start-up").start;
}

struct lb_range low_memory_capture(void)
{
	return place_of("capture kernel");
}
