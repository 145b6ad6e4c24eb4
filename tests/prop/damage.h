/* SPDX-License-Identifier: MIT */
/*
 * damage: what a reader of untrusted files is given. A file is built once; then each field takes
 * every interesting value, each byte is changed, and the file is cut at every length. The check,
 * which compares the reader with a model, is called after each.
 */
#ifndef LIFEBOAT_TESTS_PROP_DAMAGE_H
#define LIFEBOAT_TESTS_PROP_DAMAGE_H

#include "tests/prop/material.h"

struct field {
	uint16_t at;
	uint8_t bytes;
};

/* The file is the last `bytes` bytes of the arena, so that a sanitizer sees a read beyond it. */
struct sample {
	uint8_t *arena;
	size_t arena_bytes;
	size_t bytes;
};

typedef void damage_check(const uint8_t *file, size_t bytes);

static inline uint8_t *sample_file(const struct sample *sample)
{
	return sample->arena + sample->arena_bytes - sample->bytes;
}

/* Each little-endian field, one at a time, at the edges of its domain and of the file's size. */
static inline void damage_fields(const struct sample *sample, const struct field *fields,
	size_t count, damage_check *check)
{
	const uint64_t size = sample->bytes;
	const uint64_t values[] = {0, 1, 2, 3, 4, 5, 7, 8, 0xb, 0xc, 0x10, 0x20, 0x3f, 0x40, 0x41,
		0x80, 0xff, 0x100, 0x200, 0xfff, 0x1000, 0x1001, 0x200000, 0xffff, 0x10000,
		size / 16, size / 16 + 1, size - 64, size - 4, size - 1, size, size + 1,
		INT32_MAX, UINT64_C(0x80000000), UINT32_MAX - 0xfff, UINT32_MAX, INT64_MAX,
		UINT64_C(1) << 63, UINT64_MAX - 0xfff, UINT64_MAX - 1, UINT64_MAX};
	uint8_t *file = sample_file(sample);

	for (size_t i = 0; i < count * LB_ARRAY_COUNT(values); i++) {
		const struct field *field = &fields[i / LB_ARRAY_COUNT(values)];
		uint64_t kept = get_little(file + field->at, field->bytes);

		put_little(file + field->at, field->bytes, values[i % LB_ARRAY_COUNT(values)]);
		check(file, sample->bytes);
		put_little(file + field->at, field->bytes, kept);
	}
}

/* Every two fields together, at a few values that reach across each other. */
static inline void damage_pairs(const struct sample *sample, const struct field *fields,
	size_t count, damage_check *check)
{
	const uint64_t values[] = {0, 4, 0x40, sample->bytes - 4, UINT32_MAX, UINT64_MAX - 7};
	uint8_t *file = sample_file(sample);

	for (size_t i = 0; i < count * count * LB_ARRAY_COUNT(values); i++) {
		const struct field *a = &fields[i % count];
		const struct field *b = &fields[i / count % count];
		uint64_t kept_a = get_little(file + a->at, a->bytes);
		uint64_t kept_b = get_little(file + b->at, b->bytes);

		put_little(file + a->at, a->bytes, values[i / count / count]);
		put_little(file + b->at, b->bytes,
			values[(i / count / count + i) % LB_ARRAY_COUNT(values)]);
		check(file, sample->bytes);
		put_little(file + a->at, a->bytes, kept_a);
		put_little(file + b->at, b->bytes, kept_b);
	}
}

/* Each of the first `count` bytes, changed in its low bits, in its high bit, and in all. */
static inline void damage_bytes(const struct sample *sample, size_t count, damage_check *check)
{
	static const uint8_t changes[] = {0x01, 0x02, 0x04, 0x80, 0xff};
	uint8_t *file = sample_file(sample);

	for (size_t i = 0; i < count * LB_ARRAY_COUNT(changes); i++) {
		uint8_t *byte = &file[i / LB_ARRAY_COUNT(changes)];

		*byte ^= changes[i % LB_ARRAY_COUNT(changes)];
		check(file, sample->bytes);
		*byte ^= changes[i % LB_ARRAY_COUNT(changes)];
	}
}

/* The file cut at every length, from the whole of it down to nothing. It is gone afterwards. */
static inline void damage_cuts(struct sample *sample, damage_check *check)
{
	for (;; sample->bytes--) {
		uint8_t *file = sample_file(sample);

		check(file, sample->bytes);
		if (!sample->bytes) {
			return;
		}
		__builtin_memmove(file + 1, file, sample->bytes - 1);
	}
}

#endif
