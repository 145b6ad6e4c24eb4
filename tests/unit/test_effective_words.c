/* SPDX-License-Identifier: MIT */
/*
 * effective, held against the reservation itself: on every line of a few words, what a note calls
 * ignored can be struck out of the line without any change, and what it calls decisive decides.
 */
#include "lifeboat/format.h"
#include "lifeboat/slice.h"
#include "policy/linux/crashkernel.h"
#include "policy/linux/effective.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define X86 LB_ARCH_X86_64
#define ARM64 LB_ARCH_ARM64
#define RISCV64 LB_ARCH_RISCV64
#define CK "crashkernel="
#define WORDS_EACH 3
#define NOTES 24

static const char *const words[] = {CK "48M", CK "x", CK "64M,high", CK "0,high", CK "32M,low",
	CK "0,low", CK "16M,cma", CK "1G-:80M", "x" CK "96M", "quiet"};
#define WORD_COUNT LB_ARRAY_COUNT(words)

static const struct {
	enum lb_arch arch;
	uint32_t version;
} kernels[] = {
	{X86, V(5, 10, 0)}, {X86, V(6, 6, 0)}, {X86, V(6, 7, 0)}, {X86, V(6, 12, 0)},
	{X86, V(6, 17, 0)}, {X86, V(7, 3, 0)},
	{ARM64, V(5, 10, 0)}, {ARM64, V(5, 19, 0)}, {ARM64, V(6, 2, 0)}, {ARM64, V(6, 5, 0)},
	{ARM64, V(6, 7, 0)}, {ARM64, V(7, 2, 0)}, {ARM64, V(7, 3, 0)},
	{RISCV64, V(5, 15, 0)}, {RISCV64, V(6, 6, 0)}, {RISCV64, V(6, 12, 0)},
	{RISCV64, V(7, 3, 0)},
};

/* All free; only high memory has room; only low has; neither has room for all. */
static const unsigned int layouts[] = {0xff, 0xf0, 0x0f, 0x11};

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static struct lb_memory_map map;
static struct lb_effect_note notes[NOTES];
static struct lb_reservation answer, other;
static char line[80], struck[80];

/* The line number `which`; false at the end. */
static bool write_line(unsigned int which)
{
	struct lb_text text = LB_TEXT(line);

	for (int i = 0; i < WORDS_EACH; i++, which /= WORD_COUNT) {
		lb_format(&text, "%s%s", i ? " " : "", words[which % WORD_COUNT]);
	}
	LB_ASSERT(!text.truncated);
	return !which;
}

static struct lb_reserve_env env_of(size_t kernel, bool cma)
{
	struct lb_reserve_env env = world_env(kernels[kernel].arch, kernels[kernel].version);

	env.cma_align = cma ? WORLD_UNIT : 0;
	return env;
}

static bool spans_are_in_line(size_t count)
{
	size_t length = lb_slice_of(line).length;

	for (size_t i = 0; i < count; i++) {
		if (notes[i].start > notes[i].end || notes[i].end > length || !notes[i].text[0] ||
			notes[i].text[lb_slice_of(notes[i].text).length - 1] == '.') {
			return false;
		}
	}
	return count <= NOTES;
}

/* Occurrences that are not the last of their class, counted from the words. */
static size_t superseded_words(const struct lb_reserve_env *env)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0, length = lb_slice_of(line).length, all = 0, classes = 0;

	while (lb_crashkernel_next(line, length, &cursor, &token)) {
		all++;
	}
	for (int i = 0; i < LB_CRASHKERNEL_CLASSES; i++) {
		classes += lb_crashkernel_read(line, length, env->version, env->system_ram,
			(enum lb_crashkernel_class)i).result != LB_CRASHKERNEL_ABSENT;
	}
	return all - classes;
}

static size_t count_effect(size_t count, enum lb_effect effect)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		found += notes[i].effect == effect;
	}
	return found;
}

static void strike_out(const struct lb_effect_note *note)
{
	for (size_t i = note->start; i < note->end; i++) {
		struck[i] = '_';
	}
}

/* The same line without what the note is about; nor what it superseded, which would count then. */
static void strike_out_with_superseded(const struct lb_effect_note *note, size_t count)
{
	__builtin_memcpy(struck, line, sizeof(line));
	strike_out(note);
	for (size_t i = 0; i < count; i++) {
		if (notes[i].effect == LB_EFFECT_SUPERSEDED) {
			strike_out(&notes[i]);
		}
	}
}

