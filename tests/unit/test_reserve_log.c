/* SPDX-License-Identifier: MIT */
/*
 * What a kernel prints is what it did: in every small world the whole log, written anew from the
 * outcome and the ranges, in the words of its architecture and age.
 */
#include "lifeboat/format.h"
#include "policy/linux/reserve_step.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define X86 LB_ARCH_X86_64
#define ARM64 LB_ARCH_ARM64
#define RISCV64 LB_ARCH_RISCV64
#define MIB_OF(bytes) ((unsigned long long)(bytes) >> 20)

/* The words of a success and of a failure. */
enum words {
	OLD_X86,   /* arch/x86/kernel/setup.c */
	OLD_ARM64, /* arch/arm64/mm/init.c, and what all share since 6.7 */
	OLD_RISCV, /* arch/riscv/mm/init.c */
};

/* The words about a fixed place that is not to be had. */
enum fixed_words {
	IN_USE,
	STEP_BY_STEP, /* each of its checks has a line */
	AS_AUTOMATIC,
	GIVEN_OFFSET,
};

static const struct voice {
	enum lb_arch arch;
	uint32_t version;
	enum words words;
	enum fixed_words fixed;
	bool knows_high;
} voices[] = {
	{X86, V(5, 10, 0), OLD_X86, IN_USE, true},
	{X86, V(5, 12, 99), OLD_X86, IN_USE, true},
	{X86, V(5, 13, 0), OLD_X86, IN_USE, true},
	{X86, V(6, 6, 0), OLD_X86, IN_USE, true},
	{X86, V(6, 7, 0), OLD_ARM64, IN_USE, true},
	{X86, V(7, 3, 0), OLD_ARM64, IN_USE, true},
	{ARM64, V(5, 10, 0), OLD_ARM64, STEP_BY_STEP, false},
	{ARM64, V(5, 15, 0), OLD_ARM64, AS_AUTOMATIC, false},
	{ARM64, V(6, 2, 0), OLD_ARM64, AS_AUTOMATIC, true},
	{ARM64, V(6, 5, 0), OLD_ARM64, IN_USE, true},
	{ARM64, V(6, 7, 0), OLD_ARM64, IN_USE, true},
	{RISCV64, V(5, 15, 0), OLD_RISCV, AS_AUTOMATIC, false},
	{RISCV64, V(6, 6, 0), OLD_RISCV, GIVEN_OFFSET, true},
	{RISCV64, V(6, 7, 0), OLD_ARM64, IN_USE, true},
};

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static struct lb_memory_map map;
static struct lb_reservation answer;

/* The answer's lines, with line feeds. */
static const char *whole_log(void)
{
	static char bytes[LB_CRASH_LOG_BYTES + 1];

	__builtin_memcpy(bytes, answer.log, answer.log_bytes);
	for (size_t i = 0; i < answer.log_bytes; i++) {
		bytes[i] = bytes[i] ? bytes[i] : '\n';
	}
	bytes[answer.log_bytes] = '\0';
	return bytes;
}

static void say_x86(struct lb_text *text, const struct lb_reserve_env *env)
{
	struct lb_range main = answer.ranges[0].range, low = answer.ranges[1].range;

	if (answer.range_count > 1) {
		lb_format(text, "Reserving %lluMB of low memory at %lluMB for crashkernel (low RAM "
			"limit: %lluMB)\n", MIB_OF(lb_range_size(low)), MIB_OF(low.start),
			MIB_OF(lb_min(env->system_ram, env->low_max)));
	}
	lb_format(text, "Reserving %lluMB of memory at %lluMB for crashkernel (System RAM: "
		"%lluMB)\n", MIB_OF(lb_range_size(main)), MIB_OF(main.start),
		MIB_OF(env->system_ram));
}

static void say_ranges(struct lb_text *text, const struct voice *voice)
{
	struct lb_range main = answer.ranges[0].range, low = answer.ranges[1].range;
	const char *head = voice->words == OLD_RISCV ? "crashkernel: reserved" :
		"crashkernel reserved:";

	if (answer.range_count > 1 && voice->words == OLD_RISCV) {
		lb_format(text, "crashkernel low memory reserved: 0x%016llx - 0x%016llx (%llu "
			"MB)\n", (unsigned long long)low.start, (unsigned long long)low.end,
			MIB_OF(lb_range_size(low)));
	} else if (answer.range_count > 1) {
		lb_format(text, "crashkernel low memory reserved: 0x%08llx - 0x%08llx (%llu "
			"MB)\n", (unsigned long long)low.start, (unsigned long long)low.end,
			MIB_OF(lb_range_size(low)));
	}
	lb_format(text, "%s 0x%016llx - 0x%016llx (%llu MB)\n", head,
		(unsigned long long)main.start, (unsigned long long)main.end,
		MIB_OF(lb_range_size(main)));
}

