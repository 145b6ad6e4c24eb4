/* SPDX-License-Identifier: MIT */
/*
 * kernel_image: small images of each format, built field by field; what is read from them; and
 * what is said about each field that makes no sense.
 */
#include "lifeboat/kernel_image.h"
#include "tests/harness/test.h"

#define FILE_BYTES 4096

static uint8_t file[FILE_BYTES];

static void put(size_t offset, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		file[offset + i] = (uint8_t)(value >> 8 * i);
	}
}

static void put_text(size_t offset, const char *text)
{
	do {
		file[offset++] = (uint8_t)*text;
	} while (*text++);
}

static void clear(void)
{
	size_t i;

	for (i = 0; i < FILE_BYTES; i++) {
		file[i] = 0;
	}
}

/* One setup sector, 1024 bytes of kernel from 1024 on, an xz payload of 256 at 0x100 in it. */
#define BZIMAGE_BYTES 2048
static void make_bzimage(void)
{
	clear();
	put(0x1f1, 1, 1);
	put(0x1f4, 4, 1024 / 16);
	put(0x1fe, 2, 0xaa55);
	put(0x200, 2, 0x6aeb); /* the header ends at 0x26c */
	put_text(0x202, "HdrS");
	put(0x206, 2, 0x20f);
	put(0x20e, 2, 0x300 - 0x200);
	put(0x211, 1, 1);
	put(0x22c, 4, 0x7fffffff);
	put(0x230, 4, 0x200000);
	put(0x234, 1, 1);
	put(0x236, 2, 0x7f);
	put(0x238, 4, 2047);
	put(0x248, 4, 0x100);
	put(0x24c, 4, 256);
	put(0x258, 8, 0x1000000);
	put(0x260, 4, 0x3378000);
	put_text(0x300, "6.1.0-50-cloud-amd64 (builder) #1 SMP");
	put(1024 + 0x100, 6, 0x005a587a37fd);
	put(1024 + 0x1fc, 4, 0x33fe123);
}

TEST(kernel_image, bzimage_tells_its_needs)
{
	struct lb_bzimage image;
	struct lb_image_error error;
	enum lb_kernel_image kind;

	make_bzimage();
	REQUIRE(!lb_kernel_image_identify(file, BZIMAGE_BYTES, &kind, &error));
	CHECK_EQUAL(kind, LB_KERNEL_IMAGE_BZIMAGE);
	REQUIRE(!lb_bzimage_open(&image, file, BZIMAGE_BYTES, &error));
	CHECK_EQUAL(image.protocol, 0x20f);
	CHECK_EQUAL(image.header.offset, 0x1f1);
	CHECK_EQUAL(image.header.size, 0x26c - 0x1f1);
	CHECK_EQUAL(image.kernel.offset, 1024);
	CHECK_EQUAL(image.kernel.size, 1024);
	CHECK_EQUAL(image.payload.offset, 1024 + 0x100);
	CHECK_EQUAL(image.payload.size, 256);
	CHECK_TEXT(lb_compression_name(image.compression), "xz");
	CHECK_EQUAL(image.unpacked_size, 0x33fe123);
	CHECK_EQUAL(image.init_size, 0x3378000);
	CHECK_EQUAL(image.pref_address, 0x1000000);
	CHECK_EQUAL(image.alignment, 0x200000);
	CHECK_EQUAL(image.cmdline_max, 2047);
	CHECK_EQUAL(image.initrd_last, 0x7fffffff);
	CHECK(image.relocatable && image.entry_64 && image.above_4g && image.five_level);
	REQUIRE(image.version);
	CHECK_TEXT(image.version, "6.1.0-50-cloud-amd64 (builder) #1 SMP");
	CHECK_EQUAL(image.version_length, 37);
}

/* What is said when one field of the good file is replaced. */
struct damage {
	size_t offset;
	unsigned int bytes;
	uint64_t value;
	enum lb_status status;
	size_t said_at;
};

