/* SPDX-License-Identifier: MIT */
/*
 * A plan as a picture: one bar for each stretch of memory, to scale, and a list of what matters.
 * Its size does not depend on how many pieces memory is in: bars are sampled pixel by pixel,
 * only crash kernel memory is drawn piece by piece.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/markup.h"
#include "render/out.h"
#include "render/picture.h"
#include "render/render.h"

#define WIDTH 960
#define MARGIN 24
#define BAR (WIDTH - 2 * MARGIN)
#define BAR_HEIGHT 44
#define STRETCH_HEIGHT 112
#define ROW_HEIGHT 21
#define TITLE_HEIGHT 22
#define TITLE_COLUMNS 100
#define LIST_ROWS 14
#define CRASH_WIDTH_MIN 3.0
#define MARK_WIDTH 60 /* room for the text of a mark */

/* Readable on light and dark paper; patterns differ in brightness, not in hue alone. */
static const char style[] =
	"<style>\n"
	".paper{fill:#ffffff}.ink{fill:#1c2430}.dim{fill:#5b6675}"
	".free{fill:#e3e9f0}.mixed{fill:#b9a58a}.held{fill:#8a7250}.crash{fill:#0b7fab}\n"
	"text{font:14px system-ui,sans-serif}.title{font-size:16px;font-weight:600}"
	".small{font-size:12px}.mono{font:13px ui-monospace,monospace}\n"
	"@media (prefers-color-scheme:dark){.paper{fill:#12161c}.ink{fill:#e8edf3}"
	".dim{fill:#97a3b2}.free{fill:#2a323d}.mixed{fill:#6b5a41}.held{fill:#a58a60}"
	".crash{fill:#39b8ea}}\n"
	"</style>\n";

static const char *cell_class(struct lb_cell cell)
{
	if (!cell.present) {
		return NULL;
	}
	if (cell.mixed) {
		return "mixed";
	}
	return lb_piece_is_free(cell.kind) || lb_piece_is_crash(cell.kind) ? "free" : "held";
}

static double x_of(struct lb_range range, lb_phys_addr address)
{
	return MARGIN +
		BAR * ((double)(address - range.start) / (double)lb_range_size(range));
}

static void paint_run(struct lb_sink sink, const char *class, unsigned int from, unsigned int to,
	unsigned int y)
{
	if (class && to > from) {
		lb_print(sink,
			"<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>\n",
			class, MARGIN + from, y, to - from, BAR_HEIGHT);
	}
}

static void paint_bar(struct lb_sink sink, const struct lb_picture *picture,
	const struct lb_stretch *stretch, unsigned int y)
{
	unsigned __int128 size = lb_range_size(stretch->range);
	const char *run = NULL;
	unsigned int from = 0;

	for (unsigned int x = 0; x < BAR; x++) {
		struct lb_range part = {
			stretch->range.start + (uint64_t)(size * x / BAR),
			stretch->range.start + (uint64_t)(size * (x + 1) / BAR),
		};
		const char *class;

		part.end += part.end == part.start;
		class = cell_class(lb_picture_cell(picture, stretch, part));
		if (class != run) {
			paint_run(sink, run, from, x, y);
			run = class;
			from = x;
		}
	}
	paint_run(sink, run, from, BAR, y);
}

static void paint_crash(struct lb_sink sink, const struct lb_picture *picture,
	const struct lb_stretch *stretch, unsigned int y)
{
	for (size_t i = stretch->first; i < stretch->first + stretch->count; i++) {
		const struct lb_piece *piece = &picture->pieces[i];
		double x = x_of(stretch->range, piece->range.start);
		double width = x_of(stretch->range, piece->range.end) - x;

		if (!lb_piece_is_crash(piece->kind)) {
			continue;
		}
		lb_print(sink,
			"<rect class=\"crash\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%u\">"
			"<title>",
			x, y - 5, width < CRASH_WIDTH_MIN ? CRASH_WIDTH_MIN : width,
			BAR_HEIGHT + 10);
		lb_markup_print(sink, "%s, %s, %s", piece->owner,
			lb_range_text(piece->range).text,
			lb_size_text(lb_range_size(piece->range)).text);
		lb_print(sink, "</title></rect>\n");
	}
}

static void paint_marks(struct lb_sink sink, struct lb_range range, unsigned int y)
{
	uint64_t step = LB_MIB;
	uint64_t mark;

	while (step < UINT64_MAX / 4 && lb_range_size(range) / step > 8) {
		step *= 2;
	}
	if (!lb_align_up(range.start, step, &mark)) {
		return;
	}
	while (mark < range.end && x_of(range, mark) < WIDTH - MARGIN - MARK_WIDTH) {
		lb_print(sink,
			"<rect class=\"dim\" x=\"%.1f\" y=\"%u\" width=\"1\" height=\"5\"/>"
			"<text class=\"dim small\" x=\"%.1f\" y=\"%u\">%s</text>\n",
			x_of(range, mark), y, x_of(range, mark) + 3, y + 14,
			mark ? lb_size_text(mark).text : "0");
		if (!lb_add(mark, step, &mark)) {
			return;
		}
	}
}

static void paint_stretch(struct lb_sink sink, const struct lb_picture *picture,
	const struct lb_stretch *stretch, unsigned int y)
{
	lb_print(sink,
		"<text class=\"ink\" x=\"%u\" y=\"%u\">%s</text>"
		"<text class=\"dim small\" x=\"%u\" y=\"%u\" text-anchor=\"end\">%s</text>\n",
		MARGIN, y + 14,
		stretch->range.start < 4 * LB_GIB ? "Memory below 4 GiB" : "Memory above 4 GiB",
		WIDTH - MARGIN, y + 14, lb_range_text(stretch->range).text);
	paint_bar(sink, picture, stretch, y + 28);
	paint_crash(sink, picture, stretch, y + 28);
	paint_marks(sink, stretch->range, y + 34 + BAR_HEIGHT);
}

