/* SPDX-License-Identifier: MIT */
/*
 * text: the small parsers that all readers of text share. Each works on NUL-terminated text,
 * moves *at only when it matched, and touches nothing after the NUL.
 */
#ifndef LIFEBOAT_MACHINE_TEXT_H
#define LIFEBOAT_MACHINE_TEXT_H

#include <string.h>

#include "lifeboat/base.h"

static inline bool text_skip(const char **at, const char *prefix)
{
	const char *p = *at;

	while (*prefix && *p == *prefix) {
		p++;
		prefix++;
	}
	if (*prefix) {
		return false;
	}
	*at = p;
	return true;
}

static inline void text_skip_blanks(const char **at)
{
	while (**at == ' ' || **at == '\t') {
		(*at)++;
	}
}

static inline bool text_starts(const char *text, const char *prefix)
{
	return text_skip(&text, prefix);
}

static inline bool text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool text_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Hexadecimal digits that fit in 64 bits, with or without "0x". */
bool text_hex(const char **at, uint64_t *ret);

/* Decimal digits that fit in 64 bits. */
bool text_decimal(const char **at, uint64_t *ret);

/* Decimal that fits in an int. */
bool text_int(const char **at, int *ret);

/* "0x" and hexadecimal, else decimal: what sysfs files hold. */
bool text_number(const char **at, uint64_t *ret);

/* The bytes first..last. False when last < first. A last byte of 2^64 - 1 is left out, because
 * no range can hold it (base.h). */
bool text_range_inclusive(uint64_t first, uint64_t last, struct lb_range *ret);

/* "[mem 0x00000000-0x0009ffff]", last byte included. */
bool text_mem_range(const char **at, struct lb_range *ret);

/* The next line: *ret is NUL-terminated in place, without "\n" or "\r\n"; *at moves to the line
 * after it. False at the end. end is the address of the NUL after the text. A NUL inside a line
 * ends what is seen of it. */
bool text_next_line(char **at, char *end, char **ret);

/* Its length without the blanks at its end. */
size_t text_trimmed_length(const char *text);

/* The same but for the blanks at their ends. */
bool text_same_but_blanks(const char *a, const char *b);

/* True if the word stands alone (between blanks or the ends) in a command line. */
bool text_has_word(const char *text, const char *word);

#endif
