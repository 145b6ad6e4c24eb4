/* SPDX-License-Identifier: MIT */
/*
 * plan_map: memory painted in the terminal. Each stretch is one bar; each column stands for the
 * same number of bytes; a column with a byte of crash kernel memory always shows it.
 */
#include "render/plan_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/out.h"
#include "render/picture.h"

#define MARGIN 2
#define BAR_MAX 120
#define LIST_ROWS 14

struct glyph {
	const char *utf8;
	const char *ascii;
	enum lb_ink ink;
};

static struct glyph glyph_of(struct lb_cell cell)
{
	if (!cell.present) {
		return (struct glyph){" ", " ", LB_INK_PLAIN};
	}
	if (lb_piece_is_crash(cell.kind)) {
		return (struct glyph){"█", "#", LB_INK_CRASH};
	}
	if (cell.mixed) {
		return (struct glyph){"░", "-", LB_INK_HELD};
	}
	switch (cell.kind) {
	case LB_PIECE_HELD:
	case LB_PIECE_HELD_LIKELY:
		return (struct glyph){"▒", "x", LB_INK_HELD};
	case LB_PIECE_UNUSABLE:
		return (struct glyph){"▒", "x", LB_INK_HELD};
	default:
		return (struct glyph){"·", ".", LB_INK_FREE};
	}
}

static unsigned int bar_width(const struct lb_paper *paper)
{
	return (unsigned int)lb_min(paper->style->width - 2 * MARGIN, BAR_MAX);
}

/* The bytes that column `column` of `width` stands for; never empty. */
static struct lb_range column_range(struct lb_range range, unsigned int column, unsigned int width)
{
	unsigned __int128 size = lb_range_size(range);
	struct lb_range part = {
		range.start + (uint64_t)(size * column / width),
		range.start + (uint64_t)(size * (column + 1) / width),
	};

	if (part.end == part.start) {
		part.end++;
	}
	return part;
}

static unsigned int column_of(struct lb_range range, lb_phys_addr address, unsigned int width)
{
	unsigned __int128 at = address - range.start;

	return (unsigned int)lb_min((uint64_t)(at * width / lb_range_size(range)), width - 1);
}

static void paint_bar(const struct lb_paper *paper, const struct lb_picture *picture,
	const struct lb_stretch *stretch, unsigned int width)
{
	lb_say(paper, LB_INK_PLAIN, "%*s", MARGIN, "");
	for (unsigned int column = 0; column < width; column++) {
		struct glyph glyph = glyph_of(lb_picture_cell(
			picture, stretch, column_range(stretch->range, column, width)));

		lb_say(paper, glyph.ink, "%s", paper->style->utf8 ? glyph.utf8 : glyph.ascii);
	}
	lb_say(paper, LB_INK_PLAIN, "\n");
}

/* A round step between marks so that about one stands in every 12 columns. */
static uint64_t mark_step(uint64_t size, unsigned int width)
{
	uint64_t step = LB_MIB;

	while (step < UINT64_MAX / 4 && size / step > width / 12) {
		step *= 2;
	}
	return step;
}

static struct lb_size_text mark_text(uint64_t address)
{
	struct lb_size_text text = lb_size_text(address);
	char *unit = strchr(text.text, ' ');

	/* "1.5G" is enough on an axis. */
	if (unit && !strncmp(unit, " bytes", 6)) {
		*unit = '\0';
	} else if (unit) {
		unit[0] = unit[1];
		unit[1] = '\0';
	}
	return text;
}

static void paint_axis(const struct lb_paper *paper, struct lb_range range, unsigned int width)
{
	uint64_t step = mark_step(lb_range_size(range), width);
	unsigned int used = 0;
	uint64_t mark;

	lb_say(paper, LB_INK_PLAIN, "%*s", MARGIN, "");
	if (!lb_align_up(range.start, step, &mark)) {
		mark = range.end;
	}
	while (mark < range.end) {
		struct lb_size_text text = mark_text(mark);
		unsigned int column = column_of(range, mark, width);
		bool fits = column >= used && column + 1 + strlen(text.text) <= width;

		if (fits) {
			lb_say(paper, LB_INK_DIM, "%*s%s%s", (int)(column - used), "",
				paper->style->utf8 ? "└" : "^", text.text);
			used = column + 1 + (unsigned int)strlen(text.text);
		}
		if (!lb_add(mark, step, &mark)) {
			break;
		}
	}
	lb_say(paper, LB_INK_PLAIN, "\n");
}

static void paint_stretch(const struct lb_paper *paper, const struct lb_picture *picture,
	const struct lb_stretch *stretch)
{
	unsigned int width = bar_width(paper);
	uint64_t column = lb_range_size(stretch->range) / width;

	lb_say(paper, LB_INK_BOLD, "%*s%s", MARGIN, "",
		stretch->range.start < 4 * LB_GIB ? "Memory below 4 GiB" : "Memory above 4 GiB");
	lb_say(paper, LB_INK_DIM, "  %s, a column is %s\n", lb_range_text(stretch->range).text,
		lb_size_text(column).text);
	paint_bar(paper, picture, stretch, width);
	paint_axis(paper, stretch->range, width);
}

