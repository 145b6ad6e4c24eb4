/* SPDX-License-Identifier: MIT */
/*
 * console: text on the serial port. What is printed here is read by people and by `lifeboat
 * drill`, so lines that begin with a word and a colon keep the form that README.md gives them.
 */
#ifndef LIFEBOAT_KERNEL_CONSOLE_H
#define LIFEBOAT_KERNEL_CONSOLE_H

#include <stdarg.h>

#include "lifeboat/base.h"

/*
 * A subset of printf: %s %c %d %u %x %p %%, with the length modifiers l, ll and z, a field width
 * and the flag 0. One call is one unit: lines of several CPUs do not mix. Ends with a line feed
 * only if the format does.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);
void print_va(const char *format, va_list arguments);

/* The same into a buffer; always NUL-terminated, cut when it does not fit. Returns the length. */
__attribute__((format(printf, 3, 4))) size_t print_to(
	char *buffer, size_t bytes, const char *format, ...);
size_t print_to_va(char *buffer, size_t bytes, const char *format, va_list arguments);

/* Bytes as they are. */
void console_write(const char *text, size_t length);

/* Breaks the console lock: for a CPU that crashed and may have held it. */
void console_bust_lock(void);

#endif
