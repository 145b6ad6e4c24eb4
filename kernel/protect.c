/* SPDX-License-Identifier: MIT */
/* protect: see protect.h. */
#include "protect.h"

#include "arch.h"
#include "console.h"
#include "cpu.h"
#include "load.h"
#include "memory.h"
#include "paging.h"
#include "panic.h"
#include "report.h"
#include "text.h"

#define PROBES 3

/* The whole map before the region was protected. */
static struct lb_linear_cost unprotected;

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

void protect_report_map(struct lb_range region)
{
	static const char *const names[] = {
		"unprotected", "protected", "remapped by 1 GiB", "base pages"};
	struct lb_linear_cost planned = plan(region, LB_LINEAR_UNPROTECTED);
	const struct lb_linear_cost *built = &paging_linear_cost;
	bool same = true;

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		struct lb_linear_cost cost = plan(region, (enum lb_linear_strategy)i);

		print_cost(names[i], &cost);
	}
	print_cost("built", built);
	for (size_t level = 0; level < LB_LEVELS_MAX; level++) {
		same &= built->leaves[level] == planned.leaves[level];
	}
	report_proof(LB_DRILL_PROOF_LINEAR_MAP_LARGE_PAGES, same && lb_linear_map_check(&paging),
		"%llu of 1 GiB, %llu of 2 MiB, %llu of 4 KiB, as planned for the largest blocks; "
		"%llu bytes of tables",
		(unsigned long long)built->leaves[2], (unsigned long long)built->leaves[1],
		(unsigned long long)built->leaves[0], (unsigned long long)built->table_bytes);
}

/* What one CPU found. */
struct attempt {
	lb_phys_addr at;
	bool faulted;
	uint64_t fault;
};

static void attempt_write(void *argument)
{
	struct attempt *attempt = argument;

	attempt->faulted = !probe_write(phys_pointer(attempt->at), 0, &attempt->fault);
}

static unsigned int count_faults(lb_phys_addr at)
{
	unsigned int right = 0;

	for (uint32_t i = 0; i < cpu_count; i++) {
		struct attempt attempt = {.at = at};

		if (cpu_run(&cpus[i], attempt_write, &attempt) && attempt.faulted &&
			attempt.fault == (uintptr_t)phys_pointer(at)) {
			right++;
		}
	}
	return right;
}

static void prove_protected(struct lb_range region)
{
	const lb_phys_addr at[PROBES] = {region.start,
		lb_align_down(region.start + lb_range_size(region) / 2, 8), region.end - 8};
	unsigned int right = 0;

	for (size_t i = 0; i < PROBES; i++) {
		right += count_faults(at[i]);
	}
	report_proof(LB_DRILL_PROOF_CRASH_REGION_PROTECTED, right == PROBES * cpu_count,
		"%u of %u writes from %u CPUs to 0x%llx, 0x%llx, 0x%llx faulted at that address",
		right, PROBES * cpu_count, cpu_count, (unsigned long long)at[0],
		(unsigned long long)at[1], (unsigned long long)at[2]);
}

/* A neighbour: the last word below the region, the first above it, if they are memory. */
struct neighbour {
	lb_phys_addr at;
	bool present;
	uint64_t before;
	uint32_t flags;
};

static struct neighbour look_at(lb_phys_addr at)
{
	struct neighbour ret = {.at = at};
	struct lb_region region;
	struct lb_mapping mapping;

	ret.present = lb_memory_map_memory_at(&memory, at, &region);
	if (ret.present) {
		mapping = paging_lookup((uintptr_t)phys_pointer(at));
		ret.flags = mapping.flags;
		ret.before = *(volatile uint64_t *)phys_pointer(at);
	}
	return ret;
}

/* Still readable with the same contents, writable (the same value back), with the same flags. */
static bool is_unaffected(const struct neighbour *was)
{
	struct lb_mapping mapping;
	uint64_t value;
	uint64_t fault;

	if (!was->present) {
		return true;
	}
	mapping = paging_lookup((uintptr_t)phys_pointer(was->at));
	return mapping.state == LB_MAPPING_PRESENT && mapping.flags == was->flags &&
		mapping.pa == was->at && probe_read(phys_pointer(was->at), &value, &fault) &&
		value == was->before && probe_write(phys_pointer(was->at), value, &fault);
}

void protect_region(struct lb_range region)
{
	struct neighbour below = look_at(region.start - 8);
	struct neighbour above = look_at(region.end);
	struct lb_linear_cost after;
	uint64_t more;
	bool unaffected;

	lb_linear_map_measure(&paging, &unprotected);
	must(lb_linear_map_protect(&paging, region, LB_PROTECT_INACCESSIBLE), "protect: close");
	lb_linear_map_measure(&paging, &after);
	more = after.table_bytes - unprotected.table_bytes;
	print(LB_LINE_LINEAR_MAP "protecting: table_bytes=%llu more\n", (unsigned long long)more);
	prove_protected(region);
	unaffected = is_unaffected(&below) && is_unaffected(&above);
	report_proof(LB_DRILL_PROOF_NEIGHBOURS_UNAFFECTED,
		unaffected && more <= 16 * LB_KIB && lb_linear_map_check(&paging),
		"0x%llx%s and 0x%llx%s read and write as before; %llu bytes of tables more",
		(unsigned long long)below.at, below.present ? "" : " (no memory)",
		(unsigned long long)above.at, above.present ? "" : " (no memory)",
		(unsigned long long)more);
}

static bool same_cost(const struct lb_linear_cost *a, const struct lb_linear_cost *b)
{
	return !__builtin_memcmp(a, b, sizeof(*a));
}

void protect_reload(struct lb_range region)
{
	struct lb_linear_cost closed;
	struct lb_linear_cost opened;
	struct lb_linear_cost again;
	uint8_t digest[LB_SHA256_BYTES];
	bool same_digest;

	lb_linear_map_measure(&paging, &closed);
	memcpy(digest, load.digest, sizeof(digest));
	must(lb_linear_map_unprotect(&paging, region), "protect: open");
	lb_linear_map_measure(&paging, &opened);
	load_into(region);
	must(lb_linear_map_protect(&paging, region, LB_PROTECT_INACCESSIBLE), "protect: again");
	lb_linear_map_measure(&paging, &again);
	same_digest = !memcmp(digest, load.digest, sizeof(digest));
	report_proof(LB_DRILL_PROOF_REGION_RELOADABLE,
		same_digest && same_cost(&unprotected, &opened) && same_cost(&closed, &again) &&
			count_faults(region.start) == cpu_count,
		"opened (%llu bytes of tables), loaded again with %s digest, closed (%llu bytes)",
		(unsigned long long)opened.table_bytes, same_digest ? "the same" : "ANOTHER",
		(unsigned long long)again.table_bytes);
}
