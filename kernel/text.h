/* SPDX-License-Identifier: MIT */
/* text: the few string functions that the kernel needs; memory functions as the compiler calls
 * them. */
#ifndef LIFEBOAT_KERNEL_TEXT_H
#define LIFEBOAT_KERNEL_TEXT_H

#include "lifeboat/base.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
/* Only for code that says __builtin_strlen. */
size_t strlen(const char *text);

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);

/* Copies what fits, always NUL-terminated. False if it was cut. */
bool text_copy(char *to, size_t bytes, const char *from);

#endif
