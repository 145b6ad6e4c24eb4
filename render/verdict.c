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

void lb_render_crash_ranges(
	const struct lb_crash_range *ranges, size_t count, struct lb_sink sink)
{
	if (!count) {
		lb_print(sink, "nothing");
	}
	for (size_t i = 0; i < count; i++) {
		const struct lb_crash_range *crash = &ranges[i];

		lb_print(sink, "%s%s%s at %s (%s)", i == 0 ? "" : i + 1 == count ? " and " : ", ",
			lb_size_text(lb_range_size(crash->range)).text,
			lb_crash_kind_text(crash->kind), lb_range_text(crash->range).text,
			place_text(crash->range));
	}
}

void lb_render_reservation(const struct lb_reservation *reservation, struct lb_sink sink)
{
	lb_render_crash_ranges(reservation->ranges, reservation->range_count, sink);
}

/* Where it was read, and what has become of it. */
static void write_origin(const struct lb_observation *observed, struct lb_sink sink)
{
	lb_print(sink, " (read from %s%s%s%s)", observed->in_iomem ? "/proc/iomem" : "",
		observed->in_iomem && observed->in_log ? " and " : "",
		observed->in_log ? "the boot log" : "",
		observed->confirmed ? "" : ", not confirmed");
	if (observed->since == LB_SINCE_RELEASED) {
		lb_print(sink, ", given back since then through kexec_crash_size");
	} else if (observed->since == LB_SINCE_SHRUNK) {
		lb_print(sink, ", shrunk since then through kexec_crash_size to ");
		lb_render_crash_ranges(observed->left, observed->left_count, sink);
	}
}

void lb_render_observed(const struct lb_observation *observed, struct lb_sink sink)
{
	lb_render_reservation(&observed->reservation, sink);
	write_origin(observed, sink);
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
	double probability = plan->outcomes[0].probability;

	switch (plan->certainty) {
	case LB_EXACT:
		lb_print(sink, "; exact: the same on every boot");
		break;
	case LB_LIKELY:
		lb_print(sink, "; likely");
		if (probability >= 0) {
			lb_print(sink, ": %s", lb_share_text(probability).text);
		}
		break;
	case LB_WITHIN_ALIGNMENT:
		lb_print(sink, "; at most %s off", lb_size_text(plan->off_by_at_most).text);
		break;
	case LB_UNKNOWN:
		lb_print(sink, "; not certain");
		break;
	}
}

/* The likeliest of the other boots, beside this one. */
static void write_likeliest(const struct lb_plan *plan, struct lb_sink sink)
{
	const struct lb_possible *first = &plan->outcomes[0];

	if (lb_observation_is(&plan->observed, first->reservation)) {
		lb_print(sink, "the same");
	} else {
		lb_render_reservation(first->reservation, sink);
	}
	if (first->probability >= 0) {
		lb_print(sink, " in %s", lb_share_text(first->probability).text);
	}
}

/* What the rules give for other boots of a machine whose own boot was read. */
static void write_other_boots(const struct lb_plan *plan, struct lb_sink sink)
{
	switch (plan->certainty) {
	case LB_EXACT:
		lb_print(sink, "; exact: the same on every boot");
		break;
	case LB_LIKELY:
		lb_print(sink, "; other boots: likely ");
		write_likeliest(plan, sink);
		break;
	case LB_WITHIN_ALIGNMENT:
		lb_print(sink, "; other boots: at most %s off",
			lb_size_text(plan->off_by_at_most).text);
		break;
	case LB_UNKNOWN:
		lb_print(sink, "; other boots: not certain");
		break;
	}
}

static const char *why_not_requested(const struct lb_reservation *reservation)
{
	if (reservation->unmatched) {
		return "crashkernel= has no size for this amount of memory";
	}
	return reservation->declined ? "crashkernel= says 0 for this machine" :
				       "no crashkernel= on the command line";
}

static void write_outcome(const struct lb_plan *plan, struct lb_sink sink)
{
	switch (plan->reservation->outcome) {
	case LB_OUTCOME_RESERVED:
		lb_render_reservation(plan->reservation, sink);
		break;
	case LB_OUTCOME_FAILED:
		write_failure(plan, sink);
		break;
	case LB_OUTCOME_REJECTED:
		lb_print(sink, "Linux %s does not accept ", plan->kernel);
		write_request(plan, sink);
		lb_print(sink, ", so nothing is reserved");
		break;
	case LB_OUTCOME_NOT_REQUESTED:
		lb_print(sink, "%s", why_not_requested(plan->reservation));
		break;
	case LB_OUTCOME_HANGS:
		lb_print(sink, "with ");
		write_request(plan, sink);
		lb_print(sink, " Linux %s never comes up on this machine", plan->kernel);
		break;
	}
}

/* Where nothing was asked for there is nothing to read. */
static bool was_read(const struct lb_plan *plan)
{
	return plan->as_read && plan->reservation->outcome != LB_OUTCOME_NOT_REQUESTED;
}

static const char *heading(const struct lb_plan *plan)
{
	static const char *const names[] = {
		[LB_OUTCOME_NOT_REQUESTED] = "Nothing is reserved: ",
		[LB_OUTCOME_REJECTED] = "Rejected: ",
		[LB_OUTCOME_FAILED] = "Fails: ",
		[LB_OUTCOME_RESERVED] = "Reserved: ",
		[LB_OUTCOME_HANGS] = "Hangs: ",
	};

	LB_ASSERT((size_t)plan->reservation->outcome < LB_ARRAY_COUNT(names));
	return was_read(plan) ? "This boot: " : names[plan->reservation->outcome];
}

void lb_render_verdict(const struct lb_plan *plan, struct lb_sink sink)
{
	enum lb_outcome outcome = plan->reservation->outcome;
	bool obvious = plan->certainty == LB_EXACT &&
		(outcome == LB_OUTCOME_NOT_REQUESTED || outcome == LB_OUTCOME_REJECTED);

	lb_print(sink, "%s", heading(plan));
	write_outcome(plan, sink);
	if (was_read(plan)) {
		write_origin(&plan->observed, sink);
	}
	if (obvious) {
		return;
	}
	if (was_read(plan)) {
		write_other_boots(plan, sink);
	} else {
		write_certainty(plan, sink);
	}
}
