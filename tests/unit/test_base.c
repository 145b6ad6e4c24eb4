/* SPDX-License-Identifier: MIT */
/*
 * base and journal: checked arithmetic against numbers of 128 bits, ranges against sets of bytes
 * in a world of seven, and a journal of every capacity.
 */
#include "tests/harness/test.h"

#include "lifeboat/journal.h"
#include "tests/prop/material.h"

/* Numbers at the edges of 64 bits, of 32, and of nothing. */
static uint64_t edge(unsigned int number)
{
	uint64_t power = UINT64_C(1) << (number / 4 % 64);

	return power - 1 + number % 4 + (number >= 256 ? 0 - 2 * power : 0);
}

#define EDGES 512

TEST(base, sums_and_products_are_exact_or_refused)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 7;

	for (unsigned int i = 0; i < EDGES; i++) {
		for (unsigned int j = i % step; j < EDGES; j += step) {
			unsigned __int128 a = edge(i), b = edge(j);
			uint64_t sum = 5, product = 5;
			bool sum_fits = a + b <= UINT64_MAX, product_fits = a * b <= UINT64_MAX;

			CHECK_EQUAL(lb_add(edge(i), edge(j), &sum), sum_fits);
			CHECK_EQUAL(sum, sum_fits ? (uint64_t)(a + b) : 5);
			CHECK_EQUAL(lb_mul(edge(i), edge(j), &product), product_fits);
			CHECK_EQUAL(product, product_fits ? (uint64_t)(a * b) : 5);
			CHECK_EQUAL(lb_min(edge(i), edge(j)), a < b ? edge(i) : edge(j));
			CHECK_EQUAL(lb_max(edge(i), edge(j)), a < b ? edge(j) : edge(i));
		}
	}
}

TEST(base, alignment_goes_to_the_next_multiple_or_is_refused)
{
	for (unsigned int i = 0; i < EDGES; i++) {
		unsigned int ones = 0;

		for (uint64_t rest = edge(i); rest; rest >>= 1) {
			ones += rest & 1;
		}
		CHECK_EQUAL(lb_is_power_of_two(edge(i)), ones == 1);
		for (unsigned int bit = 0; bit < 64; bit++) {
			uint64_t align = UINT64_C(1) << bit;
			uint64_t low = edge(i) % align;
			bool fits = !low || edge(i) - low <= UINT64_MAX - align;
			uint64_t up = 5;

			CHECK_EQUAL(lb_align_down(edge(i), align), edge(i) - low);
			/* A multiple below 2^64 may need a sum that passes it: then it is refused.
			 */
			if (lb_align_up(edge(i), align, &up)) {
				CHECK(fits);
				CHECK_EQUAL(up, low ? edge(i) - low + align : edge(i));
			} else {
				CHECK_EQUAL(up, 5);
				CHECK(edge(i) > UINT64_MAX - (align - 1));
			}
		}
	}
}

#define BYTES 7

/* The range of a number, twisted ones too, and the bytes that it holds. */
static struct lb_range numbered(unsigned int number)
{
	return (struct lb_range){number % (BYTES + 1), number / (BYTES + 1)};
}

static unsigned int bytes_of(struct lb_range range)
{
	unsigned int bytes = 0;

	for (unsigned int i = 0; i < BYTES; i++) {
		bytes |= (unsigned int)(i >= range.start && i < range.end) << i;
	}
	return bytes;
}

