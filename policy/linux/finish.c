/* SPDX-License-Identifier: MIT */
/* finish: low memory for a main region that stands, the lines of the log, the outcome. */
#include "policy/linux/rules.h"

static void say_failure(struct reserve_run *run, const struct reserve_request *request)
{
	const struct lb_linux_row *row = run->row;

	if (request->offset && row->refusals) {
		return; /* the check that failed has said it */
	}
	if (request->offset && row->given_place_line) {
		reserve_log(run, "%s", row->given_place_line);
		return;
	}
	row->say(run, LB_LINE_NO_ROOM, 0, request->size);
}

static bool wants_low(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr start)
{
	lb_phys_addr from = run->row->low_from ? run->row->low_from : run->env->low_max;

	if (run->row->low_read_late && start >= from && !reserve_read_low(run, request)) {
		/* A malformed `,low` counts as none, and the default is taken. */
		LB_ASSERT(request->low_implied);
	}
	if (run->row->low_margin) {
		from -= request->low_size; /* wraps where low memory is smaller, as there */
	}
	return request->low_size && start >= from;
}

/* LB_NOT_FOUND: no room. */
static enum lb_status place_low(struct reserve_run *run, const struct reserve_request *request,
	lb_phys_addr *ret_start)
{
	const struct lb_linux_row *row = run->row;
	struct reserve_place place = {.kind = LB_CRASH_LOW, .size = request->low_size,
		.align = row->align, .end = run->env->low_max,
		.why = "the main region lies above low memory",
		.size_why = request->low_implied ? row->default_low_why : NULL};
	enum lb_status status;

	if (row->low_read_late) {
		place.why = place.size_why ? place.size_why : "`,low` asks for it";
	}
	run->ret->low_size = request->low_size;
	run->ret->low_implied = request->low_implied;
	status = reserve_place(run, &place, ret_start);
	if (status == LB_OK) {
		row->say(run, LB_LINE_LOW_RESERVED, *ret_start, request->low_size);
	} else if (status == LB_NOT_FOUND) {
		run->ret->failed = LB_PART_LOW;
		row->say(run, LB_LINE_LOW_FAILED, 0, request->low_size);
	}
	return status;
}

/* LB_NOT_FOUND: no low memory, the main region is given back. */
static enum lb_status complete(struct reserve_run *run, struct reserve_request *request,
	lb_phys_addr start)
{
	bool with_low = wants_low(run, request, start);
	lb_phys_addr low_start = 0;

	if (with_low) {
		enum lb_status status = place_low(run, request, &low_start);

		if (status) {
			reserve_give_back(run, LB_CRASH, start, request->size);
			return status;
		}
	}
	run->row->say(run, LB_LINE_RESERVED, start, request->size);
	lb_reservation_add(run->ret, LB_CRASH, start, request->size);
	if (with_low) {
		lb_reservation_add(run->ret, LB_CRASH_LOW, low_start, request->low_size);
	}
	run->ret->outcome = LB_OUTCOME_RESERVED;
	return LB_OK;
}

enum lb_status reserve_finish(struct reserve_run *run, struct reserve_request *request,
	enum lb_status found, lb_phys_addr start)
{
	enum lb_status status = found;

	if (run->ret->outcome == LB_OUTCOME_HANGS) {
		return LB_OK;
	}
	if (status == LB_NOT_FOUND) {
		run->ret->failed = LB_PART_MAIN;
		say_failure(run, request);
	} else if (status == LB_OK) {
		status = complete(run, request, start);
	}
	return status == LB_NOT_FOUND ? LB_OK : status;
}
