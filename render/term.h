/* SPDX-License-Identifier: MIT */
/* term: what the terminal behind a file can show, and progress on it. */
#ifndef LIFEBOAT_RENDER_TERM_H
#define LIFEBOAT_RENDER_TERM_H

#include <stdio.h>

#include "lifeboat/base.h"

struct lb_terminal {
	bool tty;
	bool colour;        /* a terminal, NO_COLOR unset or empty, TERM not "dumb" */
	bool utf8;          /* LC_ALL, LC_CTYPE or LANG name UTF-8 */
	unsigned int width; /* columns; 80 where it cannot be known */
};

struct lb_terminal lb_terminal_of(FILE *file);

/*
 * Shows "done of total what" on one line of stderr, at most ten times a second, only when stderr
 * is a terminal. lb_progress_end wipes the line.
 */
void lb_progress(const char *what, uint64_t done, uint64_t total);
void lb_progress_end(void);

#endif
