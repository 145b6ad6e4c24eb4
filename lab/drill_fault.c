/* SPDX-License-Identifier: MIT */
/*
 * drill_fault: whether the fault that was asked for is the one that happened. A crash is easy to
 * have; that it came from a write into the crash memory, or on the second CPU, shows in what the
 * kernel says between the fault and purgatory.
 */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum sign {
	SIGN_PANIC = 1,       /* a panic that was asked for */
	SIGN_INTERRUPT = 2,   /* a trap without an address */
	SIGN_WILD_WRITE = 4,  /* a trap when writing into the crash memory */
	SIGN_OTHER_FAULT = 8, /* a trap at another address */
	SIGN_GUARD_PAGE = 16, /* of a stack */
	SIGN_OTHER_CPU = 32,  /* not the first one crashed */
	SIGN_AGAIN = 64,      /* on its way out it crashed once more, */
	SIGN_IN_REPORT = 128, /* or when it was to say why */
	SIGN_WILD_POINTER = 256, /* to a CPU's own data: into the crash memory */
	SIGN_UNINTERRUPTIBLE = 512, /* another CPU had its interrupts off */
	SIGN_SECOND = 1024, /* another CPU crashed before it was stopped */
};

/* What each fault shows, and nothing else. */
static const unsigned int expected[LB_DRILL_FAULTS] = {
	[LB_DRILL_FAULT_PANIC] = SIGN_PANIC,
	[LB_DRILL_FAULT_NMI] = SIGN_INTERRUPT,
	[LB_DRILL_FAULT_WILD_WRITE] = SIGN_WILD_WRITE,
	[LB_DRILL_FAULT_STACK_OVERFLOW] = SIGN_OTHER_FAULT | SIGN_GUARD_PAGE,
	[LB_DRILL_FAULT_SECOND_FAULT] = SIGN_PANIC | SIGN_AGAIN,
	[LB_DRILL_FAULT_REPORT_FAULT] = SIGN_IN_REPORT,
	[LB_DRILL_FAULT_WILD_CPU_POINTER] = SIGN_PANIC | SIGN_WILD_POINTER,
	[LB_DRILL_FAULT_STUCK_CPU] = SIGN_PANIC | SIGN_UNINTERRUPTIBLE,
	[LB_DRILL_FAULT_LOST_CPU] = SIGN_PANIC,
	[LB_DRILL_FAULT_SECOND_CPU] = SIGN_PANIC | SIGN_OTHER_CPU,
	[LB_DRILL_FAULT_SECOND_PANIC] = SIGN_PANIC | SIGN_SECOND,
};

static void keep_first(struct drill_crash *crash, const char *prefix, const char *text)
{
	if (!crash->cause[0]) {
		snprintf(crash->cause, sizeof(crash->cause), "%s%.200s", prefix, text);
	}
}

void drill_fault_injected(struct drill *drill, const char *text)
{
	enum lb_drill_fault fault;

	drill->crash.asked = lb_drill_find_fault(text, &fault) && fault == drill->spec->fault;
}

void drill_fault_panic(struct drill *drill, const char *text)
{
	bool asked_for = !strncmp(text, LB_PANIC_ASKED_FOR, strlen(LB_PANIC_ASKED_FOR));

	drill->crash.signs |= asked_for ? SIGN_PANIC : 0;
	keep_first(&drill->crash, LB_LINE_PANIC, text);
}

/* Whether the kernel's virtual address is one of the crash memory, in the linear map. */
static bool in_crash_memory(const struct drill *drill, uint64_t va)
{
	return lb_range_has(drill->tables.crash, va - drill->tables.linear);
}

/* "cpu N: WHAT at pc A[, writing address A]"; more about the same trap may follow. */
void drill_fault_trap(struct drill *drill, const char *text)
{
	const char *address = strstr(text, LB_TRAP_ADDRESS);
	unsigned int cpu;
	uint64_t va;

	if (!strncmp(text, LB_TRAP_STACK_OVERFLOW, strlen(LB_TRAP_STACK_OVERFLOW))) {
		drill->crash.signs |= SIGN_GUARD_PAGE;
	} else if (sscanf(text, "cpu %u: ", &cpu) != 1) {
		return;
	} else if (!address) {
		drill->crash.signs |= SIGN_INTERRUPT;
	} else if (sscanf(address + strlen(LB_TRAP_ADDRESS), "%" SCNx64, &va) == 1) {
		bool inside = in_crash_memory(drill, va) && strstr(text, LB_TRAP_WRITING);

		drill->crash.signs |= inside ? SIGN_WILD_WRITE : SIGN_OTHER_FAULT;
	}
	keep_first(&drill->crash, LB_LINE_TRAP, text);
}

/* "cpu N crashed, N of N others stopped in N us"; and what was strange about it. */
void drill_fault_crash(struct drill *drill, const char *text)
{
	struct drill_crash *crash = &drill->crash;
	const char *again = strstr(text, LB_CRASH_AGAIN);
	const char *pointer = strstr(text, LB_CRASH_WILD_POINTER);
	unsigned int cpu;
	unsigned int stopped;
	uint64_t va;

	if (again && !strncmp(again + strlen(LB_CRASH_AGAIN), LB_CRASH_STEP_REPORT,
			     strlen(LB_CRASH_STEP_REPORT))) {
		crash->signs |= SIGN_IN_REPORT;
		keep_first(crash, LB_LINE_CRASH, text);
	} else if (again) {
		crash->signs |= SIGN_AGAIN;
	} else if (pointer &&
		sscanf(pointer + strlen(LB_CRASH_WILD_POINTER), "%" SCNx64, &va) == 1) {
		crash->signs |= in_crash_memory(drill, va) ? SIGN_WILD_POINTER : SIGN_OTHER_FAULT;
	} else if (strstr(text, LB_CRASH_TOO)) {
		crash->signs |= SIGN_SECOND;
	} else if (strstr(text, LB_CRASH_UNINTERRUPTIBLE)) {
		crash->signs |= SIGN_UNINTERRUPTIBLE;
	} else if (sscanf(text, "cpu %u crashed, %u of ", &cpu, &stopped) == 2) {
		crash->signs |= cpu ? SIGN_OTHER_CPU : 0;
		crash->stopped = stopped;
		snprintf(crash->outcome, sizeof(crash->outcome), "%.100s", text);
	}
}

void drill_fault_prove(struct drill *drill)
{
	const struct drill_crash *crash = &drill->crash;
	const struct lb_drill_fault_facts *fault = lb_drill_fault_facts(drill->spec->fault);
	bool happened = crash->asked && crash->signs == expected[drill->spec->fault];
	bool all_stopped = crash->stopped + fault->lost_cpus + 1 == drill->spec->cpus;

	drill_proof(drill, LB_DRILL_PROOF_FAULT_HAPPENED, LB_DRILL_BY_OUTSIDE,
		happened && all_stopped, "%s%s%s; %s",
		happened ? "" : "not what ", happened ? "" : fault->name,
		happened ? crash->cause : " looks like", crash->outcome);
}
