/* SPDX-License-Identifier: MIT */
/* plan: from a machine and a question to an answer. */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/linux/crashkernel.h"
#include "policy/linux/version.h"
#include "plan/evaluate.h"
#include "plan/findings.h"
#include "plan/boot/boot.h"
#include "plan/observe.h"
#include "plan/boot/options.h"
#include "plan/replay.h"
#include "policy/policy.h"

#define EVENTS_MAX 4096

struct lb_plan_private {
	struct lb_plan plan;
	struct lb_arena arena;
	struct lb_model model;
	struct lb_evaluator *evaluator;
	struct lb_journal journal;
	struct lb_searches searches;
	struct lb_memory_map map;
	struct lb_distribution distribution;
};

static enum lb_status fail(struct lb_plan_error *error, enum lb_status status, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return status;
}

static enum lb_status understand_version(
	struct lb_plan *plan, const struct lb_question *question, struct lb_plan_error *error)
{
	const struct lb_machine *machine = plan->machine;

	if (question->kernel) {
		plan->kernel = question->kernel;
		if (!lb_linux_version_parse(question->kernel, &plan->version)) {
			snprintf(error->text, sizeof(error->text),
				"--kernel %.100s: expected a Linux version such as 6.12.107",
				question->kernel);
			return LB_INVALID;
		}
		return LB_OK;
	}
	plan->kernel = machine->kernel.release;
	if (!lb_linux_version_of(machine->kernel.release, machine->kernel.banner, &plan->version)) {
		return fail(error, LB_NOT_FOUND,
			"the kernel version is not shown: expected proc/version, uname or the "
			"log's "
			"\"Linux version\" line; name it with --kernel");
	}
	return LB_OK;
}

static enum lb_status understand_cmdline(struct lb_plan *plan, struct lb_arena *arena,
	const struct lb_question *question, struct lb_plan_error *error)
{
	const char *base = question->cmdline ? question->cmdline : plan->machine->boot.cmdline;

	if (!base && !question->crashkernel_count) {
		return fail(error, LB_NOT_FOUND,
			"the kernel command line is not shown: expected proc/cmdline or the log's "
			"\"Kernel command line:\"; give it with --cmdline");
	}
	if (!base) {
		base = "";
	}
	plan->cmdline = question->crashkernel_count
				? lb_option_replace_crashkernel(arena, base, question->crashkernel,
					  question->crashkernel_count)
				: lb_arena_text(arena, base);
	return plan->cmdline ? LB_OK : LB_NO_STORAGE;
}

/* The values of all crashkernel= tokens, for display. */
static enum lb_status list_values(struct lb_plan *plan, struct lb_arena *arena)
{
	size_t length = strlen(plan->cmdline);
	const char **values = lb_arena_array(arena, length / 12 + 1, sizeof(*values));
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	if (!values) {
		return LB_NO_STORAGE;
	}
	while (lb_crashkernel_next(plan->cmdline, length, &cursor, &token)) {
		values[plan->crashkernel_count] = lb_arena_printf(arena, "%.*s",
			(int)lb_min(token.end - token.value, 4096), plan->cmdline + token.value);
		if (!values[plan->crashkernel_count++]) {
			return LB_NO_STORAGE;
		}
	}
	plan->crashkernel = values;
	return LB_OK;
}

static enum lb_status build_model(struct lb_plan_private *private_,
	const struct lb_question *question, struct lb_plan_error *error)
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
	model->version = plan->version;
	model->cmdline = plan->cmdline;
	model->same_boot_options = !machine->boot.cmdline ||
				   lb_option_same_memory(machine->boot.cmdline, plan->cmdline);
	if (question->kernel && strcmp(question->kernel, machine->kernel.release)) {
		lb_model_assume(model, "another kernel than the recorded one is asked about: its "
				       "size, and what it takes early, are taken to be the same");
	}
	status = lb_boot_rebuild(model);
	if (model->missing) {
		return fail(error, status, model->missing);
	}
	return status;
}

/* A request that is refused for its wording is refused on every machine: with hardly any RAM and
 * with more than there is, and for the same reason. */
