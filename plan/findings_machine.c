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

void advise_on_machine(struct advisor *advisor)
{
	struct lb_plan *plan = advisor->plan;
	size_t problems = plan->machine->problems_count;

	if (plan->observed_differs) {
		finding_add(&advisor->list, DIFFERS_FROM_RULES, plan->differences[0],
			"something moved memory that the snapshot does not show; trust what the "
			"machine shows");
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
