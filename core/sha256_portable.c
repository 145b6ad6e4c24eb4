/* SPDX-License-Identifier: MIT */
/* sha256: the compression function for any CPU (FIPS 180-4, 6.2.2). */
#include "core/sha256_blocks.h"

const uint32_t lb_sha256_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static inline uint32_t rotate(uint32_t value, unsigned int bits)
{
	return (value >> bits) | (value << (32 - bits));
}

static inline uint32_t big_endian(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 |
		from[3];
}

static void expand(uint32_t word[64], const uint8_t *data)
{
	for (unsigned int i = 0; i < 16; i++) {
		word[i] = big_endian(data + 4 * i);
	}
	for (unsigned int i = 16; i < 64; i++) {
		uint32_t early = word[i - 15];
		uint32_t late = word[i - 2];

		word[i] = word[i - 16] + word[i - 7] +
			(rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3)) +
			(rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10));
	}
}

/* One round. The eight words change places by name, not by moving; addend is W + K. */
static inline void one_round(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e,
	uint32_t f, uint32_t g, uint32_t *h, uint32_t addend)
{
	uint32_t sum = *h + addend + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
		(((f ^ g) & e) ^ g);

	*d += sum;
	*h = sum + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
}

static void compress(uint32_t state[8], const uint32_t word[64])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	for (unsigned int i = 0; i < 64; i += 8) {
		const uint32_t *w = word + i;
		const uint32_t *k = lb_sha256_constants + i;

		one_round(a, b, c, &d, e, f, g, &h, w[0] + k[0]);
		one_round(h, a, b, &c, d, e, f, &g, w[1] + k[1]);
		one_round(g, h, a, &b, c, d, e, &f, w[2] + k[2]);
		one_round(f, g, h, &a, b, c, d, &e, w[3] + k[3]);
		one_round(e, f, g, &h, a, b, c, &d, w[4] + k[4]);
		one_round(d, e, f, &g, h, a, b, &c, w[5] + k[5]);
		one_round(c, d, e, &f, g, h, a, &b, w[6] + k[6]);
		one_round(b, c, d, &e, f, g, h, &a, w[7] + k[7]);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void lb_sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t count)
{
	uint32_t word[64];

	for (; count; count--, data += LB_SHA256_BLOCK_BYTES) {
		expand(word, data);
		compress(state, word);
	}
}
