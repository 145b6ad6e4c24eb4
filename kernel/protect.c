/* SPDX-License-Identifier: MIT */
/* protect: see protect.h. */
#include "protect.h"

#include "arch.h"
#include "attempt.h"
#include "console.h"
#include "cpu.h"
#include "load.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "report.h"
#include "text.h"

/* The whole map before the region was protected, and when it was. */
static struct lb_linear_cost unprotected;
static struct lb_linear_cost closed;

static void print_cost(const char *name, const struct lb_linear_cost *cost)
{
	print(LB_LINE_LINEAR_MAP
		"%s: table_bytes=%llu leaves_1g=%llu leaves_2m=%llu leaves_4k=%llu\n", name,
		(unsigned long long)cost->table_bytes, (unsigned long long)cost->leaves[2],
		(unsigned long long)cost->leaves[1], (unsigned long long)cost->leaves[0]);
}

static struct lb_linear_cost plan(struct lb_range region, enum lb_linear_strategy strategy)
{
	struct lb_linear_cost cost;

	must(lb_linear_map_estimate(&paging.config, paging_plan.writable,
		     paging_plan.writable_count, region, strategy, &cost), "protect: estimate");
	return cost;
}

/* Blocks of 4 KiB, 2 MiB and 1 GiB. */
#define SIZES 3

/* From the start on, each time the largest block that is aligned and fits. */
static void count_blocks(struct lb_range run, uint64_t counts[SIZES])
{
	static const uint64_t sizes[SIZES] = {PAGE_BYTES, 2 * LB_MIB, LB_GIB};

	while (run.start < run.end) {
		unsigned int size = arch_has_1g_blocks() ? 2 : 1;

		while (size && (run.start % sizes[size] || lb_range_size(run) < sizes[size])) {
			size--;
		}
		counts[size]++;
		run.start += sizes[size];
	}
}

/* The fewest blocks that memory can be mapped with, by the memory map and arithmetic alone: the
 * planner might be wrong in the same way as the map. */
static void count_fewest_blocks(uint64_t counts[SIZES])
{
	struct lb_memory_cursor cursor = {0};
	struct lb_range run = {0, 0};
	struct lb_region region;

	while (lb_memory_map_next_memory(&memory, &cursor, &region)) {
		if (region.range.start != run.end) {
			count_blocks(run, counts);
			run.start = region.range.start;
		}
		run.end = region.range.end;
	}
	count_blocks(run, counts);
}

void protect_report_map(struct lb_range region)
{
	static const char *const names[] = {
		"unprotected", "protected", "remapped by 1 GiB", "base pages"};
	struct lb_linear_cost planned = plan(region, LB_LINEAR_UNPROTECTED);
	const struct lb_linear_cost *built = &paging_linear_cost;
	uint64_t fewest[LB_LEVELS_MAX] = {0};
	bool same = built->table_bytes == planned.table_bytes;

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		struct lb_linear_cost cost = plan(region, (enum lb_linear_strategy)i);

		print_cost(names[i], &cost);
	}
	print_cost("built", built);
	count_fewest_blocks(fewest);
	for (size_t level = 0; level < LB_LEVELS_MAX; level++) {
		same = same && built->leaves[level] == planned.leaves[level] &&
			built->leaves[level] == fewest[level];
	}
	report_proof(LB_DRILL_PROOF_LINEAR_MAP_LARGE_PAGES, same && lb_linear_map_check(&paging),
		"%llu of 1 GiB, %llu of 2 MiB, %llu of 4 KiB; memory needs %llu, %llu, %llu; "
		"%llu bytes of tables",
		(unsigned long long)built->leaves[2], (unsigned long long)built->leaves[1],
		(unsigned long long)built->leaves[0], (unsigned long long)fewest[2],
		(unsigned long long)fewest[1], (unsigned long long)fewest[0],
		(unsigned long long)built->table_bytes);
}

/* Words outside the region: next to it, and as far away as blocks and groups of them reach. */
#define NEIGHBOURS_MAX 10
struct neighbours {
	lb_phys_addr at[NEIGHBOURS_MAX];
	uint64_t value[NEIGHBOURS_MAX];
	uint32_t flags[NEIGHBOURS_MAX];
	size_t count;
};

/* What the image holds may change at any time. One that cannot be read is found out later. */
static void add_neighbour(struct neighbours *neighbours, lb_phys_addr at)
{
	size_t i = neighbours->count;
	struct lb_region region;
	uint64_t fault;

	if (!lb_memory_map_memory_at(&memory, at, &region) ||
		lb_range_has(image_range(), at)) {
		return;
	}
	neighbours->at[i] = at;
	probe_read(phys_pointer(at), &neighbours->value[i], &fault);
	neighbours->flags[i] = paging_lookup((uintptr_t)phys_pointer(at)).flags;
	neighbours->count++;
}

static struct neighbours look_around(struct lb_range region)
{
	static const uint64_t distances[NEIGHBOURS_MAX / 2] = {
		0, PAGE_BYTES, 2 * LB_MIB, 32 * LB_MIB, LB_GIB};
	struct neighbours ret = {.count = 0};

