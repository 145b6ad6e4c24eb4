/* SPDX-License-Identifier: MIT */
/* bytes: the four functions that the compiler and the core may call. */
#include "lifeboat/base.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	while (bytes--) {
		*target++ = *source++;
	}
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	if (target <= source) {
		return memcpy(to, from, bytes);
	}
	while (bytes--) {
		target[bytes] = source[bytes];
	}
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	uint8_t *target = to;

	while (bytes--) {
		*target++ = (uint8_t)value;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a;
	const uint8_t *right = b;

	for (; bytes; bytes--, left++, right++) {
		if (*left != *right) {
			return *left - *right;
		}
	}
	return 0;
}
