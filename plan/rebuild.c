/* SPDX-License-Identifier: MIT */
/* rebuild: a model, and the doubts that come with the question. */
#include "plan/rebuild.h"

#include <string.h>

#include "plan/boot/boot.h"
#include "plan/options.h"
#include "plan/read_boot.h"
#include "plan/release.h"

/* Problems of the machine reach the answer: whatever rests on what is read is not sure. */
static void doubt_contradictions(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->problems_count; i++) {
		if (machine->problems[i].class_ == LB_PROBLEM_CONTRADICTION) {
			model->contradicted = true;
			lb_model_assume_as(model, LB_WEIGHT_ALL,
				"what the machine shows contradicts itself or is damaged, as "
				"listed under its problems");
		}
	}
}

/* An option that a cut line lost is not one that was not given. */
static void doubt_cmdline(struct lb_model *model, const struct lb_boot_asked *asked)
{
	const struct lb_machine *machine = model->machine;
	struct lb_observation seen;

	if (asked->cmdline_given) {
		return;
	}
	lb_read_boot(machine, asked->version, &seen);
	if (!machine->boot.cmdline_seen_twice && !seen.known) {
		lb_model_assume_as(model, LB_WEIGHT_MARGIN,
			"one source alone shows the command line, and nothing shows what this boot "
			"made of it");
	}
	model->request_unsure = !asked->crashkernel_given &&
				(model->contradicted || machine->boot.cmdline_may_be_cut);
	if (machine->boot.cmdline_may_be_cut) {
		lb_model_assume_as(model, LB_WEIGHT_MARGIN,
			"the command line is known from one line of the log only, which may be "
			"cut");
	}
}

static void take_other_boots(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->other_boots_count; i++) {
		const struct lb_other_boot *other = &machine->other_boots[i];

		if (lb_option_same_memory(other->cmdline, model->cmdline)) {
			model->other_boots[model->other_boot_count++] = other;
		}
	}
}

enum lb_status lb_rebuild(const struct lb_machine *machine, const struct lb_boot_asked *asked,
	struct lb_arena *arena, struct lb_journal *journal, struct lb_model *ret)
{
	enum lb_status status = lb_model_init(ret, machine, arena, journal);

	if (status) {
		return status;
	}
	doubt_contradictions(ret);
	doubt_cmdline(ret, asked);
	ret->version = asked->version;
	lb_model_take_release(ret, asked->kernel);
	ret->cmdline = asked->cmdline;
	ret->same_boot_options = !machine->boot.cmdline ||
				 lb_option_same_memory(machine->boot.cmdline, asked->cmdline);
	ret->other_request = asked->other_request;
	take_other_boots(ret);
	/* The release asked about is the machine's unless another one is named. */
	if (strcmp(asked->kernel, machine->kernel.release)) {
		lb_model_assume_as(ret, LB_WEIGHT_MARGIN,
			"another kernel than the recorded one is asked about: its size, and what "
			"it takes early, are taken to be the same");
	}
	return lb_boot_rebuild(ret);
}
