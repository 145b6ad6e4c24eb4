/* SPDX-License-Identifier: MIT */
/* window: bytes up to the first word of the window, words, and the bytes that are left. */
#include "core/window.h"

#define WORD sizeof(uint64_t)

/* Of so many bytes in the window, those before its first whole word. */
static size_t before_words(const void *window, size_t bytes)
{
	return (size_t)lb_min(-(uintptr_t)window % WORD, bytes);
}

static void write_bytes(volatile uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		to[i] = from[i];
	}
}

void lb_window_write(void *to, const void *from, size_t bytes)
{
	size_t first = before_words(to, bytes);
	size_t words = (bytes - first) / WORD;
	size_t rest = first + words * WORD;
	volatile uint64_t *window = (volatile uint64_t *)((uintptr_t)to + first);

	write_bytes(to, from, first);
	for (size_t i = 0; i < words; i++) {
		uint64_t word;

		__builtin_memcpy(&word, (const uint8_t *)from + first + i * WORD, WORD);
		window[i] = word;
	}
	write_bytes((uint8_t *)to + rest, (const uint8_t *)from + rest, bytes - rest);
}

static void read_bytes(uint8_t *to, const volatile uint8_t *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		to[i] = from[i];
	}
}

void lb_window_read(void *to, const void *from, size_t bytes)
{
	size_t first = before_words(from, bytes);
	size_t words = (bytes - first) / WORD;
	size_t rest = first + words * WORD;
	const volatile uint64_t *window =
		(const volatile uint64_t *)((uintptr_t)from + first);

	read_bytes(to, from, first);
	for (size_t i = 0; i < words; i++) {
		uint64_t word = window[i];

		__builtin_memcpy((uint8_t *)to + first + i * WORD, &word, WORD);
	}
	read_bytes((uint8_t *)to + rest, (const uint8_t *)from + rest, bytes - rest);
}

void lb_window_clear(void *to, size_t bytes)
{
	static const uint8_t zeros[256];

	for (size_t i = 0; i < bytes; i += sizeof(zeros)) {
		lb_window_write((uint8_t *)to + i, zeros, lb_min(bytes - i, sizeof(zeros)));
	}
}
