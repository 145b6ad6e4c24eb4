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
#include "handed_over.h"
#include "low_memory.h"
#include "memory.h"
#include "old_memory.h"
#include "options.h"
#include "paging.h"
#include "pattern.h"
#include "report.h"

static struct {
	/* NULL: the old kernel was not the reference kernel. */
	const struct lb_pattern_table *pattern;
	enum lb_status handover_status;
	struct lb_handover_view handover;
	const struct lb_handover_bounce_pool *pool; /* NULL: none was handed over */
} found;

/* Only the reference kernel leaves one. */
static void find_pattern(void)
{
	struct lb_range place;

	if (!old_memory_hex("LIFEBOAT_PATTERN", &place.start)) {
		return;
	}
	if (!lb_add(place.start, sizeof(*found.pattern), &place.end) || !old_memory_has(place)) {
		capture_give_up("VMCOREINFO: the pattern is not in old memory");
	}
	found.pattern = phys_pointer(place.start);
	if (found.pattern->magic != LB_PATTERN_MAGIC ||
		found.pattern->page_count > LB_PATTERN_PAGES_MAX) {
		capture_give_up("the pattern at 0x%llx is damaged",
			(unsigned long long)place.start);
	}
}

/* By its physical address, and by the virtual one that VMCOREINFO says it had. */
static bool page_is_right(lb_phys_addr page, uint64_t linear, uint64_t seed)
{
	return page <= LB_PHYS_ADDR_MAX - PAGE_BYTES &&
		old_memory_has((struct lb_range){page, page + PAGE_BYTES}) &&
		old_memory_at_va(linear + page, PAGE_BYTES) == phys_pointer(page) &&
		lb_pattern_matches(seed, phys_pointer(page), page);
}

/* The image lies in the dump a second time, where it ran. */
static bool image_is_right(void)
{
	uint64_t image = 0;
	uint64_t text = 0;
	lb_phys_addr table = pointer_phys(found.pattern);

	return old_memory_hex("LIFEBOAT_IMAGE_PHYS", &image) &&
		old_memory_hex("SYMBOL(image_start)", &text) &&
		old_memory_at_va(text + (table - image), sizeof(*found.pattern)) == found.pattern;
}

static void prove_memory(uint64_t seed)
{
	uint64_t linear = 0;
	uint64_t right = 0;
	uint64_t low = UINT64_MAX;
	uint64_t high = 0;

	old_memory_hex("LIFEBOAT_LINEAR", &linear);
	for (uint64_t i = 0; i < found.pattern->page_count; i++) {
		lb_phys_addr page = found.pattern->pages[i];

		if (page_is_right(page, linear, seed)) {
			right++;
			low = lb_min(low, page);
			high = lb_max(high, page);
		}
	}
	report_proof(LB_DRILL_PROOF_VMCORE_MATCHES,
		right && right == found.pattern->page_count && image_is_right(),
		"%llu of %llu pages from 0x%llx to 0x%llx hold what was written, by physical and "
		"virtual address; %zu ranges, %llu MiB of old memory",
		(unsigned long long)right, (unsigned long long)found.pattern->page_count,
		(unsigned long long)low, (unsigned long long)high, old.load_count,
		(unsigned long long)(old.load_bytes / LB_MIB));
}

/* The first word of a CPU's pattern, where its stack pointer points. */
static bool stack_holds_word(uint32_t cpu, const uint64_t *registers, uint64_t seed)
{
	const uint64_t *word = old_memory_at_va(registers[ARCH_PATTERN_PLACES.sp], sizeof(*word));

	return !found.pattern->cpus[cpu].has_words ||
		(word && *word == lb_pattern_register(seed, cpu, 0));
}

static bool note_is_right(uint32_t cpu, uint64_t seed)
{
	uint64_t registers[ARCH_REGISTERS];
	uint32_t pid;

	return old_memory_registers(cpu, registers, &pid) && pid == cpu &&
		lb_pattern_cpu_matches(found.pattern, cpu, registers, &ARCH_PATTERN_PLACES) &&
		stack_holds_word(cpu, registers, seed);
}

/* Every CPU that the fault leaves in reach has a note with what it was made to hold, and no other
 * CPU has one. */
