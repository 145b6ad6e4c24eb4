/* SPDX-License-Identifier: MIT */
/* markup: text inside SVG and HTML. */
#ifndef LIFEBOAT_RENDER_MARKUP_H
#define LIFEBOAT_RENDER_MARKUP_H

#include "lifeboat/sink.h"

/* Text of any bytes as character data or attribute value: & < > " escaped, what XML 1.0 does not
 * allow (control characters, bytes that are not UTF-8) written as '?'. */
void lb_markup_text(struct lb_sink sink, const char *text);

/* The same over printf. */
void lb_markup_print(struct lb_sink sink, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
