/* SPDX-License-Identifier: MIT */
/*
 * The two images that are EFI programs, arm64's Image (Documentation/arch/arm64/booting.rst) and
 * zboot, and the first look at any file: second readers of their headers, every field at its
 * bounds, every two fields, every cut.
 */
#include "tests/harness/test.h"

#include "lifeboat/kernel_image.h"
#include "tests/prop/damage.h"

#define IMAGE 320

static uint8_t arena[1024];
static struct sample sample = {arena, sizeof(arena), IMAGE};

struct verdict {
	enum lb_status status;
	uint64_t at;
};

static void check_error(
	const struct lb_image_error *error, enum lb_status status, struct verdict verdict)
{
	CHECK_EQUAL(status, verdict.status);
	if (verdict.status) {
		CHECK_EQUAL(error->status, verdict.status);
		CHECK_EQUAL(error->offset, verdict.at);
		CHECK(error->expected && error->expected[0]);
	} else {
		CHECK(!error->expected);
	}
}

static const struct field arm64_fields[] = {{0, 2}, {8, 8}, {16, 8}, {24, 8}, {56, 4}};

static uint8_t *build_arm64(void)
{
	uint8_t *file;

	sample.bytes = IMAGE;
	file = sample_file(&sample);
	__builtin_memset(arena, 0, sizeof(arena));
	__builtin_memcpy(file, "MZ", 2);
	put_little(file + 8, 8, 0x80000);
	put_little(file + 16, 8, 0x10000);
	put_little(file + 24, 8, 0xa);
	__builtin_memcpy(file + 56, "ARM\x64", 4);
	return file;
}

static struct verdict judge_arm64(const uint8_t *file, size_t bytes)
{
	uint64_t size, offset;

	if (bytes < 64) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	if (__builtin_memcmp(file + 56, "ARM\x64", 4)) {
		return (struct verdict){LB_INVALID, 56};
	}
	offset = get_little(file + 8, 8);
	size = get_little(file + 16, 8);
	if (!size) {
		return (struct verdict){LB_UNSUPPORTED, 16};
	}
	if (size < bytes || size > UINT64_C(1) << 40) {
		return (struct verdict){LB_INVALID, 16};
	}
	if (offset >= 0x200000 || offset % 4096) {
		return (struct verdict){LB_INVALID, 8};
	}
	return (struct verdict){LB_OK, 0};
}

static void check_arm64(const uint8_t *file, size_t bytes)
{
	static const uint32_t pages[] = {0, 4096, 16384, 65536};
	struct verdict verdict = judge_arm64(file, bytes);
	struct lb_image_error error = {LB_OK, 0, NULL};
	struct lb_arm64_image image;
	uint64_t flags;

	check_error(&error, LB_OK, (struct verdict){LB_OK, 0});
	check_error(&error, lb_arm64_image_open(&image, file, bytes, &error), verdict);
	CHECK_EQUAL(lb_arm64_image_open(&image, file, bytes, NULL), verdict.status);
	if (verdict.status) {
		return;
	}
	flags = get_little(file + 24, 8);
	CHECK(image.file == file);
	CHECK_EQUAL(image.file_size, bytes);
	CHECK_EQUAL(image.text_offset, get_little(file + 8, 8));
	CHECK_EQUAL(image.image_size, get_little(file + 16, 8));
	CHECK_EQUAL(image.big_endian, flags % 2);
	CHECK_EQUAL(image.page_size, pages[flags / 2 % 4]);
	CHECK_EQUAL(image.anywhere, flags / 8 % 2);
	CHECK_EQUAL(image.efi, !__builtin_memcmp(file, "MZ", 2));
}

TEST(efi_image_model, arm64_every_field_every_pair_every_byte_every_cut)
{
	build_arm64();
	damage_fields(&sample, arm64_fields, LB_ARRAY_COUNT(arm64_fields), check_arm64);
	damage_pairs(&sample, arm64_fields, LB_ARRAY_COUNT(arm64_fields), check_arm64);
	damage_bytes(&sample, 64, check_arm64);
	damage_cuts(&sample, check_arm64);
}

