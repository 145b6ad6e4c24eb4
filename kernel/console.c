/* SPDX-License-Identifier: MIT */
/* console: see console.h. */
#include "console.h"

#include "arch.h"

static unsigned int lock;

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

void console_write(const char *text, size_t length)
{
	acquire();
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n') {
			arch_serial_put('\r');
		}
		arch_serial_put(text[i]);
	}
	release();
}

void console_print(struct lb_text *line)
{
	if (line->truncated) {
		static const char cut[] = "...\n";

		line->length = line->capacity - sizeof(cut);
		line->truncated = false;
		lb_text_put(line, cut);
	}
	console_write(line->bytes, line->length);
}

void print(const char *format, ...)
{
	char bytes[CONSOLE_LINE_BYTES];
	struct lb_text line = LB_TEXT(bytes);
	va_list arguments;

	va_start(arguments, format);
	lb_format_list(&line, format, arguments);
	va_end(arguments);
	console_print(&line);
}
