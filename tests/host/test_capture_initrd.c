/* SPDX-License-Identifier: MIT */
/* The reader of initrds: what it counts, and what it refuses. Archives are written by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../harness/test.h"
#include "capture/files.h"
#include "capture/initrd.h"
#include "capture/unpack_memory.h"

#define FILE_MODE 0100644
#define FOLDER_MODE 040755

struct image {
	uint8_t bytes[8192];
	size_t size;
};

static void put(struct image *image, const void *bytes, size_t size)
{
	LB_ASSERT(size <= sizeof(image->bytes) - image->size);
	memcpy(image->bytes + image->size, bytes, size);
	image->size += size;
}

static void put_zeros(struct image *image, size_t count)
{
	static const uint8_t zeros[512];

	put(image, zeros, count);
}

/* name, mode and data of one entry; 'd' everywhere in the data. */
static void put_entry(struct image *image, const char *name, unsigned int mode, size_t bytes)
{
	char header[2 * LB_CPIO_HEADER_BYTES];

	snprintf(header, sizeof(header),
		"070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, mode, 0, 0, 1, 0,
		bytes, 0, 0, 0, 0, strlen(name) + 1, 0);
	put(image, header, LB_CPIO_HEADER_BYTES);
	put(image, name, strlen(name) + 1);
	put_zeros(image, (4 - image->size % 4) % 4);
	memset(image->bytes + image->size, 'd', bytes);
	image->size += bytes;
	put_zeros(image, (4 - image->size % 4) % 4);
}

static void put_trailer(struct image *image)
{
	put_entry(image, "TRAILER!!!", 0, 0);
}

static void put_packed(struct image *image, const struct image *inner)
{
	z_stream stream = {0};

	LB_ASSERT(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, 0) == Z_OK);
	stream.next_in = (uint8_t *)(uintptr_t)inner->bytes;
	stream.avail_in = (unsigned int)inner->size;
	stream.next_out = image->bytes + image->size;
	stream.avail_out = (unsigned int)(sizeof(image->bytes) - image->size);
	LB_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	image->size += stream.total_out;
	deflateEnd(&stream);
}

static enum lb_status read_image(
	const struct image *image, struct lb_initrd *ret, struct lb_capture_error *error)
{
	return lb_initrd_read(image->bytes, image->size, 4096, NULL, NULL, ret, error);
}

static void make_main(struct image *image)
{
	*image = (struct image){.size = 0};
	put_entry(image, ".", FOLDER_MODE, 0);
	put_entry(image, "./usr/bin/makedumpfile", FILE_MODE, 4096);
	put_entry(image, "lib/modules/6.1/a.ko", FILE_MODE, 101);
	put_entry(image, "lib/modules/6.1/b.ko.xz", FILE_MODE, 7);
	put_entry(image, "usr/lib/firmware/f.bin", FILE_MODE, 5);
	put_entry(image, "etc/crypttab", FILE_MODE, 0);
	put_trailer(image);
}

TEST(capture_initrd, files_are_counted_in_whole_pages)
{
	struct image image;
	struct lb_initrd initrd;
	struct lb_capture_error error;

	make_main(&image);
	REQUIRE(read_image(&image, &initrd, &error) == LB_OK);
	CHECK_EQUAL(initrd.packed, image.size);
	CHECK_EQUAL(initrd.plain, image.size);
	CHECK_EQUAL(initrd.unpacked, image.size);
	CHECK_EQUAL(initrd.archives, 1);
	CHECK_EQUAL(initrd.entries, 6);
	CHECK_EQUAL(initrd.data, 4096 + 101 + 7 + 5);
	CHECK_EQUAL(initrd.data_in_pages, 4 * 4096);
	REQUIRE(lb_initrd_read(image.bytes, image.size, 65536, NULL, NULL, &initrd, &error) ==
		LB_OK);
	CHECK_EQUAL(initrd.data_in_pages, 4 * 65536);
}

/* What must be there in the end: a path that comes twice is one file, folders are none, and the
 * kernel's own file systems hide what lies below. */
TEST(capture_initrd, each_file_that_stays_is_counted_once)
{
	struct image image = {.size = 0};
	struct lb_files files = {0};
	struct lb_initrd initrd;
	struct lb_capture_error error;

	put_entry(&image, "bin", FOLDER_MODE, 0);
	put_entry(&image, "bin/sh", FILE_MODE, 5);
	put_entry(&image, "./bin/sh", FILE_MODE, 7);
	put_entry(&image, "bin/ash", FILE_MODE, 0);
	put_entry(&image, "proc/hidden", FILE_MODE, 1);
	put_entry(&image, "sys/hidden", FILE_MODE, 1);
	put_entry(&image, "system", FILE_MODE, 1);
	put_trailer(&image);
	REQUIRE(lb_initrd_read(image.bytes, image.size, 4096, lb_files_visit, &files, &initrd,
			&error) == LB_OK);
	CHECK_EQUAL(lb_files_count(&files), 3);
	lb_files_free(&files);
	CHECK_EQUAL(lb_files_count(&files), 0);
}

