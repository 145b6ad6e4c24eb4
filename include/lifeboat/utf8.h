/* SPDX-License-Identifier: MIT */
/*
 * utf8: what of a text of any bytes is well-formed UTF-8, and what of that can be seen.
 *
 *	for (; *text; text += length) {
 *		length = lb_utf8_length(text);
 *		... 0: replace the one byte by U+FFFD and go on after it ...
 *	}
 */
#ifndef LIFEBOAT_UTF8_H
#define LIFEBOAT_UTF8_H

#include "lifeboat/base.h"

/*
 * Bytes of the character that begins at text, 1 to 4; 0 if none does (Unicode 15, table 3-7:
 * overlong forms, surrogates and what lies beyond U+10FFFF are none). Never reads past a NUL, which
 * is a character of one byte itself. text must be terminated.
 */
unsigned int lb_utf8_length(const char *text);

/* The code point of the character that begins at text: lb_utf8_length(text) must not be 0. */
uint32_t lb_utf8_code(const char *text);

/*
 * True of a code point that does not show as itself: controls (line ends and tabs too), what turns
 * the direction of writing around (U+202E and its like), what joins, parts or varies its neighbours
 * unseen, and what ends a line or paragraph (Unicode 15: general categories Cc, Cf, Zl and Zp, and
 * Default_Ignorable_Code_Point).
 */
bool lb_utf8_is_control(uint32_t code);

#endif
