/* SPDX-License-Identifier: MIT */
/*
 * reserve, in every small world: each layout of blocks around the 4 GiB line, each age of each
 * architecture, each form of request, against a table of the ages (kernel/crash_core.c,
 * kernel/crash_reserve.c, arch/x86/kernel/setup.c, arch/arm64/mm/init.c, arch/riscv/mm/init.c).
 */
#include "lifeboat/format.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define X86 LB_ARCH_X86_64
#define ARM64 LB_ARCH_ARM64
#define RISCV64 LB_ARCH_RISCV64

/* Where a search looks. */
enum window {
	NONE,
	ALL,
	LOW,        /* up to low_max */
	HIGH,       /* from low_max */
	BELOW_LINE, /* up to 4 GiB, wherever low memory ends */
	ABOVE_LINE,
};

/*
 * What one age of an architecture does with a request. Where low and high memory end together, a
 * first window without room is followed by the second all the same (SEARCHES); some take the one
 * for the other then and try for ever (HANGS), others know better (GIVES_UP).
 */
struct age {
	enum lb_arch arch;
	uint32_t version;
	enum window plain[2], high[2]; /* high[0] NONE: `,high` is not understood */
	int fallback_low;              /* units of low memory with a plain request that fell back */
	int high_low;                  /* with `,high` and no `,low` */
	bool plain_reads_low;          /* `,low` counts for a plain request too */
	bool low_reaches_down;         /* low memory is wanted from low_max less its size on */
	enum { SEARCHES, HANGS, GIVES_UP } plain_same, high_same; /* see above */
	uint64_t fixed_align;
};

static const struct age ages[] = {
	{X86, V(5, 10, 0), {LOW, ALL}, {ALL, NONE}, 16, 16, true, false,
		SEARCHES, SEARCHES, LB_MIB},
	{X86, V(6, 6, 99), {LOW, ALL}, {ALL, NONE}, 16, 16, true, false,
		SEARCHES, SEARCHES, LB_MIB},
	{X86, V(6, 7, 0), {LOW, HIGH}, {HIGH, LOW}, 16, 16, false, false,
		HANGS, HANGS, 16 * LB_MIB},
	{X86, V(6, 12, 0), {LOW, HIGH}, {HIGH, LOW}, 16, 16, false, false,
		HANGS, GIVES_UP, 16 * LB_MIB},
	{X86, V(7, 3, 0), {LOW, HIGH}, {HIGH, LOW}, 16, 16, false, false,
		HANGS, GIVES_UP, 16 * LB_MIB},
	{ARM64, V(5, 10, 0), {LOW, NONE}, {NONE, NONE}, 0, 0, false, false,
		SEARCHES, SEARCHES, 2 * LB_MIB},
	{ARM64, V(5, 18, 99), {LOW, NONE}, {NONE, NONE}, 0, 0, false, false,
		SEARCHES, SEARCHES, 2 * LB_MIB},
	{ARM64, V(5, 19, 0), {LOW, NONE}, {ALL, NONE}, 0, 0, false, false,
		SEARCHES, SEARCHES, 2 * LB_MIB},
	{ARM64, V(6, 2, 0), {LOW, ALL}, {ALL, NONE}, 8, 8, false, true,
		HANGS, SEARCHES, 2 * LB_MIB},
	{ARM64, V(6, 5, 0), {LOW, HIGH}, {ABOVE_LINE, LOW}, 8, 8, false, false,
		HANGS, HANGS, 2 * LB_MIB},
	{ARM64, V(6, 7, 0), {LOW, HIGH}, {HIGH, LOW}, 8, 8, false, false,
		HANGS, HANGS, 2 * LB_MIB},
	{ARM64, V(6, 12, 0), {LOW, HIGH}, {HIGH, LOW}, 8, 8, false, false,
		HANGS, GIVES_UP, 2 * LB_MIB},
	{RISCV64, V(5, 13, 0), {ALL, NONE}, {NONE, NONE}, 0, 0, false, false,
		SEARCHES, SEARCHES, 2 * LB_MIB},
	{RISCV64, V(5, 15, 0), {BELOW_LINE, ALL}, {NONE, NONE}, 0, 0, false, false,
		SEARCHES, SEARCHES, 2 * LB_MIB},
	{RISCV64, V(6, 6, 0), {LOW, HIGH}, {HIGH, LOW}, 8, 8, false, false,
		SEARCHES, SEARCHES, 2 * LB_MIB},
	{RISCV64, V(6, 7, 0), {LOW, HIGH}, {HIGH, LOW}, 8, 8, false, false,
		HANGS, HANGS, 2 * LB_MIB},
	{RISCV64, V(7, 3, 0), {LOW, HIGH}, {HIGH, LOW}, 8, 8, false, false,
		HANGS, GIVES_UP, 2 * LB_MIB},
};