TEST(capture_initrd, what_is_in_it_is_recognised)
{
	struct image image;
	struct lb_initrd initrd;
	struct lb_capture_error error;

	make_main(&image);
	REQUIRE(read_image(&image, &initrd, &error) == LB_OK);
	CHECK_EQUAL(initrd.modules, 2);
	CHECK_EQUAL(initrd.module_data, 108);
	CHECK_EQUAL(initrd.module_packed, 7);
	CHECK_EQUAL(initrd.firmware_data, 5);
	CHECK(initrd.makedumpfile);
	CHECK(!initrd.systemd);
	CHECK(!initrd.crypttab); /* it is empty */
}

TEST(capture_initrd, microcode_in_front_and_archives_behind_count)
{
	struct image early = {0}, inner, image;
	struct lb_initrd initrd;
	struct lb_capture_error error;
	size_t padding;

	put_entry(&early, "kernel/x86/microcode.bin", FILE_MODE, 300);
	put_trailer(&early);
	put_zeros(&early, 512 - early.size % 512);
	make_main(&inner);
	image = early;
	put_packed(&image, &inner);
	put_packed(&image, &inner);
	padding = 8 - image.size % 4;
	put_zeros(&image, padding);
	put(&image, early.bytes, early.size);
	REQUIRE(read_image(&image, &initrd, &error) == LB_OK);
	CHECK_EQUAL(initrd.archives, 4);
	CHECK_EQUAL(initrd.entries, 2 * 6 + 2);
	CHECK_EQUAL(initrd.data, 2 * (4096 + 101 + 7 + 5) + 2 * 300);
	CHECK_EQUAL(initrd.plain, 2 * early.size + padding);
	CHECK_EQUAL(initrd.unpacked, 2 * early.size + padding + 2 * inner.size);
}

/* Linux does: a file behind one that cat put there without padding is not unpacked. */
TEST(capture_initrd, an_archive_that_is_not_packed_begins_at_a_multiple_of_4)
{
	struct image plain = {0}, image;
	struct lb_initrd initrd;
	struct lb_capture_error error;

	put_entry(&plain, "etc/x", FILE_MODE, 5);
	put_trailer(&plain);
	for (size_t zeros = 0; zeros < 8; zeros++) {
		image = plain;
		put_zeros(&image, zeros);
		put(&image, plain.bytes, plain.size);
		CHECK_EQUAL(read_image(&image, &initrd, &error),
			image.size % 4 ? LB_INVALID : LB_OK);
	}
	/* What is packed may begin anywhere, and counts from its own beginning. */
	image = plain;
	put_zeros(&image, 3);
	put_packed(&image, &plain);
	CHECK_EQUAL(read_image(&image, &initrd, &error), LB_OK);
}

TEST(capture_initrd, a_cut_file_is_refused_unless_it_ends_between_entries)
{
	struct image image;
	struct lb_capture_error error;
	unsigned int whole = 0;

	make_main(&image);
	for (size_t size = 1; size < image.size; size++) {
		struct lb_initrd initrd;
		enum lb_status status =
			lb_initrd_read(image.bytes, size, 4096, NULL, NULL, &initrd, &error);

		CHECK(status == LB_OK || status == LB_TRUNCATED);
		whole += status == LB_OK;
	}
	CHECK_EQUAL(whole, 6); /* behind each entry */
}

TEST(capture_initrd, a_cut_stream_is_refused)
{
	struct image inner, image = {0};
	struct lb_capture_error error;

	make_main(&inner);
	put_packed(&image, &inner);
	for (size_t size = 1; size < image.size; size++) {
		struct lb_initrd initrd;

		CHECK(lb_initrd_read(image.bytes, size, 4096, NULL, NULL, &initrd, &error) !=
			LB_OK);
	}
}

TEST(capture_initrd, what_is_no_archive_is_refused_with_its_place)
{
	struct image inner = {0}, image = {0};
	struct lb_initrd initrd;
	struct lb_capture_error error;

	put(&image, "hello, world", 12);
	CHECK_EQUAL(read_image(&image, &initrd, &error), LB_INVALID);
	make_main(&image);
	inner.size = 0;
	put(&image, "junk", 4);
	CHECK_EQUAL(read_image(&image, &initrd, &error), LB_INVALID);
	CHECK(strstr(error.text, "offset"));
	put(&inner, "hello, world", 12);
	image.size = 0;
	put_packed(&image, &inner);
	CHECK_EQUAL(read_image(&image, &initrd, &error), LB_INVALID);
	image.size = 0;
	put_zeros(&image, 100);
	CHECK_EQUAL(read_image(&image, &initrd, &error), LB_INVALID);
	image.size = 0;
	put(&image, "\x89LZO", 4);
	CHECK_EQUAL(read_image(&image, &initrd, &error), LB_UNSUPPORTED);
}

