/* SPDX-License-Identifier: MIT */
/* A plan as one page that needs no other file, no script and no network. */
#include <stdlib.h>

#include "render/markup.h"
#include "render/out.h"
#include "render/render.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>lifeboat plan</title>\n<style>\n"
	"body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:16px system-ui,sans-serif;"
	"background:#fff;color:#1c2430}\n"
	"svg{width:100%;height:auto}pre{white-space:pre-wrap;font:13px ui-monospace,monospace}\n"
	"@media (prefers-color-scheme:dark){body{background:#12161c;color:#e8edf3}}\n"
	"</style>\n</head>\n<body>\n";

enum lb_status lb_render_plan_html(const struct lb_plan *plan, struct lb_sink sink)
{
	struct lb_text_style style = {.utf8 = true, .width = 110, .journal = true};
	struct lb_buffer text = {0};
	struct lb_buffer svg = {0};
	enum lb_status status = lb_render_plan_svg(plan, lb_buffer_sink(&svg));

	lb_render_plan_text(plan, &style, lb_buffer_sink(&text));
	if (status == LB_OK && (text.failed || svg.failed || !text.bytes || !svg.bytes)) {
		status = LB_NO_STORAGE;
	}
	if (status == LB_OK) {
		lb_sink_text(sink, head);
		lb_sink_text(sink, svg.bytes);
		lb_sink_text(sink, "<pre>\n");
		lb_markup_text(sink, text.bytes);
		lb_sink_text(sink, "</pre>\n</body>\n</html>\n");
	}
	free(text.bytes);
	free(svg.bytes);
	return status;
}
