/* SPDX-License-Identifier: MIT */
/*
 * plan/boot/evidence: the law against a naive search of every small memory, and what it makes of
 * a UEFI machine whose firmware's map nothing shows.
 */
#include <stdio.h>
#include <string.h>

#include "../harness/test.h"
#include "machine_root.h"
#include "plan/boot/evidence.h"
#include "plan/plan.h"

#define WORLD 12u /* bytes of memory; one bit of a mask each, 1 where it is free */
#define NOWHERE (-1)

static uint32_t bits(uint64_t start, uint64_t end)
{
	return (uint32_t)((UINT64_C(1) << end) - (UINT64_C(1) << start));
}

/* The highest place, by trying all of them. */
static int search(uint32_t free, unsigned int end, unsigned int size, unsigned int align)
{
	for (int at = (int)end - (int)size; at >= 0; at--) {
		uint32_t block = bits((uint64_t)at, (uint64_t)at + size);

		if (!((unsigned int)at % align) && (free & block) == block) {
			return at;
		}
	}
	return NOWHERE;
}

static uint32_t without(uint32_t free, struct lb_range taken)
{
	return lb_range_empty(taken) ? free : free & ~bits(taken.start, taken.end);
}

struct tally {
	unsigned int wrong, same_size_open, smaller_certain;
};

/* One search was seen in the hidden memory `free`; `shown` is free as far as anybody knows. */
static void try_sizes(uint32_t free, uint32_t shown, unsigned int end,
	const struct lb_evidence *evidence, struct tally *tally)
{
	unsigned int align = (unsigned int)evidence->align;
	uint32_t seen = lb_range_empty(evidence->found)
		? 0
		: bits(evidence->found.start, evidence->found.end);

	for (unsigned int size = 1; size <= 8; size++) {
		int truth = search(free, end, size, align);
		int most = search(without(shown, lb_evidence_taken(evidence, size)), end, size,
			align);
		int least = search(seen, end, size, align);

		tally->wrong += most < truth || least > truth;
		tally->same_size_open += size == evidence->size && seen && most != least;
		tally->smaller_certain += size < evidence->size && most == least;
	}
}

static void try_memory(uint32_t free, uint32_t shown, unsigned int end, struct tally *tally)
{
	for (unsigned int align = 1; align <= 4; align *= 2) {
		for (unsigned int size = 1; size <= 6; size++) {
			int found = search(free, end, size, align);
			struct lb_evidence evidence = {
				.window = {0, end}, .size = size, .align = align};

			if (found != NOWHERE) {
				evidence.found.start = (unsigned int)found;
				evidence.found.end = (unsigned int)found + size;
			}
			try_sizes(free, shown, end, &evidence, tally);
		}
	}
}

/* Every memory of WORLD bytes; shown: that everything may be free, or every second byte more than
 * is; the window as large as memory, or smaller. */
TEST(plan_evidence, no_hidden_memory_contradicts_the_law)
{
	const uint32_t all = bits(0, WORLD);
	struct tally tally = {0};

	for (uint32_t free = 0; free <= all; free++) {
		try_memory(free, all, WORLD, &tally);
		try_memory(free, (free | 0x555) & all, WORLD, &tally);
		try_memory(free, all, WORLD - 2, &tally);
	}
	CHECK_EQUAL(tally.wrong, 0);
	CHECK_EQUAL(tally.same_size_open, 0);
	CHECK(tally.smaller_certain > 50000);
}