#define NO_LOW (-1)

struct request {
	bool high;
	int units;
	int low; /* units of `,low`; NO_LOW: not given */
};

/* What a boot shows, in units. */
struct end {
	enum lb_outcome outcome;
	int main, low, low_units; /* WORLD_NOWHERE, and 0 */
	uint64_t free;
};

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static unsigned char work_storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static struct lb_memory_map world, work;
static struct lb_reservation answer;

static int search(enum window window, uint64_t free, int units, int low_end)
{
	switch (window) {
	case ALL:
		return world_highest(free, units, 0, WORLD_UNITS);
	case LOW:
		return world_highest(free, units, 0, low_end);
	case HIGH:
		return world_highest(free, units, low_end, WORLD_UNITS);
	case BELOW_LINE:
		return world_highest(free, units, 0, WORLD_LINE);
	case ABOVE_LINE:
		return world_highest(free, units, WORLD_LINE, WORLD_UNITS);
	case NONE:
		break;
	}
	return WORLD_NOWHERE;
}

static int implied_low(const struct age *age, const struct request *request, bool fell_back)
{
	if (request->low != NO_LOW && (request->high || age->plain_reads_low)) {
		return request->low;
	}
	if (age->plain_reads_low) {
		return age->fallback_low;
	}
	return request->high ? age->high_low : fell_back ? age->fallback_low : 0;
}

static struct end expect(const struct age *age, const struct request *request, uint64_t free,
	int low_end)
{
	const enum window *windows = request->high ? age->high : age->plain;
	struct end end = {LB_OUTCOME_REJECTED, WORLD_NOWHERE, WORLD_NOWHERE, 0, free};
	bool together = low_end == WORLD_UNITS, fell_back;
	int same = request->high ? (int)age->high_same : (int)age->plain_same;
	int low, low_from;

	if (windows[0] == NONE) {
		return end;
	}
	end.outcome = LB_OUTCOME_FAILED;
	end.main = search(windows[0], free, request->units, low_end);
	fell_back = end.main == WORLD_NOWHERE;
	if (fell_back && !(together && same == GIVES_UP)) {
		end.main = search(windows[1], free, request->units, low_end);
	}
	if (end.main == WORLD_NOWHERE) {
		end.outcome = together && same == HANGS ? LB_OUTCOME_HANGS : end.outcome;
		return end;
	}
	low = implied_low(age, request, fell_back);
	low_from = age->plain_reads_low ? WORLD_LINE : low_end -
		(age->low_reaches_down ? low : 0);
	if (low && end.main >= low_from) {
		end.low_units = low;
		end.low = world_highest(free & ~world_mask(end.main, request->units), low, 0,
			low_end);
		if (end.low == WORLD_NOWHERE) {
			return (struct end){LB_OUTCOME_FAILED, WORLD_NOWHERE, WORLD_NOWHERE, 0,
				free};
		}
	}
	end.outcome = LB_OUTCOME_RESERVED;
	end.free &= ~world_mask(end.main, request->units);
	end.free &= ~(end.low_units ? world_mask(end.low, end.low_units) : 0);
	return end;
}

static int unit_of(size_t index, enum lb_crash_kind kind)
{
	struct lb_crash_range found = answer.ranges[index];

	if (index >= answer.range_count || found.kind != kind) {
		return WORLD_NOWHERE;
	}
	return (int)((found.range.start - WORLD_BASE) / WORLD_UNIT);
}

static struct end observe(void)
{
	struct end end = {answer.outcome, unit_of(0, LB_CRASH), unit_of(1, LB_CRASH_LOW), 0,
		world_free(&work)};

