/* SPDX-License-Identifier: MIT */
/*
 * log_unpack: lines that hold the kernel's line in another form: coloured ones, and records of the
 * journal (systemd, "Journal Export Formats" and "Journal JSON Format"), each in one line or one
 * field a line.
 */
#include "machine/log.h"

#define ESCAPE '\033'

/* Takes out "ESC [ ... letter", and the carriage returns of serial consoles. */
static void remove_controls(char *line)
{
	char *out = line;

	for (const char *at = line; *at;) {
		if (at[0] == ESCAPE && at[1] == '[') {
			at += 2 + strspn(at + 2, "0123456789;?");
			at += *at != 0;
		} else if (*at == '\r' || *at == ESCAPE) {
			at++;
		} else {
			*out++ = *at++;
		}
	}
	*out = 0;
}

/* The text behind "NAME" : of a JSON object in one line, or of a line of one; NULL none. Behind
 * the quote when it is a string. */
static char *json_string(char *line, const char *name)
{
	char *at = strstr(line, name);

	if (!at) {
		return NULL;
	}
	at += strlen(name);
	at += strspn(at, " \t");
	if (*at++ != ':') {
		return NULL;
	}
	at += strspn(at, " \t");
	return *at == '"' ? at + 1 : NULL;
}

/* A JSON string up to its quote, over the beginning of the line; what is written is never ahead of
 * what is read. Characters that the kernel does not print become '?'. */
static void decode_json(char *out, const char *at)
{
	for (; *at && *at != '"'; at++) {
		if (*at != '\\') {
			*out++ = *at;
			continue;
		}
		at++;
		if (*at == 'u') {
			size_t digits = strspn(at + 1, "0123456789abcdefABCDEF");

			at += lb_min(digits, 4);
			*out++ = '?';
		} else if (*at == 't') {
			*out++ = '\t';
		} else if (*at) {
			*out++ = *at == 'n' ? ' ' : *at;
		} else {
			break;
		}
	}
	*out = 0;
}

/* A record of another program, or a field that is no message, becomes an empty line. */
static void unpack_json(char *line)
{
	const char *transport = json_string(line, "\"_TRANSPORT\"");
	char *message = json_string(line, "\"MESSAGE\"");

	if (!message || (transport && !text_starts(transport, "kernel\""))) {
		*line = 0;
		return;
	}
	decode_json(line, message);
}

static bool is_json(const char *line)
{
	const char *at = line;

	if (*at == '\x1e') { /* RFC 7464, -o json-seq */
		at++;
	}
	text_skip(&at, "data: "); /* -o json-sse */
	at += strspn(at, " \t");
	return *at == '{' || (*at == '"' && strstr(at, "\" : "));
}

void log_unpack(char *line)
{
	const char *field = line + strspn(line, " \t");

	if (strchr(line, ESCAPE) || strchr(line, '\r')) {
		remove_controls(line);
	}
	if (text_skip(&field, "MESSAGE=")) {
		memmove(line, field, strlen(field) + 1);
	} else if (is_json(line)) {
		unpack_json(line);
	}
}
