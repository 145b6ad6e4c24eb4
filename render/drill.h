/* SPDX-License-Identifier: MIT */
/* drill: what a drill showed, for people and for programs; and what it is at, while it runs. */
#ifndef LIFEBOAT_RENDER_DRILL_H
#define LIFEBOAT_RENDER_DRILL_H

#include "lab/drill.h"
#include "render/render.h"

/* The schema lifeboat.drill/1 of docs/json.md: the result itself if there is one, else an object
 * with all of them in order. */
void lb_render_drill_json(
	const struct lb_drill_result *results, size_t count, struct lb_sink sink);

/* Proofs with their evidence, then the verdict in one line; of a drill that was lost also what the
 * machine said last. style->quiet: the verdict only. */
void lb_render_drill_text(const struct lb_drill_result *result, const struct lb_text_style *style,
	struct lb_sink sink);

/* One line: this machine has come so far, after that many seconds. */
void lb_render_drill_stage(
	enum lb_arch arch, enum lb_drill_stage stage, double seconds, struct lb_sink sink);

/* One line of this machine's console. It must be printable (struct lb_drill_observer). */
void lb_render_drill_console(enum lb_arch arch, const char *line, struct lb_sink sink);

#endif
