/* SPDX-License-Identifier: MIT */
/*
 * plan: from a machine and a question to an answer: the question is understood, the moment of the
 * search rebuilt and replayed, every boot searched in it, what the machine's own boot shows held
 * against it, and the answer explained.
 */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/advice.h"
#include "plan/certainty.h"
#include "plan/evaluate.h"
#include "plan/explain.h"
#include "plan/findings.h"
#include "plan/observe.h"
#include "plan/question.h"
#include "plan/rebuild.h"
#include "plan/replay.h"
#include "policy/linux/version.h"

#define EVENTS_MAX 4096

struct lb_plan_private {
	struct lb_plan plan;
	struct lb_arena arena;
	const struct lb_policy *policy;
	struct lb_model model;
	struct lb_model own; /* of the recorded boot, with a what-if */
	struct lb_evaluator *evaluator;
	struct lb_journal journal;
	struct lb_searches searches;
	struct lb_memory_map map; /* just before the reservation */
	struct lb_distribution distribution;
	bool unconfirmed; /* nothing bears out what was read, or that nothing was */
};

static enum lb_status fail(struct lb_plan_error *error, enum lb_status status, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return status;
}

/* Machine to model: the moment at which that kernel searches. */
static enum lb_status rebuild(struct lb_plan_private *private_, const struct lb_question *question,
	struct lb_plan_error *error)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_boot_asked asked = {.kernel = plan->kernel,
		.version = plan->version,
		.cmdline = plan->cmdline,
		.cmdline_given = question->cmdline != NULL,
		.crashkernel_given = question->crashkernel_count != 0,
		.other_request = plan->what_if};
	struct lb_event *events = lb_arena_array(&private_->arena, EVENTS_MAX, sizeof(*events));
	enum lb_status status;

	if (!events) {
		return LB_NO_STORAGE;
	}
	lb_journal_init(&private_->journal, events, EVENTS_MAX);
	status = lb_rebuild(plan->machine, &asked, &private_->arena, &private_->journal,
		&private_->model);
	if (private_->model.missing) {
		return fail(error, status, private_->model.missing);
	}
	plan->memory_bytes = private_->model.env.system_ram;
	return status;
}

/* Model to searches: every boot, by the policy's rules. */
static enum lb_status search(struct lb_plan_private *private_)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_model *model = &private_->model;
	enum lb_status status =
		lb_evaluator_make(model, private_->policy->reserve, &private_->evaluator);

	if (!status) {
		status = lb_replay(model, private_->evaluator);
	}
	if (!status) {
		status = lb_evaluate(private_->evaluator, plan->cmdline, &private_->distribution);
	}
	return status;
}

/* The recorded boot where another one is asked about: the machine's own kernel and command line, by
 * the rules of Linux. Where it cannot be rebuilt, nothing is compared. */
static enum lb_status observe_own(struct lb_plan_private *private_, const char **ret_why)
{
	struct lb_plan *plan = &private_->plan;
	const struct lb_machine *machine = plan->machine;
	struct lb_boot_asked own = {
		.kernel = machine->kernel.release, .cmdline = machine->boot.cmdline};
	struct lb_evaluator *evaluator;
	enum lb_status status;

	if (!own.cmdline ||
		!lb_linux_version_of(own.kernel, machine->kernel.banner, &own.version)) {
		return LB_OK;
	}
	status = lb_rebuild(machine, &own, &private_->arena, NULL, &private_->own);
	if (private_->own.missing) {
		return LB_OK;
	}
	if (!status) {
		status = lb_evaluator_make(
			&private_->own, lb_policy_find("linux")->reserve, &evaluator);
	}
	if (!status) {
		status = lb_replay(&private_->own, evaluator);
	}
	return status ? status
		      : lb_observe(&private_->own, evaluator, NULL, &plan->observed, ret_why);
}

/* What was read, and what it does to the answers of the rules. */
static enum lb_status observe(struct lb_plan_private *private_)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_observation *observed = &plan->observed;
	struct lb_model *model = &private_->model;
	const char *why = NULL;
	enum lb_status status =
		plan->what_if ? observe_own(private_, &why)
			      : lb_observe(model, private_->evaluator, &private_->distribution,
					observed, &why);

	if (status) {
		return status;
	}
	plan->as_read = !plan->what_if && observed->known;
	if (observed->differs) {
		const char *text = lb_arena_printf(model->arena,
			"this machine's own boot is not as the rules give it: %s",
			observed->differences[0]);

		lb_model_assume_as(model, LB_WEIGHT_ALL,
			text ? text : "the rules do not explain its own boot");
	}
	if (why && !plan->what_if) {
		lb_model_assume(model, why);
	}
	private_->unconfirmed = why && !plan->what_if;
	return LB_OK;
}