TEST(capture_initrd, a_header_that_makes_no_sense_is_refused)
{
	struct lb_capture_error error;

	for (size_t at = 0; at < LB_CPIO_HEADER_BYTES - 8; at++) {
		struct image image;
		struct lb_initrd initrd;
		enum lb_status status;

		make_main(&image);
		image.bytes[at] = 'z';
		status = read_image(&image, &initrd, &error);
		/* Linux does not look at all fields either. */
		CHECK(status == LB_OK || status == LB_INVALID);
		CHECK(at >= 6 || status == LB_INVALID);
	}
}

struct seen {
	unsigned int entries;
	uint64_t bytes;
	char last[64];
};

static void see(void *context, const struct lb_cpio_entry *entry)
{
	struct seen *seen = context;

	seen->entries++;
	seen->bytes += entry->bytes;
	snprintf(seen->last, sizeof(seen->last), "%s", entry->path);
}

TEST(capture_initrd, pieces_of_any_length_give_the_same)
{
	struct image image;
	struct lb_capture_error error;

	make_main(&image);
	put_entry(&image, "/init", FILE_MODE, 3);
	for (size_t length = 1; length < 200; length += 7) {
		struct lb_cpio cpio;
		struct seen seen = {0};
		size_t at = 0;

		lb_cpio_begin(&cpio, see, &seen);
		while (at < image.size) {
			size_t piece = (size_t)lb_min(length, image.size - at), taken;

			REQUIRE(lb_cpio_feed(&cpio, image.bytes + at, piece, &taken, &error) ==
				LB_OK);
			REQUIRE(taken == piece);
			at += piece;
		}
		CHECK(lb_cpio_is_between(&cpio));
		CHECK_EQUAL(cpio.archives, 2);
		CHECK_EQUAL(seen.entries, 7);
		CHECK_EQUAL(seen.bytes, 4096 + 101 + 7 + 5 + 3);
		CHECK_TEXT(seen.last, "init");
	}
}

#define HEAD(...) {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* Heads as zstd -6, -19 and --ultra -22, of a small file, xz -3, -9 and with a filter for x86, lzma
 * and bzip2 -9 write them. */
TEST(capture_initrd, what_unpacking_takes_is_in_the_head_of_the_stream)
{
	static const struct {
		uint8_t bytes[40];
		size_t size;
		uint64_t window;
	} heads[] = {
		{HEAD(0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58), 2 * LB_MIB},
		{HEAD(0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68), 8 * LB_MIB},
		{HEAD(0x28, 0xb5, 0x2f, 0xfd, 0x84, 0x88, 1, 2, 3, 4), 128 * LB_MIB},
		{HEAD(0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x59), 2 * LB_MIB + 256 * LB_KIB},
		{HEAD(0x28, 0xb5, 0x2f, 0xfd, 0x64, 0x00, 0x01), 512},
		{HEAD(0x28, 0xb5, 0x2f, 0xfd, 0xa4, 0, 0, 0x10, 0), LB_MIB},
		{HEAD(0xfd, '7', 'z', 'X', 'Z', 0, 0, 1, 1, 2, 3, 4, 2, 0, 0x21, 1, 0x14),
			4 * LB_MIB},
		{HEAD(0xfd, '7', 'z', 'X', 'Z', 0, 0, 1, 1, 2, 3, 4, 2, 0, 0x21, 1, 0x1c),
			64 * LB_MIB},
		{HEAD(0xfd, '7', 'z', 'X', 'Z', 0, 0, 1, 1, 2, 3, 4, 4, 0xc1, 0x80, 1, 0xff, 0x7f,
			4, 0, 0x21, 1, 0x10), LB_MIB},
		{HEAD(0x5d, 0, 0, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
			8 * LB_MIB},
		{HEAD(0x5d, 0, 0, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0), 64 * LB_KIB},
		{HEAD('B', 'Z', 'h', '9'), 3600000},
		{HEAD(0x02, 0x21, 0x4c, 0x18), 8 * LB_MIB},
		{HEAD(0x1f, 0x8b, 8, 0), 0},
		{HEAD('0', '7', '0', '7', '0', '1'), 0},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(heads); i++) {
		CHECK_EQUAL(lb_unpack_memory(heads[i].bytes, heads[i].size), heads[i].window);
		/* A head that is cut says nothing, and is not read beyond its end. */
		for (size_t size = 0; i < 9 && size < heads[i].size; size++) {
			uint8_t *cut = malloc(size ? size : 1);

			REQUIRE(cut);
			memcpy(cut, heads[i].bytes, size);
			CHECK(lb_unpack_memory(cut, size) <= heads[i].window);
			free(cut);
		}
	}
}
