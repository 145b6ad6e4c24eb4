/* SPDX-License-Identifier: MIT */
/*
 * What stands before the kernel's own words in a boot log: logs come from dmesg in all its
 * formats, /dev/kmsg, syslog, the journal, consoles, and mails that quote them.
 */
#include "machine/log.h"

/* Seconds since the line before: " <    0.000012>" inside the brackets of dmesg -d, with a blank
 * more in journalctl -o short-delta, and blanks alone in its first line. What follows is the
 * bracket. */
static const char *skip_delta(const char *p)
{
	p += strspn(p, " ");
	if (*p == '<') {
		p += 1 + strspn(p + 1, " .0123456789");
		p = *p == '>' ? p + 1 : p;
	}
	return p;
}

/* "[    0.000000]", "[  +0.000012]" of dmesg -H, "[    0.000000 <    0.000012>]" and
 * "[<    0.000012>]" of dmesg -d: a number with a dot. */
static const char *skip_stamp(const char *p)
{
	const char *at = p + 1;
	bool dot = false;

	while (*at == ' ' || *at == '+' || *at == '<') {
		at++;
	}
	if (!text_is_digit(*at)) {
		return NULL;
	}
	while (text_is_digit(*at) || *at == '.') {
		dot |= *at == '.';
		at++;
	}
	at = *at == '>' ? at + 1 : skip_delta(at);
	return dot && *at == ']' && at - p < 48 ? at + 1 : NULL;
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

/* "[Jun21 23:09]": dmesg -H, when a minute begins. */
static const char *skip_minute(const char *p)
{
	static const char shape[] = "[AaaNN NN:NN]";

	for (size_t i = 0; shape[i]; i++) {
		bool fits = shape[i] == 'N' ? text_is_digit(p[i]) || (i == 4 && p[i] == ' ')
			: text_is_alpha(shape[i]) ? text_is_alpha(p[i]) : p[i] == shape[i];

		if (!fits) {
			return NULL;
		}
	}
	return p + sizeof(shape) - 1;
}

/* "[Wed Jul  3 16:39:34 2024]": dmesg -T; with -d " <    0.000012>" before the last bracket. */
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
	for (at += 4; *at && *at != ']' && *at != '<' && at - p < 40; at++) {
		if (!text_is_alpha(*at) && !text_is_digit(*at) && *at != ' ' && *at != ':') {
			return NULL;
		}
	}
	at = *at == '<' ? skip_delta(at) : at;
	return *at == ']' ? at + 1 : NULL;
}

static const char *skip_bracket(const char *p)
{
	const char *after = skip_stamp(p);

	if (!after) {
		after = skip_minute(p);
	}

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

/* "Wed 2024-07-03 16:39:34 CEST host kernel: ": what follows the day of the week. */
static const char *skip_weekday(const char *p)
{
	return text_is_alpha(p[0]) && text_is_alpha(p[1]) && text_is_alpha(p[2]) && p[3] == ' ' &&
		strspn(p + 4, "0123456789") == 4 ? p + 4 : p;
}

/* "2024-07-03T16:39:34,123456+02:00 ": dmesg --time-format iso, the one with a comma. */
static const char *skip_iso(const char *p)
{
	size_t date = strspn(p, "0123456789-T:");
	size_t rest = p[date] == ',' ? strspn(p + date + 1, "0123456789+-:") : 0;

	return date == 19 && rest > 6 && p[date + 1 + rest] == ' ' ? p + date + 1 + rest : NULL;
}

/* "1720017574.123456 host kernel: ": journalctl -o short-unix. */
static bool begins_with_seconds(const char *p)
{
	size_t digits = strspn(p, "0123456789");

	return digits >= 9 && p[digits] == '.' && strspn(p + digits + 1, "0123456789") == 6;
}

/* What RFC 5424 puts behind the program's name: process, message and data, of which the kernel has
 * none. */
static const char rfc5424_kernel[] = " kernel - - - ";

static bool begins_with_a_moment(const char *text)
{
	size_t date = text_is_digit(*text) ? 10 : 6; /* "2024-07-03", "Jul  3" */

	return begins_with_a_date(text) && strnlen(text, date + 4) == date + 4 &&
		(text[date] == ' ' || text[date] == 'T') && text_is_digit(text[date + 1]) &&
		text_is_digit(text[date + 2]) && text[date + 3] == ':';
}

bool log_is_foreign(const char *text)
{
	text = skip_weekday(text_starts(text, "1 2") ? text + 2 : text);
	if (begins_with_seconds(text)) {
		return true;
	}
	return begins_with_a_moment(text);
}

/* "Jul  3 16:39:34 host kernel: ", "2024-07-03T16:39:34+02:00 host kernel: ", "host kernel: ",
 * "kernel: " and the other forms of journalctl -o short-*. */
static const char *skip_syslog(const char *p)
{
	const char *at = strchr(p, ' ');

	if (text_starts(p, "kernel: ")) {
		return p + strlen("kernel:");
	}
	if (at && text_skip(&at, " kernel: ")) {
		return at - 1;
	}
	p = skip_weekday(text_starts(p, "1 2") ? p + 2 : p);
	if (!begins_with_a_date(p) && !begins_with_seconds(p)) {
		return NULL;
	}
	for (at = p; *at && at - p < 160; at++) {
		const char *after = at;

		if (text_skip(&after, " kernel: ") || text_skip(&after, rfc5424_kernel)) {
			return after - 1;
		}
	}
	return skip_iso(p);
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
