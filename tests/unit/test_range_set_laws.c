/* SPDX-License-Identifier: MIT */
/*
 * range_set by its laws: what must hold of any two sets whatever they are, at the bottom, in the
 * middle and at the top of the address space; and tapes with any capacity, on which a set without
 * room must stay bit for bit what it was.
 */
#include "tests/harness/test.h"

#include "lifeboat/range_set.h"
#include "tests/prop/material.h"

#define CELLS 6
#define SETS (1U << CELLS)
#define ROOM 8

static const struct {
	lb_phys_addr base;
	uint64_t unit;
} worlds[] = {{0, 1}, {0x1000, 0x1000}, {UINT64_MAX - CELLS, 1},
	{UINT64_MAX - CELLS * UINT64_C(0x2aaaaaaaaaaaaaa), 0x2aaaaaaaaaaaaaa}};

static size_t world;

struct store {
	struct lb_range ranges[ROOM];
	struct lb_range_set set;
};

static struct store a, b, c, d;

static struct lb_range cells(unsigned int from, unsigned int to)
{
	return (struct lb_range){worlds[world].base + from * worlds[world].unit,
		worlds[world].base + to * worlds[world].unit};
}

static void clear(struct store *store, size_t capacity)
{
	__builtin_memset(store->ranges, 0xab, sizeof(store->ranges));
	lb_range_set_init(&store->set, store->ranges, capacity);
}

/* From bits, highest cell first: the order must not matter. */
static void fill(struct store *store, unsigned int bits)
{
	clear(store, ROOM);
	for (unsigned int i = CELLS; i-- > 0;) {
		if (bits >> i & 1) {
			CHECK_EQUAL(lb_range_set_add(&store->set, cells(i, i + 1)), LB_OK);
		}
	}
}

static bool equal(const struct store *one, const struct store *other)
{
	if (one->set.count != other->set.count) {
		return false;
	}
	for (size_t i = 0; i < one->set.count; i++) {
		if (one->ranges[i].start != other->ranges[i].start ||
			one->ranges[i].end != other->ranges[i].end) {
			return false;
		}
	}
	return true;
}

/* dst = one with, or without, every range of other. */
static void combine(
	struct store *dst, const struct store *one, const struct store *other, bool with)
{
	*dst = *one;
	dst->set.ranges = dst->ranges;
	for (size_t i = 0; i < other->set.count; i++) {
		CHECK_EQUAL(with ? lb_range_set_add(&dst->set, other->ranges[i])
				 : lb_range_set_remove(&dst->set, other->ranges[i]),
			LB_OK);
	}
}

static void intersect(struct store *dst, const struct store *one, const struct store *other)
{
	clear(dst, ROOM);
	CHECK_EQUAL(lb_range_set_intersect(&dst->set, &one->set, &other->set), LB_OK);
}

static void check_pair(unsigned int left, unsigned int right)
{
	uint64_t both, either;

	fill(&a, left);
	fill(&b, right);
	/* Union: either order, and what bits say. */
	combine(&c, &a, &b, true);
	combine(&d, &b, &a, true);
	CHECK(equal(&c, &d));
	either = lb_range_set_total(&c.set);
	fill(&d, left | right);
	CHECK(equal(&c, &d));
	/* Intersection: either order; with the union it has as many bytes as the two. */
	intersect(&c, &a, &b);
	intersect(&d, &b, &a);
	CHECK(equal(&c, &d));
	both = lb_range_set_total(&c.set);
	CHECK_EQUAL(both + either, lb_range_set_total(&a.set) + lb_range_set_total(&b.set));
	/* a without b, and a with b, make a up; a without b shares nothing with b. */
	combine(&d, &a, &b, false);
	CHECK_EQUAL(both + lb_range_set_total(&d.set), lb_range_set_total(&a.set));
	for (size_t i = 0; i < b.set.count; i++) {
		CHECK(!lb_range_set_overlaps(&d.set, b.ranges[i]));
	}
	combine(&b, &d, &c, true);
	CHECK(equal(&b, &a));
	/* Twice is once. */
	combine(&c, &a, &a, true);
	CHECK(equal(&c, &a));
	intersect(&c, &a, &a);
	CHECK(equal(&c, &a));
	combine(&c, &a, &a, false);
	CHECK_EQUAL(c.set.count, 0);
}

TEST(range_set_laws, every_two_sets_obey_the_algebra)
{
	for (world = 0; world < LB_ARRAY_COUNT(worlds); world++) {
		for (unsigned int pair = 0; pair < SETS * SETS; pair += __STDC_HOSTED__ ? 1 : 5) {
			check_pair(pair % SETS, pair / SETS);
		}
	}
}

/* Clipping is intersecting with one range, and what was clipped off can be put back. */
TEST(range_set_laws, a_clip_is_an_intersection_with_one_range)
{
	for (world = 0; world < LB_ARRAY_COUNT(worlds); world++) {
		for (unsigned int code = 0; code < SETS * 49; code++) {
			unsigned int from = code / SETS % 7;
			unsigned int to = code / SETS / 7;

			fill(&a, code % SETS);
			clear(&b, ROOM);
			if (from < to) {
				REQUIRE(!lb_range_set_add(&b.set, cells(from, to)));
			}
			intersect(&c, &a, &b);
			d = a;
			d.set.ranges = d.ranges;
			lb_range_set_clip(&d.set, cells(from, lb_max(from, to)));
			CHECK(equal(&c, &d));
			combine(&c, &a, &b, false);
			combine(&b, &c, &d, true);
			CHECK(equal(&b, &a));
		}
	}
}

