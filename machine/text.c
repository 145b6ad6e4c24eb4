/* SPDX-License-Identifier: MIT */
/* text: numbers, ranges and lines. */
#include "machine/text.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}

bool text_hex(const char **at, uint64_t *ret)
{
	const char *p = *at;
	uint64_t value = 0;
	unsigned int digits = 0;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		p += 2;
	}
	for (; hex_digit(*p) >= 0; p++) {
		if (value >> 60) {
			return false;
		}
		value = value << 4 | (uint64_t)hex_digit(*p);
		digits++;
	}
	if (!digits) {
		return false;
	}
	*at = p;
	*ret = value;
	return true;
}

bool text_decimal(const char **at, uint64_t *ret)
{
	const char *p = *at;
	uint64_t value = 0;

	if (!text_is_digit(*p)) {
		return false;
	}
	for (; text_is_digit(*p); p++) {
		if (!lb_mul(value, 10, &value) || !lb_add(value, (uint64_t)(*p - '0'), &value)) {
			return false;
		}
	}
	*at = p;
	*ret = value;
	return true;
}

bool text_int(const char **at, int *ret)
{
	const char *p = *at;
	uint64_t value;

	if (!text_decimal(&p, &value) || value > INT_MAX) {
		return false;
	}
	*at = p;
	*ret = (int)value;
	return true;
}

bool text_number(const char **at, uint64_t *ret)
{
	return (*at)[0] == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X') ? text_hex(at, ret)
								       : text_decimal(at, ret);
}

bool text_range_inclusive(uint64_t first, uint64_t last, struct lb_range *ret)
{
	if (last < first) {
		return false;
	}
	*ret = (struct lb_range){first, last == UINT64_MAX ? last : last + 1};
	return true;
}

bool text_mem_range(const char **at, struct lb_range *ret)
{
	const char *p = *at;
	uint64_t first, last;

	if (!text_skip(&p, "[mem ") || !text_hex(&p, &first) || !text_skip(&p, "-") ||
		!text_hex(&p, &last) || !text_skip(&p, "]") ||
		!text_range_inclusive(first, last, ret)) {
		return false;
	}
	*at = p;
	return true;
}

bool text_next_line(char **at, char *end, char **ret)
{
	char *line = *at;
	char *newline;

	if (line >= end) {
		return false;
	}
	newline = memchr(line, '\n', (size_t)(end - line));
	*at = newline ? newline + 1 : end;
	if (!newline) {
		newline = end;
	}
	*newline = 0;
	if (newline > line && newline[-1] == '\r') {
		newline[-1] = 0;
	}
	*ret = line;
	return true;
}

size_t text_trimmed_length(const char *text)
{
	size_t length = strlen(text);

	while (length && text[length - 1] == ' ') {
		length--;
	}
	return length;
}

bool text_same_but_blanks(const char *a, const char *b)
{
	size_t length = text_trimmed_length(a);

	return length == text_trimmed_length(b) && !memcmp(a, b, length);
}

bool text_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		bool begins = at == text || at[-1] == ' ' || at[-1] == '\t';
		char after = at[length];

		if (begins && (!after || after == ' ' || after == '\t' || after == '\n')) {
			return true;
		}
		at += length;
	}
	return false;
}
