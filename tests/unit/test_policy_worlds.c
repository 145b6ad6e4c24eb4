/* SPDX-License-Identifier: MIT */
/*
 * The policies that are not Linux's own, in every small world (reserve_world.h): what lifeboat
 * finds is the highest there is, and nothing is missed that could be found; the proposals change
 * what they say and nothing else.
 */
#include "lifeboat/format.h"
#include "policy/lifeboat.h"
#include "policy/proposals.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define LAYOUTS 256

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static unsigned char work_storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static struct lb_memory_map world, work;
static struct lb_reservation answer, other;

static void init_maps(void)
{
	LB_ASSERT(!lb_memory_map_init(&world, storage, sizeof(storage)));
	LB_ASSERT(!lb_memory_map_init(&work, work_storage, sizeof(work_storage)));
}

static void ask(lb_policy_reserve *reserve, const struct lb_reserve_env *env, const char *cmdline,
	struct lb_reservation *ret)
{
	LB_ASSERT(!lb_memory_map_copy(&work, &world));
	world_reserve(reserve, env, cmdline, &work, ret);
}

/* Up to two ranges, in units. */
struct places {
	int main, main_units, low, low_units; /* WORLD_NOWHERE: none */
};

static const struct places no_places = {WORLD_NOWHERE, 0, WORLD_NOWHERE, 0};

static bool is_range(const struct lb_reservation *found, size_t index, enum lb_crash_kind kind,
	int unit, int units)
{
	const struct lb_crash_range *range = &found->ranges[index];

	return range->kind == kind && range->range.start == world_address(unit) &&
		range->range.end == world_address(unit + units);
}

static bool has_places(const struct lb_reservation *found, const struct places *wanted)
{
	size_t count = (wanted->main != WORLD_NOWHERE) + (wanted->low != WORLD_NOWHERE);

	return found->range_count == count &&
		(found->outcome == LB_OUTCOME_RESERVED) == (count != 0) &&
		(!count || is_range(found, 0, LB_CRASH, wanted->main, wanted->main_units)) &&
		(count < 2 || is_range(found, 1, LB_CRASH_LOW, wanted->low, wanted->low_units));
}

static uint64_t left_over(uint64_t free, const struct places *places)
{
	free &= ~(places->main_units ? world_mask(places->main, places->main_units) : 0);
	return free & ~(places->low_units ? world_mask(places->low, places->low_units) : 0);
}

/* High with a pool below; else low, with a pool beside it or in another hole where memory is
 * encrypted; else nowhere. */
static struct places lifeboat_model(uint64_t free, int units, int pool, bool encrypted)
{
	int low = world_highest(free, units, 0, WORLD_LINE), both;
	struct places places = {world_highest(free, units, WORLD_LINE, WORLD_UNITS), units,
		pool ? world_highest(free, pool, 0, WORLD_LINE) : WORLD_NOWHERE, pool};

	if (places.main != WORLD_NOWHERE && (!pool || places.low != WORLD_NOWHERE)) {
		return places;
	}
	if (!encrypted || !pool) {
		return low == WORLD_NOWHERE ? no_places :
			(struct places){low, units, WORLD_NOWHERE, 0};
	}
	both = world_highest(free, units + pool, 0, WORLD_LINE);
	if (both != WORLD_NOWHERE) {
		return (struct places){both, units + pool, WORLD_NOWHERE, 0};
	}
	if (low == WORLD_NOWHERE) {
		return no_places;
	}
	places = (struct places){low, units, WORLD_NOWHERE, pool};
	places.low = world_highest(free & ~world_mask(low, units), pool, 0, WORLD_LINE);
	return places.low == WORLD_NOWHERE ? no_places : places;
}

static bool play_lifeboat(uint64_t free, int units, int pool, bool encrypted)
{
	struct lb_reserve_env env = world_env(LB_ARCH_X86_64, V(6, 12, 0));
	struct places wanted = lifeboat_model(free, units, pool, encrypted);
	static char cmdline[80];
	struct lb_text text = LB_TEXT(cmdline);

	env.memory_encrypted = encrypted;
	lb_format(&text, "crashkernel=%dM crashkernel=%dM,low", units * 16, pool * 16);
	ask(lb_lifeboat_reserve, &env, cmdline, &answer);
	if (!has_places(&answer, &wanted) || world_free(&work) != left_over(free, &wanted)) {
		lb_format(&text, " in %llx", (unsigned long long)free);
		CHECK_TEXT(cmdline, "a request that lifeboat places as the model does");
		return false;
	}
	return true;
}

TEST(policy_worlds, lifeboat_takes_the_highest_places_and_misses_none)
{
	static const int sizes[] = {1, 8, 11, 20}, pools[] = {0, 1, 4, 9};
	const size_t requests = LB_ARRAY_COUNT(sizes) * LB_ARRAY_COUNT(pools);

	init_maps();
	for (unsigned int number = 0; number < LAYOUTS; number++) {
		world_load(world_layout(number), false, &world);
		for (size_t i = 0; i < 2 * requests; i++) {
			if (!play_lifeboat(world_layout(number), sizes[i / 2 % 4],
				pools[i / 8], i & 1)) {
				return;
			}
		}
	}
}

