/* SPDX-License-Identifier: MIT */
/*
 * cmdline: a command line cut into words, and words into name and value; nothing is copied,
 * changed or allocated, and nothing beyond the given bytes is read.
 *
 *	struct lb_cmdline line = {lb_slice_of("quiet mem=1G -- rest"), LB_CMDLINE_PLAIN};
 *	struct lb_cmdline_option option;
 *
 *	while (lb_cmdline_next(&line, &option)) {
 *		... "quiet", then "mem" with the value "1G"; line.rest is "rest" afterwards ...
 *	}
 *
 * Lines are untrusted: any bytes are a line. Words are never empty, and they and what separates
 * them make up the whole line, in order. What an option means, which one of several counts for
 * whom, and how its value is read belongs to those who read it (numbers: lifeboat/number.h).
 */
#ifndef LIFEBOAT_CMDLINE_H
#define LIFEBOAT_CMDLINE_H

#include "lifeboat/slice.h"

/* What separates words, and what quotes mean. */
enum lb_cmdline_mode {
	/* Any byte up to the space separates (control characters too); a quote is a byte. */
	LB_CMDLINE_PLAIN,
	/*
	 * White space of Latin-1 separates (tab to carriage return, space, 0xa0), unless an odd
	 * number of double quotes stands before it in its word. One pair of quotes around a word,
	 * or around a value, is not part of it; an opening one without its fellow neither.
	 */
	LB_CMDLINE_QUOTED,
};

/* A walk: what is still to be read. Begin with {line, mode}. */
struct lb_cmdline {
	struct lb_slice rest;
	enum lb_cmdline_mode mode;
};

struct lb_cmdline_option {
	struct lb_slice word;  /* all of it as it stands in the line, quotes included */
	struct lb_slice name;  /* up to the first '=' that is not the word's first byte */
	struct lb_slice value; /* behind that '='; {NULL, 0} without one */
};

/* True for a byte that separates words where no quote is open. */
bool lb_cmdline_is_blank(enum lb_cmdline_mode mode, char c);

/* The next word as it stands, consumed with the blanks around it. False, *ret untouched, at the end
 * of the line. */
bool LB_MUST_CHECK lb_cmdline_next_word(struct lb_cmdline *line, struct lb_slice *ret);

/* A word that next_word gave, cut into name and value as the mode has it. */
struct lb_cmdline_option lb_cmdline_split(enum lb_cmdline_mode mode, struct lb_slice word);

/*
 * The next option. A word whose name is "--", and that has no value, ends the options: it is
 * consumed, and line->rest is what stands behind. False, *ret untouched, then and at the end of
 * the line.
 */
bool LB_MUST_CHECK lb_cmdline_next(struct lb_cmdline *line, struct lb_cmdline_option *ret);

/* The last option of this name (byte for byte) before "--". False, *ret untouched, if none. */
bool LB_MUST_CHECK lb_cmdline_find(
	struct lb_cmdline line, const char *name, struct lb_cmdline_option *ret);

#endif
