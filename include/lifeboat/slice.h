/* SPDX-License-Identifier: MIT */
/*
 * slice: a piece of a text that somebody else owns, without copying it.
 *
 * A slice is valid as long as the text below it is. Its bytes are [at, at + length); no NUL
 * follows, so never hand `at` to a function that expects one. A slice of no text is {NULL, 0}; an
 * empty piece of a text has a place (at) all the same. No function here reads beyond a slice.
 *
 *	struct lb_slice rest = lb_slice_of("a=1,b=2"), item;
 *
 *	while (lb_slice_next_item(&rest, ',', &item)) {
 *		...
 *	}
 */
#ifndef LIFEBOAT_SLICE_H
#define LIFEBOAT_SLICE_H

#include "lifeboat/base.h"

struct lb_slice {
	const char *at;
	size_t length; /* bytes */
};

/* The bytes of text before its NUL. NULL gives {NULL, 0}. */
struct lb_slice lb_slice_of(const char *text);

/* The same, at most max bytes of it; nothing behind them is looked at. */
struct lb_slice lb_slice_of_at_most(const char *text, size_t max);

/* True if the slice is exactly this text (byte for byte; other ends with a NUL). */
bool lb_slice_is(struct lb_slice slice, const char *other);

/* True if the slice begins, or ends, with this text. Every slice begins and ends with "". */
bool lb_slice_begins(struct lb_slice slice, const char *prefix);
bool lb_slice_ends(struct lb_slice slice, const char *suffix);

/* Where the first occurrence of text begins, in bytes from slice.at. False, *ret untouched, if
 * there is none. */
bool LB_MUST_CHECK lb_slice_find(struct lb_slice slice, const char *text, size_t *ret);

/* The first byte; 0 if there is none. */
char lb_slice_first(struct lb_slice slice);

/* Drops count bytes at the front; there must be as many. */
void lb_slice_skip(struct lb_slice *slice, size_t count);

/* Drops the first byte if it is c. False, and nothing dropped, if it is another or none. */
bool lb_slice_take(struct lb_slice *slice, char c);

/*
 * Cuts the list at its first separator: *ret is what stands before, *list what stands behind. A
 * list of n separators has n + 1 items, which may be empty; behind the last one *list is {NULL, 0},
 * which has none. False, *ret untouched, if there is none.
 */
bool lb_slice_next_item(struct lb_slice *list, char separator, struct lb_slice *ret);

#endif
