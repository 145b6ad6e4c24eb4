/* SPDX-License-Identifier: MIT */
/*
 * bzimage against a second reader of the boot protocol (Documentation/arch/x86/boot.rst): small
 * images built field by field, every field at its bounds, every pair of fields, every cut.
 */
#include "tests/harness/test.h"

#include "lifeboat/kernel_image.h"
#include "tests/prop/damage.h"

#define SETUP 1024
#define KERNEL 512
#define IMAGE (SETUP + KERNEL)

static uint8_t arena[IMAGE + 64];
static struct sample sample = {arena, sizeof(arena), IMAGE};

static const struct field fields[] = {{0x1f1, 1}, {0x1f4, 4}, {0x1fe, 2}, {0x201, 1}, {0x202, 4},
	{0x206, 2}, {0x20e, 2}, {0x211, 1}, {0x22c, 4}, {0x230, 4}, {0x234, 1}, {0x236, 2},
	{0x238, 4}, {0x248, 4}, {0x24c, 4}, {0x258, 8}, {0x260, 4}};

/* One setup sector, 512 bytes of kernel, a gzip payload of 64 bytes at 0x40 of it. */
static uint8_t *build(void)
{
	uint8_t *file;

	sample.bytes = IMAGE;
	file = sample_file(&sample);
	__builtin_memset(arena, 0, sizeof(arena));
	put_little(file + 0x1f1, 1, SETUP / 512 - 1);
	put_little(file + 0x1f4, 4, KERNEL / 16);
	put_little(file + 0x1fe, 2, 0xaa55);
	put_little(file + 0x200, 2, 0x6aeb);
	__builtin_memcpy(file + 0x202, "HdrS", 4);
	put_little(file + 0x206, 2, 0x20f);
	put_little(file + 0x20e, 2, 0x100);
	__builtin_memcpy(file + 0x300, "6.12.0 test", 12);
	put_little(file + 0x211, 1, 1);
	put_little(file + 0x22c, 4, 0x7fffffff);
	put_little(file + 0x230, 4, 0x200000);
	put_little(file + 0x234, 1, 1);
	put_little(file + 0x236, 2, 0x2b);
	put_little(file + 0x238, 4, 2047);
	put_little(file + 0x248, 4, 0x40);
	put_little(file + 0x24c, 4, 64);
	put_little(file + 0x258, 8, 0x1000000);
	put_little(file + 0x260, 4, 0x400000);
	put_little(file + SETUP + 0x40, 2, 0x8b1f);
	put_little(file + SETUP + 0x40 + 60, 4, 0x123456);
	return file;
}

struct verdict {
	enum lb_status status;
	uint64_t at;
};

static struct verdict judge_start(const uint8_t *file, size_t bytes)
{
	if (bytes < 0x264) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	if (file[0x1fe] != 0x55 || file[0x1ff] != 0xaa) {
		return (struct verdict){LB_INVALID, 0x1fe};
	}
	if (__builtin_memcmp(file + 0x202, "HdrS", 4)) {
		return (struct verdict){LB_INVALID, 0x202};
	}
	if (get_little(file + 0x206, 2) < 0x20c) {
		return (struct verdict){LB_UNSUPPORTED, 0x206};
	}
	if (file[0x201] < 0x264 - 0x202) {
		return (struct verdict){LB_INVALID, 0x201};
	}
	if (!(file[0x211] & 1)) {
		return (struct verdict){LB_UNSUPPORTED, 0x211};
	}
	return (struct verdict){LB_OK, 0};
}

static uint64_t setup_bytes(const uint8_t *file)
{
	return 512 * (file[0x1f1] ? file[0x1f1] + UINT64_C(1) : 5);
}

static bool power_of_two(uint64_t value)
{
	unsigned int ones = 0;

	for (; value; value >>= 1) {
		ones += value & 1;
	}
	return ones == 1;
}

static struct verdict judge(const uint8_t *file, size_t bytes)
{
	struct verdict verdict = judge_start(file, bytes);
	uint64_t setup, kernel, payload_end;

	if (verdict.status) {
		return verdict;
	}
	setup = setup_bytes(file);
	kernel = 16 * get_little(file + 0x1f4, 4);
	payload_end = get_little(file + 0x248, 4) + get_little(file + 0x24c, 4);
	if (setup < UINT64_C(0x202) + file[0x201]) {
		return (struct verdict){LB_INVALID, 0x1f1};
	}
	if (bytes <= setup) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	if (!kernel) {
		return (struct verdict){LB_INVALID, 0x1f4};
	}
	if (bytes < setup + kernel) {
		return (struct verdict){LB_TRUNCATED, bytes};
	}
	if (get_little(file + 0x24c, 4) && payload_end > kernel) {
		return (struct verdict){LB_INVALID, 0x248};
	}
	if (!power_of_two(get_little(file + 0x230, 4))) {
		return (struct verdict){LB_INVALID, 0x230};
	}
	if (get_little(file + 0x260, 4) < kernel) {
		return (struct verdict){LB_INVALID, 0x260};
	}
	if (get_little(file + 0x258, 8) > UINT64_MAX - get_little(file + 0x260, 4)) {
		return (struct verdict){LB_INVALID, 0x258};
	}
	return verdict;
}

/* The version string, if it begins behind the header and ends in the setup part. */
static void check_version(const uint8_t *file, const struct lb_bzimage *image)
{
	uint64_t at = 0x200 + get_little(file + 0x20e, 2);
	size_t length = 0;

	while (at + length < setup_bytes(file) && file[at + length]) {
		length++;
	}
	if (at < 0x264 || at + length >= setup_bytes(file) || !length) {
		CHECK(!image->version);
		CHECK_EQUAL(image->version_length, 0);
		return;
	}
	CHECK(image->version == (const char *)file + at);
	CHECK_EQUAL(image->version_length, length);
}

static void check_payload(const uint8_t *file, const struct lb_bzimage *image)
{
	uint64_t length = get_little(file + 0x24c, 4);
	uint64_t at = setup_bytes(file) + get_little(file + 0x248, 4);

	CHECK_EQUAL(image->payload.size, length);
	CHECK_EQUAL(image->payload.offset, length ? at : 0);
	CHECK_EQUAL(image->compression,
		length >= 2 && file[at] == 0x1f && file[at + 1] == 0x8b ? LB_COMPRESSION_GZIP
									: LB_COMPRESSION_UNKNOWN);
	CHECK_EQUAL(image->unpacked_size, length < 4 ? 0 : get_little(file + at + length - 4, 4));
}

static void check_image(const uint8_t *file, const struct lb_bzimage *image)
{
	uint64_t flags = get_little(file + 0x236, 2);

	CHECK(image->file == file);
	CHECK_EQUAL(image->protocol, get_little(file + 0x206, 2));
	CHECK_EQUAL(image->header.offset, 0x1f1);
	CHECK_EQUAL(image->header.size, UINT64_C(0x202) + file[0x201] - 0x1f1);
	CHECK_EQUAL(image->kernel.offset, setup_bytes(file));
	CHECK_EQUAL(image->kernel.size, 16 * get_little(file + 0x1f4, 4));
	CHECK_EQUAL(image->init_size, get_little(file + 0x260, 4));
	CHECK_EQUAL(image->pref_address, get_little(file + 0x258, 8));
	CHECK_EQUAL(image->alignment, get_little(file + 0x230, 4));
	CHECK_EQUAL(image->relocatable, file[0x234] != 0);
	CHECK_EQUAL(image->cmdline_max, get_little(file + 0x238, 4));
	CHECK_EQUAL(image->initrd_last, get_little(file + 0x22c, 4));
	CHECK_EQUAL(image->entry_64, flags & 1);
	CHECK_EQUAL(image->above_4g, flags >> 1 & 1);
	CHECK_EQUAL(image->efi_handover_64, flags >> 3 & 1);
	CHECK_EQUAL(image->efi_kexec, flags >> 4 & 1);
	CHECK_EQUAL(image->five_level, flags >> 5 & 1);
	check_payload(file, image);
	check_version(file, image);
}

static void check(const uint8_t *file, size_t bytes)
{
	struct verdict verdict = judge(file, bytes);
	struct lb_image_error error = {LB_OK, UINT64_MAX, NULL};
	struct lb_bzimage image;

	CHECK_EQUAL(lb_bzimage_open(&image, file, bytes, &error), verdict.status);
	if (verdict.status) {
		CHECK_EQUAL(error.status, verdict.status);
		CHECK_EQUAL(error.offset, verdict.at);
		CHECK(error.expected && error.expected[0]);
		CHECK_EQUAL(lb_bzimage_open(&image, file, bytes, NULL), verdict.status);
		return;
	}
	CHECK(!error.expected);
	check_image(file, &image);
}

TEST(bzimage_model, every_field_at_its_bounds)
{
	build();
	damage_fields(&sample, fields, LB_ARRAY_COUNT(fields), check);
}

TEST(bzimage_model, every_two_fields_together)
{
	build();
	damage_pairs(&sample, fields, LB_ARRAY_COUNT(fields), check);
}

TEST(bzimage_model, every_changed_byte)
{
	build();
	damage_bytes(&sample, IMAGE, check);
}

TEST(bzimage_model, every_cut)
{
	build();
	damage_cuts(&sample, check);
	CHECK_EQUAL(sample.bytes, 0);
}

/* The header may end anywhere from 0x264 to the end of the setup part; the version anywhere. */
TEST(bzimage_model, every_length_of_the_header_and_every_place_of_the_version)
{
	uint8_t *file = build();

	for (unsigned int length = 0; length < 256; length++) {
		file[0x201] = (uint8_t)length;
		check(file, IMAGE);
	}
	file[0x201] = 0x6a;
	for (unsigned int place = 0; place < IMAGE; place++) {
		put_little(file + 0x20e, 2, place);
		check(file, IMAGE);
	}
	/* Text that runs to the last byte of the setup part is not terminated in it. */
	__builtin_memset(file + SETUP - 16, 'x', 16);
	for (unsigned int place = SETUP - 20; place < SETUP + 4; place++) {
		put_little(file + 0x20e, 2, place - 0x200);
		check(file, IMAGE);
	}
}

/* Payloads of every small length at every end of the protected-mode part. */
TEST(bzimage_model, every_small_payload)
{
	uint8_t *file = build();

	for (unsigned int length = 0; length < 12; length++) {
		for (unsigned int offset = KERNEL - 14; offset <= KERNEL + 1; offset++) {
			put_little(file + 0x248, 4, offset);
			put_little(file + 0x24c, 4, length);
			check(file, IMAGE);
		}
	}
}

TEST(bzimage_model, every_alignment_and_every_room)
{
	uint8_t *file = build();

	for (unsigned int bit = 0; bit < 32; bit++) {
		for (unsigned int other = 0; other < 32; other++) {
			put_little(file + 0x230, 4, UINT32_C(1) << bit | UINT32_C(1) << other);
			check(file, IMAGE);
		}
	}
	put_little(file + 0x230, 4, 0x1000);
	for (unsigned int room = KERNEL - 3; room < KERNEL + 3; room++) {
		put_little(file + 0x260, 4, room);
		for (unsigned int below = 0; below < 4; below++) {
			put_little(file + 0x258, 8, 0 - (uint64_t)room - 2 + below);
			check(file, IMAGE);
		}
	}
}
