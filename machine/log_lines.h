/* SPDX-License-Identifier: MIT */
/*
 * log_lines: cuts a boot log into the kernel's own lines: what stands before them is taken off,
 * lines that ran together are taken apart, lines that a mail program wrapped are joined, and what
 * other programs said in a system's log is passed over.
 */
#ifndef LIFEBOAT_MACHINE_LOG_LINES_H
#define LIFEBOAT_MACHINE_LOG_LINES_H

#include <stddef.h>

#include "lifeboat/base.h"

/* A pass over the lines of a log. The caller fills take, context, at and end; the text changes
 * under it. */
struct log_lines {
	/* Given each line without what stood before it, NUL-terminated, never empty. number is that
	 * of the raw line in which it begins, counted from 1 at `at`. False: no more are wanted. */
	bool (*take)(void *context, char *text, unsigned int number);
	void *context;
	char *at;            /* the raw line after the one in hand */
	char *end;           /* the NUL behind the text */
	const char *before;  /* what was taken off the line in hand begins here and ends at it; a
			      * NUL in the place of a '[' where it ends the line before */

	unsigned int number; /* of the last raw line in hand */
	bool stamped;        /* the line in hand has a time stamp, so a piece of it has none */
	size_t width;        /* of the last raw line in hand */
};

/* Goes through all lines, or until take says no. */
void log_lines_read(struct log_lines *lines);

#endif