/* All sixteen flags; sizes around the file's and around a tebibyte. */
TEST(efi_image_model, arm64_flags_and_sizes)
{
	uint8_t *file = build_arm64();

	for (unsigned int flags = 0; flags < 32; flags++) {
		put_little(file + 24, 8, flags);
		check_arm64(file, IMAGE);
	}
	for (uint64_t i = 0; i < 7; i++) {
		put_little(file + 16, 8, IMAGE - 3 + i);
		check_arm64(file, IMAGE);
		put_little(file + 16, 8, (UINT64_C(1) << 40) - 3 + i);
		check_arm64(file, IMAGE);
	}
	put_little(file + 16, 8, 0x10000);
	for (uint64_t offset = 0; offset <= 0x201000; offset += 0x800) {
		put_little(file + 8, 8, offset);
		check_arm64(file, IMAGE);
	}
}

static const struct field zboot_fields[] = {
	{0, 2}, {4, 4}, {8, 4}, {12, 4}, {24, 1}, {28, 4}, {56, 4}, {60, 4}, {64, 4}, {68, 2}};

/* A PE header behind the zboot header, the payload at 128, its size behind it. */
static uint8_t *build_zboot(const char *name)
{
	uint8_t *file;

	sample.bytes = IMAGE;
	file = sample_file(&sample);
	__builtin_memset(arena, 0, sizeof(arena));
	__builtin_memcpy(file, "MZ", 2);
	__builtin_memcpy(file + 4, "zimg", 4);
	put_little(file + 8, 4, 128);
	put_little(file + 12, 4, 100);
	__builtin_memcpy(file + 24, name, text_length(name));
	put_little(file + 56, 4, 0x818223cd);
	put_little(file + 60, 4, 64);
	__builtin_memcpy(file + 64, "PE\0\0", 4);
	put_little(file + 68, 2, 0xaa64);
	put_little(file + 224, 4, 0x11223344);
	put_little(file + 228, 4, 0x55667788);
	return file;
}

static const struct {
	const char *name;
	enum lb_compression compression;
} names[] = {{"gzip", LB_COMPRESSION_GZIP}, {"lz4", LB_COMPRESSION_LZ4},
	{"lzma", LB_COMPRESSION_LZMA}, {"lzo", LB_COMPRESSION_LZO}, {"xz", LB_COMPRESSION_XZ},
	{"zstd", LB_COMPRESSION_ZSTD}};

static enum lb_compression model_named(const char *text)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		size_t length = text_length(names[i].name);

		if (text_length(text) >= length && !__builtin_memcmp(text, names[i].name, length)) {
			return names[i].compression;
		}
	}
	return LB_COMPRESSION_UNKNOWN;
}

static bool terminated(const uint8_t *file)
{
	for (size_t i = 24; i < 56; i++) {
		if (!file[i]) {
			return true;
		}
	}
	return false;
}

static struct verdict judge_zboot(const uint8_t *file, size_t bytes)
{
	uint64_t pe, offset, length, trailer;

	if (bytes < 64) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	if (__builtin_memcmp(file, "MZ", 2) || __builtin_memcmp(file + 4, "zimg", 4)) {
		return (struct verdict){LB_INVALID, 0};
	}
	if (get_little(file + 56, 4) != 0x818223cd) {
		return (struct verdict){LB_INVALID, 56};
	}
	if (!terminated(file)) {
		return (struct verdict){LB_INVALID, 24};
	}
	pe = get_little(file + 60, 4);
	if (pe + 6 > bytes || __builtin_memcmp(file + pe, "PE\0\0", 4)) {
		return (struct verdict){LB_INVALID, 60};
	}
	offset = get_little(file + 8, 4);
	length = get_little(file + 12, 4);
	trailer = model_named((const char *)file + 24) == LB_COMPRESSION_GZIP ? 0 : 4;
	if (offset < 64 || length < 4) {
		return (struct verdict){LB_INVALID, 8};
	}
	if (offset + length + trailer > bytes) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	return (struct verdict){LB_OK, 0};
}

static enum lb_arch model_machine(uint64_t machine)
{
	return machine == 0xaa64 ? LB_ARCH_ARM64
		: machine == 0x8664 ? LB_ARCH_X86_64
		: machine == 0x5064 ? LB_ARCH_RISCV64 : LB_ARCH_UNKNOWN;
}

