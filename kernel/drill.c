/* SPDX-License-Identifier: MIT */
/* drill: see drill.h. The order is the order in which another kernel would adopt the core
 * (docs/adopting.md). */
#include "drill.h"

#include "arch.h"
#include "boot.h"
#include "console.h"
#include "cpu.h"
#include "crash.h"
#include "formats.h"
#include "inject.h"
#include "load.h"
#include "low_memory.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "pattern.h"
#include "protect.h"
#include "report.h"
#include "reservation.h"
#include "text.h"
#include "walk.h"

#define SEED_DEFAULT 1

static void start_cpus(uint64_t seed)
{
	uint64_t expected = option_number(boot_info.cmdline, "cpus", 0);

	arch_start_cpus((uint32_t)lb_min(expected, CPUS_MAX));
	for (uint32_t i = 0; i < cpu_count; i++) {
		for (uint32_t word = 0; word < CPU_PATTERN_WORDS; word++) {
			cpus[i].pattern[word] = pattern_register(seed, i, word);
		}
	}
	pattern_table.cpu_count = cpu_count;
	report_proof("cpus-started", !expected || cpu_count == expected,
		"%u CPUs run, %llu expected", cpu_count,
		(unsigned long long)(expected ? expected : cpu_count));
}

static void print_tables(void)
{
	print("region: image 0x%llx-0x%llx\n", (unsigned long long)image_range().start,
		(unsigned long long)image_range().end - 1);
	print("linear-map: root=0x%llx base=0x%llx cpus=%u\n", (unsigned long long)paging.root,
		(unsigned long long)LINEAR_VIRTUAL, cpu_count);
}

static void load_and_protect(void)
{
	struct lb_range region;

	report_stage("load");
	if (!load_open()) {
		arch_exit(EXIT_REFUSED);
	}
	region = reservation_make();
	formats_prove(region);
	pattern_spread(pattern_table.seed);
	print("pattern: %llu pages\n", (unsigned long long)pattern_table.page_count);
	protect_report_map(region);
	load_into(region);
	print("time: digest %llu us\n", (unsigned long long)load.digest_us);
	protect_region(region);
	protect_reload(region);
}

_Noreturn void drill_run(void)
{
	char fault[OPTION_BYTES];
	uint64_t start = arch_ticks();

	/* Not in a capture kernel: the devices of the kernel before it may still interrupt. */
	arch_interrupts(true);
	report_stage("boot");
	if (!option_text(boot_info.cmdline, "inject", fault)) {
		text_copy(fault, sizeof(fault), "panic");
	}
	if (!inject_known(fault)) {
		print("error: inject=%s: there is no such fault\n", fault);
		arch_exit(EXIT_REFUSED);
	}
	pattern_table.seed = option_number(boot_info.cmdline, "seed", SEED_DEFAULT);
	memory_init();
	low_memory_settle();
	paging_plan_memory();
	paging_init();
	start_cpus(pattern_table.seed);
	print_tables();
	print("time: boot %llu us\n",
		(unsigned long long)ticks_to_microseconds(arch_ticks() - start));
	report_pause("linear-map");
	load_and_protect();
	walk_report(option_number(boot_info.cmdline, "walk", 0), load.region);
	report_pause("loaded");
	if (report_failures()) {
		arch_exit(EXIT_FAILED);
	}
	inject(fault, load.region);
}
