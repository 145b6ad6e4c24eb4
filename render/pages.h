/* SPDX-License-Identifier: MIT */
/* pages: how RAM is mapped, for people and for programs. */
#ifndef LIFEBOAT_RENDER_PAGES_H
#define LIFEBOAT_RENDER_PAGES_H

#include "plan/pages/pages.h"
#include "render/render.h"

/* The schema lifeboat.linear-map/1 of docs/json.md. */
void lb_render_pages_json(const struct lb_pages *pages, struct lb_sink sink);

/* For people: shares as bars, tables, crash memory, why. */
void lb_render_pages_text(
	const struct lb_pages *pages, const struct lb_text_style *style, struct lb_sink sink);

#endif
