/* SPDX-License-Identifier: MIT */
/* observe: from /proc/iomem, else from the lines of the boot log. */
#include "plan/observe.h"

#include <string.h>

#include "plan/confirm.h"
#include "policy/linux/crashkernel.h"

static void add_range(
	struct lb_reservation *observed, enum lb_crash_kind kind, struct lb_range range)
{
	if (observed->range_count < LB_CRASH_RANGES_MAX && !lb_range_empty(range)) {
		observed->ranges[observed->range_count++] =
			(struct lb_crash_range){.kind = kind, .range = range};
	}
}

/* The main region and the low one carry the same name; the last in the file is the main one
 * (kernel/crash_reserve.c, insert_crashkernel_resources). */
static void observe_iomem(const struct lb_machine *machine, struct lb_reservation *observed)
{
	struct lb_range found[2] = {{0, 0}, {0, 0}};
	size_t count = 0;

	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		if (machine->memory.iomem[i].kind != LB_IOMEM_CRASH) {
			continue;
		}
		if (count == LB_ARRAY_COUNT(found)) {
			found[0] = found[1];
			count--;
		}
		found[count++] = machine->memory.iomem[i].range;
	}
	if (count) {
		add_range(observed, LB_CRASH, found[count - 1]);
	}
	if (count == 2) {
		add_range(observed, LB_CRASH_LOW, found[0]);
	}
}

static void observe_log(const struct lb_machine *machine, struct lb_reservation *observed)
{
	static const struct {
		enum lb_crash_line_kind line;
		enum lb_crash_kind kind;
	} passes[] = {{LB_CRASH_LINE_MAIN, LB_CRASH}, {LB_CRASH_LINE_LOW, LB_CRASH_LOW}};

	for (size_t pass = 0; pass < LB_ARRAY_COUNT(passes); pass++) {
		for (size_t i = 0; i < machine->crash.log_count; i++) {
			if (machine->crash.log[i].kind == passes[pass].line) {
				add_range(observed, passes[pass].kind, machine->crash.log[i].range);
			}
		}
	}
}

static void copy_log(const struct lb_machine *machine, struct lb_reservation *observed)
{
	for (size_t i = 0; i < machine->crash.log_count; i++) {
		const struct lb_crash_line *line = &machine->crash.log[i];
		size_t bytes = strlen(line->text) + 1;

		/* As for predictions: up to 6.10 the parser has lines that do not name it. */
		if (!line->names_option) {
			continue;
		}
		if (observed->log_bytes + bytes > sizeof(observed->log) ||
			observed->line_count == LB_CRASH_LOG_LINES_MAX) {
			return;
		}
		memcpy(observed->log + observed->log_bytes, line->text, bytes);
		observed->log_bytes += bytes;
		observed->line_count++;
	}
}

static bool shows_outcome(const struct lb_machine *machine)
{
	if (lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		return true;
	}
	for (size_t i = 0; i < machine->crash.log_count; i++) {
		if (machine->crash.log[i].kind != LB_CRASH_LINE_OTHER) {
			return true;
		}
	}
	return false;
}

/* At most one for each range. */
static void add_difference(struct lb_plan *plan, const char **list, const char *text)
{
	LB_ASSERT(plan->difference_count < LB_CRASH_RANGES_MAX);
	list[plan->difference_count++] = text ? text : "a part of it differs";
}

static bool holds(const struct lb_reservation *expected, const struct lb_crash_range *seen)
{
	for (size_t i = 0; i < expected->range_count; i++) {
		const struct lb_crash_range *range = &expected->ranges[i];

		if (range->kind == seen->kind && range->range.start == seen->range.start &&
			range->range.end == seen->range.end) {
			return true;
		}
	}
	return false;
}

static void compare(struct lb_plan *plan, const struct lb_reservation *expected,
	struct lb_arena *arena, const char **list)
{
	const struct lb_reservation *observed = &plan->observed;

	if (expected->outcome != observed->outcome) {
		add_difference(plan, list,
			lb_arena_printf(arena,
				"the rules of Linux say \"%s\", the machine shows \"%s\"",
				lb_outcome_name(expected->outcome),
				lb_outcome_name(observed->outcome)));
		return;
	}
	for (size_t i = 0; i < observed->range_count; i++) {
		const struct lb_crash_range *seen = &observed->ranges[i];

		if (!holds(expected, seen)) {
			add_difference(plan, list,
				lb_arena_printf(arena,
					"%s is at 0x%llx-0x%llx; from what the machine shows it "
					"was "
					"expected elsewhere",
					lb_crash_kind_name(seen->kind),
					(unsigned long long)seen->range.start,
					(unsigned long long)seen->range.end - 1));
		}
	}
}

