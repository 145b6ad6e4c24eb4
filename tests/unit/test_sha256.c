/* SPDX-License-Identifier: MIT */
/* sha256 and crc32c against published vectors, and every path against the portable one. */
#include "tests/harness/test.h"

#include "lifeboat/crc32c.h"
#include "lifeboat/sha256.h"

/* FIPS 180-4 examples and the NIST CAVS short messages; a repeat builds the long ones. */
static const struct {
	const char *text;
	size_t repeat;
	const char *digest;
} vectors[] = {
	{"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	 "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
		"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static const enum lb_sha256_path all_paths[] = {
	LB_SHA256_PORTABLE, LB_SHA256_X86_SHA, LB_SHA256_ARM64_SHA2};

/*
 * Whether vector registers may be used: in a program always, in a kernel (where the tests run at
 * EL1 or ring 0) if it has switched them on: CPACR_EL1.FPEN, CR4.OSFXSR.
 */
static bool vectors_enabled(void)
{
	uint64_t control = UINT64_MAX;

#if !__STDC_HOSTED__ && defined(__aarch64__)
	__asm__("mrs %0, cpacr_el1" : "=r"(control));
	control = (control >> 20 & 3) == 3;
#elif !__STDC_HOSTED__ && defined(__x86_64__)
	__asm__("mov %%cr4, %0" : "=r"(control));
	control = control >> 9 & 1;
#endif
	return control;
}

static bool usable(enum lb_sha256_path path)
{
	return path == LB_SHA256_PORTABLE ||
		(lb_sha256_has_path(path) && lb_sha256_detect() == path && vectors_enabled());
}

static size_t length_of(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	return length;
}

static void to_hex(const uint8_t digest[LB_SHA256_BYTES], char text[2 * LB_SHA256_BYTES + 1])
{
	for (size_t i = 0; i < LB_SHA256_BYTES; i++) {
		text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	text[2 * LB_SHA256_BYTES] = 0;
}

static void check_vectors(enum lb_sha256_path path)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(vectors); i++) {
		struct lb_sha256 context;
		uint8_t digest[LB_SHA256_BYTES];
		char text[2 * LB_SHA256_BYTES + 1];

		lb_sha256_init(&context, path);
		for (size_t n = 0; n < vectors[i].repeat; n++) {
			lb_sha256_update(&context, vectors[i].text, length_of(vectors[i].text));
		}
		lb_sha256_finish(&context, digest);
		to_hex(digest, text);
		CHECK_TEXT(text, vectors[i].digest);
	}
}

TEST(sha256, matches_published_vectors)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(all_paths); i++) {
		if (usable(all_paths[i])) {
			check_vectors(all_paths[i]);
		}
	}
}

TEST(sha256, an_empty_piece_from_nowhere_changes_nothing)
{
	struct lb_sha256 context;
	uint8_t digest[LB_SHA256_BYTES];
	char text[2 * LB_SHA256_BYTES + 1];

	lb_sha256_init(&context, LB_SHA256_PORTABLE);
	lb_sha256_update(&context, NULL, 0);
	lb_sha256_update(&context, "abc", 3);
	lb_sha256_update(&context, NULL, 0);
	lb_sha256_finish(&context, digest);
	to_hex(digest, text);
	CHECK_TEXT(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static uint8_t data[1024];

static void fill_data(void)
{
	uint32_t state = 1;

	for (size_t i = 0; i < sizeof(data); i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (uint8_t)(state >> 24);
	}
}

static void digest_of(enum lb_sha256_path path, size_t from, size_t bytes, size_t piece,
	uint8_t ret[LB_SHA256_BYTES])
{
	struct lb_sha256 context;

	lb_sha256_init(&context, path);
	for (size_t at = 0; at < bytes; at += piece) {
		lb_sha256_update(&context, data + from + at, lb_min(piece, bytes - at));
	}
	lb_sha256_finish(&context, ret);
}

TEST(sha256, does_not_depend_on_pieces_path_or_alignment)
{
	fill_data();
	for (size_t bytes = 0; bytes < 300; bytes++) {
		uint8_t expected[LB_SHA256_BYTES];

		digest_of(LB_SHA256_PORTABLE, bytes % 7, bytes, 1, expected);
		for (size_t i = 0; i < LB_ARRAY_COUNT(all_paths); i++) {
			uint8_t found[LB_SHA256_BYTES];

			if (!usable(all_paths[i])) {
				continue;
			}
			digest_of(all_paths[i], bytes % 7, bytes, 1 + bytes % 130, found);
			CHECK(!__builtin_memcmp(found, expected, sizeof(found)));
		}
	}
}

TEST(sha256, notices_every_flipped_bit)
{
	uint8_t expected[LB_SHA256_BYTES];
	uint8_t found[LB_SHA256_BYTES];

	fill_data();
	digest_of(LB_SHA256_PORTABLE, 0, 130, 130, expected);
	for (size_t bit = 0; bit < 130 * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		digest_of(LB_SHA256_PORTABLE, 0, 130, 130, found);
		CHECK(__builtin_memcmp(found, expected, sizeof(found)));
		data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

TEST(crc32c, matches_published_vectors)
{
	static const uint8_t zeros[32];
	uint8_t ascending[32];

	for (size_t i = 0; i < sizeof(ascending); i++) {
		ascending[i] = (uint8_t)i;
	}
	CHECK_EQUAL(lb_crc32c(0, "123456789", 9), 0xe3069283);
	CHECK_EQUAL(lb_crc32c(0, zeros, 32), 0x8a9136aa);     /* RFC 3720 B.4 */
	CHECK_EQUAL(lb_crc32c(0, ascending, 32), 0x46dd794e); /* RFC 3720 B.4 */
	CHECK_EQUAL(lb_crc32c(lb_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	CHECK_EQUAL(lb_crc32c(0, "", 0), 0);
}
