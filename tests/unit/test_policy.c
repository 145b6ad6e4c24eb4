/* SPDX-License-Identifier: MIT */
/* policy: the ways to reserve that are not Linux's own, beside Linux's on the same machines. */
#include "policy/policy.h"

#include "policy/lifeboat.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_maps.h"

#define V LB_LINUX
#define CK "crashkernel="

static unsigned char storage[LB_MEMORY_MAP_BYTES(64)] __attribute__((aligned(16)));
static struct lb_memory_map map;
static struct lb_reserve_env env;
static struct lb_reservation answer;

static void load(const struct reserve_machine *machine, uint32_t version)
{
	LB_ASSERT(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	reserve_machine_load(machine, version, &map, &env);
}

static void ask(const char *policy, const char *cmdline)
{
	const struct lb_policy *found = lb_policy_find(policy);

	REQUIRE(found);
	CHECK(found->reserve(&env, cmdline, &map, NULL, NULL, &answer) == LB_OK);
	CHECK(lb_memory_map_check(&map));
}

static void check_range(size_t index, enum lb_crash_kind kind, lb_phys_addr start, uint64_t size)
{
	REQUIRE(index < answer.range_count);
	CHECK(answer.ranges[index].kind == kind);
	CHECK_EQUAL(answer.ranges[index].range.start, start);
	CHECK_EQUAL(lb_range_size(answer.ranges[index].range), size);
}

TEST(policy, every_policy_is_found_by_its_name)
{
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);

	CHECK_TEXT(policies[0].name, "linux");
	for (size_t i = 0; i < count; i++) {
		CHECK(lb_policy_find(policies[i].name) == &policies[i]);
		CHECK(policies[i].description && policies[i].description[0]);
	}
	CHECK(!lb_policy_find("linu"));
	CHECK(!lb_policy_find("linuxx"));
	CHECK(!lb_policy_find(""));
}

TEST(policy, every_policy_leaves_a_machine_alone_that_asks_for_nothing)
{
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);

	for (size_t i = 0; i < count; i++) {
		load(&x86_6g, V(6, 12, 0));
		ask(policies[i].name, "quiet");
		CHECK(answer.outcome == LB_OUTCOME_NOT_REQUESTED);
		CHECK_EQUAL(answer.range_count, 0);
		ask(policies[i].name, CK "auto");
		CHECK(answer.outcome == LB_OUTCOME_REJECTED);
	}
}

TEST(policy, every_policy_reserves_nothing_where_the_value_says_0)
{
	static const char *const values[] = {CK "0", CK "0-:0", CK "0,high", CK "64G-:512M"};
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);

	for (size_t i = 0; i < count * LB_ARRAY_COUNT(values); i++) {
		const char *value = values[i / count];

		load(&x86_6g, V(6, 12, 0));
		ask(policies[i % count].name, value);
		CHECK(answer.outcome == LB_OUTCOME_NOT_REQUESTED);
		CHECK(answer.declined);
		CHECK_EQUAL(answer.unmatched, value == values[3]);
	}
	ask("lifeboat", "quiet");
	CHECK(!answer.declined);
}

TEST(policy, swiotlb_is_added_to_a_plain_request_only_where_memory_is_encrypted)
{
	load(&x86_6g, V(6, 1, 0));
	ask("linux-swiotlb-added", CK "256M");
	check_range(0, LB_CRASH, 0xaf000000, 256 * LB_MIB);

	load(&x86_6g, V(6, 1, 0));
	env.memory_encrypted = true;
	ask("linux-swiotlb-added", CK "256M");
	check_range(0, LB_CRASH, 0xab000000, 320 * LB_MIB);
	CHECK_TEXT(answer.log, "Memory encryption is active, crashkernel needs 64MB extra memory");
	CHECK_EQUAL(answer.line_count, 2);

	load(&x86_6g, V(6, 12, 0));
	env.memory_encrypted = true;
	ask("linux-swiotlb-added", CK "256M");
	check_range(0, LB_CRASH, 0xab000000, 320 * LB_MIB);
}

TEST(policy, swiotlb_is_not_added_to_a_high_request_or_an_offset)
{
	load(&x86_6g, V(6, 12, 0));
	env.memory_encrypted = true;
	ask("linux-swiotlb-added", CK "512M,high");
	check_range(0, LB_CRASH, 0x19f000000, 512 * LB_MIB);
	load(&x86_6g, V(6, 12, 0));
	env.memory_encrypted = true;
	ask("linux-swiotlb-added", CK "256M@512M");
	check_range(0, LB_CRASH, 0x20000000, 256 * LB_MIB);
}

TEST(policy, swiotlb_that_does_not_fit_low_sends_the_request_high_as_it_is)
{
	load(&x86_server, V(6, 12, 0));
	env.memory_encrypted = true;
	ask("linux-swiotlb-added", CK "896M");
	check_range(0, LB_CRASH, 0x4047000000, 896 * LB_MIB);
	check_range(1, LB_CRASH_LOW, 0x4c000000, 256 * LB_MIB);
}

TEST(policy, whole_puds_come_first_and_the_rest_goes_back)
{
	load(&arm64_8g, V(6, 1, 0));
	ask("linux-pud-aligned", CK "256M");
	check_range(0, LB_CRASH, 0x80000000, 256 * LB_MIB);
	CHECK(!lb_memory_map_overlaps_reserved(&map, (struct lb_range){0x90000000, 0xfc000000}));

	load(&arm64_8g, V(6, 12, 0));
	ask("linux-pud-aligned", CK "512M,high");
	check_range(0, LB_CRASH, 0x1c0000000, 512 * LB_MIB);
	check_range(1, LB_CRASH_LOW, 0xf4000000, 128 * LB_MIB);
}

