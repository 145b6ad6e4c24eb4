/* SPDX-License-Identifier: MIT */
/*
 * format: text into a caller's buffer, for code that has no libc. The text is always terminated;
 * what finds no room is cut off, and `truncated` says so. Once truncated, nothing more is added,
 * so a text is always a prefix of what was meant.
 *
 *	char line[80];
 *	struct lb_text text = LB_TEXT(line);
 *
 *	lb_format(&text, "%s at 0x%016llx", name, (unsigned long long)start);
 *	if (text.truncated) { ... }
 *
 * Invariant: length < capacity, bytes[length] is NUL, and no byte at or after capacity is touched.
 */
#ifndef LIFEBOAT_FORMAT_H
#define LIFEBOAT_FORMAT_H

#include <stdarg.h>

#include "lifeboat/base.h"

/* A text that grows in a buffer. Fields may be read; put functions keep the invariant. */
struct lb_text {
	char *bytes;     /* the caller's buffer */
	size_t capacity; /* bytes in the buffer, the terminator included; at least 1 */
	size_t length;   /* without the terminator */
	bool truncated;
};

/* An empty text in a char array, terminated at once. The array must not be a pointer. */
#define LB_TEXT(array) lb_text_in((array), sizeof(array))

/* An empty text in a buffer of capacity >= 1 bytes (0 is a bug of the caller). */
struct lb_text lb_text_in(char *bytes, size_t capacity);

/*
 * Append a terminated string, count bytes (which may include NUL), one character. False if
 * something was cut off, now or before: then what fits was appended, and nothing will be again.
 */
bool lb_text_put(struct lb_text *text, const char *string);
bool lb_text_put_bytes(struct lb_text *text, const char *bytes, size_t count);
bool lb_text_put_char(struct lb_text *text, char c);

/*
 * Appends like printf: %s %c %d %u %x %% with l, ll or z before d, u, x; a width; `0` to pad
 * numbers with zeros, `-` to pad on the right; .N or .* to bound a string. Any other conversion
 * is a bug of the caller. A NULL for %s is one, too. False if something was cut off, now or
 * before. The compiler checks formats against arguments, so addresses are cast:
 * "0x%llx", (unsigned long long)address.
 */
bool lb_format(struct lb_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool lb_format_list(struct lb_text *text, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif
