/* SPDX-License-Identifier: MIT */
/* Every fault tells its own story on the console; the lab must not take one for another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/drill_internal.h"
#include "tests/harness/test.h"

#define TRAP "trap: cpu 0: page fault (0x2) at pc 0xffffffff800041e0"
#define ALL_STOPPED "crash: cpu 0 crashed, 1 of 1 others stopped in 788 us"

/* What the reference kernel says after "inject: NAME", as recorded. */
static const char *const stories[LB_DRILL_FAULTS][3] = {
	[LB_DRILL_FAULT_PANIC] = {"panic: asked for (panic)", ALL_STOPPED},
	[LB_DRILL_FAULT_NMI] = {"trap: cpu 0: non-maskable interrupt (0x0) at pc 0x41d1",
		ALL_STOPPED},
	[LB_DRILL_FAULT_WILD_WRITE] = {TRAP ", writing address 0xffff88801e401000",
		ALL_STOPPED},
	[LB_DRILL_FAULT_STACK_OVERFLOW] = {TRAP ", writing address 0xffffffff80709e70",
		"trap: stack overflow: the address is in the guard page of cpu 0",
		ALL_STOPPED},
	[LB_DRILL_FAULT_SECOND_FAULT] = {"panic: asked for (second-fault)", ALL_STOPPED,
		"crash: cpu 0 crashed again in a last step: going on without it"},
	[LB_DRILL_FAULT_REPORT_FAULT] = {
		"crash: cpu 0 crashed again in the report: going on without it", ALL_STOPPED},
	[LB_DRILL_FAULT_WILD_CPU_POINTER] = {"panic: asked for (wild-cpu-pointer)",
		"crash: cpu 0: its pointer to its own data is 0xffff88801e400000", ALL_STOPPED},
	[LB_DRILL_FAULT_STUCK_CPU] = {"panic: asked for (stuck-cpu)",
		"crash: cpu 1 was stopped with interrupts off", ALL_STOPPED},
	[LB_DRILL_FAULT_LOST_CPU] = {"panic: asked for (lost-cpu)",
		"crash: cpu 1 does not stop",
		"crash: cpu 0 crashed, 0 of 1 others stopped in 1000275 us"},
	[LB_DRILL_FAULT_SECOND_CPU] = {"panic: asked for, on cpu 1",
		"crash: cpu 1 crashed, 1 of 1 others stopped in 3850 us"},
	[LB_DRILL_FAULT_SECOND_PANIC] = {"panic: asked for", "crash: cpu 1 crashed, too",
		ALL_STOPPED},
};

/* A drill of two CPUs without a machine, up to the fault. */
struct dry {
	struct lb_drill_spec spec;
	struct lb_drill_result result;
	struct drill drill;
};

static void say(struct dry *dry, const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "%s", text);
	CHECK(drill_line(&dry->drill, line));
}

static void inject(struct dry *dry, enum lb_drill_fault fault)
{
	char line[64];

	memset(dry, 0, sizeof(*dry));
	dry->spec = (struct lb_drill_spec){.arch = LB_ARCH_X86_64, .cpus = 2, .fault = fault};
	dry->drill.spec = &dry->spec;
	dry->drill.result = &dry->result;
	say(dry, "linear-map: root=0x3fec8000 base=0xffff888000000000 cpus=2");
	say(dry, "region: crash 0x1e400000-0x1fbfffff");
	snprintf(line, sizeof(line), "inject: %s", lb_drill_fault_facts(fault)->name);
	say(dry, line);
}

static void tell(struct dry *dry, enum lb_drill_fault fault)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(stories[fault]) && stories[fault][i]; i++) {
		say(dry, stories[fault][i]);
	}
	say(dry, "stage: purgatory");
}

static bool has_happened(const struct dry *dry)
{
	const struct lb_drill_proof *proof = &dry->result.proofs[LB_DRILL_PROOF_FAULT_HAPPENED];

	CHECK_EQUAL(proof->witnesses, LB_DRILL_BY_OUTSIDE);
	return proof->passed;
}

TEST(lab_drill_fault, tells_each_fault_from_the_others)
{
	struct dry *dry = malloc(sizeof(*dry));

	REQUIRE(dry);
	for (unsigned int asked = 0; asked < LB_DRILL_FAULTS; asked++) {
		for (unsigned int told = 0; told < LB_DRILL_FAULTS; told++) {
			if (lb_drill_fault_facts(asked)->end == LB_DRILL_ENDS_CAPTURED &&
				lb_drill_fault_facts(told)->end == LB_DRILL_ENDS_CAPTURED) {
				inject(dry, asked);
				tell(dry, told);
				CHECK_EQUAL(has_happened(dry), asked == told);
			}
		}
	}
	free(dry);
}

/* What was injected is what was asked for, and a crash before that is another. */
TEST(lab_drill_fault, heeds_what_the_kernel_is_about_to_do)
{
	struct dry *dry = malloc(sizeof(*dry));

	REQUIRE(dry);
	inject(dry, LB_DRILL_FAULT_PANIC);
	say(dry, "inject: stuck-cpu");
	tell(dry, LB_DRILL_FAULT_PANIC);
	CHECK(!has_happened(dry));
	inject(dry, LB_DRILL_FAULT_PANIC);
	say(dry, "panic: no memory for a page table");
	say(dry, ALL_STOPPED);
	say(dry, "stage: purgatory");
	CHECK(!has_happened(dry));
	inject(dry, LB_DRILL_FAULT_WILD_WRITE);
	say(dry, TRAP ", reading address 0xffff88801e401000");
	say(dry, ALL_STOPPED);
	say(dry, "stage: purgatory");
	CHECK(!has_happened(dry));
	inject(dry, LB_DRILL_FAULT_WILD_CPU_POINTER);
	say(dry, "panic: asked for (wild-cpu-pointer)");
	say(dry, "crash: cpu 0: its pointer to its own data is 0xffff888000000000");
	say(dry, ALL_STOPPED);
	say(dry, "stage: purgatory");
	CHECK(!has_happened(dry));
	free(dry);
}

/* On more CPUs, all of the others stop. */
TEST(lab_drill_fault, counts_cpus_that_stopped)
{
	struct dry *dry = malloc(sizeof(*dry));

	REQUIRE(dry);
	inject(dry, LB_DRILL_FAULT_NMI);
	dry->spec.cpus = 4;
	tell(dry, LB_DRILL_FAULT_NMI);
	CHECK(!has_happened(dry));
	free(dry);
}
