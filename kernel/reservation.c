/* SPDX-License-Identifier: MIT */
/* reservation: see reservation.h. */
#include "reservation.h"

#include "lifeboat/claim.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "console.h"
#include "cpu.h"
#include "load.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "report.h"

#define BLOCK (2 * LB_MIB)
#define LINUX_MEMORY (192 * LB_MIB)
#define REFERENCE_MEMORY (16 * LB_MIB)
#define POOL_BYTES (4 * LB_MIB)
/* What a capture kernel's tables take beside the linear map: image, devices, spare. */
#define TABLES_EXTRA (160 * PAGE_BYTES)

enum {
	CLAIM_KERNEL,
	CLAIM_INITRD,
	CLAIM_HANDOVER,
	CLAIM_PURGATORY,
	CLAIM_TABLES,
	CLAIM_CPUS,
	CLAIM_MEMORY,
	CLAIM_ROUNDING,
	CLAIM_POOL,
	CLAIM_LOW,
	CLAIMS,
};

static struct lb_claim claims[CLAIMS];
static size_t claim_count;
static size_t loaded_count; /* the first so many are for what is loaded */
static size_t pool_index;
static struct lb_claim *low; /* NULL: none */

static uint64_t whole_pages(uint64_t bytes)
{
	uint64_t pages;

	if (!lb_align_up(bytes, PAGE_BYTES, &pages)) {
		panic("reservation: 0x%llx bytes make no sense", (unsigned long long)bytes);
	}
	return pages;
}

/* Where crash memory may be: above the first megabyte, and where every capture kernel can start. */
static struct lb_range crash_window(void)
{
	return (struct lb_range){lb_max(LB_MIB, option_number(boot_info.cmdline, "crash-min", 0)),
		option_number(boot_info.cmdline, "crash-max", ARCH_CRASH_MAX)};
}

static void add(const char *name, const char *source, uint64_t bytes, uint64_t align)
{
	if (bytes) {
		claims[claim_count++] = (struct lb_claim){.name = name, .source = source,
			.size = whole_pages(bytes), .align = align, .window = crash_window()};
	}
}

/* What it takes to map all of old memory, by the core's own reckoning. */
static uint64_t table_bytes(void)
{
	struct lb_linear_cost cost;

	must(lb_linear_map_estimate(&paging.config, paging_plan.writable,
		     paging_plan.writable_count, (struct lb_range){0, 0}, LB_LINEAR_UNPROTECTED,
		     &cost), "reservation: page tables");
	return cost.table_bytes + TABLES_EXTRA;
}

/* The pool has a window of its own, so that it can be given back as a region of its own. */
static lb_phys_addr pool_limit(void)
{
	lb_phys_addr last = 4 * LB_GIB - 2;

	bounce_needed(lb_memory_map_span(&memory).end - 1, &last);
	return last + 1;
}

/* What is loaded, and has its place in the region whatever the capture kernel needs besides. */
static void register_loaded(void)
{
	add("capture kernel", "bytes that the image needs to start",
		load_segment_bytes(LOAD_KERNEL), load.image.align);
	add("initrd", "size of the file", load_segment_bytes(LOAD_INITRD), PAGE_BYTES);
	add("handover", "core header, handover stream, boot data",
		whole_pages(load_segment_bytes(LOAD_CORE_HEADER)) +
			whole_pages(load_segment_bytes(LOAD_HANDOVER)) +
			whole_pages(load_segment_bytes(LOAD_BOOT_DATA)), PAGE_BYTES);
	add("purgatory", "code, stack and identity map",
		whole_pages(load_segment_bytes(LOAD_PURGATORY)) +
			whole_pages(load_segment_bytes(LOAD_TABLES)), PAGE_BYTES);
	loaded_count = claim_count;
}

static void register_working_memory(void)
{
	bool is_linux = option_is(boot_info.cmdline, "capture", "linux");

	add("page tables", "linear map of all old memory, by the planner", table_bytes(),
		PAGE_BYTES);
	add("per-cpu areas", "two stacks for each CPU",
		cpu_count * 2 * sizeof(struct cpu_stack), PAGE_BYTES);
	add("working memory", is_linux ? "measured for Linux with a small initrd"
				       : "what the reference kernel refuses to run without",
		option_number(boot_info.cmdline, "capture-memory",
			is_linux ? LINUX_MEMORY : REFERENCE_MEMORY), PAGE_BYTES);
}

static uint64_t claimed_bytes(void)
{
	uint64_t total;

	must(lb_claims_total(claims, claim_count, &total), "reservation: sum");
	return total;
}

