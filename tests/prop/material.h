/* SPDX-License-Identifier: MIT */
/*
 * material: what the models of several tests are made of. Freestanding; nothing here is shared
 * with the code under test.
 */
#ifndef LIFEBOAT_TESTS_PROP_MATERIAL_H
#define LIFEBOAT_TESTS_PROP_MATERIAL_H

#include "lifeboat/base.h"

/* A generator; any state is a seed. The same seed gives the same test everywhere. */
struct dice {
	uint32_t state;
};

/* A number below `below`, which is at most 2^24. */
static inline uint32_t roll(struct dice *dice, uint32_t below)
{
	dice->state = dice->state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(dice->state >> 8) * below) >> 24);
}

static inline uint64_t get_little(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	while (bytes) {
		value = value << 8 | at[--bytes];
	}
	return value;
}

static inline void put_little(uint8_t *at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++, value >>= 8) {
		at[i] = (uint8_t)value;
	}
}

static inline void put_big(uint8_t *at, size_t bytes, uint64_t value)
{
	for (size_t i = bytes; i-- > 0; value >>= 8) {
		at[i] = (uint8_t)value;
	}
}

/* Characters before the NUL. */
static inline size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	return length;
}

static inline bool text_same(const char *a, const char *b)
{
	return text_length(a) == text_length(b) && !__builtin_memcmp(a, b, text_length(a));
}

/* Every byte of [at, at + bytes) has that value. */
static inline bool bytes_are(const void *at, size_t bytes, uint8_t value)
{
	const uint8_t *from = at;

	for (size_t i = 0; i < bytes; i++) {
		if (from[i] != value) {
			return false;
		}
	}
	return true;
}

#endif
