/* SPDX-License-Identifier: MIT */
/* searches: what each policy says of how it came to its answer. */
#include "policy/linux/reserve_step.h"
#include "policy/policy.h"

#include "tests/harness/test.h"
#include "tests/unit/reserve_maps.h"

#define V LB_LINUX
#define CK "crashkernel="

static unsigned char storage[LB_MEMORY_MAP_BYTES(256)] __attribute__((aligned(16)));
static struct lb_memory_map map;
static struct lb_reserve_env env;
static struct lb_reservation answer;
static struct lb_searches searches;
static struct lb_event events[512];
static struct lb_journal journal;

static void load(const struct reserve_machine *machine, uint32_t version)
{
	LB_ASSERT(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	reserve_machine_load(machine, version, &map, &env);
}

static void ask(const char *policy, const char *cmdline)
{
	lb_journal_init(&journal, events, LB_ARRAY_COUNT(events));
	CHECK(lb_policy_find(policy)->reserve(
		      &env, cmdline, &map, &journal, &searches, &answer) == LB_OK);
}

static void check_search(size_t index, enum lb_crash_kind kind, struct lb_range window,
	enum lb_search_result result)
{
	const struct lb_search *search = &searches.list[index];

	REQUIRE(index < searches.count);
	CHECK_TEXT(lb_crash_kind_name(search->kind), lb_crash_kind_name(kind));
	CHECK_EQUAL(search->window.start, window.start);
	CHECK_EQUAL(search->window.end, window.end);
	CHECK_TEXT(lb_search_result_name(search->result), lb_search_result_name(result));
}

TEST(searches, a_high_request_is_one_search_on_arm64_6_1_and_two_on_6_12)
{
	load(&arm64_2g, V(6, 1, 100));
	ask("linux", CK "256M,high");
	CHECK_EQUAL(searches.count, 1);
	check_search(0, LB_CRASH, (struct lb_range){0, env.high_max}, LB_SEARCH_FOUND);
	load(&arm64_2g, V(6, 12, 0));
	ask("linux", CK "256M,high");
	CHECK_EQUAL(searches.count, 2);
	check_search(0, LB_CRASH, (struct lb_range){env.low_max, env.high_max},
		LB_SEARCH_NOT_FOUND);
	check_search(1, LB_CRASH, (struct lb_range){0, env.low_max}, LB_SEARCH_FOUND);
	CHECK_TEXT(searches.list[1].why, "high memory has no room");
	CHECK_EQUAL(answer.align, 2 * LB_MIB);
}

TEST(searches, a_plain_request_goes_high_because_low_memory_has_no_room)
{
	static const uint32_t versions[] = {V(6, 2, 0), V(6, 6, 0), V(6, 12, 0)};

	for (size_t i = 0; i < LB_ARRAY_COUNT(versions); i++) {
		load(&arm64_8g, versions[i]);
		ask("linux", CK "4G");
		REQUIRE(searches.count >= 2);
		CHECK(searches.list[0].result == LB_SEARCH_NOT_FOUND);
		CHECK_TEXT(searches.list[1].why, "low memory has no room");
		CHECK(searches.list[1].window.end > env.low_max);
	}
}

TEST(searches, a_main_region_is_given_back_when_its_low_memory_fails)
{
	load(&x86_server, V(6, 12, 0));
	ask("linux", CK "1088M,high " CK "1088M,low");
	CHECK(answer.outcome == LB_OUTCOME_FAILED);
	CHECK_TEXT(lb_crash_part_name(answer.failed), "low");
	CHECK_EQUAL(searches.count, 2);
	CHECK(searches.list[0].result == LB_SEARCH_GIVEN_BACK);
	CHECK_EQUAL(lb_range_size(searches.list[0].given_back), 1088 * LB_MIB);
	check_search(1, LB_CRASH_LOW, (struct lb_range){0, env.low_max}, LB_SEARCH_NOT_FOUND);
	CHECK(lb_searches_last(&searches, answer.failed) == &searches.list[1]);
	CHECK(!lb_searches_last(&searches, LB_PART_CMA));
	CHECK(!lb_searches_last(&searches, LB_PART_NONE));
}

TEST(searches, the_size_of_low_memory_has_a_reason_where_nobody_asked_for_it)
{
	load(&x86_6g, V(6, 1, 0));
	ask("linux", CK "512M,high");
	CHECK(answer.low_implied);
	CHECK_TEXT(searches.list[1].size_why, "bounce pool + 8 MiB, at least 256 MiB");
	load(&x86_6g, V(6, 12, 0));
	ask("linux", CK "512M,high " CK "96M,low");
	CHECK(!answer.low_implied);
	CHECK(!searches.list[1].size_why);
	CHECK_EQUAL(searches.list[1].size, 96 * LB_MIB);
}

TEST(searches, a_given_place_says_what_refused_it)
{
	load(&x86_6g, V(6, 12, 0));
	ask("linux", CK "64M@0x1000000");
	CHECK_EQUAL(searches.count, 1);
	check_search(0, LB_CRASH, (struct lb_range){0x1000000, 0x5000000}, LB_SEARCH_REFUSED);
	CHECK(searches.list[0].given_place);
	CHECK_TEXT(searches.list[0].refusal, "part of the range is taken");
	CHECK(lb_memory_map_overlaps_reserved(&map, searches.list[0].in_the_way));
	CHECK_TEXT(lb_crash_part_name(answer.failed), "main");

	ask("linux", CK "64M@0x10100000");
	CHECK_TEXT(searches.list[0].refusal, "the offset is not a multiple of the alignment");
	ask("linux", CK "256M@0xb8000000");
	CHECK_TEXT(searches.list[0].refusal, "the range is not all memory of one kind");
	CHECK(!lb_memory_map_overlaps_memory(&map, searches.list[0].in_the_way));
}

TEST(searches, old_kernels_look_for_faults_in_another_order)
{
	load(&arm64_8g, V(5, 14, 0));
	ask("linux", CK "256M@0x100000");
	CHECK_TEXT(searches.list[0].refusal, "the range is not all memory of one kind");
	load(&arm64_8g, V(5, 15, 0));
	ask("linux", CK "256M@0x100000");
	CHECK_TEXT(searches.list[0].refusal, "the offset is not a multiple of the alignment");
}

TEST(searches, what_a_pud_has_too_much_goes_back)
{
	load(&arm64_8g, V(6, 1, 0));
	ask("linux-pud-aligned", CK "256M");
	CHECK_EQUAL(answer.align, LB_GIB);
	check_search(0, LB_CRASH, (struct lb_range){0, env.low_max}, LB_SEARCH_FOUND);
	CHECK_EQUAL(lb_range_size(searches.list[0].found), LB_GIB);
	CHECK_EQUAL(searches.list[0].given_back.start, answer.ranges[0].range.end);
	CHECK_EQUAL(searches.list[0].given_back.end, searches.list[0].found.end);
	CHECK_TEXT(searches.list[0].size_why, "rounded up to whole PUDs; the rest goes back");
}

TEST(searches, lifeboat_names_the_pool_that_it_placed)
{
	load(&x86_6g, V(6, 12, 0));
	ask("lifeboat", CK "256M");
	CHECK_EQUAL(answer.align, 2 * LB_MIB);
	CHECK_EQUAL(lb_range_size(answer.bounce_pool), 64 * LB_MIB);
	CHECK_EQUAL(answer.bounce_pool.start, answer.ranges[1].range.start);
	CHECK_TEXT(answer.bounce_source, "what this kernel uses itself");
	CHECK(answer.low_implied);
	check_search(0, LB_CRASH, (struct lb_range){env.low_max, env.high_max}, LB_SEARCH_FOUND);
	check_search(1, LB_CRASH_LOW, (struct lb_range){0, env.low_max}, LB_SEARCH_FOUND);

	load(&x86_2g, V(6, 12, 0));
	ask("lifeboat", CK "256M");
	CHECK(lb_range_empty(answer.bounce_pool));
	check_search(0, LB_CRASH, (struct lb_range){env.low_max, env.high_max},
		LB_SEARCH_NOT_FOUND);
	check_search(1, LB_CRASH, (struct lb_range){0, env.low_max}, LB_SEARCH_FOUND);
	CHECK(answer.failed == LB_PART_NONE);

	load(&x86_server, V(6, 12, 0));
	ask("lifeboat", CK "2G " CK "2G,low");
	CHECK_TEXT(lb_crash_part_name(answer.failed), "low");
}

/* A place was given for the region, not for the pool. */
TEST(searches, lifeboat_seeks_the_pool_of_a_region_at_a_given_place)
{
	bool has_pool = false;

	load(&x86_6g, V(6, 12, 0));
	ask("lifeboat", CK "256M@4608M");
	CHECK(answer.outcome == LB_OUTCOME_RESERVED);
	for (size_t i = 0; i < searches.count; i++) {
		bool is_pool = searches.list[i].kind == LB_CRASH_LOW;

		CHECK_EQUAL(searches.list[i].given_place, !is_pool);
		if (is_pool) {
			CHECK_TEXT(searches.list[i].size_why, "what this kernel uses itself");
		}
		has_pool = has_pool || is_pool;
	}
	CHECK(has_pool);
}

/* Too little room to take what the second search found: not even the first is told. */
TEST(searches, lifeboat_leaves_none_where_storage_ends)
{
	static unsigned char small[LB_MEMORY_MAP_BYTES(1)] __attribute__((aligned(16)));
	enum lb_status status = LB_OK;

	load(&x86_2g, V(6, 12, 0));
	LB_ASSERT(lb_memory_map_init(&map, small, sizeof(small)) == LB_OK);
	CHECK(lb_memory_map_add(&map, (struct lb_range){LB_MIB, 2 * LB_GIB}, LB_NO_NODE, 0) ==
		LB_OK);
	for (lb_phys_addr at = 2 * LB_MIB; !status && at < LB_GIB; at += 2 * LB_MIB) {
		status = lb_memory_map_reserve(
			&map, (struct lb_range){at, at + LB_MIB}, LB_NO_NODE, 0);
	}
	CHECK(status == LB_NO_STORAGE);
	CHECK(lb_policy_find("lifeboat")->reserve(
		      &env, CK "256M", &map, NULL, &searches, &answer) == LB_NO_STORAGE);
	CHECK_EQUAL(searches.count, 0);
	CHECK_EQUAL(answer.range_count, 0);
}

/* The journal says the same, entry by entry. */
TEST(searches, every_policy_tells_the_journal_the_same)
{
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);

	for (size_t i = 0; i < count; i++) {
		size_t told = 0, found = 0, allocated = 0;

		load(&arm64_8g, V(7, 3, 0));
		ask(policies[i].name, CK "512M,high " CK "1G,cma");
		for (size_t k = 0; k < journal.count; k++) {
			told += events[k].kind == LB_EVENT_SEARCH;
			allocated += events[k].kind == LB_EVENT_ALLOCATE;
		}
		for (size_t k = 0; k < searches.count; k++) {
			found += searches.list[k].result == LB_SEARCH_FOUND;
		}
		CHECK(searches.count);
		CHECK_EQUAL(told, searches.count);
		CHECK_EQUAL(allocated, found);
	}
}