/* Until 5.12 x86 keeps the first megabyte where it sees the option, whatever comes of it. */
static void say_before(struct lb_text *text, const struct voice *voice)
{
	if (voice->arch == X86 && voice->version < V(5, 13, 0)) {
		lb_text_put(text, "kexec: Reserving the low 1M of memory for crashkernel\n");
	}
}

/* No room for the main region, or none for low memory with it. */
static void say_failure(struct lb_text *text, const struct voice *voice, uint64_t size,
	uint64_t low_size)
{
	unsigned long long bytes = low_size ? low_size : size;

	if (voice->words == OLD_X86 && low_size) {
		lb_format(text, "Cannot reserve %lluMB crashkernel low memory, please try smaller "
			"size.\n", MIB_OF(low_size));
	} else if (voice->words == OLD_X86) {
		lb_text_put(text, "crashkernel reservation failed - No suitable area found.\n");
	} else if (low_size) {
		lb_format(text, "cannot allocate crashkernel low memory (size:0x%llx).\n", bytes);
	} else if (voice->words == OLD_RISCV) {
		lb_format(text, "crashkernel: couldn't allocate %lluKB\n", bytes >> 10);
	} else {
		lb_format(text, "cannot allocate crashkernel (size:0x%llx)\n", bytes);
	}
}

static void say(struct lb_text *text, const struct voice *voice, const struct lb_reserve_env *env,
	uint64_t size)
{
	if (answer.outcome == LB_OUTCOME_FAILED) {
		bool low_failed = answer.failed == LB_PART_LOW;

		say_failure(text, voice, size, low_failed ? answer.low_size : 0);
	} else if (answer.outcome == LB_OUTCOME_RESERVED && voice->words == OLD_X86) {
		say_x86(text, env);
	} else if (answer.outcome == LB_OUTCOME_RESERVED) {
		say_ranges(text, voice);
	}
}

static bool speaks_as_written(const struct voice *voice, bool high, int units)
{
	struct lb_reserve_env env = world_env(voice->arch, voice->version);
	static char cmdline[40], wanted[LB_CRASH_LOG_BYTES];
	struct lb_text line = LB_TEXT(cmdline), text = LB_TEXT(wanted);

	lb_format(&line, "crashkernel=%dM%s", units * 16, high ? ",high" : "");
	world_reserve(lb_linux_reserve, &env, cmdline, &map, &answer);
	say_before(&text, voice);
	say(&text, voice, &env, (uint64_t)units * WORLD_UNIT);
	CHECK_TEXT(whole_log(), wanted);
	return (answer.outcome == LB_OUTCOME_REJECTED) == (high && !voice->knows_high);
}

TEST(reserve_log, says_in_its_age_words_what_was_done)
{
	static const int sizes[] = {2, 8, 13};

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int number = 0; number < 256; number++) {
		for (size_t i = 0; i < LB_ARRAY_COUNT(voices) * LB_ARRAY_COUNT(sizes) * 2; i++) {
			const struct voice *voice = &voices[i / 2 % LB_ARRAY_COUNT(voices)];

			world_load(world_layout(number), false, &map);
			CHECK(speaks_as_written(voice, i & 1,
				sizes[i / 2 / LB_ARRAY_COUNT(voices)]));
		}
	}
}

/* What stands in the way of a fixed place of 128 MiB; the voice has the rest. */
static void say_fixed(struct lb_text *text, const struct voice *voice, lb_phys_addr start)
{
	bool beyond = start + 8 * WORLD_UNIT > WORLD_END;
	bool taken = world_highest(world_free(&map), 8,
		(int)((start - WORLD_BASE) / WORLD_UNIT),
		(int)((start - WORLD_BASE) / WORLD_UNIT) + 8) == WORLD_NOWHERE;

	switch (voice->fixed) {
	case IN_USE:
		lb_text_put(text, "crashkernel reservation failed - memory is in use.\n");
		break;
	case STEP_BY_STEP:
		lb_format(text, "cannot reserve crashkernel: %s\n", beyond ?
			"region is not memory" : taken ? "region overlaps reserved memory" :
			"base address is not 2MB aligned");
		break;
	case AS_AUTOMATIC:
		say_failure(text, voice, 8 * WORLD_UNIT, 0);
		break;
	case GIVEN_OFFSET:
		lb_text_put(text, "crashkernel: allocating failed with given size@offset\n");
		break;
	}
}

