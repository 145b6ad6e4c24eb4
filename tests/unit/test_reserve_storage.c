/* SPDX-License-Identifier: MIT */
/*
 * Reservations in maps with little storage: at every size there is either the answer that there is
 * with plenty, or LB_NO_STORAGE, a cleared answer and the map as it was. And a reservation that
 * fails for want of room leaves no trace in any map.
 */
#include "lifeboat/format.h"
#include "tests/harness/test.h"
#include "tests/unit/reserve_maps.h"
#include "tests/unit/reserve_world.h"

#define V LB_LINUX
#define CK "crashkernel="
#define ROOMS 8 /* from none to more than any answer takes */

struct storage {
	unsigned char bytes[LB_MEMORY_MAP_BYTES(200)] __attribute__((aligned(16)));
};

static struct storage plenty, untouched;
static struct {
	unsigned char bytes[LB_MEMORY_MAP_BYTES(1)] __attribute__((aligned(16)));
} little;
static struct lb_memory_map full_map, small_map, before;
static struct lb_reservation answer, wanted;

static const char *const lines[] = {
	CK "256M",
	CK "256M,high",
	CK "512M,high " CK "128M,low",
	CK "1G,high " CK "16G,low",
	CK "64M@0x50000000",
	CK "100M " CK "300M,cma",
	CK "900M,high " CK "0,low " CK "1G,cma",
	CK "40G",
};

static const struct {
	const struct reserve_machine *machine;
	uint32_t version;
} kernels[] = {
	{&x86_2g, V(5, 10, 0)},
	{&x86_6g, V(6, 1, 0)},
	{&x86_4g_nodes, V(6, 7, 0)},
	{&x86_6g_log_7_3, V(7, 3, 0)},
	{&x86_server, V(7, 2, 0)},
	{&arm64_2g_5_10, V(5, 10, 0)},
	{&arm64_6g, V(6, 1, 0)},
	{&arm64_8g, V(6, 5, 0)},
	{&arm64_8g_7_0, V(7, 3, 0)},
	{&riscv_6g, V(6, 1, 0)},
	{&riscv_6g, V(6, 6, 0)},
	{&riscv_8g_7_2, V(7, 3, 0)},
};

/* Regions of both sets, in order, byte for byte. */
static bool same_maps(const struct lb_memory_map *a, const struct lb_memory_map *b)
{
	struct lb_memory_cursor at_a = {0}, at_b = {0};
	struct lb_region in_a, in_b;
	bool more;

	while ((more = lb_memory_map_next_memory(a, &at_a, &in_a)) &&
		lb_memory_map_next_memory(b, &at_b, &in_b)) {
		if (in_a.range.start != in_b.range.start || in_a.range.end != in_b.range.end ||
			in_a.node != in_b.node || in_a.flags != in_b.flags) {
			return false;
		}
	}
	if (more || lb_memory_map_next_memory(b, &at_b, &in_b)) {
		return false;
	}
	at_a = at_b = (struct lb_memory_cursor){0};
	while ((more = lb_memory_map_next_reserved(a, &at_a, &in_a)) &&
		lb_memory_map_next_reserved(b, &at_b, &in_b)) {
		if (in_a.range.start != in_b.range.start || in_a.range.end != in_b.range.end) {
			return false;
		}
	}
	return !more && !lb_memory_map_next_reserved(b, &at_b, &in_b);
}

/*
 * Ballast: taken pages where no memory is, so that no search sees them, until a copy of the map in
 * the small storage has room for just so many more regions. Storage cannot be made smaller than
 * two nodes, which hold more regions than these machines have.
 */
static void load_ballast(size_t room)
{
	size_t capacity, regions = lb_memory_map_memory_count(&before) +
		lb_memory_map_reserved_count(&before);

	LB_ASSERT(!lb_memory_map_init(&small_map, little.bytes, sizeof(little.bytes)));
	capacity = lb_memory_map_room(&small_map);
	for (uint64_t i = 0; regions + i + room < capacity; i++) {
		lb_phys_addr at = (UINT64_C(1) << 60) + i * 8192;

		LB_ASSERT(!lb_memory_map_reserve(&before, (struct lb_range){at, at + 4096},
			LB_NO_NODE, 0));
	}
	LB_ASSERT(!lb_memory_map_copy(&small_map, &before));
	LB_ASSERT(lb_memory_map_room(&small_map) == room);
}