static void prove_registers(uint64_t seed)
{
	uint32_t count = (uint32_t)lb_min(found.pattern->cpu_count, CPUS_MAX);
	uint64_t registers[ARCH_REGISTERS];
	uint32_t expected = 0;
	uint32_t right = 0;
	uint32_t others = 0;
	uint32_t pid;

	for (uint32_t cpu = 0; cpu < count; cpu++) {
		if (found.pattern->expected_cpus >> cpu & 1) {
			expected++;
			right += note_is_right(cpu, seed);
		} else {
			others += old_memory_registers(cpu, registers, &pid);
		}
	}
	report_proof(LB_DRILL_PROOF_REGISTERS_MATCH,
		expected && right == expected && found.pattern->seed == seed && !others,
		"cpu %llu crashed; of %u CPUs the program counter, stack pointer, stack and "
		"spare registers are those of %u; %u are out of reach, of which %u have a note",
		(unsigned long long)found.pattern->crash_cpu, expected, right, count - expected,
		others);
}

/* A pool that is not what it should be is left alone: the dump does not need it. */
static void open_pool(const struct lb_handover_bounce_pool *pool)
{
	struct lb_range place = {pool->base, pool->base + pool->size};

	if (!bounce_acceptable(pool)) {
		return;
	}
	if ((place.start | place.end) & (PAGE_BYTES - 1) || place.end > EARLY_MAP_END ||
		old_memory_is_ours(place) || old_memory_dumps(place) ||
		paging_plan.writable_count == LB_ARRAY_COUNT(paging_plan.writable)) {
		print("bounce pool: left alone: 0x%llx-0x%llx is not outside all other memory\n",
			(unsigned long long)place.start, (unsigned long long)place.end - 1);
		return;
	}
	found.pool = pool;
	old_memory_insert(paging_plan.writable, LB_ARRAY_COUNT(paging_plan.writable),
		&paging_plan.writable_count, place);
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
	if (found.handover_status == LB_OK &&
		lb_handover_find(&found.handover, LB_HANDOVER_BOUNCE_POOL, &cursor, &record)) {
		open_pool(record.payload);
	}
}

/* Whatever this kernel can write to is in the memory that it was given. */
static void prove_inside(void)
{
	uint64_t fault = 0;
	size_t refused = 0;
	uint64_t own = 0;

	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		lb_phys_addr at = paging_plan.readable[i].start;

		refused += !probe_write(phys_pointer(at), 0, &fault) &&
			fault == (uintptr_t)phys_pointer(at);
	}
	for (size_t i = 0; i < paging_plan.writable_count; i++) {
		own += lb_range_size(paging_plan.writable[i]);
	}
	report_proof(LB_DRILL_PROOF_CAPTURE_INSIDE_RESERVATION,
		refused == paging_plan.readable_count,
		"%llu KiB writable; writing to %zu of %zu ranges of old memory faults",
		(unsigned long long)(own / LB_KIB), refused, paging_plan.readable_count);
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
	if (found.pool) {
		bounce_take_over(&found.handover, found.pool);
	}
	prove_memory(seed);
	prove_registers(seed);
	handed_over_prove(found.handover_status, &found.handover);
}

/* Another kernel, a Linux as a rule: nothing is known of its memory but what every dump has. */
static void prove_foreign(void)
{
	uint64_t registers[ARCH_REGISTERS];
	char release[OPTION_BYTES] = "unknown";
	uint32_t notes = 0;
	uint32_t pid;
	uint64_t words = 0;
	uint64_t value;
	uint64_t fault;

	old_memory_text("OSRELEASE", release, sizeof(release));
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		notes += old_memory_registers(cpu, registers, &pid);
	}
	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		struct lb_range range = paging_plan.readable[i];

		words += probe_read(phys_pointer(range.start), &value, &fault) &&
			probe_read(phys_pointer(range.end - 8), &value, &fault);
	}
	report_proof(LB_DRILL_PROOF_VMCORE_READABLE, notes && words == paging_plan.readable_count,
		"kernel %s: registers of %u CPUs, %zu ranges with %llu MiB of old memory", release,
		notes, old.load_count, (unsigned long long)(old.load_bytes / LB_MIB));
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
	find_pattern();
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
