/* SPDX-License-Identifier: MIT */
/*
 * kaslr_slots: every pair of small areas, beside the list of their places: the arithmetic on whole
 * areas must say what counting says.
 */
#include "policy/linux/kaslr.h"
#include "tests/harness/test.h"

#define FIRSTS 4
#define COUNTS 4
#define STRIDES 3
#define AREAS (FIRSTS * COUNTS * STRIDES)
#define PLACES_MAX (2 * (COUNTS - 1))
#define END (FIRSTS + COUNTS * STRIDES + 2) /* behind every place */

static struct lb_slot_area area_of(unsigned int which)
{
	return (struct lb_slot_area){.first = which % FIRSTS, .count = which / FIRSTS % COUNTS,
		.stride = 1 + which / FIRSTS / COUNTS};
}

struct listing {
	lb_phys_addr places[PLACES_MAX]; /* in the order of the draw */
	size_t count;
};

static void list(struct listing *listing, struct lb_slot_area area)
{
	for (uint64_t i = 0; i < area.count; i++) {
		listing->places[listing->count++] = area.first + i * area.stride;
	}
}

static bool ranks_agree(const struct lb_slots *slots, const struct listing *listing)
{
	for (lb_phys_addr at = 0; at < END; at++) {
		uint64_t rank = 99;
		size_t first = 0;

		while (first < listing->count && listing->places[first] != at) {
			first++;
		}
		if (lb_slots_rank(slots, at, &rank) != (first < listing->count) ||
			(first < listing->count && rank != first) ||
			lb_slots_rank(slots, at, NULL) != (first < listing->count)) {
			return false;
		}
	}
	for (size_t i = 0; i < listing->count; i++) {
		if (lb_slots_at(slots, i) != listing->places[i]) {
			return false;
		}
	}
	return slots->total == listing->count;
}

/* Places in the window, and images of three bytes that touch it. */
static bool windows_agree(const struct lb_slots *slots, const struct listing *listing)
{
	for (lb_phys_addr start = 0; start < END; start++) {
		for (lb_phys_addr end = start; end < END; end += 2) {
			struct lb_range window = {start, end};
			uint64_t inside = 0, touching = 0;

			for (size_t i = 0; i < listing->count; i++) {
				lb_phys_addr at = listing->places[i];

				inside += lb_range_has(window, at);
				touching += lb_range_overlaps(
					window, (struct lb_range){at, at + 3});
			}
			if (lb_slots_in(slots, window) != inside ||
				lb_slots_touching(slots, window, 3) != touching) {
				return false;
			}
		}
	}
	return true;
}

TEST(kaslr_slots, areas_answer_as_the_list_of_their_places)
{
	struct lb_slot_area storage[2];

	for (unsigned int pair = 0; pair < AREAS * AREAS; pair++) {
		struct lb_slot_area areas[2] = {area_of(pair % AREAS), area_of(pair / AREAS)};
		struct lb_slots slots = {.areas = storage, .capacity = 2};
		struct listing listing = {.count = 0};

		for (size_t i = 0; i < 2; i++) {
			REQUIRE(!lb_slots_add(&slots, areas[i]));
			list(&listing, areas[i]);
		}
		CHECK_EQUAL(slots.count, (areas[0].count != 0) + (areas[1].count != 0));
		if (!ranks_agree(&slots, &listing) || !windows_agree(&slots, &listing)) {
			CHECK_EQUAL(pair, AREAS * AREAS);
			return;
		}
	}
}

/* The last place of the address space, and counts that 64 bits do not hold. */
TEST(kaslr_slots, the_ends_of_the_address_space_are_no_trouble)
{
	struct lb_slot_area storage[3];
	struct lb_slots slots = {.areas = storage, .capacity = 3};
	const struct lb_slot_area top = {UINT64_MAX - 4096, 2, 4096};
	const struct lb_slot_area all = {0, UINT64_MAX - 1, 1};
	uint64_t rank;

	CHECK(!lb_slots_add(&slots, top));
	CHECK_EQUAL(lb_slots_at(&slots, 1), UINT64_MAX);
	CHECK(lb_slots_rank(&slots, UINT64_MAX, &rank));
	CHECK_EQUAL(rank, 1);
	CHECK_EQUAL(lb_slots_in(&slots, (struct lb_range){UINT64_MAX - 4096, UINT64_MAX}), 1);
	CHECK_EQUAL(lb_slots_touching(
		&slots, (struct lb_range){UINT64_MAX - 1, UINT64_MAX}, 4096), 1);
	CHECK(lb_slots_add(&slots, all) == LB_OUT_OF_RANGE);
	CHECK_EQUAL(slots.total, 2);
	CHECK_EQUAL(slots.count, 1);
	slots.count = 0;
	slots.total = 0;
	CHECK(!lb_slots_add(&slots, all));
	CHECK_EQUAL(lb_slots_in(&slots, (struct lb_range){LB_TIB, 3 * LB_TIB}), 2 * LB_TIB);
	CHECK(lb_slots_add(&slots, (struct lb_slot_area){0, 2, 1}) == LB_OUT_OF_RANGE);
	CHECK(!lb_slots_add(&slots, (struct lb_slot_area){0, 1, 1}));
	CHECK_EQUAL(lb_slots_at(&slots, UINT64_MAX - 1), 0);
}
