/* SPDX-License-Identifier: MIT */
/* blob: the functions that compilers call by themselves. Blocks of a digest are all they see. */
#include "lifeboat/base.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	for (size_t i = 0; i < bytes; i++) {
		target[i] = source[i];
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

	for (size_t i = 0; i < bytes; i++) {
		target[i] = (uint8_t)value;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a;
	const uint8_t *right = b;

	for (size_t i = 0; i < bytes; i++) {
		if (left[i] != right[i]) {
			return left[i] < right[i] ? -1 : 1;
		}
	}
	return 0;
}
