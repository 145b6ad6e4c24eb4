/* SPDX-License-Identifier: MIT */
/*
 * plan: from a machine and a question to an answer: the question is understood, the moment of the
 * search rebuilt and replayed, every boot searched in it, and the answer explained.
 */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/boot/boot.h"
#include "plan/certainty.h"
#include "plan/evaluate.h"
#include "plan/explain.h"
#include "plan/findings.h"
#include "plan/observe.h"
#include "plan/options.h"
#include "plan/question.h"
#include "plan/release.h"
#include "plan/replay.h"

#define EVENTS_MAX 4096

struct lb_plan_private {
	struct lb_plan plan;
	struct lb_arena arena;
	struct lb_model model;
	struct lb_evaluator *evaluator;
	struct lb_journal journal;
	struct lb_searches searches;
	struct lb_memory_map map; /* just before the reservation */
	struct lb_distribution distribution;
};

static enum lb_status fail(struct lb_plan_error *error, enum lb_status status, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return status;
}

/* Problems of the machine reach the answer: whatever rests on what is read is not sure. */
static void doubt_contradictions(struct lb_model *model)
{
	const struct lb_machine *machine = model->machine;

	for (size_t i = 0; i < machine->problems_count; i++) {
		if (machine->problems[i].class_ == LB_PROBLEM_CONTRADICTION) {
			model->contradicted = true;
			lb_model_assume(model, "what the machine shows contradicts itself or is "
					       "damaged, as listed under its problems");
		}
	}
}

/* An option that a cut line lost is not one that was not given. */
static void doubt_cmdline(struct lb_model *model, const struct lb_question *question)
{
	const struct lb_machine *machine = model->machine;

	if (question->cmdline) {
		return;
	}
	model->request_unsure = !question->crashkernel_count &&
				(model->contradicted || machine->boot.cmdline_may_be_cut);
	if (machine->boot.cmdline_may_be_cut) {
		lb_model_assume(model, "the command line is known from one line of the log only, "
				       "which may be cut");
	}
}

/* Machine to model: the moment at which that kernel searches. */
static enum lb_status rebuild(struct lb_plan_private *private_, const struct lb_question *question,
	struct lb_plan_error *error)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_model *model = &private_->model;
	const struct lb_machine *machine = plan->machine;
	struct lb_event *events = lb_arena_array(&private_->arena, EVENTS_MAX, sizeof(*events));
	enum lb_status status;

	if (!events) {
		return LB_NO_STORAGE;
	}
	lb_journal_init(&private_->journal, events, EVENTS_MAX);
	status = lb_model_init(model, machine, &private_->arena, &private_->journal);
	if (status) {
		return status;
	}
	doubt_contradictions(model);
	doubt_cmdline(model, question);
	model->version = plan->version;
	lb_model_take_release(model, plan->kernel);
	model->cmdline = plan->cmdline;
	model->same_boot_options = !machine->boot.cmdline ||
				   lb_option_same_memory(machine->boot.cmdline, plan->cmdline);
	model->other_request = plan->what_if;
	/* plan->kernel is the release of the machine unless another one is asked about. */
	if (strcmp(plan->kernel, machine->kernel.release)) {
		lb_model_assume(model, "another kernel than the recorded one is asked about: its "
				       "size, and what it takes early, are taken to be the same");
	}
	status = lb_boot_rebuild(model);
	if (model->missing) {
		return fail(error, status, model->missing);
	}
	plan->memory_bytes = model->env.system_ram;
	return status;
}