/* Memory without a single free pageblock makes CMA halve down to a page. */
static const char *note_in_journal(void)
{
	for (size_t i = 0; i < journal.count; i++) {
		if (events[i].kind == LB_EVENT_NOTE) {
			return events[i].reason;
		}
	}
	return "none";
}

TEST(searches, the_journal_says_why_a_value_was_refused)
{
	load(&x86_6g, V(6, 12, 0));
	ask("linux", CK "256M");
	CHECK_TEXT(note_in_journal(), "none");
	ask("linux", CK "none");
	CHECK_TEXT(note_in_journal(), "the value does not begin with a number");
}

TEST(searches, nothing_is_found_for_no_bytes_or_in_no_window)
{
	struct reserve_run run = {.env = &env, .map = &map, .ret = &answer};
	struct reserve_place place = {.size = LB_MIB, .align = 4096};
	lb_phys_addr start = 77;

	load(&x86_6g, V(6, 12, 0));
	lb_reservation_clear(&answer);
	place.end = env.low_max;
	place.start = place.end;
	CHECK(reserve_place(&run, &place, &start) == LB_NOT_FOUND);
	place.start = 0;
	place.size = 0;
	CHECK(reserve_place(&run, &place, &start) == LB_NOT_FOUND);
	CHECK_EQUAL(start, 77);
	place.size = LB_MIB;
	CHECK(reserve_place(&run, &place, &start) == LB_OK);
}

