/* SPDX-License-Identifier: MIT */
/* verdict: the answer in one line. */
#include "render/out.h"
#include "render/render.h"

#define FOUR_GIB (4 * LB_GIB)

static const char *place_text(struct lb_range range)
{
	if (range.end <= FOUR_GIB) {
		return "below 4 GiB";
	}
	return range.start >= FOUR_GIB ? "above 4 GiB" : "across 4 GiB";
}

const char *lb_crash_kind_text(enum lb_crash_kind kind)
{
	switch (kind) {
	case LB_CRASH_LOW:
		return " of low memory";
	case LB_CRASH_CMA:
		return " of CMA";
	case LB_CRASH:
		break;
	}
	return "";
}

void lb_render_reservation(const struct lb_reservation *reservation, struct lb_sink sink)
{
	if (!reservation->range_count) {
		lb_print(sink, "nothing");
		return;
	}
	for (size_t i = 0; i < reservation->range_count; i++) {
		const struct lb_crash_range *crash = &reservation->ranges[i];
		bool last = i + 1 == reservation->range_count;

		lb_print(sink, "%s%s%s at %s (%s)", i == 0 ? "" : last ? " and " : ", ",
			lb_size_text(lb_range_size(crash->range)).text,
			lb_crash_kind_text(crash->kind), lb_range_text(crash->range).text,
			place_text(crash->range));
	}
}

static const char *certainty_text(const struct lb_plan *plan)
{
	switch (plan->certainty) {
	case LB_EXACT:
		return "exact: the same on every boot";
	case LB_LIKELY:
		return "likely";
	case LB_WITHIN_ALIGNMENT:
		return "right up to the alignment";
	case LB_UNKNOWN:
		break;
	}
	return "not certain";
}

static void write_request(const struct lb_plan *plan, struct lb_sink sink)
{
	lb_print(sink, "crashkernel=%s",
		plan->crashkernel_count ? plan->crashkernel[plan->crashkernel_count - 1] : "");
	if (plan->crashkernel_count > 1) {
		lb_print(sink, " (the last of %zu)", plan->crashkernel_count);
	}
}

static void write_failure(const struct lb_plan *plan, struct lb_sink sink)
{
	lb_print(sink, "Fails: ");
	write_request(plan, sink);
	if (plan->reservation->failed == LB_PART_LOW) {
		lb_print(sink, " finds room for %s, but not for the %s of low memory with it",
			lb_size_text(plan->reservation->size).text,
			lb_size_text(plan->reservation->low_size).text);
		return;
	}
	lb_print(sink, " finds no room");
	if (plan->reservation->size) {
		lb_print(sink, " for %s", lb_size_text(plan->reservation->size).text);
	}
	if (plan->reservation->offset) {
		lb_print(sink, " at 0x%llx", (unsigned long long)plan->reservation->offset);
	} else if (!lb_range_empty(plan->largest_hole) &&
		lb_range_size(plan->largest_hole) < plan->reservation->size) {
		lb_print(sink, "; the largest hole has %s",
			lb_size_text(lb_range_size(plan->largest_hole)).text);
	}
}

static void write_certainty(const struct lb_plan *plan, struct lb_sink sink)
{
	double probability = plan->outcome_count ? plan->outcomes[0].probability : -1;
	enum lb_outcome outcome = plan->reservation->outcome;
	bool obvious = plan->certainty == LB_EXACT &&
		(outcome == LB_OUTCOME_NOT_REQUESTED || outcome == LB_OUTCOME_REJECTED);

	if (obvious) {
		return;
	}
	lb_print(sink, "; %s", certainty_text(plan));
	if (plan->certainty == LB_LIKELY && probability >= 0) {
		lb_print(sink, ": %s", lb_share_text(probability).text);
	}
}

void lb_render_verdict(const struct lb_plan *plan, struct lb_sink sink)
{
	switch (plan->reservation->outcome) {
	case LB_OUTCOME_RESERVED:
		lb_print(sink, "Reserved: ");
		lb_render_reservation(plan->reservation, sink);
		break;
	case LB_OUTCOME_FAILED:
		write_failure(plan, sink);
		break;
	case LB_OUTCOME_REJECTED:
		lb_print(sink, "Rejected: Linux %s does not accept ", plan->kernel);
		write_request(plan, sink);
		lb_print(sink, ", so nothing is reserved");
		break;
	case LB_OUTCOME_NOT_REQUESTED:
		lb_print(sink, plan->reservation->declined ?
			"Nothing is reserved: crashkernel= says 0 for this amount of memory" :
			"Nothing is reserved: no crashkernel= on the command line");
		break;
	case LB_OUTCOME_HANGS:
		lb_print(sink, "Hangs: with ");
		write_request(plan, sink);
		lb_print(sink, " Linux %s never comes up on this machine", plan->kernel);
		break;
	}
	write_certainty(plan, sink);
}