	if (end.low != WORLD_NOWHERE) {
		end.low_units = (int)(lb_range_size(answer.ranges[1].range) / WORLD_UNIT);
	}
	return end;
}

static void describe(struct lb_text *text, const struct end *end)
{
	lb_format(text, "%s main %d low %d of %d, free %llx", lb_outcome_name(end->outcome),
		end->main, end->low, end->low_units, (unsigned long long)end->free);
}

static bool same_end(const struct age *age, const char *cmdline, uint64_t free,
	const struct end *wanted)
{
	static char want_bytes[240], got_bytes[240];
	struct lb_text want = LB_TEXT(want_bytes), got = LB_TEXT(got_bytes);
	struct end found = observe();

	if (found.outcome == wanted->outcome && found.main == wanted->main &&
		found.low == wanted->low && found.low_units == wanted->low_units &&
		found.free == wanted->free) {
		return true;
	}
	lb_format(&want, "%s %u.%u, %s, of %llx: ", lb_arch_name(age->arch), age->version >> 24,
		age->version >> 16 & 255, cmdline, (unsigned long long)free);
	lb_text_put(&got, want_bytes);
	describe(&want, wanted);
	describe(&got, &found);
	CHECK_TEXT(got_bytes, want_bytes);
	return false;
}

static void write_request(char *bytes, size_t capacity, const struct request *request)
{
	struct lb_text text = lb_text_in(bytes, capacity);

	lb_format(&text, "crashkernel=%dM%s", request->units * 16, request->high ? ",high" : "");
	if (request->low != NO_LOW) {
		lb_format(&text, " crashkernel=%dM,low", request->low * 16);
	}
}

static bool play(const struct age *age, const struct request *request, uint64_t free, int low_end)
{
	struct lb_reserve_env env = world_env(age->arch, age->version);
	struct end wanted = expect(age, request, free, low_end);
	static char cmdline[80];

	write_request(cmdline, sizeof(cmdline), request);
	env.low_max = world_address(low_end);
	if (low_end == WORLD_UNITS) {
		env.high_max = env.low_max;
	}
	LB_ASSERT(lb_memory_map_copy(&work, &world) == LB_OK);
	world_reserve(lb_linux_reserve, &env, cmdline, &work, &answer);
	return same_end(age, cmdline, free, &wanted);
}

/* Every request on one world; false at the first that ends otherwise. */
static bool play_requests(const struct age *age, uint64_t free, int low_end)
{
	static const int sizes[] = {3, 8, 17}, lows[] = {NO_LOW, 0, 2, 8};

	for (size_t i = 0; i < 2 * LB_ARRAY_COUNT(sizes) * LB_ARRAY_COUNT(lows); i++) {
		struct request request = {i & 1, sizes[i / 2 % LB_ARRAY_COUNT(sizes)],
			lows[i / 2 / LB_ARRAY_COUNT(sizes)]};

		if (!play(age, &request, free, low_end)) {
			return false;
		}
	}
	return true;
}

static void init_maps(void)
{
	LB_ASSERT(!lb_memory_map_init(&world, storage, sizeof(storage)));
	LB_ASSERT(!lb_memory_map_init(&work, work_storage, sizeof(work_storage)));
}

TEST(reserve_worlds, every_layout_ends_as_the_table_of_ages_says)
{
	init_maps();
	for (unsigned int number = 0; number < 256; number++) {
		world_load(world_layout(number), false, &world);
		for (size_t i = 0; i < LB_ARRAY_COUNT(ages); i++) {
			if (!play_requests(&ages[i], world_layout(number), WORLD_LINE)) {
				return;
			}
		}
	}
}

/* All memory is low, as on machines without more: some kernels search for ever. */
TEST(reserve_worlds, low_memory_up_to_the_end_fails_or_hangs_as_the_table_says)
{
	init_maps();
	for (unsigned int number = 0; number < 256; number += 5) {
		world_load(world_layout(number), false, &world);
		for (size_t i = 0; i < LB_ARRAY_COUNT(ages); i++) {
			if (!play_requests(&ages[i], world_layout(number), WORLD_UNITS)) {
				return;
			}
		}
	}
}

