/* SPDX-License-Identifier: MIT */
/* findings_request: what the kernel makes of the words on the command line. */
#include "plan/findings_internal.h"

/* What becomes of a request that leads to no search. */
void advise_on_request(struct advisor *advisor)
{
	const struct lb_plan *plan = advisor->plan;
	struct lb_reservation ignored;

	if (plan->reservation->declined) {
		return; /* nothing is reserved, as it was meant */
	}
	if (plan->reservation->outcome == LB_OUTCOME_NOT_REQUESTED) {
		finding_add(&advisor->list, NOT_REQUESTED,
			"there is no crashkernel= on the command line, so a crash of this machine "
			"leaves no dump",
			lb_remedy_works(&advisor->remedy, "256M", &ignored)
				? lb_arena_printf(advisor->model->arena,
					  "crashkernel=256M would be placed at 0x%llx",
					  (unsigned long long)ignored.ranges[0].range.start)
				: "add crashkernel= to the kernel command line");
	} else if (plan->reservation->outcome == LB_OUTCOME_REJECTED) {
		finding_add(&advisor->list, REJECTED,
			"this kernel does not accept the crashkernel= value, and reserves nothing",
			lb_remedy_find(&advisor->remedy));
	}
}

/* What this kernel reads otherwise than the person who wrote it may think. */
void advise_on_reading(struct advisor *advisor)
{
	const struct lb_reserve_env *env = &advisor->model->env;
	const char *cmdline = advisor->plan->cmdline;
	size_t count = lb_reserve_effective(env, cmdline, NULL, 0);
	struct lb_effect_note *notes =
		lb_arena_array(advisor->model->arena, count + 1, sizeof(*notes));

	if (!notes) {
		advisor->list.status = LB_NO_STORAGE;
		return;
	}
	lb_reserve_effective(env, cmdline, notes, count);
	for (size_t i = 0; i < count; i++) {
		finding_add_effect(&advisor->list, &notes[i]);
	}
}