TEST(policy, without_whole_puds_the_request_is_placed_as_before)
{
	load(&arm64_2g, V(6, 1, 0));
	ask("linux-pud-aligned", CK "256M");
	check_range(0, LB_CRASH, 0xa9a00000, 256 * LB_MIB);
	load(&arm64_8g, V(6, 1, 0));
	env.page_size = 65536;
	ask("linux-pud-aligned", CK "256M");
	check_range(0, LB_CRASH, 0xec000000, 256 * LB_MIB);
	load(&x86_6g, V(6, 1, 0));
	ask("linux-pud-aligned", CK "256M");
	check_range(0, LB_CRASH, 0xaf000000, 256 * LB_MIB);
}

TEST(policy, lifeboat_spends_low_memory_only_on_the_bounce_pool)
{
	load(&x86_6g, V(6, 12, 0));
	ask("lifeboat", CK "256M");
	CHECK(answer.outcome == LB_OUTCOME_RESERVED);
	check_range(0, LB_CRASH, 0x1afe00000, 256 * LB_MIB);
	check_range(1, LB_CRASH_LOW, 0xbbee4000, 64 * LB_MIB);

	load(&x86_6g, V(6, 12, 0));
	ask("lifeboat", CK "256M,high " CK "0,low");
	CHECK_EQUAL(answer.range_count, 1);
}

TEST(policy, lifeboat_needs_no_low_memory_for_a_region_that_is_low)
{
	load(&x86_2g, V(6, 12, 0));
	ask("lifeboat", CK "256M");
	CHECK_EQUAL(answer.range_count, 1);
	check_range(0, LB_CRASH, 0x6fe00000, 256 * LB_MIB);

	load(&x86_2g, V(6, 12, 0));
	env.memory_encrypted = true;
	ask("lifeboat", CK "256M");
	CHECK_EQUAL(answer.range_count, 1);
	check_range(0, LB_CRASH, 0x6be00000, 320 * LB_MIB);
}

TEST(policy, lifeboat_finds_low_memory_where_linux_gives_up)
{
	load(&x86_server, V(6, 12, 0));
	ask("linux", CK "1088M,high " CK "1088M,low");
	CHECK(answer.outcome == LB_OUTCOME_FAILED);
	load(&x86_server, V(6, 12, 0));
	ask("lifeboat", CK "1088M,high");
	CHECK(answer.outcome == LB_OUTCOME_RESERVED);
	check_range(1, LB_CRASH_LOW, 0x61a3d000, 64 * LB_MIB);
}

TEST(policy, lifeboat_takes_an_offset_at_its_word)
{
	load(&x86_6g, V(6, 12, 0));
	ask("lifeboat", CK "256M@0x140200000");
	check_range(0, LB_CRASH, 0x140200000, 256 * LB_MIB);
	check_range(1, LB_CRASH_LOW, 0xbbee4000, 64 * LB_MIB);
	load(&x86_6g, V(6, 12, 0));
	ask("lifeboat", CK "256M@0x1000000");
	CHECK(answer.outcome == LB_OUTCOME_FAILED);
	CHECK_EQUAL(answer.range_count, 0);
}

TEST(policy, lifeboat_splits_pool_and_region_where_no_low_hole_holds_both)
{
	load(&x86_server, V(6, 12, 0));
	env.high_max = env.low_max;
	env.memory_encrypted = true;
	ask("lifeboat", CK "900M");
	CHECK_EQUAL(answer.range_count, 2);
	check_range(0, LB_CRASH, 0x23c00000, 900 * LB_MIB);
	check_range(1, LB_CRASH_LOW, 0x61a3d000, 64 * LB_MIB);
}

TEST(policy, lifeboat_takes_nothing_if_a_claim_fits_nowhere)
{
	size_t before;

	load(&x86_server, V(6, 12, 0));
	before = lb_memory_map_reserved_count(&map);
	ask("lifeboat", CK "512M " CK "2G,low");
	CHECK(answer.outcome == LB_OUTCOME_RESERVED);
	check_range(0, LB_CRASH, 0x3c000000, 512 * LB_MIB);
	CHECK_EQUAL(answer.range_count, 1);

	load(&x86_server, V(6, 12, 0));
	ask("lifeboat", CK "2G " CK "2G,low");
	CHECK(answer.outcome == LB_OUTCOME_FAILED);
	CHECK_EQUAL(answer.range_count, 0);
	CHECK_EQUAL(lb_memory_map_reserved_count(&map), before);
}

TEST(policy, lifeboat_names_its_claims)
{
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS];

	load(&x86_6g, V(6, 12, 0));
	CHECK(lb_lifeboat_claims(&env, CK "256M " CK "96M,low", claims) == LB_OUTCOME_RESERVED);
	CHECK_TEXT(claims[LB_LIFEBOAT_CAPTURE].name, "capture kernel");
	CHECK_EQUAL(claims[LB_LIFEBOAT_CAPTURE].size, 256 * LB_MIB);
	CHECK_EQUAL(claims[LB_LIFEBOAT_BOUNCE].size, 96 * LB_MIB);
	CHECK_TEXT(claims[LB_LIFEBOAT_BOUNCE].source, "crashkernel=,low");
	CHECK_EQUAL(claims[LB_LIFEBOAT_BOUNCE].window.end, 4 * LB_GIB);
	CHECK(lb_lifeboat_claims(&env, CK "x", claims) == LB_OUTCOME_REJECTED);
	CHECK(lb_lifeboat_claims(&env, "x", claims) == LB_OUTCOME_NOT_REQUESTED);
}
