/* SPDX-License-Identifier: MIT */
/*
 * paper: text for a person, on a terminal or in a file. What comes from outside (command lines,
 * log lines, owners) is defused on the way: nothing that does not show as itself
 * (lb_utf8_is_control) reaches the terminal, except line ends and the colours asked for here.
 */
#ifndef LIFEBOAT_RENDER_PAPER_H
#define LIFEBOAT_RENDER_PAPER_H

#include "render/render.h"

enum lb_ink {
	LB_INK_PLAIN,
	LB_INK_BOLD,
	LB_INK_DIM,
	LB_INK_GOOD,
	LB_INK_WARN,
	LB_INK_BAD,
	LB_INK_CRASH, /* the reservation on the map */
	LB_INK_HELD,
	LB_INK_FREE,
};

struct lb_paper {
	struct lb_sink sink;
	const struct lb_text_style *style;
};

/* Replaces what must not reach a terminal by '?', byte by byte; without utf8 all beyond ASCII. */
void lb_defuse(char *text, bool utf8);

/* Writes like printf; the ink is put back afterwards. */
void lb_say(const struct lb_paper *paper, enum lb_ink ink, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Writes a paragraph, broken at blanks to the width of the paper: `first` before the first line,
 * as many blanks as it has columns before the others. Ends the line.
 */
void lb_say_wrapped(const struct lb_paper *paper, enum lb_ink ink, const char *first,
	const char *text);

/* The same behind what stands on the line already, which has indent columns. */
void lb_say_hanging(
	const struct lb_paper *paper, enum lb_ink ink, size_t indent, const char *text);

/* A finding: its level and text, and what to do below it. */
void lb_say_finding(const struct lb_paper *paper, const struct lb_finding *finding);

#endif