static enum lb_outcome without_reason(enum lb_outcome outcome)
{
	return outcome == LB_OUTCOME_NOT_REQUESTED ? LB_OUTCOME_REJECTED : outcome;
}

static bool same_in_every_world(const struct lb_reserve_env *env)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(layouts); i++) {
		world_load(world_layout(layouts[i]), false, &map);
		world_reserve(lb_linux_reserve, env, line, &map, &answer);
		world_load(world_layout(layouts[i]), false, &map);
		world_reserve(lb_linux_reserve, env, struck, &map, &other);
		if (without_reason(answer.outcome) != without_reason(other.outcome) ||
			answer.range_count != other.range_count ||
			__builtin_memcmp(answer.ranges, other.ranges, sizeof(answer.ranges))) {
			return false;
		}
	}
	return true;
}

static bool ignores(const struct lb_effect_note *note)
{
	switch (note->effect) {
	case LB_EFFECT_SUPERSEDED:
	case LB_EFFECT_HIGH_IGNORED:
	case LB_EFFECT_CMA_IGNORED:
		return true;
	case LB_EFFECT_LOW_IGNORED: /* x86 up to 6.6: unless the region lies high */
		return !lb_slice_ends(lb_slice_of(note->text), "above 4 GiB");
	default:
		return false;
	}
}

static bool holds(size_t kernel, bool cma)
{
	struct lb_reserve_env env = env_of(kernel, cma);
	size_t count = lb_reserve_effective(&env, line, notes, NOTES);

	if (!spans_are_in_line(count) ||
		count_effect(count, LB_EFFECT_SUPERSEDED) != superseded_words(&env)) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!ignores(&notes[i])) {
			continue;
		}
		strike_out_with_superseded(&notes[i], count);
		if (!same_in_every_world(&env)) {
			return false;
		}
	}
	return true;
}

TEST(effective_words, what_is_called_ignored_makes_no_difference)
{
	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int which = 0; write_line(which); which++) {
		/* Every kernel in turn meets every word, in lines of its own. */
		for (size_t kernel = which % 5; kernel < LB_ARRAY_COUNT(kernels); kernel += 5) {
			if (!holds(kernel, which & 1)) {
				CHECK_TEXT(line, "a line whose notes are true");
				CHECK_EQUAL(kernel, LB_ARRAY_COUNT(kernels));
				return;
			}
		}
	}
}

/* The bytes that the answer has of this kind. */
static uint64_t bytes_of(enum lb_crash_kind kind)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < answer.range_count; i++) {
		bytes += answer.ranges[i].kind == kind ? lb_range_size(answer.ranges[i].range) : 0;
	}
	return bytes;
}

/* With memory everywhere, a `,low` or `,cma` that no note speaks of is there to be seen. */
static bool unspoken_is_acted_on(const struct lb_reserve_env *env, size_t count)
{
	size_t length = lb_slice_of(line).length;
	struct lb_crashkernel_value low = lb_crashkernel_read(line, length, env->version,
		env->system_ram, LB_CRASHKERNEL_LOW);
	struct lb_crashkernel_value cma = lb_crashkernel_read(line, length, env->version,
		env->system_ram, LB_CRASHKERNEL_CMA);

	world_load(UINT64_MAX, false, &map);
	world_reserve(lb_linux_reserve, env, line, &map, &answer);
	if (low.result == LB_CRASHKERNEL_OK && !count_effect(count, LB_EFFECT_LOW_IGNORED) &&
		bytes_of(LB_CRASH_LOW) != low.size) {
		return false;
	}
	return cma.result != LB_CRASHKERNEL_OK || bytes_of(LB_CRASH_CMA) ==
		(count_effect(count, LB_EFFECT_CMA_IGNORED) ? 0 : cma.size);
}

TEST(effective_words, what_is_not_called_ignored_is_acted_on)
{
	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int which = 0; write_line(which); which++) {
		for (size_t kernel = which % 2; kernel < LB_ARRAY_COUNT(kernels); kernel += 2) {
			struct lb_reserve_env env = env_of(kernel, true);
			size_t count = lb_reserve_effective(&env, line, notes, NOTES);

			if (!unspoken_is_acted_on(&env, count)) {
				CHECK_TEXT(line, "a line whose silence is true");
				CHECK_EQUAL(kernel, LB_ARRAY_COUNT(kernels));
				return;
			}
		}
	}
}