/* What a request for high memory says of Linux it says of lifeboat: `,high` or not is the same. */
TEST(policy_worlds, lifeboat_places_high_and_plain_requests_alike)
{
	struct lb_reserve_env env = world_env(LB_ARCH_ARM64, V(6, 12, 0));

	init_maps();
	for (unsigned int number = 0; number < LAYOUTS; number++) {
		world_load(world_layout(number), number & 1, &world);
		ask(lb_lifeboat_reserve, &env, "crashkernel=160M", &answer);
		ask(lb_lifeboat_reserve, &env, "crashkernel=160M,high", &other);
		CHECK(answer.outcome == other.outcome);
		CHECK(!__builtin_memcmp(answer.ranges, other.ranges, sizeof(answer.ranges)));
	}
}

/* At an offset: there or nowhere, with a pool if it ends above low memory. */
static struct places fixed_model(uint64_t free, int at, int units, int pool)
{
	struct places places = {at, units, WORLD_NOWHERE, 0};

	if (at + units > WORLD_UNITS || world_highest(free, units, at, at + units) != at) {
		return no_places;
	}
	if (at + units > WORLD_LINE && pool) {
		places.low_units = pool;
		places.low = world_highest(free & ~world_mask(at, units), pool, 0, WORLD_LINE);
		return places.low == WORLD_NOWHERE ? no_places : places;
	}
	return places;
}

TEST(policy_worlds, lifeboat_gives_an_offset_above_low_memory_a_pool)
{
	static const unsigned int layouts[] = {0xff, 0x3c, 0x18, 0xa5, 0xf0, 0x0f};
	struct lb_reserve_env env = world_env(LB_ARCH_X86_64, V(5, 10, 0));

	init_maps();
	for (size_t i = 0; i < LB_ARRAY_COUNT(layouts) * WORLD_UNITS; i++) {
		uint64_t free = world_layout(layouts[i / WORLD_UNITS]);
		int at = (int)(i % WORLD_UNITS);
		struct places wanted = fixed_model(free, at, 6, 4);
		static char cmdline[80];
		struct lb_text text = LB_TEXT(cmdline);

		world_load(free, false, &world);
		lb_format(&text, "crashkernel=96M@0x%llx",
			(unsigned long long)world_address(at));
		ask(lb_lifeboat_reserve, &env, cmdline, &answer);
		CHECK(has_places(&answer, &wanted));
		CHECK_EQUAL(world_free(&work), left_over(free, &wanted));
	}
}

static const uint32_t swiotlb_versions[] = {V(5, 10, 0), V(6, 7, 0), V(7, 3, 0)};

/* 64 MiB more, or four units, where that finds room in low memory; else as it is, high. */
static struct places swiotlb_model(uint64_t free, int units, uint32_t version)
{
	int low = world_highest(free, units + 4, 0, WORLD_LINE);
	struct places places = {low, units + 4, WORLD_NOWHERE, 0};

	if (low != WORLD_NOWHERE) {
		return places;
	}
	places.main_units = units;
	places.main = world_highest(free, units, version < V(6, 7, 0) ? 0 : WORLD_LINE,
		WORLD_UNITS);
	if (places.main == WORLD_NOWHERE) {
		return no_places;
	}
	if (places.main >= WORLD_LINE) {
		places.low_units = 16;
		places.low = world_highest(free, 16, 0, WORLD_LINE);
		return places.low == WORLD_NOWHERE ? no_places : places;
	}
	return places;
}

TEST(policy_worlds, swiotlb_is_added_where_low_memory_has_room_for_both)
{
	static const int sizes[] = {3, 5, 12, 28};

	init_maps();
	for (unsigned int i = 0; i < LAYOUTS * LB_ARRAY_COUNT(sizes); i++) {
		uint64_t free = world_layout(i / LB_ARRAY_COUNT(sizes));
		int units = sizes[i % LB_ARRAY_COUNT(sizes)];
		static char cmdline[40];
		struct lb_text text = LB_TEXT(cmdline);

		lb_format(&text, "crashkernel=%dM", units * 16);
		world_load(free, false, &world);
		for (size_t v = 0; v < LB_ARRAY_COUNT(swiotlb_versions); v++) {
			struct lb_reserve_env env =
				world_env(LB_ARCH_X86_64, swiotlb_versions[v]);
			struct places wanted = swiotlb_model(free, units, env.version);

			env.memory_encrypted = true;
			ask(lb_swiotlb_added_reserve, &env, cmdline, &answer);
			if (!has_places(&answer, &wanted)) {
				lb_format(&text, " in %llx", (unsigned long long)free);
				CHECK_TEXT(cmdline, "a request that grows as the model's does");
				return;
			}
		}
	}
}