TEST(kernel_image, bzimage_names_the_bad_field)
{
	static const struct damage damages[] = {
		{0x1fe, 2, 0, LB_INVALID, 0x1fe},
		{0x202, 1, 'X', LB_INVALID, 0x202},
		{0x206, 2, 0x20b, LB_UNSUPPORTED, 0x206},
		{0x201, 1, 0x61, LB_INVALID, 0x201},
		{0x211, 1, 0, LB_UNSUPPORTED, 0x211},
		{0x1f1, 1, 3, LB_TRUNCATED, BZIMAGE_BYTES},
		{0x1f1, 1, 0, LB_TRUNCATED, BZIMAGE_BYTES},
		{0x1f4, 4, 0, LB_INVALID, 0x1f4},
		{0x1f4, 4, 65, LB_TRUNCATED, BZIMAGE_BYTES},
		{0x1f4, 4, 0xffffffff, LB_TRUNCATED, BZIMAGE_BYTES},
		{0x248, 4, 0xfffffff0, LB_INVALID, 0x248},
		{0x24c, 4, 769, LB_INVALID, 0x248},
		{0x230, 4, 0x300000, LB_INVALID, 0x230},
		{0x230, 4, 0, LB_INVALID, 0x230},
		{0x260, 4, 1023, LB_INVALID, 0x260},
		{0x258, 8, UINT64_MAX - 5, LB_INVALID, 0x258},
	};
	struct lb_bzimage image;
	struct lb_image_error error;
	size_t i, length;

	for (i = 0; i < LB_ARRAY_COUNT(damages); i++) {
		make_bzimage();
		put(damages[i].offset, damages[i].bytes, damages[i].value);
		CHECK_EQUAL(lb_bzimage_open(&image, file, BZIMAGE_BYTES, &error),
			damages[i].status);
		CHECK_EQUAL(error.status, damages[i].status);
		CHECK_EQUAL(error.offset, damages[i].said_at);
		CHECK(error.expected);
	}
	make_bzimage();
	for (length = 0; length < BZIMAGE_BYTES; length++) {
		CHECK_EQUAL(lb_bzimage_open(&image, file, length, NULL), LB_TRUNCATED);
	}
	CHECK_EQUAL(lb_bzimage_open(&image, file, BZIMAGE_BYTES + 1, NULL), LB_OK);
}

TEST(kernel_image, bzimage_without_the_optional_fields)
{
	struct lb_bzimage image;
	size_t i;

	make_bzimage();
	put(0x24c, 4, 0);
	put(0x20e, 2, 0);
	REQUIRE(!lb_bzimage_open(&image, file, BZIMAGE_BYTES, NULL));
	CHECK_EQUAL(image.unpacked_size, 0);
	CHECK(!image.version);
	/* A version string must end before the kernel begins. */
	put(0x20e, 2, 0x1f0);
	for (i = 0x3f0; i < 0x400; i++) {
		put(i, 1, 'x');
	}
	REQUIRE(!lb_bzimage_open(&image, file, BZIMAGE_BYTES, NULL));
	CHECK(!image.version);
	put(0x3ff, 1, 0);
	REQUIRE(!lb_bzimage_open(&image, file, BZIMAGE_BYTES, NULL));
	CHECK_EQUAL(image.version_length, 15);
	put(0x20e, 2, 0xffff);
	REQUIRE(!lb_bzimage_open(&image, file, BZIMAGE_BYTES, NULL));
	CHECK(!image.version);
}

static void make_arm64(void)
{
	clear();
	put(0, 4, 0xfa405a4d);
	put(8, 8, 0);
	put(16, 8, 0x2010000);
	put(24, 8, 0xa);
	put_text(56, "ARM\x64");
	put(60, 4, 64);
}

TEST(kernel_image, arm64_tells_its_needs)
{
	static const struct damage damages[] = {
		{56, 1, 0, LB_INVALID, 56},
		{16, 8, 0, LB_UNSUPPORTED, 16},
		{16, 8, 511, LB_INVALID, 16},
		{16, 8, UINT64_MAX, LB_INVALID, 16},
		{8, 8, 0x200000, LB_INVALID, 8},
		{8, 8, 0x80001, LB_INVALID, 8},
	};
	struct lb_arm64_image image;
	struct lb_image_error error;
	enum lb_kernel_image kind;
	size_t i;

	make_arm64();
	REQUIRE(!lb_kernel_image_identify(file, 512, &kind, &error));
	CHECK_EQUAL(kind, LB_KERNEL_IMAGE_ARM64);
	REQUIRE(!lb_arm64_image_open(&image, file, 512, &error));
	CHECK_EQUAL(image.image_size, 0x2010000);
	CHECK_EQUAL(image.file_size, 512);
	CHECK_EQUAL(image.page_size, 4096);
	CHECK(image.anywhere && image.efi && !image.big_endian);
	for (i = 0; i < 64; i++) {
		CHECK_EQUAL(lb_arm64_image_open(&image, file, i, NULL), LB_TRUNCATED);
	}
	for (i = 0; i < LB_ARRAY_COUNT(damages); i++) {
		make_arm64();
		put(damages[i].offset, damages[i].bytes, damages[i].value);
		CHECK_EQUAL(lb_arm64_image_open(&image, file, 512, &error), damages[i].status);
		CHECK_EQUAL(error.offset, damages[i].said_at);
	}
}

