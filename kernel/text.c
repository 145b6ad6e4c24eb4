/* SPDX-License-Identifier: MIT */
/* text: see text.h. The loops hide their pointers from the compiler, which would otherwise
 * recognise them and emit a call of the function to itself. */
#include "text.h"

#define HIDE(value) __asm__ volatile("" : "+r"(value))

static void copy_up(uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (; bytes >= 8 && !(((uintptr_t)to | (uintptr_t)from) & 7); bytes -= 8) {
		*(uint64_t *)(void *)to = *(const uint64_t *)(const void *)from;
		to += 8;
		from += 8;
		HIDE(to);
	}
	while (bytes--) {
		*to++ = *from++;
		HIDE(to);
	}
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	copy_up(to, from, bytes);
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	if ((uintptr_t)target <= (uintptr_t)source) {
		copy_up(target, source, bytes);
		return to;
	}
	while (bytes--) {
		target[bytes] = source[bytes];
		HIDE(target);
	}
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	uint8_t *at = to;
	uint64_t word = (uint8_t)value * UINT64_C(0x0101010101010101);

	for (; bytes && ((uintptr_t)at & 7); bytes--) {
		*at++ = (uint8_t)value;
		HIDE(at);
	}
	for (; bytes >= 8; bytes -= 8) {
		*(uint64_t *)(void *)at = word;
		at += 8;
		HIDE(at);
	}
	while (bytes--) {
		*at++ = (uint8_t)value;
		HIDE(at);
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a;
	const uint8_t *right = b;

	for (size_t i = 0; i < bytes; i++) {
		if (left[i] != right[i]) {
			return left[i] - right[i];
		}
	}
	return 0;
}

size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
		HIDE(length);
	}
	return length;
}

size_t strlen(const char *text)
{
	return text_length(text);
}

bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool text_copy(char *to, size_t bytes, const char *from)
{
	size_t i = 0;

	LB_ASSERT(bytes);
	for (; from[i] && i + 1 < bytes; i++) {
		to[i] = from[i];
	}
	to[i] = '\0';
	return !from[i];
}
