/* SPDX-License-Identifier: MIT */
/* observe: what was read, held against the rules of the boot that it was read from. */
#include "plan/observe.h"

#include <string.h>

#include "plan/confirm.h"
#include "plan/observation.h"
#include "plan/read_boot.h"
#include "policy/linux/crashkernel.h"

/* At most one for each range, and one more. */
#define DIFFERENCES_MAX (LB_CRASH_RANGES_MAX + 1)

struct differences {
	struct lb_arena *arena;
	const char **list;
	size_t count;
};

static void add_difference(struct differences *differences, const char *text)
{
	LB_ASSERT(differences->count < DIFFERENCES_MAX);
	differences->list[differences->count++] = text ? text : "a part of it differs";
}

static void list_differences(const struct lb_observation *seen,
	const struct lb_reservation *expected, struct differences *differences)
{
	const struct lb_reservation *read = &seen->reservation;

	if (expected->outcome != read->outcome) {
		add_difference(differences,
			lb_arena_printf(differences->arena,
				"the rules of Linux say \"%s\", the machine shows \"%s\"",
				lb_outcome_name(expected->outcome),
				lb_outcome_name(read->outcome)));
		return;
	}
	for (size_t i = 0; i < read->range_count; i++) {
		const struct lb_crash_range *part = &read->ranges[i];

		if (!lb_observation_part_is(seen, expected, part)) {
			add_difference(differences,
				lb_arena_printf(differences->arena,
					"%s is at 0x%llx-0x%llx; from what the machine shows it "
					"was expected elsewhere",
					lb_crash_kind_name(part->kind),
					(unsigned long long)part->range.start,
					(unsigned long long)part->range.end - 1));
		}
	}
	if (read->range_count != lb_searched_count(expected)) {
		add_difference(differences,
			lb_arena_printf(differences->arena,
				"the machine shows %zu regions, the rules of Linux give %zu",
				read->range_count, lb_searched_count(expected)));
	}
}

static struct lb_range kernel_of(const struct lb_model *model, enum lb_view view)
{
	return lb_model_kernel(
		model, view, model->booted_at ? model->booted_at : model->kernel_at);
}

/* What the rules say of this very boot: with the kernel image where it was; where that does not
 * show, the one of its boots that was read, if there is such. */
static enum lb_status expect(const struct lb_model *model, struct lb_evaluator *evaluator,
	const struct lb_distribution *boots, const struct lb_observation *seen,
	struct lb_reservation *ret)
{
	struct lb_distribution found;
	enum lb_status status;

	if (model->booted_at) {
		return lb_evaluate_once(evaluator, LB_VIEW_BEST, kernel_of(model, LB_VIEW_BEST),
			model->cmdline, NULL, ret);
	}
	if (!boots) {
		status = lb_evaluate(evaluator, model->cmdline, &found);
		if (status) {
			return status;
		}
		boots = &found;
	}
	*ret = *boots->outcomes[0].reservation;
	for (size_t i = 0; i < boots->count; i++) {
		if (lb_observation_is(seen, boots->outcomes[i].reservation)) {
			*ret = *boots->outcomes[i].reservation;
			break;
		}
	}
	return LB_OK;
}

/* Whether a part lies where one of two answers has it, or between them. */
static bool between(const struct lb_reservation *a, const struct lb_reservation *b,
	const struct lb_crash_range *part)
{
	for (size_t i = 0; i < a->range_count; i++) {
		uint64_t x = a->ranges[i].range.start, y = b->ranges[i].range.start;

		if (a->ranges[i].kind == part->kind && part->range.start >= lb_min(x, y) &&
			part->range.start <= lb_max(x, y)) {
			return true;
		}
	}
	return false;
}

static bool same_kinds(const struct lb_reservation *a, const struct lb_reservation *b)
{
	bool same = a->outcome == b->outcome && a->range_count == b->range_count;

	for (size_t i = 0; i < a->range_count && same; i++) {
		same = a->ranges[i].kind == b->ranges[i].kind;
	}
	return same;
}

/* What is not known of memory could explain what was read: the extremes of it are different
 * reservations, or it lies between them. */
