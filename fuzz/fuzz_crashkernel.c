/* SPDX-License-Identifier: MIT */
/*
 * fuzz_crashkernel: any command line, any kernel, any memory. The first bytes choose kernel and
 * memory, the rest is the line. Whatever it says: every position lies inside the line, notes are
 * about bytes of it, what is reserved was free memory, and only that is reserved.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/linux/crashkernel.h"
#include "policy/linux/effective.h"
#include "policy/policy.h"

#define LINE_MAX_BYTES 4096
#define RANGES 4
#define HEAD (3 + RANGES * 3)
#define NOTES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t versions[] = {LB_LINUX(5, 10, 223), LB_LINUX(5, 13, 0), LB_LINUX(5, 15, 0),
	LB_LINUX(5, 19, 0), LB_LINUX(6, 1, 176), LB_LINUX(6, 2, 0), LB_LINUX(6, 5, 0),
	LB_LINUX(6, 7, 0), LB_LINUX(6, 11, 0), LB_LINUX(6, 12, 107), LB_LINUX(6, 17, 13),
	LB_LINUX(7, 2, 13), LB_LINUX(7, 3, 4)};
static const enum lb_arch archs[] = {LB_ARCH_X86_64, LB_ARCH_ARM64, LB_ARCH_RISCV64};

static unsigned char storage[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));
static unsigned char storage_before[LB_MEMORY_MAP_BYTES(32)] __attribute__((aligned(16)));

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* Ranges in units of 64 MiB, up to 16 GiB; the last one is taken. */
static void load_map(struct lb_memory_map *map, const uint8_t *data)
{
	for (size_t i = 0; i < RANGES; i++, data += 3) {
		lb_phys_addr start = data[0] * 64 * LB_MIB;
		struct lb_range range = {start, start + data[1] * 64 * LB_MIB};

		if (i == RANGES - 1) {
			require(!lb_memory_map_reserve(map, range, LB_NO_NODE, 0));
		} else {
			require(!lb_memory_map_add(map, range, data[2] & 1, data[2] & 6));
		}
	}
}

static struct lb_reserve_env load_env(const struct lb_memory_map *map, const uint8_t *data)
{
	static const uint32_t pages[] = {4096, 16384, 65536, 0};
	lb_phys_addr end = lb_memory_map_span(map).end;
	struct lb_reserve_env env = {
		.arch = archs[data[0] % LB_ARRAY_COUNT(archs)],
		.version = versions[data[1] % LB_ARRAY_COUNT(versions)],
		.system_ram = lb_memory_map_total(map),
		.low_max = 4 * LB_GIB,
		.high_max = data[2] & 1 ? 64 * LB_TIB : lb_max(end, 4 * LB_GIB),
		.swiotlb_bytes = (data[2] & 2) * 256 * LB_MIB,
		.page_size = pages[data[2] >> 2 & 3],
		.cma_align = data[2] & 16 ? 2 * LB_MIB : 0,
		.xen_pv = (data[2] & 0xe0) == 0xe0,
		.mirrored_first = data[2] & 32,
		.avoid_hotplug = data[2] & 64,
		.memory_encrypted = data[2] & 128,
	};

	if (!(data[2] & 1) && end < env.low_max) {
		env.low_max = env.high_max = end;
	}
	return env;
}

static void check_grammar(const struct lb_reserve_env *env, const char *line, size_t length)
{
	for (int class_ = 0; class_ < LB_CRASHKERNEL_CLASSES; class_++) {
		struct lb_crashkernel_value value = lb_crashkernel_read(line, length, env->version,
			env->system_ram, (enum lb_crashkernel_class)class_);
		char bytes[160];
		struct lb_text text = LB_TEXT(bytes);
		bool silent = value.result == LB_CRASHKERNEL_OK ||
			value.result == LB_CRASHKERNEL_ABSENT;

		require(value.token.start <= value.token.value);
		require(value.token.value <= value.token.end && value.token.end <= length);
		require(value.position >= value.token.value && value.position <= length);
		require(value.found == (value.position < length &&
			value.result != LB_CRASHKERNEL_ABSENT ? line[value.position] : 0));
		require(lb_crashkernel_message(&value, env->version, &text) == !silent);
		require(!text.truncated);
	}
}

static void check_notes(const struct lb_reserve_env *env, const char *line, size_t length)
{
	static struct lb_effect_note notes[NOTES];
	size_t count = lb_reserve_effective(env, line, notes, NOTES);

	for (size_t i = 0; i < count && i < NOTES; i++) {
		require(notes[i].start <= notes[i].end && notes[i].end <= length);
		require(memchr(notes[i].text, 0, sizeof(notes[i].text)));
		require(lb_effect_name(notes[i].effect));
	}
}

static void check_log(const struct lb_reservation *answer)
{
	size_t bytes = 0;

	for (size_t i = 0; i < answer->line_count; i++) {
		require(strstr(answer->log + bytes, "rashkernel"));
		bytes += strlen(answer->log + bytes) + 1;
	}
	require(bytes == answer->log_bytes);
}

static void check_answer(const struct lb_reservation *answer, const struct lb_memory_map *before,
	const struct lb_memory_map *after)
{
	uint64_t taken = 0, taken_before = 0, reserved = 0;
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	require(lb_memory_map_check(after));
	check_log(answer);
	for (size_t i = 0; i < answer->range_count; i++) {
		struct lb_range range = answer->ranges[i].range;

		require(!lb_range_empty(range));
		require(lb_memory_map_memory_at(before, range.start, &region));
		require(lb_range_contains(region.range, range));
		require(!lb_memory_map_overlaps_reserved(before, range));
		require(lb_memory_map_overlaps_reserved(after, range));
		reserved += lb_range_size(range);
	}
	while (lb_memory_map_next_reserved(after, &cursor, &region)) {
		taken += lb_range_size(region.range);
	}
	cursor = (struct lb_memory_cursor){0};
	while (lb_memory_map_next_reserved(before, &cursor, &region)) {
		taken_before += lb_range_size(region.range);
	}
	require(taken == taken_before + reserved);
	require((answer->outcome == LB_OUTCOME_RESERVED) <= (answer->range_count > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char line[LINE_MAX_BYTES + 1];
	struct lb_memory_map map, before;
	struct lb_reserve_env env;
	size_t length, count;
	const struct lb_policy *policies = lb_policies(&count);

	if (size < HEAD || size - HEAD > LINE_MAX_BYTES) {
		return 0;
	}
	memcpy(line, data + HEAD, size - HEAD);
	line[size - HEAD] = '\0';
	length = strlen(line);
	require(!lb_memory_map_init(&before, storage_before, sizeof(storage_before)));
	load_map(&before, data + 3);
	env = load_env(&before, data);
	check_grammar(&env, line, length);
	check_notes(&env, line, length);
	for (size_t i = 0; i < count; i++) {
		static struct lb_reservation answer;

		require(!lb_memory_map_init(&map, storage, sizeof(storage)));
		require(!lb_memory_map_copy(&map, &before));
		require(!policies[i].reserve(&env, line, &map, NULL, NULL, &answer));
		check_answer(&answer, &before, &map);
	}
	return 0;
}