#define LOG_WITH(cmdline, early, late)                                                           \
	"Linux version 6.12.107+deb13-amd64 (x) #1 SMP Debian 6.12.107-1 (2026-08-29)\n"          \
	"Command line: " cmdline "\n"                                                             \
	"BIOS-provided physical RAM map:\n"                                                       \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable\n"                         \
	"BIOS-e820: [mem 0x0000000100000000-0x00000001bfffffff] usable\n"                         \
	"efi: EFI v2.7 by Somebody\n"                                                             \
	"RAMDISK: [mem 0x3fee4000-0x3ffdffff]\n"                                                  \
	"NODE_DATA(0) allocated [mem 0x1bffd2680-0x1bfffcfff]\n"                                  \
	early                                                                                     \
	"Early memory node ranges\n"                                                              \
	"  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"                               \
	"  node   0: [mem 0x0000000000100000-0x00000000bffdffff]\n"                               \
	"  node   0: [mem 0x0000000100000000-0x00000001bfffffff]\n"                               \
	"Initmem setup node 0 [mem 0x0000000000001000-0x00000001bfffffff]\n"                      \
	"Kernel command line: " cmdline "\n"                                                      \
	"Memory: 6000000K/6290936K available (16384K kernel code, 2500K rwdata, 9000K rodata, "   \
	"3000K init, 5000K bss, 290000K reserved, 0K cma-reserved)\n" late
#define LOG(cmdline, crash) LOG_WITH(cmdline, "crashkernel reserved: " crash "\n", "")
/* The line about crash memory is lost. */
#define LOG_WITH_POOL(pool)                                                                      \
	LOG_WITH(BOOTED, "", "software IO TLB: mapped [mem " pool "] (64MB)\n")
#define IOMEM(kernel, crash)                                                                     \
	"00000000-00000fff : Reserved\n"                                                          \
	"00001000-0009fbff : System RAM\n"                                                        \
	"00100000-bffdffff : System RAM\n" kernel crash "100000000-1bfffffff : System RAM\n"
#define KERNEL                                                                                   \
	"  01000000-01ffffff : Kernel code\n"                                                     \
	"  02000000-02bfffff : Kernel rodata\n"                                                   \
	"  02c00000-02ffffff : Kernel data\n"                                                     \
	"  03400000-03c10fff : Kernel bss\n"
/* Behind the crash memory: it may well have been what was in the way. */
#define KERNEL_ABOVE                                                                             \
	"  b8000000-b8ffffff : Kernel code\n"                                                     \
	"  b9000000-b9bfffff : Kernel rodata\n"                                                   \
	"  b9c00000-b9ffffff : Kernel data\n"                                                     \
	"  ba400000-bac10fff : Kernel bss\n"
/* 512 MiB that end 144 MiB below the top of low RAM. */
#define CRASH "0x0000000097000000 - 0x00000000b7000000 (512 MB)"
#define CRASH_IOMEM "  97000000-b6ffffff : Crash kernel\n"
#define BOOTED "console=ttyS0 nokaslr crashkernel=512M"

struct asked {
	struct lb_machine *machine;
	struct lb_plan *plan;
};

static struct asked ask(const char *log, const char *iomem, const char *value)
{
	struct lb_plan_error plan_error;
	struct asked asked = {0};
	struct lb_question question = {
		.crashkernel = &value, .crashkernel_count = 1, .no_advice = true};

	asked.machine = machine_of_files((const struct machine_root_file[]){{"dmesg", log},
						 {"proc/iomem", iomem}},
		iomem ? 2 : 1);
	if (asked.machine && lb_plan_make(asked.machine, &question, &asked.plan, &plan_error)) {
		asked.plan = NULL;
	}
	return asked;
}

/* Certainty and place of the main region. */
static void expect(const char *log, const char *iomem, const char *value, bool exact,
	uint64_t start)
{
	struct asked asked = ask(log, iomem, value);

	REQUIRE(asked.plan);
	REQUIRE(asked.plan->reservation->range_count);
	CHECK_EQUAL(asked.plan->certainty == LB_EXACT, exact);
	CHECK_EQUAL(asked.plan->reservation->ranges[0].range.start, start);
	lb_plan_free(asked.plan);
	lb_machine_close(asked.machine);
}

