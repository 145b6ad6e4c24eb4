/* SPDX-License-Identifier: MIT */
/* range_set: every set of eight cells under every operation on every range, against bits. */
#include "lifeboat/range_set.h"
#include "tests/harness/test.h"

#define CELLS 8
#define UNIT 0x1000

static struct lb_range ranges[CELLS];
static struct lb_range_set set;

static unsigned int bits_of(struct lb_range range)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < CELLS; i++) {
		bits |= (unsigned int)lb_range_has(range, i * UNIT) << i;
	}
	return bits;
}

static struct lb_range cells(unsigned int from, unsigned int to)
{
	return (struct lb_range){from * (lb_phys_addr)UNIT, to * (lb_phys_addr)UNIT};
}

static size_t runs_of(unsigned int bits)
{
	return (size_t)__builtin_popcount(bits & ~(bits << 1));
}

/* Sorted, apart from each other, and exactly these bytes. */
static bool is(const struct lb_range_set *actual, unsigned int bits)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < actual->count; i++) {
		struct lb_range range = actual->ranges[i];

		if (lb_range_empty(range) || (range.start | range.end) % UNIT ||
			(i && actual->ranges[i - 1].end >= range.start)) {
			return false;
		}
		seen |= bits_of(range);
	}
	return seen == bits && actual->count == runs_of(bits);
}

static void fill(struct lb_range_set *target, unsigned int bits)
{
	target->count = 0;
	for (unsigned int i = 0; i < CELLS; i++) {
		if (bits >> i & 1) {
			CHECK(lb_range_set_add(target, cells(i, i + 1)) == LB_OK);
		}
	}
}

static void check_looks(unsigned int bits, struct lb_range range)
{
	unsigned int asked = bits_of(range);

	CHECK(lb_range_set_contains(&set, range) == ((bits & asked) == asked));
	CHECK(lb_range_set_overlaps(&set, range) == ((bits & asked) != 0));
	CHECK(lb_range_set_has(&set, range.start) == (range.start < CELLS * UNIT &&
		(bits >> range.start / UNIT & 1)));
}

TEST(range_set, every_operation_on_every_set)
{
	lb_range_set_init(&set, ranges, CELLS);
	for (unsigned int bits = 0; bits < 1U << CELLS; bits++) {
		for (unsigned int from = 0; from <= CELLS; from++) {
			for (unsigned int to = from; to <= CELLS; to++) {
				struct lb_range range = cells(from, to);
				unsigned int asked = bits_of(range);

				fill(&set, bits);
				REQUIRE(is(&set, bits));
				check_looks(bits, range);
				CHECK(lb_range_set_add(&set, range) == LB_OK);
				CHECK(is(&set, bits | asked));
				fill(&set, bits);
				CHECK(lb_range_set_remove(&set, range) == LB_OK);
				REQUIRE(is(&set, bits & ~asked));
				fill(&set, bits);
				lb_range_set_clip(&set, range);
				REQUIRE(is(&set, bits & asked));
			}
		}
	}
}

TEST(range_set, intersections_are_what_both_share)
{
	static struct lb_range other_ranges[CELLS];
	static struct lb_range shared_ranges[CELLS];
	struct lb_range_set other;
	struct lb_range_set shared;

	lb_range_set_init(&set, ranges, CELLS);
	lb_range_set_init(&other, other_ranges, CELLS);
	for (unsigned int a = 0; a < 1U << CELLS; a += 3) {
		for (unsigned int b = 0; b < 1U << CELLS; b++) {
			size_t most = runs_of(a & b);

			fill(&set, a);
			fill(&other, b);
			lb_range_set_init(&shared, shared_ranges, CELLS);
			CHECK(lb_range_set_intersect(&shared, &set, &other) == LB_OK);
			REQUIRE(is(&shared, a & b));
			if (most) {
				lb_range_set_init(&shared, shared_ranges, most - 1);
				CHECK(lb_range_set_intersect(&shared, &set, &other) ==
					LB_NO_STORAGE);
				CHECK(shared.count == 0);
			}
		}
	}
}

static bool naive_find(unsigned int bits, unsigned int size, unsigned int align,
	unsigned int window, bool bottom_up, unsigned int *ret)
{
	bool found = false;

	for (unsigned int at = 0; at + size <= CELLS; at += align) {
		unsigned int asked = ((1U << size) - 1) << at;

		if ((bits & window & asked) == asked && !(found && bottom_up)) {
			*ret = at;
			found = true;
		}
	}
	return found;
}

TEST(range_set, finds_the_highest_and_the_lowest_place)
{
	lb_range_set_init(&set, ranges, CELLS);
	for (unsigned int i = 0; i < (1U << CELLS) * 4 * CELLS * 2; i++) {
		unsigned int bits = i & ((1U << CELLS) - 1);
		unsigned int size = 1 + (i >> CELLS) % CELLS;
		unsigned int align = 1U << (i >> (CELLS + 3)) % 4;
		bool bottom_up = i >> (CELLS + 5);
		struct lb_range window = cells(bits % 3, CELLS - bits % 5);
		unsigned int expected = 99;
		lb_phys_addr found = 99 * UNIT;
		bool exists = naive_find(
			bits, size, align, bits_of(window), bottom_up, &expected);

		fill(&set, bits);
		CHECK(lb_range_set_find(&set, size * UNIT, align * UNIT, window, bottom_up,
			      &found) == (exists ? LB_OK : LB_NOT_FOUND));
		REQUIRE(found == expected * (lb_phys_addr)UNIT);
	}
}

TEST(range_set, a_full_set_refuses_and_stays)
{
	for (unsigned int bits = 1; bits < 1U << CELLS; bits++) {
		for (unsigned int i = 0; i < CELLS; i++) {
			unsigned int added = bits | 1U << i;
			unsigned int removed = bits & ~(1U << i);
			size_t full = runs_of(bits);

			lb_range_set_init(&set, ranges, CELLS);
			fill(&set, bits);
			set.capacity = full;
			CHECK((lb_range_set_add(&set, cells(i, i + 1)) == LB_OK) ==
				(runs_of(added) <= full));
			REQUIRE(is(&set, runs_of(added) <= full ? added : bits));
			set.capacity = CELLS;
			fill(&set, bits);
			set.capacity = full;
			CHECK((lb_range_set_remove(&set, cells(i, i + 1)) == LB_OK) ==
				(runs_of(removed) <= full));
			REQUIRE(is(&set, runs_of(removed) <= full ? removed : bits));
		}
	}
}

TEST(range_set, reaches_the_top_of_the_address_space)
{
	lb_phys_addr found = 0;

	lb_range_set_init(&set, ranges, CELLS);
	CHECK(lb_range_set_add(&set, (struct lb_range){0, LB_PHYS_ADDR_MAX}) == LB_OK);
	CHECK(lb_range_set_total(&set) == LB_PHYS_ADDR_MAX);
	CHECK(lb_range_set_find(&set, 0x1000, 0x1000, (struct lb_range){0, LB_PHYS_ADDR_MAX},
		      false, &found) == LB_OK);
	CHECK_EQUAL(found, UINT64_MAX - 0x1fff);
	CHECK(lb_range_set_find(&set, 0x1000, 0x1000,
		      (struct lb_range){UINT64_MAX - 0x10, LB_PHYS_ADDR_MAX}, true, &found) ==
		LB_NOT_FOUND);
}
