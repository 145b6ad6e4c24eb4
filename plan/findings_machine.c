/* SPDX-License-Identifier: MIT */
/* findings_machine: what the machine shows of its own boot, and where it contradicts itself. */
#include "plan/findings_internal.h"
#include "plan/words.h"

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

static void find_change(struct finder *finder)
{
	const struct lb_observation *observed = &finder->plan->observed;
	uint64_t left = 0;

	if (observed->since == LB_SINCE_RELEASED) {
		finding_add(&finder->list, GIVEN_BACK,
			"all crash memory of this boot was given back through "
			"/sys/kernel/kexec_crash_size: no capture kernel can be loaded",
			"boot again, and find out what writes there");
	}
	if (observed->since == LB_SINCE_SHRUNK) {
		for (size_t i = 0; i < observed->left_count; i++) {
			left += lb_range_size(observed->left[i].range);
		}
		finding_add(&finder->list, SHRUNK,
			lb_arena_printf(finder->model->arena,
				"a part of the crash memory of this boot was given back through "
				"/sys/kernel/kexec_crash_size; %s are left",
				lb_size_text(left).text),
			"if that is too little, boot again, and find out what writes there");
	}
}

void find_in_machine(struct finder *finder)
{
	const struct lb_plan *plan = finder->plan;
	size_t problems = plan->machine->problems_count;

	if (plan->observed.differs) {
		finding_add(&finder->list, DIFFERS_FROM_RULES, plan->observed.differences[0],
			"something moved memory that the snapshot does not show; trust what the "
			"machine shows");
	}
	if (plan->as_read) {
		find_change(finder);
	}
	for (size_t i = 0; i < lb_min(problems, PROBLEMS_SHOWN); i++) {
		finding_add(&finder->list, SOURCES_DISAGREE,
			placed(finder->model->arena, &plan->machine->problems[i]), "");
	}
	if (problems > PROBLEMS_SHOWN) {
		finding_add(&finder->list, SOURCES_DISAGREE,
			lb_arena_printf(finder->model->arena,
				"%zu more problems with what the machine shows; --json lists all "
				"as machine.problems",
				problems - PROBLEMS_SHOWN),
			"");
	}
}