/* Holes instead of taken memory: riscv64 up to 6.6 takes its windows from the span of memory. */
TEST(reserve_worlds, holes_are_like_taken_memory)
{
	init_maps();
	for (unsigned int number = 1; number < 256; number += 3) {
		world_load(world_layout(number), true, &world);
		for (size_t i = 0; i < LB_ARRAY_COUNT(ages); i++) {
			if (!play_requests(&ages[i], world_layout(number), WORLD_LINE)) {
				return;
			}
		}
	}
}

/* A fixed place is taken as it is or not at all. `shift` moves it off the units. */
static struct end expect_fixed(const struct age *age, int at, int units, uint64_t shift,
	uint64_t free)
{
	struct end end = {LB_OUTCOME_FAILED, WORLD_NOWHERE, WORLD_NOWHERE, 0, free};
	int touched = units + (shift != 0);

	if (shift % age->fixed_align || at + touched > WORLD_UNITS ||
		(free & world_mask(at, touched)) != world_mask(at, touched)) {
		return end;
	}
	end.outcome = LB_OUTCOME_RESERVED;
	end.main = at;
	return end;
}

static void check_fixed(const struct age *age, int at, int units, uint64_t shift, uint64_t free)
{
	struct lb_reserve_env env = world_env(age->arch, age->version);
	struct end wanted = expect_fixed(age, at, units, shift, free);
	lb_phys_addr start = world_address(at) + shift;
	static char cmdline[80];
	struct lb_text text = LB_TEXT(cmdline);

	/* `,low` of nothing, so that x86 up to 6.6 asks for none above 4 GiB. */
	lb_format(&text, "crashkernel=%dM@0x%llx crashkernel=0,low", units * 16,
		(unsigned long long)start);
	LB_ASSERT(lb_memory_map_copy(&work, &world) == LB_OK);
	world_reserve(lb_linux_reserve, &env, cmdline, &work, &answer);
	CHECK(answer.outcome == wanted.outcome);
	CHECK_EQUAL(answer.range_count, wanted.outcome == LB_OUTCOME_RESERVED);
	if (wanted.outcome == LB_OUTCOME_RESERVED) {
		CHECK_EQUAL(answer.ranges[0].range.start, start);
		CHECK_EQUAL(lb_range_size(answer.ranges[0].range), (uint64_t)units * WORLD_UNIT);
		CHECK(!lb_memory_map_release(&work, answer.ranges[0].range));
	}
	CHECK_EQUAL(world_free(&work), free);
}

TEST(reserve_worlds, a_fixed_place_is_taken_only_if_all_of_it_is_free)
{
	static const unsigned int layouts[] = {0xff, 0x3c, 0x55, 0x0f, 0xe0};
	static const uint64_t shifts[] = {0, LB_MIB, 2 * LB_MIB};

	init_maps();
	for (size_t i = 0; i < LB_ARRAY_COUNT(layouts) * LB_ARRAY_COUNT(ages); i++) {
		const struct age *age = &ages[i % LB_ARRAY_COUNT(ages)];
		uint64_t free = world_layout(layouts[i / LB_ARRAY_COUNT(ages)]);

		world_load(free, false, &world);
		for (int at = 0; at < WORLD_UNITS; at += 3) {
			for (size_t shift = 0; shift < LB_ARRAY_COUNT(shifts); shift++) {
				check_fixed(age, at, 5, shifts[shift], free);
			}
		}
	}
}

/* From 6.12 on nothing as large as all RAM is tried; before it is, and fails for lack of room. */
TEST(reserve_worlds, a_request_of_all_memory_is_refused_since_6_12)
{
	init_maps();
	world_load(UINT64_MAX, false, &world);
	for (size_t i = 0; i < LB_ARRAY_COUNT(ages); i++) {
		struct lb_reserve_env env = world_env(ages[i].arch, ages[i].version);
		bool refuses = ages[i].version >= V(6, 12, 0);

		env.system_ram = 4 * WORLD_UNIT;
		LB_ASSERT(lb_memory_map_copy(&work, &world) == LB_OK);
		world_reserve(lb_linux_reserve, &env, "crashkernel=64M", &work, &answer);
		CHECK((answer.outcome == LB_OUTCOME_REJECTED) == refuses);
		world_reserve(lb_linux_reserve, &env, "crashkernel=48M", &work, &answer);
		CHECK(answer.outcome == LB_OUTCOME_RESERVED);
	}
}
