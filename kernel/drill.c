/* SPDX-License-Identifier: MIT */
/* drill: see drill.h. The order is the order in which another kernel would adopt the core
 * (docs/adopting.md). */
#include "drill.h"

#include "arch.h"
#include "boot.h"
#include "bounce.h"
#include "console.h"
#include "cpu.h"
#include "formats.h"
#include "hostile_map.h"
#include "inject.h"
#include "load.h"
#include "low_memory.h"
#include "memory.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "pattern.h"
#include "protect.h"
#include "report.h"
#include "reservation.h"
#include "resources.h"
#include "walk.h"

#define SEED_DEFAULT 1

static void start_cpus(uint64_t seed)
{
	uint64_t expected = option_number(boot_info.cmdline, "cpus", 0);

	arch_start_cpus((uint32_t)lb_min(expected, CPUS_MAX));
	for (uint32_t i = 0; i < cpu_count; i++) {
		for (uint32_t word = 0; word < LB_PATTERN_CPU_WORDS; word++) {
			cpus[i].pattern[word] = lb_pattern_register(seed, i, word);
		}
	}
	pattern_table.cpu_count = cpu_count;
	pattern_table.expected_cpus = (UINT64_C(1) << cpu_count) - 1;
	report_proof(LB_DRILL_PROOF_CPUS_STARTED, !expected || cpu_count == expected,
		"%u CPUs run, %llu expected", cpu_count,
		(unsigned long long)(expected ? expected : cpu_count));
}

static enum lb_drill_fault wanted_fault(void)
{
	enum lb_drill_fault fault = LB_DRILL_FAULT_PANIC;
	char name[OPTION_BYTES];

	if (option_text(boot_info.cmdline, "inject", name) && !lb_drill_find_fault(name, &fault)) {
		print(LB_LINE_ERROR "inject=%s: there is no such fault\n", name);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
	return fault;
}

/* A fault that cannot happen must not look as if it had. */
static void check_cpus_for(enum lb_drill_fault fault)
{
	const struct lb_drill_fault_facts *facts = lb_drill_fault_facts(fault);

	if (cpu_count < facts->cpus) {
		print(LB_LINE_ERROR "inject=%s: needs %u CPUs, there is one\n", facts->name,
			facts->cpus);
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
}

static void print_guard(const void *guard)
{
	lb_phys_addr start = image_address_phys(guard);

	report_region(LB_REGION_GUARD, (struct lb_range){start, start + PAGE_BYTES});
}

static void print_guards(void)
{
	print_guard(boot_stack_guard);
	for (uint32_t i = 0; i < cpu_count; i++) {
		print_guard(cpu_stacks[i].guard);
		print_guard(cpu_trap_stacks[i].guard);
	}
}

static void print_tables(void)
{
	for (size_t i = 0; i < boot_info.map_count; i++) {
		const struct boot_map_entry *entry = &boot_info.map[i];

		if (entry->type == BOOT_MEMORY_RAM) {
			report_region(LB_REGION_RAM,
				(struct lb_range){entry->start, entry->start + entry->size});
		}
	}
	report_region(LB_REGION_IMAGE, image_range());
	report_region(LB_REGION_READ_ONLY,
		(struct lb_range){image_phys, image_address_phys(image_data_start)});
	print_guards();
	print(LB_LINE_LINEAR_MAP "root=0x%llx base=0x%llx cpus=%u lower=0x%llx\n",
		(unsigned long long)paging.root, (unsigned long long)LINEAR_VIRTUAL, cpu_count,
		(unsigned long long)arch_lower_root());
}

/* Nothing is loaded there, so nothing is proved of it. */
static void protect_low(void)
{
	if (!lb_range_empty(load.low)) {
		must(lb_linear_map_protect(&paging, load.low, LB_PROTECT_INACCESSIBLE),
			"drill: protect low memory");
	}
}

static void load_and_protect(void)
{
	/* Proving tries every page of the region: a crash alone, as often as one likes, needs none
	 * of it. */
	bool proves = !option_is(boot_info.cmdline, "proofs", "none");
	struct lb_range region;

	report_stage(LB_DRILL_STAGE_LOAD);
	if (!load_open()) {
		arch_exit(LB_DRILL_EXIT_REFUSED);
	}
	region = reservation_make();
	resources_print(region);
	if (proves) {
		formats_prove(region);
	}
	pattern_spread(region);
	print("pattern: %llu pages\n", (unsigned long long)pattern_table.page_count);
	if (proves) {
		protect_report_map(region);
	}
	load.low = reservation_low();
	load_into(region);
	report_time(LB_TIME_DIGEST, load.digest_us);
	if (proves) {
		protect_region(region);
		protect_reload(region);
	} else {
		must(lb_linear_map_protect(&paging, region, LB_PROTECT_INACCESSIBLE),
			"drill: protect");
	}
	protect_low();
}

_Noreturn void drill_run(void)
{
	uint64_t start = arch_ticks();
	enum lb_drill_fault fault;

	/* Not in a capture kernel: the devices of the kernel before it may still interrupt. */
	arch_interrupts(true);
	report_stage(LB_DRILL_STAGE_BOOT);
	fault = wanted_fault();
	pattern_table.seed = option_number(boot_info.cmdline, "seed", SEED_DEFAULT);
	hostile_map_apply();
	memory_read();
	low_memory_hold();
	memory_check_usable();
	low_memory_settle();
	paging_plan_memory();
	paging_init();
	start_cpus(pattern_table.seed);
	check_cpus_for(fault);
	print_tables();
	report_time(LB_TIME_BOOT, ticks_to_microseconds(arch_ticks() - start));
	report_pause(LB_DRILL_PAUSE_LINEAR_MAP);
	load_and_protect();
	bounce_map_for_crash();
	walk_report(option_number(boot_info.cmdline, "walk", 0), load.region);
	report_pause(LB_DRILL_PAUSE_LOADED);
	if (report_failures()) {
		arch_exit(LB_DRILL_EXIT_FAILED);
	}
	inject(fault, load.region);
}
