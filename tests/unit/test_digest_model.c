/* SPDX-License-Identifier: MIT */
/*
 * sha256 and crc32c against second implementations: one that derives its constants from the roots
 * of the primes and works on the padded message as a whole (FIPS 180-4), one that divides bit by
 * bit (RFC 3720). All lengths around the edges of blocks, all places to cut the data.
 */
#include "tests/harness/test.h"

#include "lifeboat/crc32c.h"
#include "lifeboat/sha256.h"
#include "tests/prop/material.h"

#define DATA_MAX 400

static uint8_t data[DATA_MAX];

static void fill_data(uint32_t seed)
{
	struct dice dice = {seed};

	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)roll(&dice, 256);
	}
}

/* The largest x with x^power <= prime * 2^(32 * power); its low 32 bits are the fraction. */
static uint32_t root_fraction(uint64_t prime, unsigned int power)
{
	uint64_t x = 0;

	/* The root of a number below 2^9 is below 2^5: 37 bits with the fraction. */
	for (uint64_t bit = UINT64_C(1) << 36; bit; bit >>= 1) {
		unsigned __int128 candidate = x | bit;
		unsigned __int128 square = candidate * candidate;

		/* x^3 would need 111 bits, which fit; prime * 2^96 needs 105. */
		if (power == 2 ? square <= (unsigned __int128)prime << 64
			       : square * candidate <= (unsigned __int128)prime << 96) {
			x |= bit;
		}
	}
	return (uint32_t)x;
}

static uint32_t round_constants[64];
static uint32_t first_state[8];

static void derive_constants(void)
{
	unsigned int found = 0;

	for (unsigned int n = 2; found < 64; n++) {
		bool prime = true;

		for (unsigned int d = 2; d < n; d++) {
			prime = prime && n % d;
		}
		if (prime) {
			if (found < 8) {
				first_state[found] = root_fraction(n, 2);
			}
			round_constants[found++] = root_fraction(n, 3);
		}
	}
}

static uint32_t turn(uint32_t value, unsigned int bits)
{
	return value >> bits | value << (32 - bits);
}