static void make_zboot(const char *compression)
{
	clear();
	put_text(0, "MZ");
	put_text(4, "zimg");
	put(8, 4, 1024);
	put(12, 4, 512);
	put_text(24, compression);
	put(56, 4, 0x818223cd);
	put(60, 4, 128);
	put(128, 4, 0x4550);
	put(132, 2, 0xaa64);
	put(1024 + 508, 4, 0x1111);
	put(1024 + 512, 4, 0x2222);
}

TEST(kernel_image, zboot_tells_what_is_packed)
{
	static const struct damage damages[] = {
		{0, 1, 0, LB_INVALID, 0},
		{4, 1, 0, LB_INVALID, 0},
		{56, 4, 0, LB_INVALID, 56},
		{60, 4, 0xffffffff, LB_INVALID, 60},
		{128, 1, 0, LB_INVALID, 60},
		{8, 4, 63, LB_INVALID, 8},
		{8, 4, 1025, LB_TRUNCATED, 1540},
		{12, 4, 0xffffffff, LB_TRUNCATED, 1540},
		{12, 4, 3, LB_INVALID, 8},
	};
	struct lb_zboot image;
	struct lb_image_error error;
	enum lb_kernel_image kind;
	size_t i;

	make_zboot("zstd22");
	REQUIRE(!lb_kernel_image_identify(file, 1540, &kind, &error));
	CHECK_EQUAL(kind, LB_KERNEL_IMAGE_ZBOOT);
	REQUIRE(!lb_zboot_open(&image, file, 1540, &error));
	CHECK_EQUAL(image.arch, LB_ARCH_ARM64);
	CHECK_EQUAL(image.payload.offset, 1024);
	CHECK_EQUAL(image.payload.size, 512);
	CHECK_EQUAL(image.compression, LB_COMPRESSION_ZSTD);
	CHECK_EQUAL(image.unpacked_size, 0x2222);
	make_zboot("gzip");
	REQUIRE(!lb_zboot_open(&image, file, 1536, &error));
	CHECK_EQUAL(image.unpacked_size, 0x1111);
	make_zboot("brotli");
	REQUIRE(!lb_zboot_open(&image, file, 1540, &error));
	CHECK_EQUAL(image.compression, LB_COMPRESSION_UNKNOWN);
	CHECK_TEXT(image.compression_text, "brotli");
	for (i = 0; i < LB_ARRAY_COUNT(damages); i++) {
		make_zboot("xzkern");
		put(damages[i].offset, damages[i].bytes, damages[i].value);
		CHECK_EQUAL(lb_zboot_open(&image, file, 1540, &error), damages[i].status);
		CHECK_EQUAL(error.offset, damages[i].said_at);
	}
	make_zboot("0123456789012345678901234567890");
	put(24 + 31, 1, 'x');
	CHECK_EQUAL(lb_zboot_open(&image, file, 1540, &error), LB_INVALID);
	CHECK_EQUAL(error.offset, 24);
}

static void put_header(size_t index, uint32_t type, uint64_t offset, uint64_t physical,
	uint64_t file_bytes, uint64_t memory_bytes)
{
	size_t at = 64 + 56 * index;

	put(at, 4, type);
	put(at + 4, 4, index == 0 ? 5 : 6);
	put(at + 8, 8, offset);
	put(at + 16, 8, physical + 0xffffffff80000000);
	put(at + 24, 8, physical);
	put(at + 32, 8, file_bytes);
	put(at + 40, 8, memory_bytes);
}

/* Text, data with BSS, and the PVH note behind another one. */
#define ELF_BYTES 2048
static void make_elf(void)
{
	clear();
	put_text(0, "\x7f" "ELF");
	put(4, 3, 0x010102);
	put(16, 2, 2);
	put(18, 2, 62);
	put(24, 8, 0x1000040);
	put(32, 8, 64);
	put(54, 2, 56);
	put(56, 2, 3);
	put_header(0, 1, 512, 0x1000000, 256, 256);
	put_header(1, 1, 768, 0x1200000, 256, 0x100000);
	put_header(2, 4, 1024, 0x1000080, 48, 48);
	put(1024, 4, 4);
	put(1028, 4, 5);
	put(1032, 4, 6);
	put_text(1036, "Xen");
	put(1048, 4, 4);
	put(1052, 4, 8);
	put(1056, 4, 18);
	put_text(1060, "Xen");
	put(1064, 8, 0x1000010);
}