TEST(base, every_two_small_ranges)
{
	for (unsigned int i = 0; i < (BYTES + 1) * (BYTES + 1); i++) {
		for (unsigned int j = 0; j < (BYTES + 1) * (BYTES + 1); j++) {
			struct lb_range a = numbered(i), b = numbered(j);
			struct lb_range both = lb_range_intersect(a, b);
			unsigned int shared = bytes_of(a) & bytes_of(b);

			CHECK_EQUAL(lb_range_empty(a), !bytes_of(a));
			CHECK_EQUAL(lb_range_overlaps(a, b), shared != 0);
			CHECK_EQUAL(lb_range_contains(a, b),
				(bytes_of(a) & bytes_of(b)) == bytes_of(b));
			CHECK_EQUAL(bytes_of(both), shared);
			CHECK(shared || (!both.start && !both.end));
			if (a.start <= a.end) {
				CHECK_EQUAL(lb_range_size(a), __builtin_popcount(bytes_of(a)));
			}
			for (unsigned int byte = 0; byte < BYTES; byte++) {
				CHECK_EQUAL(lb_range_has(a, byte), bytes_of(a) >> byte & 1);
			}
		}
	}
}

TEST(base, the_top_of_the_address_space_is_an_end_and_no_byte)
{
	struct lb_range all = {0, LB_PHYS_ADDR_MAX};
	struct lb_range last = {LB_PHYS_ADDR_MAX - 1, LB_PHYS_ADDR_MAX};

	CHECK_EQUAL(lb_range_size(all), UINT64_MAX);
	CHECK(lb_range_has(all, LB_PHYS_ADDR_MAX - 1) && !lb_range_has(all, LB_PHYS_ADDR_MAX));
	CHECK(lb_range_contains(all, last) && lb_range_overlaps(last, all));
	CHECK_EQUAL(lb_range_intersect(all, last).start, last.start);
	CHECK(lb_range_empty((struct lb_range){LB_PHYS_ADDR_MAX, LB_PHYS_ADDR_MAX}));
}

/* A phrase for each status, no two alike; and one for a number that is none. */
TEST(base, each_status_has_a_phrase_of_its_own)
{
	for (int i = LB_OK; i <= LB_CORRUPT; i++) {
		const char *text = lb_status_text((enum lb_status)i);
		size_t length = text_length(text);

		CHECK(length > 1 && text[length - 1] != '.');
		for (size_t c = 0; c < length; c++) {
			CHECK(text[c] < 'A' || text[c] > 'Z');
		}
		for (int j = LB_OK; j < i; j++) {
			CHECK(!text_same(text, lb_status_text((enum lb_status)j)));
		}
	}
	CHECK(text_length(lb_status_text((enum lb_status)99)) > 1);
}

/* So many events into a journal of so many places: the first are kept, the rest counted. */
TEST(journal, events_beyond_the_capacity_are_counted)
{
	static const char *const owners[] = {"a", "b", "c", "d", "e"};
	struct lb_event events[8];

	for (size_t capacity = 0; capacity <= 6; capacity++) {
		struct lb_journal journal;

		__builtin_memset(events, 0x3c, sizeof(events));
		lb_journal_init(&journal, capacity ? events : NULL, capacity);
		for (size_t i = 0; i < 9; i++) {
			lb_journal_add(&journal, (struct lb_event){.kind = LB_EVENT_SEARCH,
				.owner = owners[i % 5], .size = i, .range = {i, 2 * i}});
			CHECK_EQUAL(journal.count, lb_min(i + 1, capacity));
			CHECK_EQUAL(journal.count + journal.dropped, i + 1);
		}
		for (size_t i = 0; i < capacity; i++) {
			CHECK_EQUAL(events[i].size, i);
			CHECK_TEXT(events[i].owner, owners[i % 5]);
			CHECK_EQUAL(lb_range_size(events[i].range), i);
		}
		CHECK(bytes_are(events + capacity, (8 - capacity) * sizeof(events[0]), 0x3c));
	}
	lb_journal_add(NULL, (struct lb_event){.owner = "nobody listens"});
}

TEST(journal, each_kind_of_event_has_its_name)
{
	static const char *const names[] = {
		"add", "remove", "reserve", "allocate", "release", "refuse", "search", "note"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		CHECK_TEXT(lb_event_kind_name((enum lb_event_kind)i), names[i]);
	}
	CHECK_EQUAL(LB_ARRAY_COUNT(names), LB_EVENT_NOTE + 1);
}