static void check_zboot(const uint8_t *file, size_t bytes)
{
	struct verdict verdict = judge_zboot(file, bytes);
	struct lb_image_error error = {LB_OK, 0, NULL};
	struct lb_zboot image;
	uint64_t end;

	check_error(&error, lb_zboot_open(&image, file, bytes, &error), verdict);
	CHECK_EQUAL(lb_zboot_open(&image, file, bytes, NULL), verdict.status);
	if (verdict.status) {
		return;
	}
	CHECK(image.file == file);
	CHECK_EQUAL(image.arch, model_machine(get_little(file + get_little(file + 60, 4) + 4, 2)));
	CHECK_EQUAL(image.payload.offset, get_little(file + 8, 4));
	CHECK_EQUAL(image.payload.size, get_little(file + 12, 4));
	CHECK(image.compression_text == (const char *)file + 24);
	CHECK_EQUAL(image.compression, model_named(image.compression_text));
	end = image.payload.offset + image.payload.size;
	end += image.compression == LB_COMPRESSION_GZIP ? 0 : 4;
	CHECK_EQUAL(image.unpacked_size, get_little(file + end - 4, 4));
}

TEST(efi_image_model, zboot_every_field_every_pair_every_byte_every_cut)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		build_zboot(names[i].name);
		damage_fields(&sample, zboot_fields, LB_ARRAY_COUNT(zboot_fields), check_zboot);
		damage_pairs(&sample, zboot_fields, LB_ARRAY_COUNT(zboot_fields), check_zboot);
		damage_bytes(&sample, 72, check_zboot);
		damage_cuts(&sample, check_zboot);
	}
}

/* Names that begin, continue and end otherwise; a level may follow ("zstd22"). */
TEST(efi_image_model, zboot_names)
{
	static const char *const others[] = {"", "g", "gzi", "gzip9", "zstd22", "zst", "xzkern",
		"x", "lz", "lz4", "lz4c", "lzm", "lzma ", "GZIP", "none", " gzip",
		"0123456789012345678901234567890", "01234567890123456789012345678901"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(others); i++) {
		check_zboot(build_zboot(others[i]), IMAGE);
	}
}

/* The payload moved over all the file, with every small length. */
TEST(efi_image_model, zboot_every_place_of_the_payload)
{
	for (size_t i = 0; i < 2; i++) {
		uint8_t *file = build_zboot(i ? "gzip" : "xz");

		for (unsigned int length = 0; length < 8; length++) {
			for (unsigned int offset = 0; offset <= IMAGE + 1; offset++) {
				put_little(file + 8, 4, offset);
				put_little(file + 12, 4, length);
				check_zboot(file, IMAGE);
			}
		}
	}
}

TEST(efi_image_model, zboot_every_place_of_the_pe_header)
{
	static const uint16_t machines[] = {0xaa64, 0x8664, 0x5064, 0x14c, 0};

	for (unsigned int place = 64; place <= IMAGE; place++) {
		uint8_t *file = build_zboot("zstd");

		put_little(file + 60, 4, place);
		if (place + 6 <= IMAGE) {
			__builtin_memcpy(file + place, "PE\0\0", 4);
			put_little(file + place + 4, 2, machines[place % 5]);
		}
		check_zboot(file, IMAGE);
	}
}

