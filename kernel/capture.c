/* SPDX-License-Identifier: MIT */
/*
 * capture: see capture.h. The loader gave this kernel the crash region as its only RAM. Old memory
 * is mapped read-only, exactly as far as the core header says, so a write to it cannot happen
 * unnoticed.
 */
#include "capture.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "console.h"
#include "cpu.h"
#include "early_map.h"
#include "given_memory.h"
#include "handed_over.h"
#include "low_memory.h"
#include "memory.h"
#include "old_memory.h"
#include "old_pattern.h"
#include "options.h"
#include "paging.h"
#include "pattern.h"
#include "report.h"

static struct {
	/* NULL: the old kernel was not the reference kernel. */
	const struct lb_pattern_table *pattern;
	enum lb_status handover_status;
	struct lb_handover_view handover;
	struct lb_range given; /* more RAM than the crash memory; empty: none */
} found;

/* Memory that was handed over, which this kernel may write from now on. False: what is said of it
 * cannot be. */
static bool take_in(const char *what, struct lb_range place)
{
	if ((place.start | place.end) & (PAGE_BYTES - 1) || place.end > EARLY_MAP_END ||
		old_memory_is_ours(place) || old_memory_dumps(place) ||
		paging_plan.writable_count == LB_ARRAY_COUNT(paging_plan.writable)) {
		print("%s: left alone: 0x%llx-0x%llx is not outside all other memory\n", what,
			(unsigned long long)place.start, (unsigned long long)place.end - 1);
		return false;
	}
	old_memory_insert(paging_plan.writable, LB_ARRAY_COUNT(paging_plan.writable),
		&paging_plan.writable_count, place);
	return true;
}

/* A pool that is not what it should be is left alone: the dump does not need it. */
static void open_pool(const struct lb_handover_bounce_pool *pool)
{
	struct lb_range place = {pool->base, pool->base + pool->size};

	if (bounce_acceptable(pool) &&
		(!(pool->flags & LB_POOL_IN_RAM) || take_in("bounce pool", place))) {
		bounce_accept(pool);
	}
}

/* What the handover calls usable is RAM as any other, and used at once. */
static void open_ranges(const struct lb_handover_record *record)
{
	const struct lb_handover_range *ranges = record->payload;

	for (size_t i = 0; i < record->bytes / sizeof(*ranges); i++) {
		struct lb_range place = {ranges[i].start, ranges[i].start + ranges[i].size};

		if (ranges[i].class == LB_RANGE_USABLE && lb_range_empty(found.given) &&
			take_in("usable memory", place)) {
			found.given = place;
			early_map(place);
			given_memory_use(place);
		}
	}
}

/* Before the final map is built: a bounce pool in it is memory that this kernel may write. */
static void open_handover(void)
{
	lb_phys_addr at = option_number(boot_info.cmdline, "handover", 0);
	struct lb_range place = {at, at + PAGE_BYTES};
	struct lb_handover_record record;
	size_t cursor = 0;

	found.handover_status = LB_NOT_FOUND;
	if (!at || at & 7 || !old_memory_is_ours(place)) {
		return;
	}
	early_map(place);
	found.handover_status = handed_over_open(at, &found.handover);
	if (found.handover_status != LB_OK) {
		return;
	}
	while (lb_handover_find(&found.handover, LB_HANDOVER_BOUNCE_POOL, &cursor, &record)) {
		open_pool(record.payload);
	}
	cursor = 0;
	while (lb_handover_find(&found.handover, LB_HANDOVER_RANGES, &cursor, &record)) {
		open_ranges(&record);
	}
}

/* Blocks of the linear map, in old memory. */
struct blocks {
	uint64_t tried;
	uint64_t refused;
};

/* A write to every block that maps a part of the range: all of a block has the same rights. */
static void try_to_write(struct lb_range range, struct blocks *blocks)
{
	for (lb_phys_addr at = range.start; at < range.end;) {
		volatile uint64_t *pointer = phys_pointer(at);
		uint64_t block = paging_lookup((uintptr_t)pointer).block;
		uint64_t value = 0;
		uint64_t fault = 0;

		blocks->tried++;
		blocks->refused += probe_read(pointer, &value, &fault) &&
			!probe_write(pointer, value, &fault) && fault == (uintptr_t)pointer;
		at = lb_align_down(at, block) + block;
	}
}

