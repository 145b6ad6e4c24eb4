/* SPDX-License-Identifier: MIT */
/* markup: escape for XML and HTML. */
#include "render/markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lifeboat/utf8.h"

/* What XML 1.0 allows as a character (section 2.2), of what is UTF-8 and shows as itself. */
static bool is_allowed(const char *at, unsigned int length)
{
	uint32_t code = length ? lb_utf8_code(at) : 0;

	return code == '\n' || code == '\t' ||
		(length && !lb_utf8_is_control(code) && (code & 0xfffe) != 0xfffe);
}

void lb_markup_text(struct lb_sink sink, const char *text)
{
	while (*text) {
		unsigned int length = lb_utf8_length(text);

		if (!is_allowed(text, length)) {
			lb_sink_text(sink, "?");
			text += length ? length : 1;
			continue;
		}
		switch (*text) {
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
			lb_sink_write(sink, text, length);
		}
		text += length;
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