/* At every unit, and a megabyte beside it, which only x86 up to 6.6 accepts. */
TEST(reserve_log, says_why_a_fixed_place_is_not_to_be_had)
{
	static char cmdline[80], wanted[LB_CRASH_LOG_BYTES];
	size_t failed = 0;

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int i = 0; i < LB_ARRAY_COUNT(voices) * WORLD_UNITS; i++) {
		const struct voice *voice = &voices[i / WORLD_UNITS];
		struct lb_reserve_env env = world_env(voice->arch, voice->version);
		lb_phys_addr start = world_address((int)(i % WORLD_UNITS)) + (i & 1) * LB_MIB;
		struct lb_text line = LB_TEXT(cmdline), text = LB_TEXT(wanted);

		world_load(world_layout(0x3c), false, &map);
		lb_format(&line, "crashkernel=128M@0x%llx crashkernel=0,low",
			(unsigned long long)start);
		say_before(&text, voice);
		if (voice->fixed == STEP_BY_STEP) {
			say_fixed(&text, voice, start);
		}
		world_reserve(lb_linux_reserve, &env, cmdline, &map, &answer);
		if (answer.outcome == LB_OUTCOME_RESERVED) {
			text = LB_TEXT(wanted);
			say_before(&text, voice);
			say(&text, voice, &env, 8 * WORLD_UNIT);
		} else if (voice->fixed != STEP_BY_STEP) {
			say_fixed(&text, voice, start);
		}
		failed += answer.outcome == LB_OUTCOME_FAILED;
		CHECK_TEXT(whole_log(), wanted);
	}
	CHECK(failed > 300);
}

/* Lines that a boot that does not go on never shows, and no line where nothing was asked for. */
TEST(reserve_log, is_empty_where_nothing_is_to_be_seen)
{
	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (size_t i = 0; i < LB_ARRAY_COUNT(voices); i++) {
		struct lb_reserve_env env = world_env(voices[i].arch, voices[i].version);

		world_load(0, false, &map);
		world_reserve(lb_linux_reserve, &env, "quiet", &map, &answer);
		CHECK_TEXT(whole_log(), "");
		/* The option begins no word, so not even the first megabyte is spoken of. */
		world_reserve(lb_linux_reserve, &env, "xcrashkernel=32M,low", &map, &answer);
		CHECK_TEXT(whole_log(), "");
		env.low_max = env.high_max = WORLD_END;
		world_reserve(lb_linux_reserve, &env, "crashkernel=32M", &map, &answer);
		CHECK((answer.outcome == LB_OUTCOME_HANGS) == !answer.line_count);
	}
}

TEST(reserve_log, keeps_a_line_whole_or_not_at_all)
{
	struct reserve_run run = {.ret = &answer};
	char bytes[8];
	struct lb_text line = LB_TEXT(bytes);

	lb_format(&line, "four");
	lb_reservation_clear(&answer);
	answer.log_bytes = LB_CRASH_LOG_BYTES - 4;
	reserve_log_text(&run, &line);
	CHECK_EQUAL(answer.line_count, 0);
	CHECK_EQUAL(answer.log_bytes, LB_CRASH_LOG_BYTES - 4);
	answer.log_bytes--;
	reserve_log_text(&run, &line);
	CHECK_EQUAL(answer.line_count, 1);
	CHECK_EQUAL(answer.log_bytes, LB_CRASH_LOG_BYTES);
}

/* Whole lines, as many as there is room for. */
TEST(reserve_log, a_line_without_room_is_left_out)
{
	struct reserve_run run = {.ret = &answer};
	char bytes[] = "reserved";
	struct lb_text line = {.bytes = bytes, .length = 8};

	lb_reservation_clear(&answer);
	line.truncated = true;
	reserve_log_text(&run, &line);
	CHECK_EQUAL(answer.line_count, 0);
	line.truncated = false;
	for (unsigned int i = 0; i < 2 * LB_CRASH_LOG_LINES_MAX; i++) {
		reserve_log_text(&run, &line);
	}
	CHECK_EQUAL(answer.line_count, LB_CRASH_LOG_LINES_MAX);
	CHECK_EQUAL(answer.log_bytes, 9 * LB_CRASH_LOG_LINES_MAX);
}
