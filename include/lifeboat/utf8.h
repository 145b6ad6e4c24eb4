/* SPDX-License-Identifier: MIT */
/*
 * utf8: what of a text of any bytes is well-formed UTF-8.
 *
 *	for (; *text; text += length) {
 *		length = lb_utf8_length(text);
 *		... 0: replace the one byte by U+FFFD and go on after it ...
 *	}
 */
#ifndef LIFEBOAT_UTF8_H
#define LIFEBOAT_UTF8_H

/*
 * Bytes of the character that begins at text, 1 to 4; 0 if none does (Unicode 15, table 3-7:
 * overlong forms, surrogates and what lies beyond U+10FFFF are none). Never reads past a NUL, which
 * is a character of one byte itself. text must be terminated.
 */
unsigned int lb_utf8_length(const char *text);

#endif
