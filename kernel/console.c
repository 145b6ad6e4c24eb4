/* SPDX-License-Identifier: MIT */
/* console: formatting, and one lock around the serial port. */
#include "console.h"

#include "arch.h"
#include "text.h"

static uint32_t lock;

struct output {
	char *buffer; /* NULL: the console */
	size_t bytes;
	size_t length;
};

static void put(struct output *out, char c)
{
	if (!out->buffer) {
		if (c == '\n') {
			arch_serial_put('\r');
		}
		arch_serial_put(c);
	} else if (out->length + 1 < out->bytes) {
		out->buffer[out->length] = c;
	} else {
		return;
	}
	out->length++;
}

static void put_padding(struct output *out, size_t length, size_t width, char padding)
{
	for (; length < width; length++) {
		put(out, padding);
	}
}

static void put_text(struct output *out, const char *text, size_t width)
{
	if (!text) {
		text = "(null)";
	}
	put_padding(out, text_length(text), width, ' ');
	while (*text) {
		put(out, *text++);
	}
}

static void put_number(struct output *out, uint64_t value, unsigned int base, size_t width,
	char padding)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	put_padding(out, count, width, padding);
	while (count) {
		put(out, digits[--count]);
	}
}

struct directive {
	size_t width;
	unsigned int longs; /* number of l; z counts as one */
	char padding;
	char kind;
};

static const char *parse_directive(const char *at, struct directive *ret)
{
	*ret = (struct directive){.padding = ' '};
	if (*at == '0') {
		ret->padding = '0';
		at++;
	}
	for (; *at >= '0' && *at <= '9'; at++) {
		ret->width = ret->width * 10 + (size_t)(*at - '0');
	}
	for (; *at == 'l' || *at == 'z'; at++) {
		ret->longs++;
	}
	ret->kind = *at;
	return *at ? at + 1 : at;
}

static void put_signed(struct output *out, int64_t value, struct directive directive)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		put(out, '-');
		magnitude = -magnitude;
	}
	put_number(out, magnitude, 10, directive.width, directive.padding);
}

static void format_into(struct output *out, const char *format, va_list arguments)
{
	struct directive directive;

	while (*format) {
		if (*format != '%') {
			put(out, *format++);
			continue;
		}
		format = parse_directive(format + 1, &directive);
		switch (directive.kind) {
		case 's':
			put_text(out, va_arg(arguments, const char *), directive.width);
			break;
		case 'c':
			put(out, (char)va_arg(arguments, int));
			break;
		case 'd':
			put_signed(out, directive.longs ? va_arg(arguments, int64_t)
							: va_arg(arguments, int), directive);
			break;
		case 'u':
		case 'x':
			put_number(out, directive.longs ? va_arg(arguments, uint64_t)
							: va_arg(arguments, unsigned int),
				directive.kind == 'x' ? 16 : 10, directive.width,
				directive.padding);
			break;
		case 'p':
			put_text(out, "0x", 0);
			put_number(out, (uintptr_t)va_arg(arguments, void *), 16, 0, ' ');
			break;
		default:
			put(out, '%');
			break;
		}
	}
}

/* A CPU that waits longer than any line takes is waiting for a CPU that died: it goes on. */
#define LOCK_PATIENCE 100000000u

static void acquire(void)
{
	unsigned int patience = LOCK_PATIENCE;

	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE) && --patience) {
		arch_relax();
	}
}

static void release(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

void console_bust_lock(void)
{
	release();
}

void print_va(const char *format, va_list arguments)
{
	struct output out = {0};

	acquire();
	format_into(&out, format, arguments);
	release();
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_va(format, arguments);
	va_end(arguments);
}

size_t print_to_va(char *buffer, size_t bytes, const char *format, va_list arguments)
{
	struct output out = {.buffer = buffer, .bytes = bytes};

	LB_ASSERT(bytes);
	format_into(&out, format, arguments);
	buffer[out.length] = '\0';
	return out.length;
}

size_t print_to(char *buffer, size_t bytes, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = print_to_va(buffer, bytes, format, arguments);
	va_end(arguments);
	return length;
}

void console_write(const char *text, size_t length)
{
	struct output out = {0};

	acquire();
	for (size_t i = 0; i < length; i++) {
		put(&out, text[i]);
	}
	release();
}