static bool is_unlisted(const struct lb_plan *plan, const struct lb_distribution *found)
{
	bool listed = !plan->as_read;

	for (size_t i = 0; i < found->count && !listed; i++) {
		listed = lb_observation_is(&plan->observed, found->outcomes[i].reservation);
	}
	return !listed;
}

/* What was read and not explained is not dropped: it did happen, in a share of the boots that
 * nobody can know. */
static enum lb_status list_outcomes(struct lb_plan_private *private_)
{
	struct lb_plan *plan = &private_->plan;
	const struct lb_distribution *found = &private_->distribution;
	bool add = is_unlisted(plan, found);
	struct lb_possible *outcomes =
		lb_arena_array(&private_->arena, found->count + 1, sizeof(*outcomes));

	if (!outcomes) {
		return LB_NO_STORAGE;
	}
	if (add) {
		outcomes[0] = (struct lb_possible){.probability = -1,
			.reservation = &plan->observed.reservation,
			.kernel = plan->kernel_image};
	}
	memcpy(outcomes + add, found->outcomes, found->count * sizeof(*outcomes));
	plan->outcomes = outcomes;
	plan->outcome_count = found->count + add;
	outcomes[add].probability = lb_certainty_share(plan->certainty, found);
	return LB_OK;
}

/* How sure the rules' answers are, after all doubts are heard. */
static enum lb_status conclude(struct lb_plan_private *private_)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_model *model = &private_->model;

	plan->certainty =
		lb_certainty_of(model, private_->policy->reserve, &private_->distribution);
	if (plan->observed.differs || is_unlisted(plan, &private_->distribution) ||
		(plan->certainty == LB_EXACT && private_->unconfirmed)) {
		plan->certainty = LB_UNKNOWN;
	}
	if (plan->certainty == LB_LIKELY) {
		lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
			"KASLR puts the kernel image into another place at each boot");
	}
	if (plan->certainty != LB_EXACT && !model->reason_count) {
		lb_model_doubt_as(model, LB_WEIGHT_MARGIN,
			"it depends on memory of which it is not certain whether it is taken then");
	}
	if (plan->certainty == LB_WITHIN_ALIGNMENT) {
		plan->off_by_at_most = private_->distribution.off_by_at_most;
	}
	if (plan->certainty != LB_EXACT) {
		plan->why_uncertain = model->reasons;
		plan->why_uncertain_count = model->reason_count;
	}
	plan->kernel_image = plan->as_read && model->booted_at
				     ? lb_model_kernel(model, LB_VIEW_BEST, model->booted_at)
				     : private_->distribution.outcomes[0].kernel;
	plan->reservation = plan->as_read ? &plan->observed.reservation
					  : private_->distribution.outcomes[0].reservation;
	return list_outcomes(private_);
}

/* The boot that is told once more, with its journal, its searches and its memory. */
static enum lb_status record(struct lb_plan_private *private_)
{
	struct lb_plan *plan = &private_->plan;
	const struct lb_model *model = &private_->model;
	struct lb_reservation told;
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
	return lb_evaluate_once(private_->evaluator, LB_VIEW_BEST, plan->kernel_image,
		plan->cmdline, &private_->journal, &told);
}

static enum lb_status fill(struct lb_plan_private *private_, const struct lb_question *question,
	struct lb_plan_error *error)
{
	struct lb_plan *plan = &private_->plan;
	enum lb_status status = lb_question_understand(
		question, plan, &private_->arena, &private_->policy, error);

	if (!status) {
		status = rebuild(private_, question, error);
	}
	if (!status) {
		status = search(private_);
	}
	if (!status) {
		status = observe(private_);
	}
	if (!status) {
		status = conclude(private_);
	}
	if (!status) {
		status = record(private_);
	}
	if (!status) {
		status = lb_plan_explain(plan, &private_->model, private_->evaluator);
	}
	if (!status && !question->no_advice) {
		struct lb_answerer answerer = {
			&private_->model, private_->evaluator, private_->policy->reserve};

		status = lb_plan_find(plan, &private_->model);
		if (!status) {
			status = lb_plan_advise(plan, &answerer);
		}
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