/* Model to searches: every boot, by the policy's rules. */
static enum lb_status search(struct lb_plan_private *private_, const struct lb_policy *policy)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_model *model = &private_->model;
	enum lb_status status = lb_evaluator_make(model, policy->reserve, &private_->evaluator);

	if (!status) {
		status = lb_replay(model, private_->evaluator);
	}
	if (!status) {
		status = lb_evaluate(private_->evaluator, plan->cmdline, &private_->distribution);
	}
	if (status) {
		return status;
	}
	plan->outcomes = private_->distribution.outcomes;
	plan->outcome_count = private_->distribution.count;
	plan->reservation = plan->outcomes[0].reservation;
	plan->certainty = lb_certainty_of(model, policy->reserve, &private_->distribution);
	if (plan->certainty == LB_LIKELY) {
		lb_model_doubt(
			model, "KASLR puts the kernel image into another place at each boot");
	}
	if (plan->certainty != LB_EXACT) {
		plan->why_uncertain = model->reasons;
		plan->why_uncertain_count = model->reason_count;
	}
	return LB_OK;
}

/* The boot of the verdict once more, with its journal, its searches and its memory. */
static enum lb_status record_verdict(struct lb_plan_private *private_)
{
	struct lb_plan *plan = &private_->plan;
	const struct lb_model *model = &private_->model;
	struct lb_reservation verdict;
	size_t bytes = LB_MEMORY_MAP_BYTES(
		2 * (model->memory_count + model->holder_count) + model->early_count + 32);
	void *storage = lb_arena_alloc(&private_->arena, bytes);
	enum lb_status status =
		storage ? lb_memory_map_init(&private_->map, storage, bytes) : LB_NO_STORAGE;

	if (status) {
		return status;
	}
	lb_evaluator_keep(private_->evaluator, &private_->map, &private_->searches);
	plan->journal = &private_->journal;
	plan->searches = &private_->searches;
	plan->map = &private_->map;
	return lb_evaluate_once(private_->evaluator, LB_VIEW_BEST, plan->outcomes[0].kernel,
		plan->cmdline, &private_->journal, &verdict);
}

static enum lb_status fill(struct lb_plan_private *private_, const struct lb_question *question,
	struct lb_plan_error *error)
{
	struct lb_plan *plan = &private_->plan;
	const struct lb_policy *policy;
	enum lb_status status =
		lb_question_understand(question, plan, &private_->arena, &policy, error);

	if (!status) {
		status = rebuild(private_, question, error);
	}
	if (!status) {
		status = search(private_, policy);
	}
	if (!status) {
		status = record_verdict(private_);
	}
	if (!status) {
		status = lb_plan_explain(plan, &private_->model, private_->evaluator);
	}
	if (!status) {
		status = lb_plan_observe(plan, &private_->model, private_->evaluator);
	}
	if (!status && !question->no_advice) {
		status = lb_plan_advise(plan, &private_->model, private_->evaluator);
	}
	return status;
}

/* What a failure is called that has no name yet. */
static void name_failure(
	const struct lb_plan_private *private_, enum lb_status status, struct lb_plan_error *error)
{
	if (status == LB_NO_STORAGE) {
		snprintf(error->text, sizeof(error->text),
			"out of memory: the plan holds %llu MiB, of at most %llu MiB",
			(unsigned long long)(private_->arena.memory.total / LB_MIB),
			(unsigned long long)(MACHINE_ARENA_BYTES_MAX / LB_MIB));
	} else if (!error->text[0]) {
		fail(error, status, lb_status_text(status));
	}
}

enum lb_status lb_plan_make(const struct lb_machine *machine, const struct lb_question *question,
	struct lb_plan **ret, struct lb_plan_error *error)
{
	struct lb_plan_private *private_ = calloc(1, sizeof(*private_));
	enum lb_status status;

	error->text[0] = '\0';
	if (!private_) {
		return fail(error, LB_NO_STORAGE, "out of memory: no plan can begin");
	}
	private_->plan.machine = machine;
	private_->plan.private_ = private_;
	status = fill(private_, question, error);
	if (status) {
		name_failure(private_, status, error);
		lb_plan_free(&private_->plan);
		return status;
	}
	*ret = &private_->plan;
	return LB_OK;
}

void lb_plan_free(struct lb_plan *plan)
{
	if (plan) {
		struct lb_plan_private *private_ = plan->private_;

		lb_arena_free(&private_->arena);
		free(private_);
	}
}