/* One block of 64 bytes, as section 6.2.2 is written. */
static void slow_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t w[64], v[8];

	for (unsigned int t = 0; t < 64; t++) {
		if (t < 16) {
			w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
				(uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
			continue;
		}
		w[t] = (turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
			(turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
	}
	__builtin_memcpy(v, state, sizeof(v));
	for (unsigned int t = 0; t < 64; t++) {
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
		uint32_t one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + choice +
			round_constants[t] + w[t];
		uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + majority;

		__builtin_memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += one;
		v[0] = one + two;
	}
	for (unsigned int i = 0; i < 8; i++) {
		state[i] += v[i];
	}
}

static void slow_digest(const uint8_t *bytes, size_t count, uint8_t ret[LB_SHA256_BYTES])
{
	static uint8_t message[DATA_MAX + 128];
	size_t padded = (count + 9 + 63) / 64 * 64;
	uint32_t state[8];

	__builtin_memset(message, 0, sizeof(message));
	__builtin_memcpy(message, bytes, count);
	message[count] = 0x80;
	put_big(message + padded - 8, 8, 8 * (uint64_t)count);
	__builtin_memcpy(state, first_state, sizeof(state));
	for (size_t at = 0; at < padded; at += 64) {
		slow_block(state, message + at);
	}
	for (unsigned int i = 0; i < 8; i++) {
		put_big(ret + 4 * i, 4, state[i]);
	}
}

static bool digest_is(
	const uint8_t expected[LB_SHA256_BYTES], size_t first, size_t second, size_t third)
{
	struct lb_sha256 context;
	uint8_t found[LB_SHA256_BYTES];

	lb_sha256_init(&context, LB_SHA256_PORTABLE);
	lb_sha256_update(&context, data, first);
	lb_sha256_update(&context, data + first, second);
	lb_sha256_update(&context, data + first + second, third);
	lb_sha256_finish(&context, found);
	return !__builtin_memcmp(found, expected, sizeof(found));
}

TEST(digest_model, every_length_up_to_six_blocks)
{
	uint8_t expected[LB_SHA256_BYTES];

	derive_constants();
	fill_data(1);
	for (size_t count = 0; count <= DATA_MAX; count++) {
		slow_digest(data, count, expected);
		CHECK(digest_is(expected, count, 0, 0));
	}
}

/* Two cuts at every two places of the lengths at which a block or its padding ends. */
TEST(digest_model, every_two_cuts_of_the_lengths_around_a_block)
{
	static const size_t lengths[] = {1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129};
	size_t step = __STDC_HOSTED__ ? 1 : 5;

	derive_constants();
	fill_data(2);
	for (size_t i = 0; i < LB_ARRAY_COUNT(lengths); i++) {
		uint8_t expected[LB_SHA256_BYTES];

		slow_digest(data, lengths[i], expected);
		for (size_t a = 0; a <= lengths[i]; a += step) {
			for (size_t b = 0; a + b <= lengths[i]; b += step) {
				CHECK(digest_is(expected, a, b, lengths[i] - a - b));
			}
		}
	}
}

/* Data at every alignment, and the bytes around it changed: they do not count. */
TEST(digest_model, alignment_and_neighbours_do_not_matter)
{
	uint8_t expected[LB_SHA256_BYTES], found[LB_SHA256_BYTES];

	derive_constants();
	for (size_t offset = 1; offset < 17; offset++) {
		for (unsigned int around = 0; around < 2; around++) {
			struct lb_sha256 context;

			fill_data(3);
			__builtin_memmove(data + offset, data, 200);
			slow_digest(data + offset, 200, expected);
			data[offset - 1] = (uint8_t)(around * 255);
			data[offset + 200] = (uint8_t)(around * 255);
			lb_sha256_init(&context, LB_SHA256_PORTABLE);
			lb_sha256_update(&context, data + offset, 200);
			lb_sha256_finish(&context, found);
			CHECK(!__builtin_memcmp(found, expected, sizeof(found)));
		}
	}
}

TEST(digest_model, paths_have_names_and_the_portable_one_is_always_there)
{
	CHECK_TEXT(lb_sha256_path_name(LB_SHA256_PORTABLE), "portable");
	CHECK_TEXT(lb_sha256_path_name(LB_SHA256_X86_SHA), "x86 sha");
	CHECK_TEXT(lb_sha256_path_name(LB_SHA256_ARM64_SHA2), "arm64 sha2");
	CHECK(lb_sha256_has_path(LB_SHA256_PORTABLE));
	CHECK(lb_sha256_has_path(lb_sha256_detect()));
	CHECK(!lb_sha256_has_path(LB_SHA256_X86_SHA) || !lb_sha256_has_path(LB_SHA256_ARM64_SHA2));
}

static uint32_t slow_crc(uint32_t crc, const uint8_t *bytes, size_t count)
{
	crc = ~crc;
	for (size_t bit = 0; bit < 8 * count; bit++) {
		bool in = (bytes[bit / 8] >> bit % 8 ^ crc) & 1;

		crc = crc >> 1 ^ (in ? 0x82f63b78 : 0);
	}
	return ~crc;
}

TEST(digest_model, crc_of_every_length_and_every_start)
{
	fill_data(4);
	for (size_t from = 0; from < 9; from++) {
		for (size_t count = 0; count < 150; count++) {
			CHECK_EQUAL(
				lb_crc32c(0, data + from, count), slow_crc(0, data + from, count));
		}
	}
}

TEST(digest_model, crc_continues_over_every_cut)
{
	fill_data(5);
	for (size_t count = 0; count <= 70; count++) {
		uint32_t whole = lb_crc32c(0, data, count);

		for (size_t cut = 0; cut <= count; cut++) {
			CHECK_EQUAL(
				lb_crc32c(lb_crc32c(0, data, cut), data + cut, count - cut), whole);
		}
	}
}

/* Linear: the difference of two checksums depends on the difference of the data alone; and any
 * burst of up to 32 bits is noticed. */
TEST(digest_model, crc_is_linear_and_notices_every_short_burst)
{
	static uint8_t other[64], difference[64];
	static const uint8_t zeros[64];

	fill_data(6);
	for (size_t i = 0; i < 64; i++) {
		other[i] = data[100 + i];
		difference[i] = data[i] ^ other[i];
	}
	CHECK_EQUAL(lb_crc32c(0, data, 64) ^ lb_crc32c(0, other, 64),
		lb_crc32c(0, difference, 64) ^ lb_crc32c(0, zeros, 64));
	for (size_t bit = 0; bit + 32 <= 512; bit++) {
		uint32_t plain = lb_crc32c(0, data, 64);
		uint64_t burst = (UINT64_C(0x80000001) | (uint64_t)bit << 3) << bit % 8;
		uint64_t window = get_little(data + bit / 8, bit / 8 + 8 <= 64 ? 8 : 64 - bit / 8);

		put_little(data + bit / 8, bit / 8 + 8 <= 64 ? 8 : 64 - bit / 8, window ^ burst);
		CHECK(lb_crc32c(0, data, 64) != plain);
		put_little(data + bit / 8, bit / 8 + 8 <= 64 ? 8 : 64 - bit / 8, window);
	}
}
