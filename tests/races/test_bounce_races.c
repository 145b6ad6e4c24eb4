/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool by many CPUs at once: small cases in all orders. What must hold in each: no slot has
 * two owners, nobody waits for somebody who is stopped, what is free is found, and when all are
 * through the bookkeeping agrees.
 */
#include <stdio.h>

#include "tests/harness/test.h"

#include "core/bounce_segment.h"
#include "lifeboat/bounce_pool.h"
#include "tests/races/explore.h"

#define SLOT LB_BOUNCE_SLOT_BYTES
#define SLOTS 8
#define BASE UINT64_C(0x100000)
#define RAM UINT64_C(0x40000000)

static uint8_t pool_bytes[SLOTS * SLOT];
static uint8_t ram[RACE_THREADS_MAX][2 * SLOT];
static struct lb_bounce_slot slots[SLOTS];
static struct lb_bounce_segment segments[1];
static const struct lb_bounce_storage storage = {slots, SLOTS, segments, 1};
static struct lb_bounce_pool pool;

static enum lb_status statuses[RACE_THREADS_MAX];
static bool taken[RACE_THREADS_MAX];
static lb_phys_addr shared;

/* What came out, counted over all orders: a case in which nothing ever happens shows nothing. */
static uint64_t successes;

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	(void)bytes;
	return address >= RAM ? ram[(address - RAM) / (2 * SLOT)] : pool_bytes + (address - BASE);
}

static void begin_pool(uint64_t slot_count)
{
	const struct lb_bounce_config config = {.base = BASE, .size = slot_count * SLOT,
		.scope = LB_BOUNCE_SYSTEM, .in_ram = true, .access = reach};

	LB_ASSERT(!lb_bounce_pool_init(&pool, &config, &storage));
	for (unsigned int i = 0; i < RACE_THREADS_MAX; i++) {
		__builtin_memset(ram[i], (int)(0x11 * (i + 1)), sizeof(ram[i]));
		statuses[i] = LB_OK;
		taken[i] = false;
	}
}

static enum lb_status map(unsigned int thread, uint32_t bytes, lb_phys_addr *ret_address)
{
	const struct lb_bounce_request request = {.original = RAM + thread * 2 * SLOT,
		.size = bytes, .direction = LB_BOUNCE_FROM_DEVICE, .device = thread + 1};

	return lb_bounce_map(&pool, &request, ret_address);
}

/* All that is in the mapping is the thread's. */
static bool own(unsigned int thread, lb_phys_addr address, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		if (pool_bytes[address - BASE + i] != 0x11 * (thread + 1)) {
			return false;
		}
	}
	return true;
}

static void check_agrees(void)
{
	CHECK(lb_bounce_pool_check(&pool));
}

static void say(const char *what, uint64_t orders)
{
	printf("  %s: %llu orders\n", what, (unsigned long long)orders);
	fflush(stdout);
}

/* Two slots, and each thread wants one: there always is one. */
static void begin_two(void)
{
	begin_pool(2);
}

static void trip(unsigned int thread)
{
	lb_phys_addr address;

	statuses[thread] = map(thread, 100, &address);
	if (!statuses[thread]) {
		taken[thread] = own(thread, address, 100);
		statuses[thread] = lb_bounce_unmap(&pool, address);
	}
}

static void end_trips(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		CHECK_EQUAL(statuses[i], LB_OK);
		CHECK(taken[i]);
	}
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).free, 2);
	check_agrees();
}

TEST(bounce_races, two_cpus_get_what_two_slots_hold)
{
	const struct race race = {2, 4, begin_two, trip, end_trips};

	say("map, unmap by two, stopped four times", race_explore(&race));
}

/* Three threads for two slots: one may be refused, and only one at a time. */
static void end_crowd(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		CHECK(statuses[i] == LB_OK || statuses[i] == LB_NO_STORAGE);
		CHECK(taken[i] == (statuses[i] == LB_OK));
		successes += taken[i];
	}
	CHECK(taken[0] + taken[1] + taken[2] >= 2);
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).free, 2);
	check_agrees();
}

TEST(bounce_races, three_cpus_and_two_slots)
{
	const struct race race = {3, 2, begin_two, trip, end_crowd};

	say("map, unmap by three, stopped twice", race_explore(&race));
}

/* Two CPUs end one mapping: one of them does. */
static void begin_shared(void)
{
	begin_pool(4);
	LB_ASSERT(!map(0, 3000, &shared));
}

static void end_it(unsigned int thread)
{
	statuses[thread] = thread == 2 ? lb_bounce_abandon(&pool, shared)
		: thread == 1          ? lb_bounce_discard(&pool, shared)
				       : lb_bounce_unmap(&pool, shared);
}

static void end_shared(void)
{
	struct lb_bounce_usage usage = lb_bounce_pool_usage(&pool);
	unsigned int done = 0;

	for (unsigned int i = 0; i < 3; i++) {
		CHECK(statuses[i] == LB_OK || statuses[i] == LB_NOT_FOUND);
		done += statuses[i] == LB_OK;
	}
	CHECK_EQUAL(done, 1);
	CHECK_EQUAL(usage.used, 0);
	CHECK_EQUAL(usage.quarantined, statuses[2] == LB_OK ? 2 : 0);
	successes += statuses[2] == LB_OK;
	check_agrees();
}

