/* SPDX-License-Identifier: MIT */
/*
 * Reservations among memory of several kinds: mirrored memory first where the kernel was told so
 * (kernelcore=mirror), hot-pluggable memory never where it was told so (movable_node), and never
 * across the border of two kinds or nodes, as memblock searches region by region (mm/memblock.c).
 */
#include "lifeboat/format.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define BLOCKS 6
#define BLOCK_UNITS 8
#define FIRST_UNIT 8 /* blocks 1 to 3 lie low, 4 to 6 high */

enum kind { PLAIN, MIRRORED, PLUGGABLE, KINDS };
#define MIXES (KINDS * KINDS * KINDS * KINDS * KINDS * KINDS)

static const struct {
	enum lb_arch arch;
	uint32_t version;
	bool second_window_is_all;
} kernels[] = {
	{LB_ARCH_X86_64, V(5, 10, 0), true},
	{LB_ARCH_X86_64, V(6, 12, 0), false},
	{LB_ARCH_ARM64, V(7, 3, 0), false},
};

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static struct lb_memory_map map;
static struct lb_reservation answer;
static enum kind kinds[BLOCKS];

static uint32_t flags_of(enum kind kind)
{
	return kind == MIRRORED ? LB_MEM_MIRROR : kind == PLUGGABLE ? LB_MEM_HOTPLUG : 0;
}

static int block_start(int block)
{
	return FIRST_UNIT + block * BLOCK_UNITS;
}

static void load(unsigned int mix)
{
	lb_memory_map_clear(&map);
	for (int i = 0; i < BLOCKS; i++, mix /= KINDS) {
		struct lb_range range = {world_address(block_start(i)),
			world_address(block_start(i + 1))};

		kinds[i] = (enum kind)(mix % KINDS);
		LB_ASSERT(!lb_memory_map_add(&map, range, LB_NO_NODE, flags_of(kinds[i])));
	}
}

/* The highest place within a run of blocks of one kind that may be used; the window too. */
static int highest(int units, int start, int end, bool mirrored_only, bool avoid_hotplug)
{
	int found = WORLD_NOWHERE;

	for (int first = 0, last; first < BLOCKS; first = last) {
		int from, at;

		for (last = first + 1; last < BLOCKS && kinds[last] == kinds[first]; last++) {
		}
		from = block_start(first) > start ? block_start(first) : start;
		at = (block_start(last) < end ? block_start(last) : end) - units;
		if ((kinds[first] != MIRRORED && mirrored_only) ||
			(kinds[first] == PLUGGABLE && avoid_hotplug) || at < from) {
			continue;
		}
		found = at;
	}
	return found;
}

static int search(const struct lb_reserve_env *env, int units, int start, int end)
{
	int at = env->mirrored_first ? highest(units, start, end, true, env->avoid_hotplug) :
		WORLD_NOWHERE;

	return at == WORLD_NOWHERE ? highest(units, start, end, false, env->avoid_hotplug) : at;
}

static int expected(const struct lb_reserve_env *env, int units, bool second_window_is_all)
{
	int at = search(env, units, 0, WORLD_LINE);

	return at != WORLD_NOWHERE ? at :
		search(env, units, second_window_is_all ? 0 : WORLD_LINE, WORLD_UNITS);
}

/* The main region, and where it lies high the low memory that goes with it. */
static void check_request(const struct lb_reserve_env *env, int units, bool second_window_is_all)
{
	int wanted = expected(env, units, second_window_is_all), low = WORLD_NOWHERE;
	bool needs_low = wanted >= WORLD_LINE;
	static char cmdline[60];
	struct lb_text text = LB_TEXT(cmdline);

	lb_format(&text, "crashkernel=%dM", units * 16);
	world_reserve(lb_linux_reserve, env, cmdline, &map, &answer);
	if (needs_low) {
		low = search(env, env->arch == LB_ARCH_X86_64 ? 16 : 8, 0, WORLD_LINE);
	}
	if (wanted == WORLD_NOWHERE || (needs_low && low == WORLD_NOWHERE)) {
		CHECK(answer.outcome == LB_OUTCOME_FAILED);
		CHECK(answer.failed == (needs_low ? LB_PART_LOW : LB_PART_MAIN));
		return;
	}
	REQUIRE(answer.range_count == (needs_low ? 2 : 1));
	CHECK_EQUAL(answer.ranges[0].range.start, world_address(wanted));
	CHECK(!needs_low || answer.ranges[1].range.start == world_address(low));
}

TEST(reserve_flags, kinds_of_memory_are_searched_apart_and_in_their_order)
{
	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int mix = 0; mix < MIXES; mix++) {
		for (unsigned int i = 0; i < LB_ARRAY_COUNT(kernels) * 4; i++) {
			size_t kernel = i / 4;
			struct lb_reserve_env env = world_env(
				kernels[kernel].arch, kernels[kernel].version);

			env.mirrored_first = i & 1;
			env.avoid_hotplug = i & 2;
			load(mix);
			check_request(&env, 6 + (int)(mix % 3) * 5,
				kernels[kernel].second_window_is_all);
		}
	}
}

/* Nodes are borders too: 128 MiB in two halves of two nodes are not 128 MiB. */
TEST(reserve_flags, no_region_lies_on_two_nodes)
{
	struct lb_reserve_env env = world_env(LB_ARCH_X86_64, V(6, 12, 0));

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (int border = FIRST_UNIT; border <= FIRST_UNIT + 16; border++) {
		struct lb_range lower = {world_address(FIRST_UNIT), world_address(border)};
		struct lb_range upper = {lower.end, world_address(FIRST_UNIT + 16)};
		int lower_units = border - FIRST_UNIT, wanted;

		lb_memory_map_clear(&map);
		CHECK(!lb_memory_map_add(&map, lower, 0, 0));
		CHECK(!lb_memory_map_add(&map, upper, 1, 0));
		wanted = lower_units <= 6 ? FIRST_UNIT + 6 : lower_units >= 10 ? border - 10 :
			WORLD_NOWHERE;
		world_reserve(lb_linux_reserve, &env, "crashkernel=160M", &map, &answer);
		CHECK((answer.outcome == LB_OUTCOME_RESERVED) == (wanted != WORLD_NOWHERE));
		if (wanted != WORLD_NOWHERE) {
			CHECK_EQUAL(answer.ranges[0].range.start, world_address(wanted));
		}
	}
}