TEST(searches, the_longest_reservation_is_kept_whole)
{
	static const struct lb_range memory = {0, UINT64_C(1) << 62};
	struct lb_range taken = {4096, UINT64_C(1) << 62};

	LB_ASSERT(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	REQUIRE(lb_memory_map_add(&map, memory, LB_NO_NODE, 0) == LB_OK);
	REQUIRE(lb_memory_map_reserve(&map, (struct lb_range){4096, 8192}, LB_NO_NODE, 0) ==
		LB_OK);
	env = (struct lb_reserve_env){.arch = LB_ARCH_X86_64, .version = V(7, 3, 0),
		.system_ram = memory.end, .low_max = 4 * LB_GIB, .high_max = memory.end,
		.page_size = 4096, .cma_align = 4096};
	REQUIRE(lb_memory_map_reserve(&map, taken, LB_NO_NODE, 0) == LB_OK);
	ask("linux", CK "1M " CK "4611686018427387904,cma");
	CHECK_TEXT(lb_crash_part_name(answer.failed), "main");
	CHECK(searches.count > 100);
	CHECK_EQUAL(searches.dropped, 0);
}

TEST(searches, a_failure_leaves_none)
{
	static unsigned char small[LB_MEMORY_MAP_BYTES(1)] __attribute__((aligned(16)));
	struct lb_memory_map empty;

	load(&x86_6g, V(6, 12, 0));
	ask("linux", CK "256M");
	CHECK(searches.count);
	searches.dropped = 1;
	LB_ASSERT(lb_memory_map_init(&empty, small, sizeof(small)) == LB_OK);
	env.arch = LB_ARCH_UNKNOWN;
	CHECK(lb_linux_reserve(&env, CK "256M", &empty, NULL, &searches, &answer) ==
		LB_UNSUPPORTED);
	CHECK_EQUAL(searches.count, 0);
	CHECK_EQUAL(searches.dropped, 0);
	ask("lifeboat", "quiet");
	CHECK_EQUAL(searches.count, 0);
}

TEST(searches, answers_are_the_same_when_a_machine_shows_the_same)
{
	struct lb_reservation other;

	load(&x86_6g, V(6, 12, 0));
	ask("linux", CK "256M");
	other = answer;
	other.align = 4096;
	other.failed = LB_PART_CMA;
	CHECK(lb_reservation_same(&answer, &other));
	other.ranges[0].range.end++;
	CHECK(!lb_reservation_same(&answer, &other));
	other = answer;
	other.log[0] ^= 1;
	CHECK(!lb_reservation_same(&answer, &other));
	other = answer;
	other.range_count = 0;
	CHECK(!lb_reservation_same(&answer, &other));
}