static void say_key(const struct lb_paper *paper, const char *utf8, const char *ascii,
	enum lb_ink ink, const char *meaning)
{
	lb_say(paper, ink, "  %s", paper->style->utf8 ? utf8 : ascii);
	lb_say(paper, LB_INK_PLAIN, " %s", meaning);
}

static void paint_key(const struct lb_paper *paper)
{
	say_key(paper, "█", "#", LB_INK_CRASH, "crash kernel memory");
	say_key(paper, "▒", "x", LB_INK_HELD, "in use");
	say_key(paper, "░", "-", LB_INK_HELD, "partly in use");
	say_key(paper, "·", ".", LB_INK_FREE, "free");
	lb_say(paper, LB_INK_PLAIN, "  blank is no RAM\n\n");
}

static enum lb_ink piece_ink(enum lb_piece_kind kind)
{
	if (lb_piece_is_crash(kind)) {
		return LB_INK_CRASH;
	}
	return lb_piece_is_free(kind) ? LB_INK_FREE : LB_INK_PLAIN;
}

static void list_piece(const struct lb_paper *paper, const struct lb_piece *piece, int digits)
{
	bool named = *piece->owner;
	bool doubtful = piece->kind == LB_PIECE_HELD_LIKELY || piece->kind == LB_PIECE_FREE_LIKELY;

	struct lb_buffer text = {0};
	char place[80];
	int columns = snprintf(place, sizeof(place), "  0x%0*" PRIx64 "-0x%0*" PRIx64 " %10s  ",
		digits, piece->range.start, digits, piece->range.end - 1,
		lb_size_text(lb_range_size(piece->range)).text);

	lb_print(lb_buffer_sink(&text), "%s",
		named ? piece->owner : lb_piece_kind_text(piece->kind));
	if (named && doubtful) {
		lb_print(lb_buffer_sink(&text), " (%s)",
			piece->kind == LB_PIECE_HELD_LIKELY ? "most likely"
							    : lb_piece_kind_text(piece->kind));
	}
	lb_say(paper, piece_ink(piece->kind), "%s", place);
	if (text.bytes) {
		lb_say_hanging(paper, piece_ink(piece->kind), (size_t)columns, text.bytes);
	}
	free(text.bytes);
}

/* One line for a run of pieces that the list leaves out. */
static void list_skipped(
	const struct lb_paper *paper, const struct lb_picture *picture, size_t from, size_t to)
{
	uint64_t held = 0;
	uint64_t free_bytes = 0;

	for (size_t i = from; i < to; i++) {
		uint64_t size = lb_range_size(picture->pieces[i].range);

		if (lb_piece_is_free(picture->pieces[i].kind)) {
			free_bytes += size;
		} else {
			held += size;
		}
	}
	lb_say(paper, LB_INK_DIM, "  %s %zu more: %s in use", paper->style->utf8 ? "⋮" : ":",
		to - from, lb_size_text(held).text);
	if (free_bytes) {
		lb_say(paper, LB_INK_DIM, ", %s free", lb_size_text(free_bytes).text);
	}
	lb_say(paper, LB_INK_PLAIN, "\n");
}

static int hex_digits(uint64_t value)
{
	int digits = 1;

	while (value >>= 4) {
		digits++;
	}
	return digits;
}

static void list_pieces(const struct lb_paper *paper, const struct lb_picture *picture)
{
	bool *chosen = calloc(picture->piece_count + 1, sizeof(*chosen));
	int digits = hex_digits(picture->pieces[picture->piece_count - 1].range.end - 1);
	size_t from = 0;

	if (!chosen) {
		return;
	}
	lb_picture_choose(picture, LIST_ROWS, chosen);
	for (size_t i = 0; i <= picture->piece_count; i++) {
		bool ends_run = i == picture->piece_count || chosen[i];

		if (!ends_run) {
			continue;
		}
		if (i - from == 1) {
			list_piece(paper, &picture->pieces[from], digits);
		} else if (i > from) {
			list_skipped(paper, picture, from, i);
		}
		if (i < picture->piece_count) {
			list_piece(paper, &picture->pieces[i], digits);
		}
		from = i + 1;
	}
	free(chosen);
}

void lb_paint_plan_map(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct lb_picture picture;

	if (lb_picture_make(plan, &picture) != LB_OK) {
		return;
	}
	for (size_t i = 0; i < picture.stretch_count; i++) {
		paint_stretch(paper, &picture, &picture.stretches[i]);
	}
	if (picture.piece_count) {
		paint_key(paper);
		list_pieces(paper, &picture);
	}
	lb_picture_free(&picture);
}