/* As crashkernel= does it: so much in all, whatever it is for. */
static void register_rest_of(uint64_t size)
{
	uint64_t loaded = claimed_bytes();

	if (loaded > size) {
		print(LB_LINE_ERROR LB_ERROR_TOO_SMALL ": %llu bytes for %llu\n",
			(unsigned long long)size, (unsigned long long)loaded);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
	add("working memory", "what is left of crash-size=", size - loaded, PAGE_BYTES);
}

static void register_claims(void)
{
	uint64_t size = option_number(boot_info.cmdline, "crash-size", 0);
	uint64_t total;
	uint64_t rounded;

	register_loaded();
	if (size) {
		register_rest_of(size);
	} else {
		register_working_memory();
	}
	total = claimed_bytes();
	if (!lb_align_up(total, BLOCK, &rounded)) {
		panic("reservation: the sum makes no sense");
	}
	add("rounding", "to whole blocks of 2 MiB", rounded - total, PAGE_BYTES);
	pool_index = claim_count;
	add(LB_CLAIM_POOL, "2048 slots of 2 KiB, where every device reaches them", POOL_BYTES,
		PAGE_BYTES);
	claims[pool_index].window = (struct lb_range){LB_MIB, pool_limit()};
}

static void register_low(void)
{
	uint64_t size = option_number(boot_info.cmdline, "crash-low-size", 0);

	if (size) {
		low = &claims[claim_count];
		add("low memory", "crash-low-size=", size, BLOCK);
		low->window = (struct lb_range){LB_MIB, 4 * LB_GIB};
	}
}

struct lb_range reservation_low(void)
{
	return low ? low->range : (struct lb_range){0, 0};
}

static void print_claims(uint64_t total)
{
	for (size_t i = 0; i < claim_count; i++) {
		print(LB_LINE_CLAIM "%s: %llu bytes at 0x%llx-0x%llx: %s\n", claims[i].name,
			(unsigned long long)claims[i].size,
			(unsigned long long)claims[i].range.start,
			(unsigned long long)claims[i].range.end - 1, claims[i].source);
	}
	print(LB_LINE_CLAIM "sum: %llu bytes\n", (unsigned long long)total);
}

static uint64_t free_bytes(void)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;
	uint64_t bytes = 0;

	while (lb_memory_map_next_free(&memory, &cursor, &region)) {
		bytes += lb_range_size(region.range);
	}
	return bytes;
}

/* True if exactly this memory is free as one piece. */
static bool can_be_had(struct lb_range range)
{
	const struct lb_memory_request request = {.size = lb_range_size(range),
		.align = PAGE_BYTES, .window = range, .node = LB_NO_NODE};
	lb_phys_addr start;

	return lb_memory_map_find(&memory, &request, &start) == LB_OK && start == range.start;
}

/* Every device that reaches the last byte of RAM can do without a pool. */
static void settle_pool(void)
{
	lb_phys_addr last = lb_memory_map_span(&memory).end - 1;
	struct lb_claim *pool = &claims[pool_index];
	struct lb_range range = pool->range;
	uint64_t before = free_bytes();
	lb_phys_addr reach;
	bool held;

	if (bounce_needed(last, &reach)) {
		print(LB_LINE_CLAIM LB_CLAIM_POOL ": " LB_CLAIM_POOL_KEPT
			": edu reaches 0x%llx, memory 0x%llx\n",
			(unsigned long long)reach, (unsigned long long)last);
		bounce_set_up(pool->range);
		return;
	}
	held = !can_be_had(range);
	must(lb_claim_release(&memory, pool, NULL), "reservation: release");
	report_proof(LB_DRILL_PROOF_CLAIM_RELEASED,
		held && pool->state == LB_CLAIM_RELEASED && can_be_had(range) &&
			free_bytes() - before == pool->size,
		"bounce pool: every device reaches 0x%llx; %llu bytes at 0x%llx are free again, "
		"and nothing else is",
		(unsigned long long)last, (unsigned long long)(free_bytes() - before),
		(unsigned long long)range.start);
}

/* Whether the claims for what is loaded are what its parts take, one by one. */
static bool loaded_is_claimed(void)
{
	uint64_t claimed = 0;
	uint64_t parts = 0;

	for (size_t i = 0; i < loaded_count; i++) {
		claimed += claims[i].size;
	}
	for (unsigned int which = 0; which < LOAD_SEGMENTS; which++) {
		parts += whole_pages(load_segment_bytes((enum load_segment)which));
	}
	return claimed == parts;
}

/* The region that the claims of the capture kernel share. */
static struct lb_range shared_region(uint64_t *ret_sum)
{
	struct lb_range region = {LB_PHYS_ADDR_MAX, 0};

	*ret_sum = 0;
	for (size_t i = 0; i < pool_index; i++) {
		region.start = lb_min(region.start, claims[i].range.start);
		region.end = lb_max(region.end, claims[i].range.end);
		*ret_sum += claims[i].size;
	}
	return region;
}

struct lb_range reservation_make(void)
{
	struct lb_claim_conflict conflict = {0};
	struct lb_range region;
	uint64_t total;
	uint64_t sum;

	register_claims();
	register_low();
	total = claimed_bytes();
	if (lb_claims_reserve(&memory, claims, claim_count, NULL, &conflict) != LB_OK) {
		panic("reservation: no room for \"%s\" (%llu bytes in all): \"%s\" is in the way",
			conflict.claim ? conflict.claim->name : "?", (unsigned long long)total,
			conflict.owner ? conflict.owner : "?");
	}
	print_claims(total);
	region = shared_region(&sum);
	report_region(LB_REGION_CRASH, region);
	if (low) {
		report_region(LB_REGION_LOW_CRASH, low->range);
	}
	report_proof(LB_DRILL_PROOF_CLAIMS_SUMMED,
		lb_range_size(region) == sum && !(region.start & (BLOCK - 1)) &&
			loaded_is_claimed(),
		"%zu claims, %llu bytes, are the crash region 0x%llx-0x%llx without a gap",
		pool_index, (unsigned long long)sum, (unsigned long long)region.start,
		(unsigned long long)region.end - 1);
	settle_pool();
	return region;
}