/* Where a proposal has nothing to do, it is Linux, log and all. */
static void check_idle(lb_policy_reserve *proposal, struct lb_reserve_env env)
{
	static const char *const lines[] = {"crashkernel=96M", "crashkernel=96M,high",
		"crashkernel=320M,high crashkernel=16M,low", "crashkernel=32M@0xfe000000"};

	for (unsigned int i = 0; i < LAYOUTS * LB_ARRAY_COUNT(lines); i += 7) {
		const char *line = lines[i % LB_ARRAY_COUNT(lines)];

		world_load(world_layout(i / LB_ARRAY_COUNT(lines)), false, &world);
		ask(proposal, &env, line, &answer);
		ask(lb_linux_reserve, &env, line, &other);
		CHECK(!__builtin_memcmp(&answer, &other, sizeof(answer)));
	}
}

TEST(policy_worlds, proposals_leave_linux_alone_where_they_have_nothing_to_do)
{
	struct lb_reserve_env env = world_env(LB_ARCH_X86_64, V(6, 12, 0));

	init_maps();
	check_idle(lb_swiotlb_added_reserve, env);
	check_idle(lb_pud_aligned_reserve, env);
	env = world_env(LB_ARCH_ARM64, V(6, 12, 0));
	env.memory_encrypted = true;
	check_idle(lb_swiotlb_added_reserve, env);
	env = world_env(LB_ARCH_RISCV64, V(6, 12, 0));
	env.memory_encrypted = true;
	check_idle(lb_swiotlb_added_reserve, env);
	check_idle(lb_pud_aligned_reserve, env);
}

/* Eight GiB around the line at 4 GiB, each all free, taken, or free in its upper half. */
#define GIBS 8
enum { TAKEN, FREE, HALF, STATES };

static void load_gibs(const int *states)
{
	lb_memory_map_clear(&world);
	LB_ASSERT(!lb_memory_map_add(&world, (struct lb_range){LB_GIB, (GIBS + 1) * LB_GIB},
		LB_NO_NODE, 0));
	for (uint64_t i = 0; i < GIBS; i++) {
		struct lb_range gib = {(i + 1) * LB_GIB, (i + 2) * LB_GIB};

		gib.end -= states[i] == HALF ? LB_GIB / 2 : 0;
		if (states[i] != FREE) {
			LB_ASSERT(!lb_memory_map_reserve(&world, gib, LB_NO_NODE, 0));
		}
	}
}

/* The highest GiB below `end` that begins `gibs` free ones; 0: none. */
static uint64_t highest_gib(const int *states, uint64_t gibs, uint64_t first, uint64_t end)
{
	for (uint64_t at = end - gibs + 1; at-- > first;) {
		uint64_t i = 0;

		while (i < gibs && states[at - 1 + i] == FREE) {
			i++;
		}
		if (i == gibs) {
			return at * LB_GIB;
		}
	}
	return 0;
}

TEST(policy_worlds, whole_puds_are_found_wherever_there_are_any)
{
	struct lb_reserve_env env = world_env(LB_ARCH_ARM64, V(6, 12, 0));
	const uint64_t size = LB_GIB + 256 * LB_MIB;

	init_maps();
	env.system_ram = 2 * GIBS * LB_GIB;
	for (unsigned int number = 0; number < 6561; number += 2) {
		int states[GIBS];
		unsigned int rest = number;
		uint64_t wanted;

		for (int i = 0; i < GIBS; i++, rest /= STATES) {
			states[i] = (int)(rest % STATES);
		}
		load_gibs(states);
		/* GiB 1 to 3 lie low, 4 to 8 high; two of them hold the request. */
		wanted = highest_gib(states, 2, 4, GIBS + 1);
		ask(lb_pud_aligned_reserve, &env, "crashkernel=1280M,high crashkernel=0,low",
			&answer);
		if (wanted) {
			REQUIRE(answer.range_count == 1);
			CHECK_EQUAL(answer.ranges[0].range.start, wanted);
			CHECK_EQUAL(answer.ranges[0].range.end, wanted + size);
			CHECK(!lb_memory_map_overlaps_reserved(&work,
				(struct lb_range){wanted + size, wanted + 2 * LB_GIB}));
			continue;
		}
		/* Without: what Linux does, but for low memory's own search by PUDs. */
		ask(lb_linux_reserve, &env, "crashkernel=1280M,high crashkernel=0,low", &other);
		CHECK(answer.outcome == LB_OUTCOME_RESERVED || other.outcome == answer.outcome);
		if (answer.range_count && other.range_count &&
			other.ranges[0].range.start >= 4 * LB_GIB) {
			CHECK_EQUAL(answer.ranges[0].range.start, other.ranges[0].range.start);
		}
	}
}