/* first_above by definition, at every byte next to an edge. */
TEST(range_set_laws, first_above_is_the_first_that_ends_above)
{
	for (world = 0; world < LB_ARRAY_COUNT(worlds); world++) {
		for (unsigned int bits = 0; bits < SETS; bits++) {
			fill(&a, bits);
			for (unsigned int edge = 0; edge < 3 * (CELLS + 1); edge++) {
				lb_phys_addr at = cells(edge / 3, 0).start + edge % 3 - 1;
				size_t expected = 0;

				while (expected < a.set.count && a.ranges[expected].end <= at) {
					expected++;
				}
				CHECK_EQUAL(lb_range_set_first_above(&a.set, at), expected);
				CHECK_EQUAL(lb_range_set_has(&a.set, at),
					expected < a.set.count && a.ranges[expected].start <= at);
			}
		}
	}
}

/* The place found fits; no place beyond it in the direction of the search does. */
static void check_find(
	unsigned int bits, uint64_t size, uint64_t align, struct lb_range window, bool bottom_up)
{
	lb_phys_addr expected = 5, found = 5;
	bool exists = false;

	fill(&a, bits);
	for (lb_phys_addr at = 0; at <= 40; at++) {
		lb_phys_addr start = bottom_up ? 40 - at : at;
		struct lb_range block = {start, start + size};

		if (start % align == 0 && block.start >= window.start && block.end <= window.end &&
			lb_range_set_contains(&a.set, block)) {
			expected = start;
			exists = true;
		}
	}
	CHECK_EQUAL(lb_range_set_find(&a.set, size, align, window, bottom_up, &found),
		exists ? LB_OK : LB_NOT_FOUND);
	CHECK_EQUAL(found, expected);
}

/* Cells of one byte, so that sizes and windows cut anywhere. */
TEST(range_set_laws, the_place_found_is_the_outermost_of_all)
{
	world = 0;
	for (unsigned int bits = 0; bits < SETS; bits += __STDC_HOSTED__ ? 1 : 3) {
		for (unsigned int code = 0; code < 6 * 4 * 28 * 2; code++) {
			unsigned int from = code / 48 % 7;
			unsigned int to = from + code / 48 / 7 * 2;

			check_find(bits, 1 + code % 6, UINT64_C(1) << (code / 6 % 4),
				(struct lb_range){from, to}, code / 24 % 2);
		}
	}
}

/* A tape with room for so many ranges; the model is bits. */
static void play(size_t capacity, uint32_t seed)
{
	struct dice dice = {seed};
	unsigned int bits = 0;

	clear(&a, capacity);
	for (unsigned int i = 0; i < 30; i++) {
		unsigned int from = roll(&dice, CELLS + 1);
		unsigned int to = from + roll(&dice, CELLS + 1 - from);
		unsigned int mask = ((1U << to) - 1) & ~((1U << from) - 1);
		bool adds = roll(&dice, 2);
		unsigned int wanted = adds ? bits | mask : bits & ~mask;
		bool fits = (size_t)__builtin_popcount(wanted & ~(wanted << 1)) <= capacity;
		struct store kept = a;

		CHECK_EQUAL(adds ? lb_range_set_add(&a.set, cells(from, to))
				 : lb_range_set_remove(&a.set, cells(from, to)),
			fits ? LB_OK : LB_NO_STORAGE);
		if (!fits) {
			CHECK(!__builtin_memcmp(&a, &kept, sizeof(a)));
			continue;
		}
		bits = wanted;
		fill(&b, bits);
		CHECK(equal(&a, &b));
		CHECK(bytes_are(
			&a.ranges[capacity], (ROOM - capacity) * sizeof(a.ranges[0]), 0xab));
	}
}

TEST(range_set_laws, a_set_without_room_stays_bit_for_bit)
{
	for (world = 0; world < LB_ARRAY_COUNT(worlds); world++) {
		for (size_t capacity = 0; capacity <= 4; capacity++) {
			for (uint32_t seed = 0; seed < (__STDC_HOSTED__ ? 200 : 20); seed++) {
				play(capacity, seed * 65537 + (uint32_t)capacity);
			}
		}
	}
}

/* An intersection that does not fit leaves its target alone. */
TEST(range_set_laws, an_intersection_without_room_is_not_begun)
{
	world = 1;
	for (unsigned int pair = 0; pair < SETS * SETS; pair += 7) {
		unsigned int shared = pair % SETS & pair / SETS;
		size_t runs = (size_t)__builtin_popcount(shared & ~(shared << 1));

		fill(&a, pair % SETS);
		fill(&b, pair / SETS);
		for (size_t capacity = 0; capacity <= 3; capacity++) {
			struct store kept;

			clear(&c, capacity);
			if (capacity) {
				REQUIRE(!lb_range_set_add(&c.set, cells(2, 5)));
			}
			kept = c;
			if (runs <= capacity) {
				CHECK_EQUAL(lb_range_set_intersect(&c.set, &a.set, &b.set), LB_OK);
				fill(&d, shared);
				CHECK(equal(&c, &d));
			} else {
				CHECK_EQUAL(lb_range_set_intersect(&c.set, &a.set, &b.set),
					LB_NO_STORAGE);
				CHECK(!__builtin_memcmp(&c, &kept, sizeof(c)));
			}
		}
	}
}