TEST(plan_evidence, what_fits_nowhere_else_ends_at_the_same_place_for_sure)
{
	expect(LOG(BOOTED, CRASH), IOMEM(KERNEL, CRASH_IOMEM), "512M", true, 0x97000000);
	expect(LOG(BOOTED, CRASH), IOMEM(KERNEL, CRASH_IOMEM), "256M", true, 0xa7000000);
	expect(LOG(BOOTED, CRASH), IOMEM(KERNEL, CRASH_IOMEM), "144M", true, 0xae000000);
}

/* 112 MiB have room between the last byte that is known to be taken and the top of RAM. */
TEST(plan_evidence, what_could_fit_above_ends_there_most_likely)
{
	expect(LOG(BOOTED, CRASH), IOMEM(KERNEL, CRASH_IOMEM), "112M", false, 0xb0000000);
}

TEST(plan_evidence, a_larger_size_is_not_sure)
{
	expect(LOG(BOOTED, CRASH), IOMEM(KERNEL, CRASH_IOMEM), "528M", false, 0x96000000);
}

TEST(plan_evidence, a_region_of_one_source_alone_proves_nothing)
{
	expect(LOG(BOOTED, "0x0000000087000000 - 0x00000000a7000000 (512 MB)"),
		IOMEM(KERNEL, CRASH_IOMEM), "256M", false, 0xac000000);
}

/* It was cut through sysfs: what is left was free, but nothing tells where the search ended. */
TEST(plan_evidence, a_region_of_another_size_than_was_asked_for_proves_no_end)
{
	expect(LOG(BOOTED, "0x0000000097000000 - 0x00000000a7000000 (256 MB)"),
		IOMEM(KERNEL, "  97000000-a6ffffff : Crash kernel\n"), "128M", false, 0xb4000000);
}

TEST(plan_evidence, a_random_kernel_above_may_have_been_in_the_way)
{
	expect(LOG("console=ttyS0 crashkernel=512M", CRASH), IOMEM(CRASH_IOMEM, KERNEL_ABOVE),
		"256M", false, 0xac000000);
}

TEST(plan_evidence, another_boot_of_the_log_tells_what_is_likely)
{
	expect(LOG(BOOTED, CRASH) LOG_WITH(BOOTED, "", ""), NULL, "512M", false, 0x97000000);
	expect(LOG(BOOTED, CRASH) LOG_WITH(BOOTED, "", ""), NULL, "256M", false, 0xa7000000);
	expect(LOG_WITH(BOOTED, "", ""), NULL, "512M", false, 0x9c000000);
}

/* An option that moved memory, or an initrd of its own that was in the way. */
TEST(plan_evidence, another_boot_that_was_unlike_this_one_tells_nothing)
{
	expect(LOG(BOOTED " mem=3000M", CRASH) LOG_WITH(BOOTED, "", ""), NULL, "512M", false,
		0x9c000000);
	expect(LOG_WITH(BOOTED, "RAMDISK: [mem 0xb7123000-0xb8ffffff]\n"
				"crashkernel reserved: " CRASH "\n", "")
		LOG_WITH(BOOTED, "", ""), NULL, "512M", false, 0x9c000000);
}

TEST(plan_evidence, a_bounce_pool_that_ends_on_the_alignment_has_crash_memory_above)
{
	const char *log = LOG_WITH_POOL("0x0000000093000000-0x0000000097000000");

	expect(log, NULL, "512M", false, 0x97000000);
	expect(log, NULL, "256M", false, 0xa7000000);
}

/* Of the same request: a smaller one may well have found room there. */
TEST(plan_evidence, crash_memory_is_not_where_the_bounce_pool_was_placed_behind_it)
{
	const char *log = LOG_WITH_POOL("0x00000000b9123000-0x00000000bd123000");

	expect(log, NULL, "512M", false, 0x99000000);
	expect(log, NULL, "256M", false, 0xac000000);
}

/* No crash memory can have been between the pool and the end of that RAM. */
TEST(plan_evidence, a_bounce_pool_at_the_end_of_memory_has_nothing_above)
{
	expect(LOG_WITH_POOL("0x00000000b8000000-0x00000000bc000000"), NULL, "512M", false,
		0x98000000);
}