/* What the rules say of this very boot: with the kernel image where it was, if that shows. */
static enum lb_status expect(struct lb_plan *plan, const struct lb_model *model,
	struct lb_evaluator *evaluator, struct lb_reservation *ret)
{
	if (!model->booted_at) {
		*ret = *plan->reservation;
		return LB_OK;
	}
	return lb_evaluate_once(evaluator, LB_VIEW_BEST,
		lb_model_kernel(model, LB_VIEW_BEST, model->booted_at), plan->cmdline, NULL, ret);
}

static enum lb_outcome outcome_of(const struct lb_plan *plan)
{
	if (plan->observed.range_count) {
		return LB_OUTCOME_RESERVED;
	}
	if (!plan->crashkernel_count) {
		return LB_OUTCOME_NOT_REQUESTED;
	}
	if (plan->reservation->declined || plan->reservation->outcome == LB_OUTCOME_REJECTED) {
		return plan->reservation->outcome;
	}
	return LB_OUTCOME_FAILED;
}

/* What no boot shows: how the rules understand the request, and which part they see fail. */
static void copy_request(struct lb_reservation *observed, const struct lb_reservation *predicted)
{
	observed->asked = predicted->asked;
	observed->size = predicted->size;
	observed->align = predicted->align;
	observed->low_size = predicted->low_size;
	observed->low_implied = predicted->low_implied;
	observed->cma_size = predicted->cma_size;
	observed->offset = predicted->offset;
	observed->high = predicted->high;
	if (observed->outcome == predicted->outcome) {
		observed->failed = predicted->failed;
	} else if (observed->outcome == LB_OUTCOME_FAILED) {
		observed->failed = LB_PART_MAIN;
	}
}

static void take_as_verdict(struct lb_plan *plan, struct lb_possible *outcome)
{
	*outcome = (struct lb_possible){.probability = 1, .reservation = &plan->observed};
	plan->outcomes = outcome;
	plan->outcome_count = 1;
	plan->reservation = &plan->observed;
	plan->certainty = LB_EXACT;
	plan->why_uncertain_count = 0;
}

/* Regions that were read and that nothing bears out stay the verdict. That none was seen is none:
 * the rules' answer stays, and is not exact either. */
static void take_unconfirmed(struct lb_plan *plan, struct lb_model *model, const char *why,
	struct lb_possible *outcome)
{
	if (plan->observed.range_count) {
		take_as_verdict(plan, outcome);
	} else {
		plan->observed_known = false;
		plan->observed_differs = false;
	}
	if (plan->certainty == LB_EXACT) {
		*outcome = plan->outcomes[0];
		outcome->probability = -1;
		plan->outcomes = outcome;
		plan->certainty = LB_UNKNOWN;
	}
	lb_model_doubt(model, why);
	plan->why_uncertain = model->reasons;
	plan->why_uncertain_count = model->reason_count;
}

enum lb_status lb_plan_observe(
	struct lb_plan *plan, struct lb_model *model, struct lb_evaluator *evaluator)
{
	struct lb_arena *arena = model->arena;
	const struct lb_machine *machine = plan->machine;
	struct lb_possible *outcome = lb_arena_alloc(arena, sizeof(*outcome));
	const char **differences = lb_arena_array(arena, LB_CRASH_RANGES_MAX, sizeof(*differences));
	struct lb_reservation expected;
	const char *why;
	enum lb_status status;

	if (!outcome || !differences) {
		return LB_NO_STORAGE;
	}
	plan->observed_known = shows_outcome(machine);
	if (!plan->observed_known) {
		return LB_OK;
	}
	if (lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		observe_iomem(machine, &plan->observed);
	}
	if (!plan->observed.range_count) {
		observe_log(machine, &plan->observed);
	}
	copy_log(machine, &plan->observed);
	if (plan->what_if) {
		return LB_OK;
	}
	plan->observed.outcome = outcome_of(plan);
	copy_request(&plan->observed, plan->reservation);
	status = expect(plan, model, evaluator, &expected);
	if (status) {
		return status;
	}
	compare(plan, &expected, arena, differences);
	plan->differences = differences;
	plan->observed_differs = plan->difference_count > 0;
	why = lb_plan_unconfirmed(
		model, &plan->observed, &expected, plan->crashkernel_count != 0);
	if (why) {
		take_unconfirmed(plan, model, why, outcome);
	} else {
		take_as_verdict(plan, outcome);
	}
	return LB_OK;
}