static enum lb_status left_open(const struct lb_model *model, struct lb_evaluator *evaluator,
	const struct lb_observation *seen, bool *ret)
{
	const struct lb_reservation *read = &seen->reservation;
	struct lb_reservation lower, upper;
	enum lb_status status;

	*ret = true;
	if (model->request_unsure ||
		(!model->booted_at && model->kernel_place != LB_KERNEL_FIXED)) {
		return LB_OK;
	}
	status = lb_evaluate_once(evaluator, LB_VIEW_LOWER, kernel_of(model, LB_VIEW_LOWER),
		model->cmdline, NULL, &lower);
	if (!status) {
		status = lb_evaluate_once(evaluator, LB_VIEW_UPPER,
			kernel_of(model, LB_VIEW_UPPER), model->cmdline, NULL, &upper);
	}
	if (status || !same_kinds(&lower, &upper)) {
		return status;
	}
	*ret = read->outcome == lower.outcome && read->range_count == lb_searched_count(&lower);
	for (size_t i = 0; i < read->range_count && *ret; i++) {
		*ret = between(&lower, &upper, &read->ranges[i]);
	}
	return LB_OK;
}

static bool asks(const char *cmdline)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	return lb_crashkernel_next(cmdline, strlen(cmdline), &cursor, &token);
}

static enum lb_outcome outcome_of(const struct lb_reservation *expected, bool asked)
{
	if (!asked) {
		return LB_OUTCOME_NOT_REQUESTED;
	}
	if (expected->declined || expected->outcome == LB_OUTCOME_REJECTED) {
		return expected->outcome;
	}
	return LB_OUTCOME_FAILED;
}

/* What no boot shows: how the rules understand the request, and which part they see fail. */
static void copy_request(struct lb_reservation *read, const struct lb_reservation *expected)
{
	read->asked = expected->asked;
	read->size = expected->size;
	read->align = expected->align;
	read->low_size = expected->low_size;
	read->low_implied = expected->low_implied;
	read->cma_size = expected->cma_size;
	read->offset = expected->offset;
	read->high = expected->high;
	if (read->outcome == expected->outcome) {
		read->failed = expected->failed;
		read->declined = expected->declined;
		read->unmatched = expected->unmatched;
	} else if (read->outcome == LB_OUTCOME_FAILED) {
		read->failed = LB_PART_MAIN;
	}
}

/* Lines of the log that round to whole MiB (x86-64 up to 6.8) leave the bytes to the rules. */
static void take_bytes(const struct lb_reservation *expected, struct lb_observation *seen)
{
	struct lb_reservation *read = &seen->reservation;

	for (size_t i = 0; i < read->range_count && !seen->in_iomem; i++) {
		for (size_t k = 0; k < expected->range_count; k++) {
			if (expected->ranges[k].kind == read->ranges[i].kind) {
				read->ranges[i].range = expected->ranges[k].range;
			}
		}
	}
}

/* After all else is filled. */
static enum lb_status compare(const struct lb_model *model, struct lb_evaluator *evaluator,
	const struct lb_reservation *expected, struct lb_observation *ret)
{
	struct differences differences = {.arena = model->arena,
		.list = lb_arena_array(model->arena, DIFFERENCES_MAX, sizeof(*differences.list))};
	enum lb_status status;
	bool open;

	ret->agrees = lb_observation_is(ret, expected);
	if (ret->agrees) {
		take_bytes(expected, ret);
		return LB_OK;
	}
	status = left_open(model, evaluator, ret, &open);
	if (status || open) {
		return status;
	}
	if (!differences.list) {
		return LB_NO_STORAGE;
	}
	ret->differs = true;
	list_differences(ret, expected, &differences);
	ret->differences = differences.list;
	ret->difference_count = differences.count;
	return LB_OK;
}

enum lb_status lb_observe(const struct lb_model *model, struct lb_evaluator *evaluator,
	const struct lb_distribution *boots, struct lb_observation *ret, const char **ret_why)
{
	bool asked = asks(model->cmdline);
	struct lb_reservation expected;
	enum lb_status status;

	*ret_why = NULL;
	lb_read_boot(model->machine, model->version, ret);
	if (!ret->known) {
		return LB_OK;
	}
	/* Regions that were read are a reservation, whatever the rules say. */
	ret->reservation.outcome = LB_OUTCOME_RESERVED;
	status = expect(model, evaluator, boots, ret, &expected);
	if (status) {
		return status;
	}
	if (!ret->reservation.range_count) {
		ret->reservation.outcome = outcome_of(&expected, asked);
	}
	copy_request(&ret->reservation, &expected);
	*ret_why = lb_unconfirmed(model, ret, &expected, asked);
	ret->confirmed = !*ret_why;
	if (!ret->confirmed && !ret->reservation.range_count) {
		/* That none was seen is none. */
		*ret = (struct lb_observation){.known = false};
		return LB_OK;
	}
	return compare(model, evaluator, &expected, ret);
}
