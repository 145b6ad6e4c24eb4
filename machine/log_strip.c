/* SPDX-License-Identifier: MIT */
/*
 * What stands before the kernel's own words in a boot log: logs come from dmesg in all its
 * formats, /dev/kmsg, syslog, the journal, consoles, and mails that quote them.
 */
#include "machine/log.h"

/* "[    0.000000]", also "[    0.000000+0200]"-like tails: digits, blanks and a dot at least. */
static const char *skip_stamp(const char *p)
{
	const char *at = p + 1;
	bool dot = false;

	while (*at == ' ') {
		at++;
	}
	if (!text_is_digit(*at)) {
		return NULL;
	}
	while (text_is_digit(*at) || *at == '.') {
		dot |= *at == '.';
		at++;
	}
	return dot && *at == ']' && at - p < 32 ? at + 1 : NULL;
}

/* "[    T0]", "[  C12]": the caller column of CONFIG_PRINTK_CALLER. */
static const char *skip_caller(const char *p)
{
	const char *at = p + 1;

	while (*at == ' ') {
		at++;
	}
	if ((*at != 'T' && *at != 'C') || !text_is_digit(at[1])) {
		return NULL;
	}
	at++;
	while (text_is_digit(*at)) {
		at++;
	}
	return *at == ']' && at - p < 24 ? at + 1 : NULL;
}

/* "[Wed Jul  3 16:39:34 2024]": dmesg -T. */
static const char *skip_date(const char *p)
{
	const char *at = p + 1;

	for (int i = 0; i < 3; i++) {
		if (!text_is_alpha(at[i])) {
			return NULL;
		}
	}
	if (at[3] != ' ' || !text_is_alpha(at[4])) {
		return NULL;
	}
	for (at += 4; *at && *at != ']' && at - p < 40; at++) {
		if (!text_is_alpha(*at) && !text_is_digit(*at) && *at != ' ' && *at != ':') {
			return NULL;
		}
	}
	return *at == ']' ? at + 1 : NULL;
}

static const char *skip_bracket(const char *p)
{
	const char *after = skip_stamp(p);

	if (!after) {
		after = skip_caller(p);
	}
	return after ? after : skip_date(p);
}

/* "<6>" */
static const char *skip_priority(const char *p)
{
	const char *at = p + 1;

	while (text_is_digit(*at)) {
		at++;
	}
	return at > p + 1 && *at == '>' ? at + 1 : NULL;
}

/* "6,339,5140900,-;": a record of /dev/kmsg. */
static const char *skip_kmsg(const char *p)
{
	const char *at = p;

	for (int field = 0; field < 3; field++) {
		if (!text_is_digit(*at)) {
			return NULL;
		}
		while (text_is_digit(*at)) {
			at++;
		}
		if (*at++ != ',') {
			return NULL;
		}
	}
	while (*at && *at != ';' && *at != ' ') {
		at++;
	}
	return *at == ';' ? at + 1 : NULL;
}

/* "kern  :info  : ": dmesg -x. */
static const char *skip_facility(const char *p)
{
	if (!text_skip(&p, "kern  :")) {
		return NULL;
	}
	p = strchr(p, ':');
	return p ? p + 1 : NULL;
}

static bool begins_with_a_date(const char *p)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (text_is_digit(p[0])) {
		return text_is_digit(p[1]) && text_is_digit(p[2]) && text_is_digit(p[3]) &&
			p[4] == '-';
	}
	for (size_t i = 0; i + 3 < sizeof(months); i += 3) {
		if (!strncmp(p, months + i, 3) && p[3] == ' ') {
			return true;
		}
	}
	return false;
}

bool log_is_foreign(const char *text)
{
	size_t date = text_is_digit(*text) ? 10 : 6; /* "2024-07-03", "Jul  3" */

	return begins_with_a_date(text) && strnlen(text, date + 4) == date + 4 &&
		(text[date] == ' ' || text[date] == 'T') && text_is_digit(text[date + 1]) &&
		text_is_digit(text[date + 2]) && text[date + 3] == ':';
}

/* "Jul  3 16:39:34 host kernel: ", "2024-07-03T16:39:34+02:00 host kernel: ", "host kernel: " */
static const char *skip_syslog(const char *p)
{
	const char *at = strchr(p, ' ');

	if (at && text_skip(&at, " kernel: ")) {
		return at - 1;
	}
	if (!begins_with_a_date(p)) {
		return NULL;
	}
	for (at = p; *at && at - p < 160; at++) {
		const char *after = at;

		if (text_skip(&after, " kernel: ")) {
			return after - 1;
		}
	}
	return NULL;
}

/* What can be taken off at p, NULL when nothing. Quoting marks may have blanks before them. */
static const char *skip_one(const char *p)
{
	const char *at = p;

	while (*at == ' ' || *at == '\t') {
		at++;
	}
	switch (*at) {
	case '>':
	case '|':
		return at + 1;
	case '[':
		return skip_bracket(at);
	case '<':
		return skip_priority(at);
	case 0:
		return NULL;
	}
	if (at != p && *p != ' ') {
		return NULL;
	}
	if (text_is_digit(*p)) {
		const char *after = skip_kmsg(p);

		return after ? after : skip_syslog(p);
	}
	if (*p == 'k') {
		const char *after = skip_facility(p);

		if (after) {
			return after;
		}
	}
	return text_is_alpha(*p) ? skip_syslog(p) : NULL;
}

char *log_strip(char *line)
{
	const char *p = line;

	for (int i = 0; i < 8; i++) {
		const char *after = skip_one(p);

		if (!after) {
			break;
		}
		p = after + (*after == ' ');
	}
	return line + (p - line);
}

char *log_find_stamp(char *text, size_t length)
{
	char *end = text + length;
	char *p = text;

	while ((p = memchr(p, '[', (size_t)(end - p)))) {
		if (p > text && text_is_alpha(p[1])) {
			const char *after = skip_date(p);

			if (after && after - p > 20 && *after == ' ') {
				return p;
			}
		} else if (p > text && (p[1] == ' ' || text_is_digit(p[1]))) {
			const char *after = skip_stamp(p);

			/* Kernel stamps have six digits after the dot. */
			if (after && after[-8] == '.' && *after == ' ') {
				return p;
			}
		}
		p++;
	}
	return NULL;
}