TEST(kernel_image, elf_tells_its_segments)
{
	static struct lb_elf_kernel image;
	struct lb_image_error error;
	enum lb_kernel_image kind;

	make_elf();
	REQUIRE(!lb_kernel_image_identify(file, ELF_BYTES, &kind, &error));
	CHECK_EQUAL(kind, LB_KERNEL_IMAGE_ELF);
	REQUIRE(!lb_elf_kernel_open(&image, file, ELF_BYTES, &error));
	CHECK_EQUAL(image.arch, LB_ARCH_X86_64);
	CHECK_EQUAL(image.segment_count, 2);
	CHECK_EQUAL(image.segments[1].part.offset, 768);
	CHECK_EQUAL(image.segments[1].memory.end, 0x1300000);
	CHECK(image.segments[0].executable && !image.segments[0].writable);
	CHECK_EQUAL(image.span.start, 0x1000000);
	CHECK_EQUAL(image.span.end, 0x1300000);
	CHECK_EQUAL(image.entry_physical, 0x1000040);
	CHECK(image.pvh);
	CHECK_EQUAL(image.pvh_entry, 0x1000010);
	/* A virtual entry point is found through its segment. */
	put(24, 8, 0xffffffff81200010);
	REQUIRE(!lb_elf_kernel_open(&image, file, ELF_BYTES, &error));
	CHECK_EQUAL(image.entry_physical, 0x1200010);
	/* Notes that lead nowhere are no reason to refuse a kernel. */
	put(1028, 4, 0xffffffff);
	REQUIRE(!lb_elf_kernel_open(&image, file, ELF_BYTES, &error));
	CHECK(!image.pvh);
	put_header(2, 4, UINT64_MAX, 0, UINT64_MAX, 0);
	REQUIRE(!lb_elf_kernel_open(&image, file, ELF_BYTES, &error));
}

TEST(kernel_image, elf_names_the_bad_field)
{
	static const struct damage damages[] = {
		{0, 1, 0, LB_INVALID, 0},
		{4, 1, 1, LB_UNSUPPORTED, 4},
		{5, 1, 2, LB_UNSUPPORTED, 4},
		{16, 2, 1, LB_UNSUPPORTED, 16},
		{18, 2, 8, LB_UNSUPPORTED, 18},
		{54, 2, 32, LB_INVALID, 54},
		{56, 2, 0, LB_INVALID, 56},
		{56, 2, 0xffff, LB_UNSUPPORTED, 56},
		{32, 8, UINT64_MAX - 8, LB_TRUNCATED, 32},
		{24, 8, 5, LB_INVALID, 24},
		{64 + 56 + 40, 8, 255, LB_INVALID, 64 + 56 + 40},
		{64 + 56 + 8, 8, 1793, LB_TRUNCATED, 64 + 56 + 8},
		{64 + 56 + 24, 8, UINT64_MAX - 8, LB_INVALID, 64 + 56 + 24},
		{64 + 56 + 24, 8, 0x10000ff, LB_INVALID, 64 + 56 + 24},
	};
	static struct lb_elf_kernel image;
	struct lb_image_error error;
	size_t i;

	for (i = 0; i < LB_ARRAY_COUNT(damages); i++) {
		make_elf();
		put(damages[i].offset, damages[i].bytes, damages[i].value);
		CHECK_EQUAL(lb_elf_kernel_open(&image, file, ELF_BYTES, &error),
			damages[i].status);
		CHECK_EQUAL(error.offset, damages[i].said_at);
	}
	make_elf();
	for (i = 0; i < 1024; i++) {
		CHECK(lb_elf_kernel_open(&image, file, i, NULL) != LB_OK);
	}
}

TEST(kernel_image, other_files_are_named)
{
	enum lb_kernel_image kind;
	struct lb_image_error error;

	clear();
	CHECK_EQUAL(lb_kernel_image_identify(file, 0, &kind, &error), LB_INVALID);
	CHECK_EQUAL(lb_kernel_image_identify(file, FILE_BYTES, &kind, &error), LB_INVALID);
	put(0, 2, 0x8b1f);
	CHECK_EQUAL(lb_kernel_image_identify(file, FILE_BYTES, &kind, &error), LB_UNSUPPORTED);
	put(0, 2, 0x5a4d);
	CHECK_EQUAL(lb_kernel_image_identify(file, FILE_BYTES, &kind, &error), LB_UNSUPPORTED);
	put_text(56, "RSC\x05");
	CHECK_EQUAL(lb_kernel_image_identify(file, FILE_BYTES, &kind, NULL), LB_UNSUPPORTED);
}