	for (size_t i = 0; i < LB_ARRAY_COUNT(distances); i++) {
		if (region.start >= distances[i] + 8) {
			add_neighbour(&ret, region.start - 8 - distances[i]);
		}
		add_neighbour(&ret, region.end + distances[i]);
	}
	return ret;
}

static bool same_flags(const struct neighbours *was)
{
	bool same = true;

	for (size_t i = 0; i < was->count; i++) {
		struct lb_mapping mapping = paging_lookup((uintptr_t)phys_pointer(was->at[i]));

		same = same && mapping.state == LB_MAPPING_PRESENT &&
			mapping.flags == was->flags[i] && mapping.pa == was->at[i];
	}
	return same;
}

static bool all_right(const struct attempts *attempts)
{
	return attempts->made && attempts->right == attempts->made;
}

/* open: the same accesses before, when none of them may fault; else the proof could not fail. */
static void prove_protected(struct lb_range region, const struct attempts *open,
	const struct attempts *held, const struct attempts *faulted)
{
	char bytes[64] = "";
	struct lb_text where = LB_TEXT(bytes);

	if (!all_right(faulted)) {
		lb_format(&where, ", first not at 0x%llx on cpu %u",
			(unsigned long long)faulted->first, faulted->cpu);
	}
	report_proof(LB_DRILL_PROOF_CRASH_REGION_PROTECTED,
		all_right(faulted) && all_right(held) && !open->right,
		"%llu of %llu reads and writes, by %u CPUs in all of %llu pages, faulted at that "
		"address%s; before, %llu did, and %llu of %llu words could be read",
		(unsigned long long)faulted->right, (unsigned long long)faulted->made, cpu_count,
		(unsigned long long)(lb_range_size(region) / PAGE_BYTES), bytes,
		(unsigned long long)open->right, (unsigned long long)held->right,
		(unsigned long long)held->made);
}

static void prove_unaffected(const struct neighbours *around, const struct attempts *before,
	const struct attempts *after, uint64_t more)
{
	report_proof(LB_DRILL_PROOF_NEIGHBOURS_UNAFFECTED,
		all_right(before) && all_right(after) && same_flags(around) &&
			more <= 16 * LB_KIB && lb_linear_map_check(&paging),
		"%zu words, up to 1 GiB away, read and write as before on %u CPUs (%llu of %llu); "
		"%llu bytes of tables more",
		around->count, cpu_count, (unsigned long long)after->right,
		(unsigned long long)after->made, (unsigned long long)more);
}

/* Every CPU holds translations of the region and of its neighbours when it is closed, and tries
 * again before anything else could make it drop them. */
static void close_region(struct lb_range region, struct lb_linear_cost *ret_cost)
{
	struct neighbours around = look_around(region);
	struct attempts before = attempt_to_keep(around.at, around.value, around.count);
	struct attempts open = attempt_every_page(region);
	struct attempts held = attempt_to_read(region);
	struct attempts faulted;
	struct attempts after;
	uint64_t more;

	must(lb_linear_map_protect(&paging, region, LB_PROTECT_INACCESSIBLE), "protect: close");
	faulted = attempt_every_page(region);
	after = attempt_to_keep(around.at, around.value, around.count);
	lb_linear_map_measure(&paging, ret_cost);
	more = ret_cost->table_bytes - unprotected.table_bytes;
	prove_protected(region, &open, &held, &faulted);
	prove_unaffected(&around, &before, &after, more);
}

void protect_region(struct lb_range region)
{
	lb_linear_map_measure(&paging, &unprotected);
	close_region(region, &closed);
	print(LB_LINE_LINEAR_MAP "protecting: table_bytes=%llu more\n",
		(unsigned long long)(closed.table_bytes - unprotected.table_bytes));
}

static bool same_cost(const struct lb_linear_cost *a, const struct lb_linear_cost *b)
{
	return !__builtin_memcmp(a, b, sizeof(*a));
}

/* When the region is opened, every CPU has just met with a fault in each page of it. */
void protect_reload(struct lb_range region)
{
	struct lb_linear_cost opened;
	struct lb_linear_cost again;
	struct attempts reached;
	uint8_t digest[LB_SHA256_BYTES];
	bool same_digest;

	memcpy(digest, load.digest, sizeof(digest));
	must(lb_linear_map_unprotect(&paging, region), "protect: open");
	reached = attempt_to_read(region);
	lb_linear_map_measure(&paging, &opened);
	load_into(region);
	close_region(region, &again);
	same_digest = !memcmp(digest, load.digest, sizeof(digest));
	report_proof(LB_DRILL_PROOF_REGION_RELOADABLE,
		same_digest && same_cost(&unprotected, &opened) && same_cost(&closed, &again) &&
			all_right(&reached),
		"opened (%llu bytes of tables, %llu of %llu words could be read), loaded again "
		"with %s digest, closed (%llu bytes)",
		(unsigned long long)opened.table_bytes, (unsigned long long)reached.right,
		(unsigned long long)reached.made, same_digest ? "the same" : "ANOTHER",
		(unsigned long long)again.table_bytes);
}
