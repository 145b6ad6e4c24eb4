/* SPDX-License-Identifier: MIT */
/*
 * `,cma` in every small world: areas from 4 GiB upwards, then from the top down, halved where
 * nothing is left for the whole (kernel/crash_reserve.c, mm/cma.c), against a model of units.
 */
#include "lifeboat/format.h"
#include "lifeboat/slice.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define AREAS_MAX 4
#define MAIN_UNITS 3

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static struct lb_memory_map map;
static struct lb_reservation answer;

struct areas {
	int at[AREAS_MAX], units[AREAS_MAX], count;
	uint64_t bytes; /* of the request that they serve */
	uint64_t free;
};

/* Every `step`-th unit is aligned. */
static int place(uint64_t free, int units, int step, int span_end)
{
	int at = WORLD_LINE;

	while (span_end - WORLD_LINE >= units && at + units <= span_end) {
		if (world_lowest(free, units, at, at + units) == at) {
			return at;
		}
		at += step;
	}
	at = span_end >= units ? (span_end - units) / step * step : WORLD_NOWHERE;
	while (at >= 0 && world_lowest(free, units, at, at + units) != at) {
		at -= step;
	}
	return at < 0 ? WORLD_NOWHERE : at;
}

/* Bytes to whole steps of units. */
static int units_for(uint64_t bytes, int step)
{
	uint64_t unit = (uint64_t)step * WORLD_UNIT;

	return (int)((bytes + unit - 1) / unit) * step;
}

static struct areas model(uint64_t free, uint64_t bytes, int step, int span_end)
{
	struct areas areas = {.free = free};
	uint64_t next = bytes;

	while (areas.bytes < bytes && areas.count < AREAS_MAX) {
		int units = units_for(next, step);
		int at = units > WORLD_UNITS ? WORLD_NOWHERE :
			place(areas.free, units, step, span_end);

		if (at == WORLD_NOWHERE && next <= 4096) {
			break;
		}
		if (at == WORLD_NOWHERE) {
			next = (next / 2 + 4095) / 4096 * 4096;
			continue;
		}
		areas.at[areas.count] = at;
		areas.units[areas.count++] = units;
		areas.free &= ~world_mask(at, units);
		areas.bytes += next;
	}
	return areas;
}

static bool has_areas(const struct areas *wanted, size_t first)
{
	if (answer.range_count != first + (size_t)wanted->count) {
		return false;
	}
	for (int i = 0; i < wanted->count; i++) {
		const struct lb_crash_range *found = &answer.ranges[first + (size_t)i];

		if (found->kind != LB_CRASH_CMA ||
			found->range.start != world_address(wanted->at[i]) ||
			found->range.end != world_address(wanted->at[i] + wanted->units[i])) {
			return false;
		}
	}
	return true;
}

/* The last line of the log, which sums up. */
static const char *last_line(void)
{
	const char *line = answer.log;

	for (size_t i = 1; i < answer.line_count; i++) {
		line += lb_slice_of(line).length + 1;
	}
	return line;
}

static void check_summary(const struct areas *areas, uint64_t bytes)
{
	static char wanted[160];
	struct lb_text text = LB_TEXT(wanted);

	if (areas->bytes >= bytes) {
		lb_format(&text, "crashkernel CMA reserved: %llu MB in %d ranges",
			(unsigned long long)areas->bytes >> 20, areas->count);
	} else {
		lb_format(&text, "crashkernel CMA reservation failed: %llu MB requested, "
			"%llu MB reserved in %d ranges", (unsigned long long)bytes >> 20,
			(unsigned long long)areas->bytes >> 20, areas->count);
	}
	CHECK_TEXT(last_line(), wanted);
}

static int span_end(uint64_t free, bool holes)
{
	int end = WORLD_UNITS;

	while (holes && end && !(free >> (end - 1) & 1)) {
		end--;
	}
	return end;
}

