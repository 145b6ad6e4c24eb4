/* SPDX-License-Identifier: MIT */
/* check: asks the plan, the size and then every check, and puts the answers in order. */
#include "plan/check/check.h"

#include <stdlib.h>

#include "plan/check/checks.h"

struct lb_check_private {
	struct lb_arena arena;
	struct lb_plan *plan;
	struct lb_size *size;
	struct lb_plan_error plan_error;
	struct lb_size_error size_error;
};

/* The list in the making. */
struct items {
	struct lb_checked *list;
	size_t count;
};

const char *lb_dump_name(enum lb_dump dump)
{
	static const char *const names[] = {
		[LB_DUMP_EXPECTED] = "expected",
		[LB_DUMP_DOUBTFUL] = "doubtful",
		[LB_DUMP_UNKNOWN] = "unknown",
		[LB_DUMP_LOST] = "lost",
	};

	LB_ASSERT((size_t)dump < LB_ARRAY_COUNT(names));
	return names[dump];
}

/* Without them the checks say what they could not ask. */
static enum lb_status ask_others(struct lb_check *check)
{
	static const struct lb_question as_booted;
	struct lb_check_private *own = check->private_;
	const struct lb_initrd *initrd = &check->machine->initrd.sizes;
	struct lb_size_input input = {
		.machine = check->machine, .initrd = initrd->packed ? initrd : NULL};
	enum lb_status status =
		lb_plan_make(check->machine, &as_booted, &own->plan, &own->plan_error);

	if (status != LB_NO_STORAGE) {
		status = lb_size_make(&input, &own->size, &own->size_error);
	}
	check->plan = own->plan;
	check->size = own->size;
	return status == LB_NO_STORAGE ? status : LB_OK;
}

/* Where the plan has its findings from. */
static const char *plan_evidence(const struct lb_plan *plan)
{
	const struct lb_observation *observed = &plan->observed;

	if (!plan->as_read) {
		return "lifeboat plan: this kernel's rules, on the memory that the machine shows";
	}
	if (!observed->in_log) {
		return "lifeboat plan: proc/iomem, and this kernel's rules";
	}
	return observed->in_iomem
		       ? "lifeboat plan: proc/iomem and the boot log, and this kernel's rules"
		       : "lifeboat plan: the boot log, and this kernel's rules";
}

static void add_plan(const struct checker *checker, struct items *items)
{
	const struct lb_plan *plan = checker->plan;

	if (!plan) {
		items->list[items->count++] = (struct lb_checked){.id = "reservation",
			.level = LB_ERROR, .result = LB_CHECK_NOT_READ, .of_plan = true,
			.text = checker->why_no_plan, .fix = "", .evidence = ""};
		return;
	}
	for (size_t i = 0; i < plan->finding_count; i++) {
		const struct lb_finding *finding = &plan->findings[i];

		items->list[items->count++] = (struct lb_checked){.id = finding->id,
			.level = finding->level, .result = LB_CHECK_FOUND, .of_plan = true,
			.text = finding->text, .fix = finding->fix,
			.evidence = plan_evidence(plan)};
	}
}

static enum lb_status add_checks(const struct checker *checker, struct items *items)
{
	for (size_t i = 0; i < lb_checks_count; i++) {
		struct answer answer = lb_checks[i].ask(checker);

		if (!answer.text || !answer.fix || !answer.evidence) {
			return LB_NO_STORAGE;
		}
		items->list[items->count++] = (struct lb_checked){.id = lb_checks[i].id,
			.level = lb_checks[i].level, .result = answer.result,
			.text = answer.text, .fix = answer.fix, .evidence = answer.evidence};
	}
	return LB_OK;
}

/* What is found, errors first; then what could not be read; then the rest. */
static int place_of(const struct lb_checked *item)
{
	switch (item->result) {
	case LB_CHECK_FOUND:
		return LB_ERROR - (int)item->level;
	case LB_CHECK_NOT_READ:
		return LB_ERROR + 1;
	case LB_CHECK_FINE:
	case LB_CHECK_NOT_ASKED:
		break;
	}
	return LB_ERROR + 2;
}

static enum lb_status sort(struct lb_check *check, const struct items *items)
{
	struct lb_checked *sorted = lb_arena_array(
		&check->private_->arena, items->count + 1, sizeof(*sorted));

	if (!sorted) {
		return LB_NO_STORAGE;
	}
	for (int place = 0; place <= LB_ERROR + 2; place++) {
		for (size_t i = 0; i < items->count; i++) {
			if (place_of(&items->list[i]) == place) {
				sorted[check->count++] = items->list[i];
			}
		}
	}
	check->items = sorted;
	return LB_OK;
}

static enum lb_dump sum_up(const struct lb_check *check)
{
	enum lb_dump dump = LB_DUMP_EXPECTED;

	for (size_t i = 0; i < check->count; i++) {
		const struct lb_checked *item = &check->items[i];
		bool is_found = item->result == LB_CHECK_FOUND;

		if (is_found && item->level == LB_ERROR) {
			return LB_DUMP_LOST;
		}
		if (item->result == LB_CHECK_NOT_READ && item->level == LB_ERROR) {
			dump = LB_DUMP_UNKNOWN;
		} else if (is_found && item->level == LB_WARNING && dump == LB_DUMP_EXPECTED) {
			dump = LB_DUMP_DOUBTFUL;
		}
	}
	return dump;
}

static enum lb_status fill(struct lb_check *check)
{
	struct lb_check_private *own = check->private_;
	struct checker checker = {.machine = check->machine, .arena = &own->arena};
	struct items items = {0};
	enum lb_status status = ask_others(check);
	size_t most = lb_checks_count + (own->plan ? own->plan->finding_count : 0) + 1;

	if (status) {
		return status;
	}
	checker.plan = own->plan;
	checker.why_no_plan = own->plan_error.text;
	checker.size = own->size;
	checker.why_no_size = own->size_error.text;
	items.list = lb_arena_array(&own->arena, most, sizeof(*items.list));
	if (!items.list) {
		return LB_NO_STORAGE;
	}
	add_plan(&checker, &items);
	status = add_checks(&checker, &items);
	if (!status) {
		status = sort(check, &items);
	}
	check->dump = sum_up(check);
	check->crash_bytes = crash_bytes(&checker);
	return status;
}

enum lb_status lb_check_make(const struct lb_machine *machine, struct lb_check **ret)
{
	struct lb_check *check = calloc(1, sizeof(*check));
	struct lb_check_private *own = calloc(1, sizeof(*own));
	enum lb_status status;

	if (!check || !own) {
		free(check);
		free(own);
		return LB_NO_STORAGE;
	}
	check->machine = machine;
	check->private_ = own;
	status = fill(check);
	if (status) {
		lb_check_free(check);
		return status;
	}
	*ret = check;
	return LB_OK;
}

void lb_check_free(struct lb_check *check)
{
	if (check) {
		lb_size_free(check->private_->size);
		lb_plan_free(check->private_->plan);
		lb_arena_free(&check->private_->arena);
		free(check->private_);
		free(check);
	}
}
