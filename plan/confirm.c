/* SPDX-License-Identifier: MIT */
/* confirm: the log, the size that the kernel tells, and the rules, each held against what was
 * read. */
#include "plan/confirm.h"

/* How many lines of a kind the log holds. */
static size_t lines_of(const struct lb_machine *machine, enum lb_crash_line_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < machine->crash.log_count; i++) {
		count += machine->crash.log[i].kind == kind;
	}
	return count;
}

static bool shown_in_iomem(const struct lb_machine *machine)
{
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		if (machine->memory.iomem[i].kind == LB_IOMEM_CRASH) {
			return true;
		}
	}
	return false;
}

/* Some kernels print whole MiB only. */
static bool same_mebibytes(struct lb_range a, struct lb_range b)
{
	return a.start / LB_MIB == b.start / LB_MIB && a.end / LB_MIB == b.end / LB_MIB;
}

/* The log's lines of the boot tell of the same ranges, all of them. */
static bool log_agrees(const struct lb_machine *machine, const struct lb_reservation *observed)
{
	size_t told = 0;

	for (size_t i = 0; i < machine->crash.log_count; i++) {
		const struct lb_crash_line *line = &machine->crash.log[i];
		bool found = false;

		if (line->kind != LB_CRASH_LINE_MAIN && line->kind != LB_CRASH_LINE_LOW) {
			continue;
		}
		for (size_t k = 0; k < observed->range_count; k++) {
			found |= same_mebibytes(line->range, observed->ranges[k].range);
		}
		if (!found) {
			return false;
		}
		told++;
	}
	return told == observed->range_count;
}

/* sys/kernel/kexec_crash_size: with the low region from 6.5 on (kernel/kexec_core.c,
 * crash_get_memory_size). */
static bool size_agrees(const struct lb_model *model, const struct lb_reservation *observed)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < observed->range_count; i++) {
		if (observed->ranges[i].kind == LB_CRASH || model->version >= LB_LINUX(6, 5, 0)) {
			bytes += lb_range_size(observed->ranges[i].range);
		}
	}
	return model->machine->crash.size_known && model->machine->crash.size == bytes;
}

static bool rules_agree(
	const struct lb_reservation *observed, const struct lb_reservation *expected)
{
	size_t searched = 0;

	for (size_t i = 0; i < expected->range_count; i++) {
		const struct lb_crash_range *range = &expected->ranges[i];
		bool found = range->kind == LB_CRASH_CMA;

		searched += range->kind != LB_CRASH_CMA;
		for (size_t k = 0; k < observed->range_count && !found; k++) {
			found = observed->ranges[k].kind == range->kind &&
				observed->ranges[k].range.start == range->range.start &&
				observed->ranges[k].range.end == range->range.end;
		}
		if (!found) {
			return false;
		}
	}
	return searched == observed->range_count;
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

static const char *unconfirmed_ranges(const struct lb_model *model,
	const struct lb_reservation *observed, const struct lb_reservation *expected)
{
	const struct lb_machine *machine = model->machine;
	bool told = lines_of(machine, LB_CRASH_LINE_MAIN) || lines_of(machine, LB_CRASH_LINE_LOW);

	if (lb_machine_has(machine, LB_SOURCE_IOMEM)) {
		if (!shown_in_iomem(machine)) {
			return "the boot log tells of crash kernel memory that /proc/iomem does "
			       "not show: it was given back, or lines are missing";
		}
		if (told && !log_agrees(machine, observed)) {
			return "/proc/iomem and the boot log show different crash kernel memory: "
			       "it was changed through kexec_crash_size, lines are missing, or "
			       "they are of two boots";
		}
	}
	if ((told && lb_machine_has(machine, LB_SOURCE_IOMEM)) || size_agrees(model, observed) ||
		rules_agree(observed, expected) ||
		(same_parts(observed, expected) && !model->never_exact)) {
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

const char *lb_plan_unconfirmed(const struct lb_model *model, const struct lb_reservation *observed,
	const struct lb_reservation *expected, bool asked)
{
	if (model->contradicted) {
		return "what the machine shows contradicts itself or is damaged, as listed under "
		       "its problems";
	}
	if (observed->range_count) {
		return unconfirmed_ranges(model, observed, expected);
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
