/* SPDX-License-Identifier: MIT */
/* paper: defuse, colour and wrap. */
#include "render/paper.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lifeboat/utf8.h"

static const char *escape(enum lb_ink ink)
{
	switch (ink) {
	case LB_INK_BOLD:
		return "\033[1m";
	case LB_INK_DIM:
		return "\033[2m";
	case LB_INK_GOOD:
		return "\033[1;32m";
	case LB_INK_WARN:
		return "\033[1;33m";
	case LB_INK_BAD:
		return "\033[1;31m";
	case LB_INK_CRASH:
		return "\033[1;36m";
	case LB_INK_HELD:
		return "\033[33m";
	case LB_INK_FREE:
		return "\033[2m";
	case LB_INK_PLAIN:
		break;
	}
	return "";
}

void lb_defuse(char *text, bool utf8)
{
	while (*text) {
		unsigned int length = lb_utf8_length(text);
		bool harmless = *text == '\n' ||
			(length && (length == 1 || utf8) &&
				!lb_utf8_is_control(lb_utf8_code(text)));

		length = length ? length : 1;
		if (!harmless) {
			memset(text, '?', length);
		}
		text += length;
	}
}

void lb_say(const struct lb_paper *paper, enum lb_ink ink, const char *format, ...)
{
	const char *on = paper->style->colour ? escape(ink) : "";
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		return;
	}
	lb_defuse(text, paper->style->utf8);
	lb_sink_text(paper->sink, on);
	lb_sink_write(paper->sink, text, (size_t)length);
	lb_sink_text(paper->sink, *on ? "\033[0m" : "");
	free(text);
}

/* Columns of text, counting a UTF-8 character as one. */
static size_t columns(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	return count;
}

/* Bytes of text, from its start, that fit on a line of width columns; at least one word. */
static size_t fitting(const char *text, size_t width)
{
	size_t fits = strcspn(text, " \n");

	for (;;) {
		size_t next = fits + strspn(text + fits, " \n");

		next += strcspn(text + next, " \n");
		if (next == fits || columns(text, next) > width) {
			return fits;
		}
		fits = next;
	}
}

void lb_say_wrapped(const struct lb_paper *paper, enum lb_ink ink, const char *first,
	const char *text)
{
	lb_say(paper, LB_INK_PLAIN, "%s", first);
	lb_say_hanging(paper, ink, columns(first, strlen(first)), text);
}

void lb_say_hanging(
	const struct lb_paper *paper, enum lb_ink ink, size_t indent, const char *text)
{
	size_t width = paper->style->width > indent + 20 ? paper->style->width - indent : 20;

	while (*text) {
		size_t length = fitting(text, width);

		lb_say(paper, ink, "%.*s", (int)length, text);
		text += length;
		text += strspn(text, " \n");
		lb_say(paper, LB_INK_PLAIN, "\n%*s", *text ? (int)indent : 0, "");
	}
}

static enum lb_ink level_ink(enum lb_level level)
{
	if (level == LB_INFO) {
		return LB_INK_PLAIN;
	}
	return level == LB_ERROR ? LB_INK_BAD : LB_INK_WARN;
}

void lb_say_finding(const struct lb_paper *paper, const struct lb_finding *finding)
{
	char label[32];

	snprintf(label, sizeof(label), "  %s: ", lb_level_name(finding->level));
	lb_say_wrapped(paper, level_ink(finding->level), label, finding->text);
	if (finding->fix && *finding->fix) {
		lb_say_wrapped(paper, LB_INK_PLAIN, paper->style->utf8 ? "    → " : "    -> ",
			finding->fix);
	}
}
