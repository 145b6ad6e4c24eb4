/* SPDX-License-Identifier: MIT */
/* confirm: the log, the size that the kernel tells, and the rules, each held against what was
 * read. */
#include "plan/confirm.h"

#include "plan/observation.h"
#include "plan/read_boot.h"

/* How many lines of a kind the log holds. */
static size_t lines_of(const struct lb_machine *machine, enum lb_crash_line_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < machine->crash.log_count; i++) {
		count += machine->crash.log[i].kind == kind;
	}
	return count;
}

/* As many regions of the same sizes, wherever they are. */
static bool same_parts(
	const struct lb_reservation *observed, const struct lb_reservation *expected)
{
	size_t searched = 0, found = 0;

	for (size_t i = 0; i < expected->range_count; i++) {
		const struct lb_crash_range *range = &expected->ranges[i];

		searched += range->kind != LB_CRASH_CMA;
		for (size_t k = 0; k < observed->range_count; k++) {
			found += observed->ranges[k].kind == range->kind &&
				 lb_range_size(observed->ranges[k].range) ==
					 lb_range_size(range->range);
		}
	}
	return found == searched && searched == observed->range_count;
}

/* The log and /proc/iomem tell of regions that are not the same. */
static const char *unconfirmed_change(const struct lb_model *model,
	const struct lb_observation *seen, const struct lb_reservation *expected)
{
	bool size_fits = lb_kernel_tells_size(
		model->machine, model->version, seen->left, seen->left_count);

	if (size_fits || (!model->machine->crash.size_known && lb_observation_is(seen, expected))) {
		return NULL;
	}
	return seen->since == LB_SINCE_RELEASED
		? "the boot log tells of crash kernel memory that /proc/iomem does not show: it "
		  "was given back, or lines are missing"
		: "/proc/iomem shows less crash kernel memory than the boot log: it was changed "
		  "through kexec_crash_size, or lines are missing";
}

static const char *unconfirmed_ranges(const struct lb_model *model,
	const struct lb_observation *seen, const struct lb_reservation *expected)
{
	const struct lb_machine *machine = model->machine;
	const struct lb_reservation *read = &seen->reservation;
	bool told = lines_of(machine, LB_CRASH_LINE_MAIN) || lines_of(machine, LB_CRASH_LINE_LOW);

	if (seen->since != LB_SINCE_UNCHANGED) {
		return unconfirmed_change(model, seen, expected);
	}
	if (told && !seen->in_log) {
		return "/proc/iomem and the boot log show different crash kernel memory: lines are "
		       "missing, or they are of two boots";
	}
	if ((seen->in_log && seen->in_iomem) ||
		lb_kernel_tells_size(machine, model->version, read->ranges, read->range_count) ||
		lb_observation_is(seen, expected) ||
		(same_parts(read, expected) && !model->never_exact)) {
		return NULL;
	}
	return "only one source shows the crash kernel memory of this boot, and parts of it may be "
	       "missing there";
}

/* Nothing was reserved: the log says so, or it is whole and silent and the kernel tells a size of
 * 0, or the rules have no doubt. */
static bool failure_confirmed(const struct lb_model *model, const struct lb_reservation *expected)
{
	const struct lb_machine *machine = model->machine;
	bool from_the_start = lb_machine_has(machine, LB_SOURCE_LOG) && *machine->kernel.banner;

	if (lines_of(machine, LB_CRASH_LINE_MAIN)) {
		return false;
	}
	if (lines_of(machine, LB_CRASH_LINE_REFUSED)) {
		return true;
	}
	if (model->request_unsure) {
		return false;
	}
	if (expected->outcome != LB_OUTCOME_RESERVED && !model->never_exact) {
		return true;
	}
	return from_the_start && machine->crash.size_known && !machine->crash.size;
}

const char *lb_unconfirmed(const struct lb_model *model, const struct lb_observation *seen,
	const struct lb_reservation *expected, bool asked)
{
	if (model->contradicted) {
		return "what the machine shows contradicts itself or is damaged, as listed under "
		       "its problems";
	}
	if (seen->reservation.range_count) {
		return unconfirmed_ranges(model, seen, expected);
	}
	if (!asked && model->request_unsure) {
		return "the command line is known from one line of the log only, which may be cut";
	}
	if (!asked) {
		return model->machine->crash.log_count
			? "the boot log tells of a request that the command line does not show"
			: NULL;
	}
	return failure_confirmed(model, expected)
		? NULL
		: "/proc/iomem shows no crash kernel memory, and the boot log does not say why: "
		  "it may have been given back, or lines are missing";
}
