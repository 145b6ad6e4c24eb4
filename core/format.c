/* SPDX-License-Identifier: MIT */
/* format: the small part of printf that lifeboat's texts need, without libc. */
#include "lifeboat/format.h"

struct lb_text lb_text_in(char *bytes, size_t capacity)
{
	LB_ASSERT(bytes && capacity);
	bytes[0] = '\0';
	return (struct lb_text){.bytes = bytes, .capacity = capacity};
}

bool lb_text_put_bytes(struct lb_text *text, const char *bytes, size_t count)
{
	size_t room = text->capacity - 1 - text->length;

	if (text->truncated) {
		return false;
	}
	if (count > room) {
		count = room;
		text->truncated = true;
	}
	__builtin_memcpy(text->bytes + text->length, bytes, count);
	text->length += count;
	text->bytes[text->length] = '\0';
	return !text->truncated;
}

bool lb_text_put(struct lb_text *text, const char *string)
{
	size_t length = 0;

	while (string[length]) {
		length++;
	}
	return lb_text_put_bytes(text, string, length);
}

bool lb_text_put_char(struct lb_text *text, char c)
{
	return lb_text_put_bytes(text, &c, 1);
}

/* One conversion, as written between '%' and its letter. */
struct conversion {
	bool zeros, left;
	size_t width;
	bool bounded;
	size_t bound;
	int longs; /* number of l; z counts as one where size_t is long */
};

static void pad(struct lb_text *text, char c, size_t have, size_t width)
{
	for (; have < width && !text->truncated; have++) {
		lb_text_put_char(text, c);
	}
}

static void put_string(struct lb_text *text, const struct conversion *how, const char *string)
{
	size_t length = 0;

	while ((!how->bounded || length < how->bound) && string[length]) {
		length++;
	}
	pad(text, ' ', how->left ? how->width : length, how->width);
	lb_text_put_bytes(text, string, length);
	pad(text, ' ', how->left ? length : how->width, how->width);
}

static void put_number(struct lb_text *text, const struct conversion *how, uint64_t value,
	bool negative, unsigned int base)
{
	char digits[20];
	size_t at = sizeof(digits);
	size_t have;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	have = sizeof(digits) - at + negative;
	if (!how->zeros && !how->left) {
		pad(text, ' ', have, how->width);
	}
	if (negative) {
		lb_text_put_char(text, '-');
	}
	if (how->zeros && !how->left) {
		pad(text, '0', have, how->width);
	}
	lb_text_put_bytes(text, digits + at, sizeof(digits) - at);
	if (how->left) {
		pad(text, ' ', have, how->width);
	}
}

static size_t read_decimal(const char **cursor)
{
	size_t value = 0;

	while (**cursor >= '0' && **cursor <= '9') {
		value = value * 10 + (size_t)(**cursor - '0');
		LB_ASSERT(value <= 4096);
		(*cursor)++;
	}
	return value;
}

static const char *read_flags(const char *format, struct conversion *how)
{
	for (;; format++) {
		if (*format == '0') {
			how->zeros = true;
		} else if (*format == '-') {
			how->left = true;
		} else {
			return format;
		}
	}
}

static const char *read_length(const char *format, struct conversion *how)
{
	while (*format == 'l' || *format == 'z') {
		how->longs++;
		format++;
	}
	return format;
}

/* va_list may be an array type: it travels inside a struct. */
struct arguments {
	va_list list;
};

static uint64_t next_unsigned(struct arguments *arguments, int longs)
{
	if (longs >= 2) {
		return va_arg(arguments->list, unsigned long long);
	}
	return longs ? va_arg(arguments->list, unsigned long) :
		va_arg(arguments->list, unsigned int);
}

static int64_t next_signed(struct arguments *arguments, int longs)
{
	if (longs >= 2) {
		return va_arg(arguments->list, long long);
	}
	return longs ? va_arg(arguments->list, long) : va_arg(arguments->list, int);
}

static void put_conversion(struct lb_text *text, char letter, const struct conversion *how,
	struct arguments *arguments)
{
	int64_t number;

	switch (letter) {
	case 's':
		put_string(text, how, va_arg(arguments->list, const char *));
		break;
	case 'c':
		lb_text_put_char(text, (char)va_arg(arguments->list, int));
		break;
	case 'd':
		number = next_signed(arguments, how->longs);
		put_number(text, how, number < 0 ? 0 - (uint64_t)number : (uint64_t)number,
			number < 0, 10);
		break;
	case 'u':
	case 'x':
		put_number(text, how, next_unsigned(arguments, how->longs), false,
			letter == 'u' ? 10 : 16);
		break;
	default:
		LB_ASSERT(letter == '%');
		lb_text_put_char(text, '%');
	}
}

static const char *format_one(struct lb_text *text, const char *format,
	struct arguments *arguments)
{
	struct conversion how = {0};

	format = read_flags(format, &how);
	how.width = read_decimal(&format);
	if (*format == '.') {
		format++;
		how.bounded = true;
		if (*format == '*') {
			int bound = va_arg(arguments->list, int);

			LB_ASSERT(bound >= 0);
			how.bound = (size_t)bound;
			format++;
		} else {
			how.bound = read_decimal(&format);
		}
	}
	format = read_length(format, &how);
	put_conversion(text, *format, &how, arguments);
	return format + 1;
}

bool lb_format_list(struct lb_text *text, const char *format, va_list list)
{
	struct arguments arguments;

	va_copy(arguments.list, list);
	while (*format) {
		const char *start = format;

		while (*format && *format != '%') {
			format++;
		}
		lb_text_put_bytes(text, start, (size_t)(format - start));
		if (*format == '%') {
			format = format_one(text, format + 1, &arguments);
		}
	}
	va_end(arguments.list);
	return !text->truncated;
}

bool lb_format(struct lb_text *text, const char *format, ...)
{
	va_list list;
	bool whole;

	va_start(list, format);
	whole = lb_format_list(text, format, list);
	va_end(list);
	return whole;
}