static bool play(uint64_t free, bool holes, int mib, int step)
{
	struct lb_reserve_env env = world_env(LB_ARCH_X86_64, V(7, 2, 0));
	uint64_t bytes = (uint64_t)mib * LB_MIB;
	int main = world_highest(free, MAIN_UNITS, 0, WORLD_LINE);
	static char cmdline[80];
	struct lb_text text = LB_TEXT(cmdline);
	struct areas wanted;

	if (main == WORLD_NOWHERE) {
		return true; /* other tests place the main region elsewhere */
	}
	env.cma_align = (uint64_t)step * WORLD_UNIT;
	lb_format(&text, "crashkernel=48M crashkernel=%dM,cma", mib);
	world_load(free, holes, &map);
	world_reserve(lb_linux_reserve, &env, cmdline, &map, &answer);
	wanted = model(free & ~world_mask(main, MAIN_UNITS), bytes, step, span_end(free, holes));
	if (!has_areas(&wanted, 1) || world_free(&map) != wanted.free) {
		lb_format(&text, " in %llx", (unsigned long long)free);
		CHECK_TEXT(cmdline, "areas as the model has them");
		return false;
	}
	check_summary(&wanted, bytes);
	return true;
}

TEST(reserve_cma, areas_are_placed_and_halved_as_in_the_model)
{
	static const int sizes[] = {1, 16, 80, 112, 130, 500, 900};

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int i = 0; i < 256 * LB_ARRAY_COUNT(sizes); i++) {
		uint64_t free = world_layout(i / LB_ARRAY_COUNT(sizes));

		if (!play(free, i & 1, sizes[i % LB_ARRAY_COUNT(sizes)], 1) ||
			!play(free, !(i & 1), sizes[i % LB_ARRAY_COUNT(sizes)], 4)) {
			return;
		}
	}
}

/* Which kernels read `,cma` at all, and what becomes of it without the rest. */
TEST(reserve_cma, only_kernels_that_read_it_reserve_for_it)
{
	static const struct {
		enum lb_arch arch;
		uint32_t version;
		size_t ranges; /* with a main region of the same line */
	} kernels[] = {
		{LB_ARCH_X86_64, V(6, 16, 0), 0}, /* a malformed plain value spoils the line */
		{LB_ARCH_X86_64, V(6, 17, 0), 2},
		{LB_ARCH_X86_64, V(7, 3, 0), 2},
		{LB_ARCH_ARM64, V(6, 17, 0), 1},
		{LB_ARCH_ARM64, V(7, 2, 0), 1},
		{LB_ARCH_ARM64, V(7, 3, 0), 2},
		{LB_ARCH_RISCV64, V(7, 2, 0), 1},
		{LB_ARCH_RISCV64, V(7, 3, 0), 2},
	};

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (size_t i = 0; i < LB_ARRAY_COUNT(kernels); i++) {
		struct lb_reserve_env env = world_env(kernels[i].arch, kernels[i].version);

		env.cma_align = WORLD_UNIT;
		world_load(UINT64_MAX, false, &map);
		world_reserve(lb_linux_reserve, &env, "crashkernel=48M crashkernel=64M,cma", &map,
			&answer);
		CHECK_EQUAL(answer.range_count, kernels[i].ranges);
		world_load(UINT64_MAX, false, &map);
		world_reserve(lb_linux_reserve, &env, "crashkernel=64M,cma", &map, &answer);
		CHECK(answer.outcome == LB_OUTCOME_REJECTED);
		CHECK_EQUAL(world_free(&map), UINT64_MAX);
	}
}

TEST(reserve_cma, a_kernel_built_without_it_says_so)
{
	struct lb_reserve_env env = world_env(LB_ARCH_X86_64, V(7, 2, 0));

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	world_load(UINT64_MAX, false, &map);
	world_reserve(lb_linux_reserve, &env, "crashkernel=48M crashkernel=64M,cma", &map, &answer);
	CHECK_EQUAL(answer.range_count, 1);
	CHECK_TEXT(last_line(), "crashkernel CMA reservation not supported");
}
