/* SPDX-License-Identifier: MIT */
/*
 * sha256: the x86-64 SHA extensions (Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2). The
 * instructions want the state as two vectors, A B E F and C D G H, highest lane first. The target
 * attribute lets this one function use vector registers in builds that otherwise have none.
 */
#include "core/sha256_blocks.h"

#ifdef __x86_64__
#include <immintrin.h>

#define TARGET __attribute__((target("sha,ssse3,sse4.1")))

const bool lb_sha256_built_x86_64 = true;

struct state {
	__m128i abef;
	__m128i cdgh;
};

static inline TARGET void four_rounds(struct state *state, __m128i words, size_t first)
{
	const __m128i *constants = (const __m128i *)(const void *)(lb_sha256_constants + first);
	__m128i sum = _mm_add_epi32(words, _mm_load_si128(constants));

	state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
	sum = _mm_shuffle_epi32(sum, 0x0e);
	state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, sum);
}

/* The four words of the schedule that come 16 after those in w0. */
static inline TARGET __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

static inline TARGET __m128i load_words(const uint8_t *data)
{
	const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)data), order);
}

static inline TARGET void one_block(struct state *state, const uint8_t *data)
{
	struct state before = *state;
	__m128i w0 = load_words(data);
	__m128i w1 = load_words(data + 16);
	__m128i w2 = load_words(data + 32);
	__m128i w3 = load_words(data + 48);

	for (size_t first = 0; first < 48; first += 16) {
		four_rounds(state, w0, first);
		w0 = next_words(w0, w1, w2, w3);
		four_rounds(state, w1, first + 4);
		w1 = next_words(w1, w2, w3, w0);
		four_rounds(state, w2, first + 8);
		w2 = next_words(w2, w3, w0, w1);
		four_rounds(state, w3, first + 12);
		w3 = next_words(w3, w0, w1, w2);
	}
	four_rounds(state, w0, 48);
	four_rounds(state, w1, 52);
	four_rounds(state, w2, 56);
	four_rounds(state, w3, 60);
	state->abef = _mm_add_epi32(state->abef, before.abef);
	state->cdgh = _mm_add_epi32(state->cdgh, before.cdgh);
}

TARGET void lb_sha256_blocks_x86_64(uint32_t words[8], const uint8_t *data, size_t count)
{
	struct state state = {
		.abef = _mm_set_epi32((int)words[0], (int)words[1], (int)words[4], (int)words[5]),
		.cdgh = _mm_set_epi32((int)words[2], (int)words[3], (int)words[6], (int)words[7]),
	};

	for (; count; count--, data += LB_SHA256_BLOCK_BYTES) {
		one_block(&state, data);
	}
	words[0] = (uint32_t)_mm_extract_epi32(state.abef, 3);
	words[1] = (uint32_t)_mm_extract_epi32(state.abef, 2);
	words[4] = (uint32_t)_mm_extract_epi32(state.abef, 1);
	words[5] = (uint32_t)_mm_extract_epi32(state.abef, 0);
	words[2] = (uint32_t)_mm_extract_epi32(state.cdgh, 3);
	words[3] = (uint32_t)_mm_extract_epi32(state.cdgh, 2);
	words[6] = (uint32_t)_mm_extract_epi32(state.cdgh, 1);
	words[7] = (uint32_t)_mm_extract_epi32(state.cdgh, 0);
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid ret = {.eax = leaf};

	__asm__("cpuid" : "+a"(ret.eax), "=b"(ret.ebx), "+c"(ret.ecx), "=d"(ret.edx));
	return ret;
}

/* Leaf 1 ECX: SSSE3 is bit 9, SSE4.1 bit 19. Leaf 7 EBX: SHA is bit 29. */
bool lb_sha256_cpu_x86_64(void)
{
	uint32_t needed = UINT32_C(1) << 9 | UINT32_C(1) << 19;

	return cpuid(0).eax >= 7 && (cpuid(1).ecx & needed) == needed && (cpuid(7).ebx >> 29 & 1);
}

#else

const bool lb_sha256_built_x86_64 = false;

bool lb_sha256_cpu_x86_64(void)
{
	return false;
}

void lb_sha256_blocks_x86_64(uint32_t words[8], const uint8_t *data, size_t count)
{
	lb_sha256_blocks_portable(words, data, count);
}

#endif
