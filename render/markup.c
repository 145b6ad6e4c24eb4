/* SPDX-License-Identifier: MIT */
/* markup: escape for XML and HTML. */
#include "render/markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Bytes of a UTF-8 character that begins here, as far as its form goes; 0: none begins. Overlong
 * forms and surrogates count as none, because XML refuses them. */
static unsigned int utf8_length(const unsigned char *at)
{
	unsigned int length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	bool refused = at[0] < 0xc2 || at[0] > 0xf4 || (at[0] == 0xe0 && at[1] < 0xa0) ||
		(at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
		(at[0] == 0xf4 && at[1] > 0x8f) || (at[0] == 0xef && at[1] == 0xbf);

	if (refused) {
		return 0;
	}
	for (unsigned int i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return length;
}

void lb_markup_text(struct lb_sink sink, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		unsigned int length = *at < 0x80 ? 1 : utf8_length(at);
		bool control = *at < 0x20 && *at != '\n' && *at != '\t';

		if (!length || control || *at == 0x7f) {
			lb_sink_text(sink, "?");
			at++;
			continue;
		}
		switch (*at) {
		case '&':
			lb_sink_text(sink, "&amp;");
			break;
		case '<':
			lb_sink_text(sink, "&lt;");
			break;
		case '>':
			lb_sink_text(sink, "&gt;");
			break;
		case '"':
			lb_sink_text(sink, "&quot;");
			break;
		default:
			lb_sink_write(sink, (const char *)at, length);
		}
		at += length;
	}
}

void lb_markup_print(struct lb_sink sink, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		return;
	}
	lb_markup_text(sink, text);
	free(text);
}
