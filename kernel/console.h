/* SPDX-License-Identifier: MIT */
/*
 * console: text on the serial port. What is printed here is read by people and by `lifeboat
 * drill`, so lines that begin with a word and a colon keep the form that README.md gives them.
 */
#ifndef LIFEBOAT_KERNEL_CONSOLE_H
#define LIFEBOAT_KERNEL_CONSOLE_H

#include "lifeboat/format.h"

#define CONSOLE_LINE_BYTES 512

/*
 * Formatted as lb_format() does it, at most CONSOLE_LINE_BYTES; what is cut ends in "...". One call
 * is one unit: lines of several CPUs do not mix. Ends with a line feed only if the format does.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/* A line that was put together; its buffer must have room for more than the mark of a cut. */
void console_print(struct lb_text *line);

/* Bytes as they are, however many; as one unit, too. */
void console_write(const char *text, size_t length);

/* Breaks the console lock: for a CPU that crashed and may have held it. */
void console_bust_lock(void);

#endif