static bool same_answer(void)
{
	return !__builtin_memcmp(&answer, &wanted, sizeof(answer));
}

/* In the small map; *refused counts. False: something is wrong. */
static bool holds(lb_policy_reserve *reserve, const struct lb_reserve_env *env, const char *line,
	unsigned int *refused)
{
	struct lb_reservation clear;
	enum lb_status status;

	lb_reservation_clear(&clear);
	LB_ASSERT(!lb_memory_map_copy(&small_map, &before));
	status = reserve(env, line, &small_map, NULL, NULL, &answer);
	if (!lb_memory_map_check(&small_map)) {
		return false;
	}
	if (status == LB_NO_STORAGE) {
		++*refused;
		return same_maps(&small_map, &before) &&
			!__builtin_memcmp(&answer, &clear, sizeof(answer));
	}
	return status == LB_OK && same_answer() && same_maps(&small_map, &full_map);
}

static void init_maps(void)
{
	LB_ASSERT(!lb_memory_map_init(&full_map, plenty.bytes, sizeof(plenty.bytes)));
	LB_ASSERT(!lb_memory_map_init(&before, untouched.bytes, sizeof(untouched.bytes)));
}

TEST(reserve_storage, too_little_storage_changes_nothing)
{
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);
	unsigned int refused = 0;

	init_maps();
	for (size_t i = 0; i < LB_ARRAY_COUNT(kernels) * ROOMS; i++) {
		struct lb_reserve_env env;

		reserve_machine_load(kernels[i / ROOMS].machine, kernels[i / ROOMS].version,
			&before, &env);
		env.cma_align = 4 * LB_MIB;
		env.memory_encrypted = true;
		load_ballast(i % ROOMS);
		for (size_t line = 0; line < LB_ARRAY_COUNT(lines) * count; line++) {
			lb_policy_reserve *reserve = policies[line % count].reserve;

			LB_ASSERT(!lb_memory_map_copy(&full_map, &before));
			world_reserve(reserve, &env, lines[line / count], &full_map, &wanted);
			if (!holds(reserve, &env, lines[line / count], &refused)) {
				CHECK_TEXT(policies[line % count].name, lines[line / count]);
				return;
			}
		}
	}
	CHECK(refused > 200);
}

TEST(reserve_storage, a_request_without_room_leaves_no_trace)
{
	size_t count, failed = 0;
	const struct lb_policy *policies = lb_policies(&count);

	init_maps();
	for (size_t i = 0; i < LB_ARRAY_COUNT(kernels) * LB_ARRAY_COUNT(lines) * count; i++) {
		size_t kernel = i / count / LB_ARRAY_COUNT(lines);
		const char *line = lines[i / count % LB_ARRAY_COUNT(lines)];
		struct lb_reserve_env env;

		reserve_machine_load(kernels[kernel].machine, kernels[kernel].version, &before,
			&env);
		LB_ASSERT(!lb_memory_map_copy(&full_map, &before));
		world_reserve(policies[i % count].reserve, &env, line, &full_map, &answer);
		if (answer.outcome == LB_OUTCOME_RESERVED) {
			continue;
		}
		failed++;
		if (answer.range_count) { /* `,cma` stands by itself */
			CHECK(answer.ranges[0].kind == LB_CRASH_CMA);
			continue;
		}
		CHECK(same_maps(&full_map, &before));
	}
	CHECK(failed > 50);
}

/* Releasing the ranges of an answer gives the map back as it was: they are all that changed. */
TEST(reserve_storage, the_ranges_of_an_answer_are_all_that_changes)
{
	size_t count;
	const struct lb_policy *policies = lb_policies(&count);

	init_maps();
	for (size_t i = 0; i < LB_ARRAY_COUNT(kernels) * LB_ARRAY_COUNT(lines) * count; i++) {
		size_t kernel = i / count / LB_ARRAY_COUNT(lines);
		struct lb_reserve_env env;

		reserve_machine_load(kernels[kernel].machine, kernels[kernel].version, &before,
			&env);
		env.cma_align = 4 * LB_MIB;
		LB_ASSERT(!lb_memory_map_copy(&full_map, &before));
		world_reserve(policies[i % count].reserve, &env,
			lines[i / count % LB_ARRAY_COUNT(lines)], &full_map, &answer);
		for (size_t range = 0; range < answer.range_count; range++) {
			CHECK(!lb_memory_map_release(&full_map, answer.ranges[range].range));
		}
		CHECK(same_maps(&full_map, &before));
	}
}