static void paint_row(struct lb_sink sink, const struct lb_piece *piece, unsigned int y)
{
	const char *class = lb_piece_is_crash(piece->kind) ? "crash"
		: lb_piece_is_free(piece->kind)            ? "free"
							   : "held";

	lb_print(sink,
		"<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"12\" height=\"12\"/>"
		"<text class=\"ink mono\" x=\"%u\" y=\"%u\">%s</text>"
		"<text class=\"ink mono\" x=\"%u\" y=\"%u\" text-anchor=\"end\">%s</text>"
		"<text class=\"ink\" x=\"%u\" y=\"%u\">",
		class, MARGIN, y - 11, MARGIN + 22, y, lb_range_text(piece->range).text,
		MARGIN + 400, y, lb_size_text(lb_range_size(piece->range)).text, MARGIN + 424, y);
	lb_markup_text(sink, *piece->owner ? piece->owner : lb_piece_kind_text(piece->kind));
	lb_print(sink, "</text>\n");
}

static void paint_list(
	struct lb_sink sink, const struct lb_picture *picture, const bool *chosen, unsigned int y)
{
	for (size_t i = 0; i < picture->piece_count; i++) {
		if (chosen[i]) {
			paint_row(sink, &picture->pieces[i], y);
			y += ROW_HEIGHT;
		}
	}
}

/* Bytes of text that fit on one line of the title, broken at a blank where there is one. */
static size_t title_line(const char *text)
{
	size_t length = strlen(text);
	size_t cut = TITLE_COLUMNS;

	if (length <= TITLE_COLUMNS) {
		return length;
	}
	while (cut && text[cut] != ' ') {
		cut--;
	}
	return cut ? cut : length;
}

/* The verdict, broken into lines. Returns where the next line would stand. */
static unsigned int paint_title(struct lb_sink sink, const char *verdict)
{
	unsigned int y = TITLE_HEIGHT + MARGIN / 2;

	while (*verdict) {
		size_t length = title_line(verdict);

		lb_print(sink, "<text class=\"ink title\" x=\"%u\" y=\"%u\">", MARGIN, y);
		lb_markup_print(sink, "%.*s", (int)length, verdict);
		lb_print(sink, "</text>\n");
		verdict += length;
		verdict += *verdict == ' ';
		y += TITLE_HEIGHT;
	}
	return y;
}

/* Returns where what follows begins. */
static unsigned int paint_head(
	struct lb_sink sink, const struct lb_plan *plan, const char *verdict)
{
	unsigned int y = paint_title(sink, verdict);

	lb_print(sink, "<text class=\"dim\" x=\"%u\" y=\"%u\">", MARGIN, y);
	lb_markup_print(sink, "%s, Linux %s", lb_arch_name(plan->arch), plan->kernel);
	for (size_t i = 0; i < plan->crashkernel_count; i++) {
		lb_markup_print(sink, ", crashkernel=%s", plan->crashkernel[i]);
	}
	lb_print(sink, "</text>\n");
	return y + MARGIN;
}

/* Everything inside the picture. Returns its height. */
static unsigned int paint_body(struct lb_sink sink, const struct lb_plan *plan,
	const struct lb_picture *picture, const bool *chosen, const char *verdict)
{
	unsigned int y = paint_head(sink, plan, verdict);
	unsigned int rows = (unsigned int)lb_min(picture->piece_count, LIST_ROWS);

	for (size_t i = 0; i < picture->stretch_count; i++) {
		paint_stretch(sink, picture, &picture->stretches[i], y);
		y += STRETCH_HEIGHT;
	}
	paint_list(sink, picture, chosen, y + 14);
	return y + ROW_HEIGHT * rows + MARGIN;
}

static void write_picture(struct lb_sink sink, const char *verdict, const char *body,
	unsigned int height)
{
	lb_print(sink,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" "
		"height=\"%u\" role=\"img\">\n<title>",
		WIDTH, height, WIDTH, height);
	lb_markup_text(sink, verdict);
	lb_print(sink, "</title>\n%s<rect class=\"paper\" width=\"%u\" height=\"%u\"/>\n", style,
		WIDTH, height);
	lb_sink_text(sink, body);
	lb_print(sink, "</svg>\n");
}

enum lb_status lb_render_plan_svg(const struct lb_plan *plan, struct lb_sink sink)
{
	struct lb_buffer verdict = {0};
	struct lb_buffer body = {0};
	struct lb_picture picture;
	enum lb_status status = lb_picture_make(plan, &picture);
	bool *chosen;

	if (status != LB_OK) {
		return status;
	}
	chosen = calloc(picture.piece_count + 1, sizeof(*chosen));
	lb_render_verdict(plan, lb_buffer_sink(&verdict));
	status = LB_NO_STORAGE;
	if (chosen && verdict.bytes) {
		unsigned int height;

		lb_picture_choose(&picture, LIST_ROWS, chosen);
		height = paint_body(lb_buffer_sink(&body), plan, &picture, chosen, verdict.bytes);
		if (body.bytes && !body.failed) {
			write_picture(sink, verdict.bytes, body.bytes, height);
			status = LB_OK;
		}
	}
	free(body.bytes);
	free(verdict.bytes);
	free(chosen);
	lb_picture_free(&picture);
	return status;
}
