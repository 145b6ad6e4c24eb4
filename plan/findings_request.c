/* SPDX-License-Identifier: MIT */
/* findings_request: what the kernel makes of the words on the command line. */
#include "lifeboat/slice.h"
#include "plan/findings_internal.h"
#include "policy/linux/cmdline.h"
#include "policy/linux/crashkernel.h"
#include "policy/linux/linux.h"

static const char *expected_forms(const struct finder *finder)
{
	const struct lb_linux_row *row =
		lb_linux_row(finder->model->arch, finder->model->version);

	return lb_arena_printf(finder->model->arena,
		"this kernel does not accept the crashkernel= value, and reserves nothing; it "
		"reads a size (256M), a size and its place (256M@1G), sizes by how much memory the "
		"machine has (2G-8G:256M,8G-:512M)%s%s",
		row && row->knows_high ? ", a size in high memory (256M,high), and beside that one "
					 "in low memory (128M,low)"
				       : "",
		row && row->knows_cma ? ", and memory that is lent out until the crash (512M,cma)"
				      : "");
}

/* Refused for what it asks for, not for its wording. */
static bool asks_for_too_much(const struct finder *finder)
{
	const struct lb_model *model = finder->model;
	size_t length = lb_slice_of(finder->plan->cmdline).length;

	for (int i = LB_CRASHKERNEL_PLAIN; i <= LB_CRASHKERNEL_HIGH; i++) {
		struct lb_crashkernel_value value = lb_crashkernel_read(finder->plan->cmdline,
			length, model->version, model->env.system_ram,
			(enum lb_crashkernel_class)i);
		bool read = value.result == LB_CRASHKERNEL_OK;

		if (value.result == LB_CRASHKERNEL_RANGE_SIZE ||
			(read && value.size >= model->env.system_ram)) {
			return true;
		}
	}
	return false;
}

/* A size of 2^64 and more, up to 7.1: nobody means 0 by it. */
static bool wraps_to_nothing(const struct finder *finder)
{
	for (size_t i = 0; i < finder->plan->crashkernel_count; i++) {
		if (lb_linux_size_overflows(lb_slice_of(finder->plan->crashkernel[i]))) {
			return true;
		}
	}
	return false;
}

void find_in_request(struct finder *finder)
{
	enum lb_outcome outcome = finder->plan->reservation->outcome;

	if (finder->plan->reservation->unmatched) {
		finding_add(&finder->list, NOT_REQUESTED,
			"crashkernel= has no size for the amount of memory that this machine has, "
			"so a crash leaves no dump",
			"add a range that holds it");
		return;
	}
	if (finder->plan->reservation->declined && wraps_to_nothing(finder)) {
		finding_add(&finder->list, NOT_REQUESTED,
			"the size of crashkernel= does not fit in 64 bits and comes to 0, so a "
			"crash leaves no dump",
			"ask for less than the machine has");
		return;
	}
	if (finder->plan->reservation->declined) {
		return; /* nothing is reserved, as it was meant */
	}
	if (outcome == LB_OUTCOME_NOT_REQUESTED) {
		finding_add(&finder->list, NOT_REQUESTED,
			"there is no crashkernel= on the command line, so a crash of this machine "
			"leaves no dump",
			"put crashkernel= on the kernel command line");
	} else if (outcome == LB_OUTCOME_REJECTED && asks_for_too_much(finder)) {
		finding_add(&finder->list, REJECTED,
			"this kernel refuses a value that asks for as much memory as the machine "
			"has, and reserves nothing",
			"ask for less");
	} else if (outcome == LB_OUTCOME_REJECTED) {
		finding_add(&finder->list, REJECTED, expected_forms(finder),
			"write it in one of these forms");
	}
}

/* What this kernel reads otherwise than the person who wrote it may think. */
void find_in_reading(struct finder *finder)
{
	const struct lb_reserve_env *env = &finder->model->env;
	const char *cmdline = finder->plan->cmdline;
	size_t count = lb_reserve_effective(env, cmdline, NULL, 0);
	struct lb_effect_note *notes =
		lb_arena_array(finder->model->arena, count + 1, sizeof(*notes));

	if (!notes) {
		finder->list.status = LB_NO_STORAGE;
		return;
	}
	lb_reserve_effective(env, cmdline, notes, count);
	for (size_t i = 0; i < count; i++) {
		finding_add_effect(&finder->list, &notes[i]);
	}
}
