/* SPDX-License-Identifier: MIT */
/*
 * sha256: the arm64 SHA-256 instructions (Arm ARM DDI 0487, C7: SHA256H, SHA256H2, SHA256SU0,
 * SHA256SU1). Compiled with the extension switched on for this file alone (mk/part-purgatory.mk);
 * a build without it has no such path.
 */
#include "core/sha256_blocks.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRYPTO)
#include <arm_neon.h>

const bool lb_sha256_built_arm64 = true;

struct state {
	uint32x4_t abcd;
	uint32x4_t efgh;
};

static inline void four_rounds(struct state *state, uint32x4_t words, size_t first)
{
	const void *constants = lb_sha256_constants + first;
	uint32x4_t sum = vaddq_u32(words, *(const uint32x4_t *)constants);
	uint32x4_t abcd = state->abcd;

	state->abcd = vsha256hq_u32(abcd, state->efgh, sum);
	state->efgh = vsha256h2q_u32(state->efgh, abcd, sum);
}

/* The four words of the schedule that come 16 after those in w0. */
static inline uint32x4_t next_words(uint32x4_t w0, uint32x4_t w1, uint32x4_t w2, uint32x4_t w3)
{
	return vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3);
}

/*
 * LD1 with byte elements is allowed at any address, also with the MMU off; but where unaligned
 * accesses are forbidden (-mstrict-align) compilers make sixteen loads of the intrinsic.
 */
static inline uint32x4_t load_words(const uint8_t *data)
{
	uint8x16_t bytes;

	__asm__("ld1 {%0.16b}, [%1]"
		: "=w"(bytes)
		: "r"(data), "m"(*(const uint8_t(*)[16])data));
	return vreinterpretq_u32_u8(vrev32q_u8(bytes));
}

static inline void one_block(struct state *state, const uint8_t *data)
{
	struct state before = *state;
	uint32x4_t w0 = load_words(data);
	uint32x4_t w1 = load_words(data + 16);
	uint32x4_t w2 = load_words(data + 32);
	uint32x4_t w3 = load_words(data + 48);

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
	state->abcd = vaddq_u32(state->abcd, before.abcd);
	state->efgh = vaddq_u32(state->efgh, before.efgh);
}

void lb_sha256_blocks_arm64(uint32_t words[8], const uint8_t *data, size_t count)
{
	struct state state = {.abcd = vld1q_u32(words), .efgh = vld1q_u32(words + 4)};

	for (; count; count--, data += LB_SHA256_BLOCK_BYTES) {
		one_block(&state, data);
	}
	vst1q_u32(words, state.abcd);
	vst1q_u32(words + 4, state.efgh);
}

/* ID_AA64ISAR0_EL1.SHA2, bits 15:12: not 0 means SHA-256. */
bool lb_sha256_cpu_arm64(void)
{
	uint64_t features;

	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(features));
	return features >> 12 & 15;
}

#else

const bool lb_sha256_built_arm64 = false;

bool lb_sha256_cpu_arm64(void)
{
	return false;
}

void lb_sha256_blocks_arm64(uint32_t words[8], const uint8_t *data, size_t count)
{
	lb_sha256_blocks_portable(words, data, count);
}

#endif
