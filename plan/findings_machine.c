/* SPDX-License-Identifier: MIT */
/* findings_machine: what the machine shows of its own boot, and where it contradicts itself. */
#include "plan/findings_internal.h"

#define PROBLEMS_SHOWN 6

static const char *placed(struct lb_arena *arena, const struct lb_problem *problem)
{
	if (!problem->position.source) {
		return problem->text;
	}
	if (problem->position.line) {
		return lb_arena_printf(arena, "%s:%u: %s", problem->position.source,
			problem->position.line, problem->text);
	}
	return lb_arena_printf(arena, "%s: %s", problem->position.source, problem->text);
}

static void advise_on_change(struct advisor *advisor)
{
	const struct lb_observation *observed = &advisor->plan->observed;
	uint64_t left = 0;

	if (observed->since == LB_SINCE_RELEASED) {
		finding_add(&advisor->list, GIVEN_BACK,
			"all crash memory of this boot was given back through "
			"/sys/kernel/kexec_crash_size: no capture kernel can be loaded",
			"boot again, and find out what writes there");
	}
	if (observed->since == LB_SINCE_SHRUNK) {
		for (size_t i = 0; i < observed->left_count; i++) {
			left += lb_range_size(observed->left[i].range);
		}
		finding_add(&advisor->list, SHRUNK,
			lb_arena_printf(advisor->model->arena,
				"a part of the crash memory of this boot was given back through "
				"/sys/kernel/kexec_crash_size; %llu MiB are left",
				(unsigned long long)(left / LB_MIB)),
			"if that is too little, boot again, and find out what writes there");
	}
}

void advise_on_machine(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	size_t problems = plan->machine->problems_count;

	if (plan->observed.differs) {
		finding_add(&advisor->list, DIFFERS_FROM_RULES, plan->observed.differences[0],
			"something moved memory that the snapshot does not show; trust what the "
			"machine shows");
	}
	if (plan->as_read) {
		advise_on_change(advisor);
	}
	for (size_t i = 0; i < lb_min(problems, PROBLEMS_SHOWN); i++) {
		finding_add(&advisor->list, SOURCES_DISAGREE,
			placed(advisor->model->arena, &plan->machine->problems[i]), "");
	}
	if (problems > PROBLEMS_SHOWN) {
		finding_add(&advisor->list, SOURCES_DISAGREE,
			lb_arena_printf(advisor->model->arena,
				"%zu more problems with what the machine shows; --json lists all "
				"as machine.problems",
				problems - PROBLEMS_SHOWN),
			"");
	}
}
