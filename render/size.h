/* SPDX-License-Identifier: MIT */
/* size: how much crash memory is needed, for people and for programs. */
#ifndef LIFEBOAT_RENDER_SIZE_H
#define LIFEBOAT_RENDER_SIZE_H

#include "plan/size/size.h"
#include "render/render.h"

/* The schema lifeboat.size/1 of docs/json.md. */
void lb_render_size_json(const struct lb_size *size, struct lb_sink sink);

/* For people. style->journal: the formula and the source of every figure as well. */
void lb_render_size_text(
	const struct lb_size *size, const struct lb_text_style *style, struct lb_sink sink);

/* One trial of a measurement, as it ends: a line. */
void lb_render_trial(const struct lb_trial *trial, struct lb_sink sink);

#endif