/* Whatever this kernel can write to is in the memory that it was given. */
static void prove_inside(void)
{
	struct blocks blocks = {0};
	uint64_t own = 0;

	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		try_to_write(paging_plan.readable[i], &blocks);
	}
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		own += lb_range_size(paging_plan.writable[i]);
	}
	report_proof(LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION,
		blocks.tried && blocks.refused == blocks.tried,
		"%llu KiB writable; writing to %llu of %llu blocks of old memory, in %zu ranges, "
		"faults",
		(unsigned long long)(own / LB_KIB), (unsigned long long)blocks.refused,
		(unsigned long long)blocks.tried, paging_plan.readable_count);
}

/* It lies in our RAM; the core header does too on arm64, where the device tree says so. */
static void keep_handover(void)
{
	lb_phys_addr at = option_number(boot_info.cmdline, "handover", 0);

	if (at) {
		boot_map_add(at, PAGE_BYTES, BOOT_MEMORY_TAKEN, "handover");
	}
}

static void prove_reference(uint64_t seed)
{
	report_time(LB_TIME_PANIC_TO_CAPTURE,
		ticks_to_microseconds(boot_info.start_ticks - found.pattern->crash_ticks));
	/* First, because a device may be about to write; what it wrote elsewhere shows after. */
	bounce_take_over(&found.handover);
	if (!lb_range_empty(found.given)) {
		given_memory_prove(found.given);
	}
	old_pattern_prove_memory(found.pattern, seed);
	old_pattern_prove_registers(found.pattern, seed);
	handed_over_prove(found.handover_status, &found.handover);
}

#define UPPER_HALF UINT64_C(0xffff000000000000)

/* A CPU that was in its kernel: the one that crashed, at least. */
static bool was_in_kernel(uint32_t cpu)
{
	const struct lb_pattern_places places = ARCH_PATTERN_PLACES;
	uint64_t registers[ARCH_REGISTERS];
	uint32_t pid;

	return old_memory_registers(cpu, registers, &pid) && registers[places.pc] >= UPPER_HALF &&
		registers[places.sp] >= UPPER_HALF;
}

/* Another kernel, a Linux as a rule: nothing is known of its memory but what every dump has. */
static void prove_foreign(void)
{
	char release[OPTION_BYTES] = "unknown";
	uint32_t notes = 0;
	uint64_t words = 0;
	uint64_t value;
	uint64_t fault;

	old_memory_text("OSRELEASE", release, sizeof(release));
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		notes += was_in_kernel(cpu);
	}
	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		struct lb_range range = paging_plan.readable[i];

		words += probe_read(phys_pointer(range.start), &value, &fault) &&
			probe_read(phys_pointer(range.end - 8), &value, &fault);
	}
	report_proof(LB_DRILL_PROOF_VMCORE_READABLE, notes && words == paging_plan.readable_count,
		"kernel %s: registers of %u CPUs in it, %zu ranges with %llu MiB of old memory",
		release, notes, old.load_count,
		(unsigned long long)(old.load_bytes / LB_MIB));
}

_Noreturn void capture_run(void)
{
	report_stage(LB_DRILL_STAGE_CAPTURE);
	report_pause(LB_DRILL_PAUSE_CAPTURE);
	keep_handover();
	memory_read();
	low_memory_hold();
	memory_check_usable();
	paging_plan_memory();
	old_memory_open();
	open_handover();
	handed_over_look_around();
	old_memory_plan();
	paging_init();
	report_stage(LB_DRILL_STAGE_VERIFY);
	old_memory_find_vmcoreinfo();
	found.pattern = old_pattern_find();
	if (found.pattern) {
		prove_reference(option_number(boot_info.cmdline, "seed", 1));
	} else {
		prove_foreign();
	}
	prove_inside();
	report_pause(LB_DRILL_PAUSE_VERIFIED);
	print(LB_LINE_RESULT "%s\n", report_failures() ? LB_RESULT_LOST : LB_RESULT_CAPTURED);
	arch_exit(report_failures() ? LB_DRILL_EXIT_FAILED : LB_DRILL_EXIT_PASSED);
}