TEST(bounce_races, one_of_three_ends_a_mapping)
{
	const struct race race = {3, 4, begin_shared, end_it, end_shared};

	successes = 0;
	say("unmap, discard, abandon of one mapping, stopped four times", race_explore(&race));
	CHECK(successes > 0);
}

/* A segment by itself. Runs that lie in both words, in one, and one that crosses them. */
static void begin_segment(void)
{
	lb_bounce_segment_init(&segments[0], LB_BOUNCE_SEGMENT_SLOTS);
	__builtin_memset(taken, 0, sizeof(taken));
}

static const struct {
	uint32_t first, count;
} runs[] = {{62, 4}, {63, 1}, {64, 3}};

static void take_run(unsigned int thread)
{
	taken[thread] =
		lb_bounce_segment_take(&segments[0], runs[thread].first, runs[thread].count);
}

static void end_runs(void)
{
	struct lb_slot_set free = lb_bounce_segment_free(&segments[0]);
	struct lb_slot_set expected = lb_slot_set_of(0, LB_BOUNCE_SEGMENT_SLOTS);

	/* The long run overlaps both others, which do not overlap each other. */
	CHECK(!(taken[0] && (taken[1] || taken[2])));
	CHECK(taken[0] || taken[1] || taken[2]);
	successes += taken[0];
	for (unsigned int i = 0; i < 3; i++) {
		for (uint32_t j = 0; taken[i] && j < runs[i].count; j++) {
			lb_slot_set_remove(&expected, runs[i].first + j);
		}
	}
	CHECK(free.word[0] == expected.word[0] && free.word[1] == expected.word[1]);
	CHECK(lb_bounce_segment_may_have(&segments[0], lb_slot_set_longest(free)));
}

TEST(bounce_races, a_run_in_both_words_is_taken_whole_or_not_at_all)
{
	const struct race race = {3, 5, begin_segment, take_run, end_runs};

	successes = 0;
	say("runs that overlap, stopped five times", race_explore(&race));
	CHECK(successes > 0);
}

/*
 * `longest` is never too low. One thread gives back slots 0 to 2 of a segment that is taken, one
 * by one, in two threads, while two others lower it.
 */
static void begin_taken(void)
{
	begin_segment();
	LB_ASSERT(lb_bounce_segment_take(&segments[0], 0, LB_BOUNCE_SEGMENT_SLOTS));
}

static void give_or_lower(unsigned int thread)
{
	if (thread < 2) {
		lb_bounce_segment_give(&segments[0], 63 + thread, 1);
	} else {
		lb_bounce_segment_lower(&segments[0], 1);
	}
}

static void end_given(void)
{
	CHECK(lb_bounce_segment_may_have(&segments[0], 2));
	CHECK(!lb_slot_set_empty(
		lb_slot_set_starts(lb_bounce_segment_free(&segments[0]), 2)));
}

TEST(bounce_races, what_was_freed_beside_a_search_is_found)
{
	const struct race race = {3, 5, begin_taken, give_or_lower, end_given};
	const struct race two_searches = {4, 2, begin_taken, give_or_lower, end_given};

	say("two give, one searches, stopped five times", race_explore(&race));
	say("two give, two search, stopped twice", race_explore(&two_searches));
}

/* One slot stays free throughout: whoever wants one gets it, however others search beside it. */
static void begin_one_free(void)
{
	begin_taken();
	lb_bounce_segment_give(&segments[0], 7, 1);
	lb_bounce_segment_give(&segments[0], 100, 1);
}

static void look_or_search(unsigned int thread)
{
	if (thread == 0) {
		taken[0] = lb_bounce_segment_may_have(&segments[0], 1) &&
			lb_bounce_segment_take(&segments[0], 7, 1);
	} else if (thread == 1) {
		lb_bounce_segment_lower(&segments[0], 2);
	} else {
		taken[2] = lb_bounce_segment_take(&segments[0], 100, 1);
		lb_bounce_segment_give(&segments[0], 100, 1);
	}
}

static void end_looked(void)
{
	CHECK(taken[0]);
	CHECK(taken[2]);
	CHECK(lb_bounce_segment_may_have(&segments[0], 1));
}

TEST(bounce_races, what_stays_free_is_found)
{
	const struct race race = {3, 3, begin_one_free, look_or_search, end_looked};

	say("one takes, one searches, one takes and gives, stopped three times",
		race_explore(&race));
}

/* Mark, free, mark again: a search that slept meanwhile must not lower what it no longer knows. */
static void mark_twice(unsigned int thread)
{
	if (thread == 0) {
		lb_bounce_segment_lower(&segments[0], 1);
		return;
	}
	if (thread == 1) {
		lb_bounce_segment_give(&segments[0], 5, 3);
		return;
	}
	lb_bounce_segment_lower(&segments[0], 1);
	lb_bounce_segment_lower(&segments[0], 1);
}

static void end_marked(void)
{
	CHECK(lb_bounce_segment_may_have(&segments[0], 3));
}

TEST(bounce_races, a_search_that_slept_lowers_nothing)
{
	const struct race race = {3, 5, begin_taken, mark_twice, end_marked};

	say("one gives, two search three times, stopped five times", race_explore(&race));
}
