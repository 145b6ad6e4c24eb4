/* SPDX-License-Identifier: MIT */
/* check: whether a crash leaves a dump, for people, for programs and for Prometheus. */
#ifndef LIFEBOAT_RENDER_CHECK_H
#define LIFEBOAT_RENDER_CHECK_H

#include "plan/check/check.h"
#include "render/render.h"

/* For people: the verdict, what is wrong, what could not be read. style->journal: what is fine and
 * what does not matter here as well. */
void lb_render_check_text(
	const struct lb_check *check, const struct lb_text_style *style, struct lb_sink sink);

/* The schema lifeboat.check/1 of docs/json.md. */
void lb_render_check_json(const struct lb_check *check, struct lb_sink sink);

/* The text format of Prometheus, for node_exporter's textfile collector (docs/findings.md). */
void lb_render_check_prometheus(const struct lb_check *check, struct lb_sink sink);

#endif