/* What the first bytes of each packer are, and how many of them are needed. */
static const struct {
	enum lb_compression compression;
	const char *name;
	size_t length;
	uint8_t first[6];
} packers[] = {
	{LB_COMPRESSION_NONE, "none", 4, {0x7f, 'E', 'L', 'F'}},
	{LB_COMPRESSION_GZIP, "gzip", 2, {0x1f, 0x8b}},
	{LB_COMPRESSION_BZIP2, "bzip2", 3, {'B', 'Z', 'h'}},
	{LB_COMPRESSION_LZMA, "lzma", 3, {0x5d, 0, 0}},
	{LB_COMPRESSION_XZ, "xz", 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
	{LB_COMPRESSION_LZO, "lzo", 4, {0x89, 'L', 'Z', 'O'}},
	{LB_COMPRESSION_LZ4, "lz4", 4, {0x02, 0x21, 0x4c, 0x18}},
	{LB_COMPRESSION_ZSTD, "zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}},
};

TEST(efi_image_model, packers_are_known_by_all_their_first_bytes)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(packers); i++) {
		uint8_t bytes[8];

		CHECK_TEXT(lb_compression_name(packers[i].compression), packers[i].name);
		for (size_t size = 0; size <= 8; size++) {
			__builtin_memset(bytes, 0xcc, sizeof(bytes));
			__builtin_memcpy(bytes, packers[i].first, packers[i].length);
			CHECK_EQUAL(lb_compression_of(bytes, size),
				size >= packers[i].length ? packers[i].compression
							  : LB_COMPRESSION_UNKNOWN);
		}
		for (size_t bit = 0; bit < packers[i].length * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
			CHECK_EQUAL(lb_compression_of(bytes, 8), LB_COMPRESSION_UNKNOWN);
			bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
	CHECK_TEXT(lb_compression_name(LB_COMPRESSION_UNKNOWN), "unknown");
	CHECK_TEXT(lb_compression_name((enum lb_compression)99), "unknown");
}

static bool has(const uint8_t *file, size_t bytes, size_t at, const char *magic)
{
	return bytes >= at + 4 && !__builtin_memcmp(file + at, magic, 4);
}

/* Which kind: -1 for those that are recognised and not handled, -2 for the rest. */
static int model_kind(const uint8_t *file, size_t bytes)
{
	enum lb_compression packed = lb_compression_of(file, bytes);

	if (packed == LB_COMPRESSION_NONE) {
		return LB_KERNEL_IMAGE_ELF;
	}
	if (has(file, bytes, 0x202, "HdrS")) {
		return LB_KERNEL_IMAGE_BZIMAGE;
	}
	if (has(file, bytes, 4, "zimg")) {
		return LB_KERNEL_IMAGE_ZBOOT;
	}
	if (has(file, bytes, 56, "ARM\x64")) {
		return LB_KERNEL_IMAGE_ARM64;
	}
	if (packed != LB_COMPRESSION_UNKNOWN || has(file, bytes, 56, "RSC\x05")) {
		return -1;
	}
	return bytes >= 2 && file[0] == 'M' && file[1] == 'Z' ? -1 : -2;
}

static void check_kind(const uint8_t *file, size_t bytes)
{
	static const enum lb_status statuses[] = {LB_INVALID, LB_UNSUPPORTED};
	int expected = model_kind(file, bytes);
	struct lb_image_error error = {LB_OK, 0, NULL};
	enum lb_kernel_image kind = (enum lb_kernel_image)77;
	enum lb_status status = lb_kernel_image_identify(file, bytes, &kind, &error);

	if (expected >= 0) {
		CHECK_EQUAL(status, LB_OK);
		CHECK_EQUAL(kind, expected);
		return;
	}
	CHECK_EQUAL(status, statuses[expected + 2]);
	CHECK_EQUAL(kind, 77);
	CHECK_EQUAL(error.status, status);
	CHECK(error.offset < 64 && error.expected);
	CHECK_EQUAL(lb_kernel_image_identify(file, bytes, &kind, NULL), status);
}

/* Every set of magic numbers in one file: which one counts. */
TEST(efi_image_model, every_mixture_of_magic_numbers_is_one_kind)
{
	static const struct {
		size_t at;
		const char *text;
	} magics[] = {{0x202, "HdrS"}, {4, "zimg"}, {56, "ARM\x64"}, {56, "RSC\x05"}};

	for (unsigned int mixture = 0; mixture < 16 * 11; mixture++) {
		size_t first = mixture / 16;
		uint8_t *file;

		__builtin_memset(arena, 0, sizeof(arena));
		sample.bytes = 0x208;
		file = sample_file(&sample);
		for (size_t i = 0; i < LB_ARRAY_COUNT(magics); i++) {
			if (mixture >> i & 1) {
				__builtin_memcpy(file + magics[i].at, magics[i].text, 4);
			}
		}
		if (first < LB_ARRAY_COUNT(packers)) {
			__builtin_memcpy(file, packers[first].first, 4);
		} else if (first < 10) {
			__builtin_memcpy(file, first % 2 ? "MZ" : "ZM", 2);
		}
		if (mixture % 5 == 0) {
			damage_cuts(&sample, check_kind);
		} else {
			check_kind(file, sample.bytes);
		}
	}
}

TEST(efi_image_model, each_kind_has_a_name)
{
	CHECK_TEXT(lb_kernel_image_name(LB_KERNEL_IMAGE_BZIMAGE), "bzImage");
	CHECK_TEXT(lb_kernel_image_name(LB_KERNEL_IMAGE_ARM64), "arm64 Image");
	CHECK_TEXT(lb_kernel_image_name(LB_KERNEL_IMAGE_ZBOOT), "EFI zboot image");
	CHECK_TEXT(lb_kernel_image_name(LB_KERNEL_IMAGE_ELF), "ELF");
	CHECK_TEXT(lb_kernel_image_name((enum lb_kernel_image)9), "unknown");
}
