/* SPDX-License-Identifier: MIT */
/* old_pattern: see old_pattern.h. */
#include "old_pattern.h"

#include "arch.h"
#include "cpu.h"
#include "memory.h"
#include "old_memory.h"
#include "options.h"
#include "paging.h"
#include "report.h"
#include "text.h"

#define SMALL_PART_BYTES (16 * LB_MIB)
/* How long a stretch of old memory may be without a page: this, or this share of it all. */
#define BARE_BYTES (128 * LB_MIB)
#define BARE_SHARE 32

const struct lb_pattern_table *old_pattern_find(void)
{
	const struct lb_pattern_table *table;
	struct lb_range place;

	if (!old_memory_hex("LIFEBOAT_PATTERN", &place.start)) {
		return NULL;
	}
	if (!lb_add(place.start, sizeof(*table), &place.end) || !old_memory_has(place)) {
		capture_give_up("VMCOREINFO: the pattern is not in old memory");
	}
	table = phys_pointer(place.start);
	if (table->magic != LB_PATTERN_MAGIC ||
		table->page_count > LB_PATTERN_PAGES_MAX) {
		capture_give_up("the pattern at 0x%llx is damaged",
			(unsigned long long)place.start);
	}
	return table;
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
static bool image_is_right(const struct lb_pattern_table *table)
{
	uint64_t image = 0;
	uint64_t text = 0;
	lb_phys_addr place = pointer_phys(table);

	return old_memory_hex("LIFEBOAT_IMAGE_PHYS", &image) &&
		old_memory_hex("SYMBOL(image_start)", &text) &&
		old_memory_at_va(text + (place - image), sizeof(*table)) == table;
}

/* VMCOREINFO says what every tool asks first: which kernel, pages of which size, how many CPUs. */
static bool info_is_right(const struct lb_pattern_table *table)
{
	uint64_t count;
	uint64_t page;
	char release[OPTION_BYTES];

	return old_memory_text("OSRELEASE", release, sizeof(release)) &&
		text_equal(release, LB_VERSION "-lifeboat") &&
		old_memory_decimal("PAGESIZE", &page) && page == PAGE_BYTES &&
		old_memory_decimal("NUMBER(cpus)", &count) && count == table->cpu_count;
}

/* The lowest page from `at` on; end if there is none below. */
static lb_phys_addr next_page(
	const struct lb_pattern_table *table, lb_phys_addr at, lb_phys_addr end)
{
	for (uint64_t i = 0; i < table->page_count; i++) {
		if (table->pages[i] >= at) {
			end = lb_min(end, table->pages[i]);
		}
	}
	return end;
}

/* Every part of old memory but small ones has a page, and no long stretch is without. */
static bool pages_are_spread(const struct lb_pattern_table *table)
{
	uint64_t longest = lb_max(BARE_BYTES, old.load_bytes / BARE_SHARE);
	bool spread = true;

	for (size_t i = 0; i < paging_plan.readable_count; i++) {
		struct lb_range part = paging_plan.readable[i];
		lb_phys_addr at = part.start;

		if (lb_range_size(part) < SMALL_PART_BYTES) {
			continue;
		}
		spread = spread && next_page(table, at, part.end) < part.end;
		while (at < part.end) {
			lb_phys_addr next = next_page(table, at, part.end);

			spread = spread && next - at <= longest;
			at = next + PAGE_BYTES;
		}
	}
	return spread;
}

void old_pattern_prove_memory(const struct lb_pattern_table *table, uint64_t seed)
{
	uint64_t linear = 0;
	uint64_t right = 0;
	uint64_t low = UINT64_MAX;
	uint64_t high = 0;

	old_memory_hex("LIFEBOAT_LINEAR", &linear);
	for (uint64_t i = 0; i < table->page_count; i++) {
		lb_phys_addr page = table->pages[i];

		if (page_is_right(page, linear, seed)) {
			right++;
			low = lb_min(low, page);
			high = lb_max(high, page);
		}
	}
	report_proof(LB_DRILL_PROOF_VMCORE_MATCHES,
		right && right == table->page_count && image_is_right(table) &&
			info_is_right(table) && pages_are_spread(table),
		"%llu of %llu pages from 0x%llx to 0x%llx hold what was written, by physical and "
		"virtual address; %zu ranges, %llu MiB of old memory",
		(unsigned long long)right, (unsigned long long)table->page_count,
		(unsigned long long)low, (unsigned long long)high, old.load_count,
		(unsigned long long)(old.load_bytes / LB_MIB));
}

/* The first word of a CPU's pattern, where its stack pointer points. */
static bool stack_holds_word(const struct lb_pattern_table *table, uint32_t cpu,
	const uint64_t *registers)
{
	const uint64_t *word = old_memory_at_va(registers[ARCH_PATTERN_PLACES.sp], sizeof(*word));

	return !table->cpus[cpu].words ||
		(word && *word == lb_pattern_register(table->seed, cpu, 0));
}

static bool note_is_right(const struct lb_pattern_table *table, uint32_t cpu)
{
	uint64_t registers[ARCH_REGISTERS];
	uint32_t pid;

	return old_memory_registers(cpu, registers, &pid) && pid == cpu &&
		lb_pattern_cpu_matches(table, cpu, registers, &ARCH_PATTERN_PLACES) &&
		stack_holds_word(table, cpu, registers);
}

/* Every CPU that the fault leaves in reach has a note with what it was made to hold, and no other
 * CPU has one. */
void old_pattern_prove_registers(const struct lb_pattern_table *table, uint64_t seed)
{
	uint32_t count = (uint32_t)lb_min(table->cpu_count, CPUS_MAX);
	uint64_t registers[ARCH_REGISTERS];
	uint32_t expected = 0;
	uint32_t right = 0;
	uint32_t others = 0;
	uint32_t pid;

	for (uint32_t cpu = 0; cpu < count; cpu++) {
		if (table->expected_cpus >> cpu & 1) {
			expected++;
			right += note_is_right(table, cpu);
		} else {
			others += old_memory_registers(cpu, registers, &pid);
		}
	}
	report_proof(LB_DRILL_PROOF_REGISTERS_MATCH,
		expected && right == expected && table->seed == seed && !others,
		"cpu %llu crashed; of %u CPUs the program counter, stack pointer, stack and "
		"spare registers are those of %u; %u are out of reach, of which %u have a note",
		(unsigned long long)table->crash_cpu, expected, right, count - expected,
		others);
}