/* `,high` that counts instead of the plain value decides; ignored, it does not. */
TEST(effective_words, high_decides_where_the_notes_say_so)
{
	size_t instead = 0, ignored = 0;

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int which = 0; write_line(which); which++) {
		for (size_t kernel = 0; kernel < LB_ARRAY_COUNT(kernels); kernel += 2) {
			struct lb_reserve_env env = env_of(kernel, false);
			size_t count = lb_reserve_effective(&env, line, notes, NOTES);
			bool decides = count_effect(count, LB_EFFECT_HIGH_INSTEAD);
			bool is_ignored = count_effect(count, LB_EFFECT_HIGH_IGNORED);

			if (!decides && !is_ignored) {
				continue;
			}
			world_load(UINT64_MAX, false, &map);
			world_reserve(lb_linux_reserve, &env, line, &map, &answer);
			CHECK(answer.high == decides || (is_ignored && !answer.size));
			instead += decides;
			ignored += is_ignored;
		}
	}
	CHECK(instead > 10 && ignored > 100);
}

/* Where a plain value is called malformed, nothing comes of it. */
TEST(effective_words, a_malformed_plain_value_reserves_nothing)
{
	size_t malformed = 0;

	LB_ASSERT(!lb_memory_map_init(&map, storage, sizeof(storage)));
	for (unsigned int which = 0; write_line(which); which += 3) {
		for (size_t kernel = 0; kernel < LB_ARRAY_COUNT(kernels); kernel += 3) {
			struct lb_reserve_env env = env_of(kernel, false);
			size_t count = lb_reserve_effective(&env, line, notes, NOTES);

			if (!count_effect(count, LB_EFFECT_MALFORMED) &&
				!count_effect(count, LB_EFFECT_UNKNOWN_SUFFIX)) {
				continue;
			}
			world_load(UINT64_MAX, false, &map);
			world_reserve(lb_linux_reserve, &env, line, &map, &answer);
			CHECK(answer.outcome == LB_OUTCOME_REJECTED || answer.high);
			malformed++;
		}
	}
	CHECK(malformed > 50);
}

/* One line for each effect: no effect is out of reach, and each name is its own. */
TEST(effective_words, every_effect_can_be_reached)
{
	static const struct {
		enum lb_effect effect;
		const char *name;
		enum lb_arch arch;
		uint32_t version;
		const char *line;
	} cases[] = {
		{LB_EFFECT_SUPERSEDED, "superseded", X86, V(6, 12, 0), CK "1M " CK "2M"},
		{LB_EFFECT_PART_OF_WORD, "part-of-word", X86, V(6, 12, 0), "x" CK "1M"},
		{LB_EFFECT_UNKNOWN_SUFFIX, "unknown-suffix", X86, V(6, 12, 0), CK "1M,cma"},
		{LB_EFFECT_MALFORMED, "malformed", X86, V(6, 12, 0), CK "1Mx"},
		{LB_EFFECT_OVERFLOW, "overflow", X86, V(6, 12, 0), CK "99E"},
		{LB_EFFECT_HIGH_IGNORED, "high-ignored", ARM64, V(5, 10, 0), CK "1M,high"},
		{LB_EFFECT_LOW_IGNORED, "low-ignored", X86, V(6, 12, 0), CK "1M,low"},
		{LB_EFFECT_CMA_IGNORED, "cma-ignored", X86, V(6, 17, 0), CK "1M,cma"},
		{LB_EFFECT_HIGH_INSTEAD, "high-instead", X86, V(6, 1, 0), CK "x " CK "1M,high"},
		{LB_EFFECT_RANGE_ENTRY, "range-entry", X86, V(6, 12, 0), CK "1M-:1M"},
		{LB_EFFECT_TAIL_IGNORED, "tail-ignored", X86, V(6, 12, 0), CK "1M@1Mx"},
		{LB_EFFECT_PAGE_ROUNDED, "page-rounded", ARM64, V(6, 1, 0), CK "1000001"},
	};

	CHECK_TEXT(lb_effect_name(LB_EFFECT_CUT_OFF), "cut-off");
	for (size_t i = 0; i < LB_ARRAY_COUNT(cases); i++) {
		struct lb_reserve_env env = world_env(cases[i].arch, cases[i].version);
		size_t count = lb_reserve_effective(&env, cases[i].line, notes, NOTES);

		CHECK_TEXT(lb_effect_name(cases[i].effect), cases[i].name);
		if (!count_effect(count, cases[i].effect)) {
			CHECK_TEXT(cases[i].line, cases[i].name);
		}
	}
}