static bool refused_anywhere(const struct lb_plan_private *private_, const struct lb_policy *policy,
	const struct lb_reservation *refusal)
{
	static const uint64_t amounts[] = {LB_MIB, UINT64_C(1) << 60};
	unsigned char storage[LB_MEMORY_MAP_BYTES(1)] __attribute__((aligned(16)));
	struct lb_reserve_env env = private_->model.env;

	for (size_t i = 0; i < LB_ARRAY_COUNT(amounts); i++) {
		struct lb_reservation reservation;
		struct lb_memory_map map;

		env.system_ram = amounts[i];
		if (lb_memory_map_init(&map, storage, sizeof(storage)) ||
			policy->reserve(
				&env, private_->plan.cmdline, &map, NULL, NULL, &reservation) ||
			reservation.outcome != LB_OUTCOME_REJECTED ||
			reservation.log_bytes != refusal->log_bytes ||
			memcmp(reservation.log, refusal->log, refusal->log_bytes)) {
			return false;
		}
	}
	return true;
}

static enum lb_certainty certainty_of(
	const struct lb_plan_private *private_, const struct lb_policy *policy)
{
	const struct lb_model *model = &private_->model;
	const struct lb_distribution *distribution = &private_->distribution;
	const struct lb_reservation *first = distribution->outcomes[0].reservation;

	if (first->outcome == LB_OUTCOME_NOT_REQUESTED ||
		(first->outcome == LB_OUTCOME_REJECTED &&
			refused_anywhere(private_, policy, first))) {
		return LB_EXACT;
	}
	if (distribution->certain && !model->never_exact) {
		return distribution->count == 1 ? LB_EXACT : LB_LIKELY;
	}
	if (model->kernel_place == LB_KERNEL_DRAWN && distribution->drawn) {
		return LB_LIKELY;
	}
	return distribution->aligned || distribution->certain ? LB_WITHIN_ALIGNMENT : LB_UNKNOWN;
}

static enum lb_status answer(struct lb_plan_private *private_, const struct lb_policy *policy)
{
	struct lb_plan *plan = &private_->plan;
	struct lb_model *model = &private_->model;
	struct lb_reservation verdict;
	size_t bytes = LB_MEMORY_MAP_BYTES(
		2 * (model->memory_count + model->holder_count) + model->early_count + 32);
	void *storage = lb_arena_alloc(&private_->arena, bytes);
	enum lb_status status = lb_evaluator_make(model, policy->reserve, &private_->evaluator);

	if (!status) {
		status = storage ? lb_memory_map_init(&private_->map, storage, bytes)
				 : LB_NO_STORAGE;
	}
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
	plan->certainty = certainty_of(private_, policy);
	if (plan->certainty == LB_LIKELY) {
		lb_model_doubt(
			model, "KASLR puts the kernel image into another place at each boot");
	}
	if (plan->certainty != LB_EXACT) {
		plan->why_uncertain = model->reasons;
		plan->why_uncertain_count = model->reason_count;
	}
	lb_evaluator_keep(private_->evaluator, &private_->map, &private_->searches);
	return lb_evaluate_once(private_->evaluator, LB_VIEW_BEST, plan->outcomes[0].kernel,
		plan->cmdline, &private_->journal, &verdict);
}

static enum lb_status fill(struct lb_plan_private *private_, const struct lb_question *question,
	struct lb_plan_error *error)
{
	struct lb_plan *plan = &private_->plan;
	const struct lb_policy *policy =
		lb_policy_find(question->policy ? question->policy : "linux");
	enum lb_status status;

	if (!policy) {
		snprintf(error->text, sizeof(error->text), "--policy %.100s: no such policy",
			question->policy);
		return LB_INVALID;
	}
	plan->policy = policy->name;
	plan->arch = plan->machine->arch;
	status = understand_version(plan, question, error);
	if (!status) {
		status = understand_cmdline(plan, &private_->arena, question, error);
	}
	if (!status) {
		status = list_values(plan, &private_->arena);
	}
	if (!status) {
		status = build_model(private_, question, error);
	}
	if (!status) {
		plan->what_if = question->crashkernel_count || question->cmdline ||
				question->kernel || question->policy;
		plan->memory_bytes = private_->model.env.system_ram;
		plan->journal = &private_->journal;
		plan->searches = &private_->searches;
		plan->map = &private_->map;
		status = answer(private_, policy);
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

enum lb_status lb_plan_make(const struct lb_machine *machine, const struct lb_question *question,
	struct lb_plan **ret, struct lb_plan_error *error)
{
	struct lb_plan_private *private_ = calloc(1, sizeof(*private_));
	enum lb_status status;

	error->text[0] = '\0';
	if (!private_) {
		return fail(error, LB_NO_STORAGE, "out of memory");
	}
	private_->plan.machine = machine;
	private_->plan.private_ = private_;
	status = fill(private_, question, error);
	if (status) {
		if (!error->text[0]) {
			fail(error, status, lb_status_text(status));
		}
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
