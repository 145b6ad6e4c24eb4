/* SPDX-License-Identifier: MIT */
/*
 * render: one plan, four ways to see it. All say the same, because all are made from the same
 * value; none of them computes an answer.
 */
#ifndef LIFEBOAT_RENDER_RENDER_H
#define LIFEBOAT_RENDER_RENDER_H

#include "lifeboat/json.h"
#include "lifeboat/sink.h"
#include "plan/plan.h"

struct lb_text_style {
	bool colour;        /* ANSI colours; meaning never rests on them alone */
	bool utf8;          /* block characters; else ASCII */
	unsigned int width; /* columns, at least 40 */
	bool quiet;         /* the verdict only */
	bool journal;       /* every step as well */
};

/* The schema lifeboat.plan/1 of docs/json.md. */
void lb_render_plan_json(const struct lb_plan *plan, struct lb_sink sink);

/* Two members of the open object: "reservations" and "kernel_log". The outcome is left to the
 * caller, because the verdict of a plan puts its certainty in between. */
void lb_render_reservation_json(
	const struct lb_reservation *reservation, struct lb_json *json);

/* A member of the open object: a list of regions, each with its kind. */
void lb_render_crash_ranges_json(struct lb_json *json, const char *name,
	const struct lb_crash_range *ranges, size_t count);

/* For people: verdict, map, why, what to change. */
void lb_render_plan_text(
	const struct lb_plan *plan, const struct lb_text_style *style, struct lb_sink sink);

/* A picture that stands alone. LB_NO_STORAGE: nothing was written. */
enum lb_status LB_MUST_CHECK lb_render_plan_svg(const struct lb_plan *plan, struct lb_sink sink);

/* A page that needs no other file: the picture, the text and the journal. */
enum lb_status LB_MUST_CHECK lb_render_plan_html(const struct lb_plan *plan, struct lb_sink sink);

/* The verdict in one line, without a full stop: "Reserved: 256 MiB at 0x...". */
void lb_render_verdict(const struct lb_plan *plan, struct lb_sink sink);

/* What a kind is called after a size: "", " of low memory", " of CMA". */
const char *lb_crash_kind_text(enum lb_crash_kind kind);

/* What a boot reserved, where that was read, and what has become of it, in one phrase: "256 MiB at
 * 0x... (read from /proc/iomem and the boot log)". */
void lb_render_observed(const struct lb_observation *observed, struct lb_sink sink);

/* The ranges of one reservation in one phrase: "256 MiB at 0xaf000000-0xbeffffff". */
void lb_render_reservation(const struct lb_reservation *reservation, struct lb_sink sink);
void lb_render_crash_ranges(
	const struct lb_crash_range *ranges, size_t count, struct lb_sink sink);

#endif
