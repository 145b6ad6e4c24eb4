/* SPDX-License-Identifier: MIT */
/* What a recording is made of: base64, the cpio archive, and names that must not get out. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/base64.h"
#include "lab/cpio.h"
#include "lab/recording.h"
#include "tests/harness/test.h"

struct buffer {
	uint8_t bytes[64 * 1024];
	size_t used;
};

static void to_buffer(void *context, const char *bytes, size_t length)
{
	struct buffer *buffer = context;

	LB_ASSERT(length <= sizeof(buffer->bytes) - buffer->used);
	memcpy(buffer->bytes + buffer->used, bytes, length);
	buffer->used += length;
}

static bool decodes(const char *text, const char *expected)
{
	uint8_t bytes[64] = {0};
	size_t used = 0;

	return lab_base64_decode(text, bytes, sizeof(bytes) - 1, &used) &&
		used == strlen(expected) && !memcmp(bytes, expected, used);
}

/* RFC 4648, section 10. */
TEST(lab_base64, knows_the_examples_of_its_standard)
{
	CHECK(decodes("", ""));
	CHECK(decodes("Zg==", "f"));
	CHECK(decodes("Zm8=", "fo"));
	CHECK(decodes("Zm9v", "foo"));
	CHECK(decodes("Zm9vYg==", "foob"));
	CHECK(decodes("Zm9vYmE=", "fooba"));
	CHECK(decodes("Zm9vYmFy", "foobar"));
}

TEST(lab_base64, refuses_what_is_not)
{
	static const char *const wrong[] = {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n",
		"Zm 9", "Zg=v", "\xc3\xa9\xc3\xa9"};
	uint8_t bytes[64];

	for (size_t i = 0; i < LB_ARRAY_COUNT(wrong); i++) {
		size_t used = 0;

		CHECK(!lab_base64_decode(wrong[i], bytes, sizeof(bytes), &used));
	}
}

TEST(lab_base64, stops_at_the_end_of_the_room)
{
	uint8_t bytes[4] = {0, 0, 0, 0x55};
	size_t used = 0;

	CHECK(lab_base64_decode("Zm9v", bytes, 3, &used));
	CHECK(!lab_base64_decode("Zg==", bytes, 3, &used));
	CHECK_EQUAL(used, 3);
	CHECK_EQUAL(bytes[3], 0x55);
}

/* A folder, a device, and files of sizes and names around the padding. */
static void write_files(struct buffer *buffer)
{
	struct lab_cpio cpio;
	char name[32];

	buffer->used = 0;
	lab_cpio_init(&cpio, (struct lb_sink){to_buffer, buffer});
	lab_cpio_folder(&cpio, "proc");
	lab_cpio_device(&cpio, "dev/console", 5, 1);
	for (uint32_t size = 0; size < 9; size++) {
		snprintf(name, sizeof(name), "proc/%.*s", (int)size + 1, "abcdefghij");
		lab_cpio_file(&cpio, name, LAB_CPIO_FILE, "0123456789", size);
	}
	lab_cpio_finish(&cpio);
}

/* libarchive knows nothing of our writer. */
TEST(lab_cpio, is_what_others_read)
{
	static struct buffer buffer;
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	unsigned int files = 0;
	unsigned int devices = 0;
	char bytes[16];

	write_files(&buffer);
	REQUIRE(archive);
	archive_read_support_format_cpio(archive);
	REQUIRE(archive_read_open_memory(archive, buffer.bytes, buffer.used) == ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		if (archive_entry_filetype(entry) == AE_IFCHR) {
			CHECK_EQUAL(archive_entry_rdevmajor(entry), 5);
			CHECK_EQUAL(archive_entry_rdevminor(entry), 1);
			devices++;
		} else if (archive_entry_filetype(entry) == AE_IFREG) {
			CHECK_EQUAL(archive_entry_size(entry), files);
			CHECK_EQUAL(archive_read_data(archive, bytes, sizeof(bytes)), files);
			CHECK(!memcmp(bytes, "0123456789", files));
			files++;
		}
	}
	CHECK_EQUAL(files, 9);
	CHECK_EQUAL(devices, 1);
	archive_read_free(archive);
}

TEST(lab_cpio, is_read_back_whole)
{
	static struct buffer buffer;
	struct lab_recording recording;
	struct lab_error error = {0};
	char name[32];

	write_files(&buffer);
	REQUIRE(lab_recording_unpack(buffer.bytes, buffer.used, &recording, &error));
	CHECK_EQUAL(recording.count, 9);
	for (uint32_t size = 0; size < 9; size++) {
		const struct lab_recorded_file *file;

		snprintf(name, sizeof(name), "proc/%.*s", (int)size + 1, "abcdefghij");
		file = lab_recording_find(&recording, name);
		REQUIRE(file);
		CHECK_EQUAL(file->size, size);
		CHECK(!memcmp(file->bytes, "0123456789", size));
	}
	CHECK(!lab_recording_find(&recording, "proc"));
	lab_recording_free(&recording);
}

static bool accepts(const char *name)
{
	static struct buffer buffer;
	struct lab_recording recording;
	struct lab_error error = {0};
	struct lab_cpio cpio;
	bool accepted;

	buffer.used = 0;
	lab_cpio_init(&cpio, (struct lb_sink){to_buffer, &buffer});
	lab_cpio_file(&cpio, name, LAB_CPIO_FILE, "x", 1);
	lab_cpio_finish(&cpio);
	accepted = lab_recording_unpack(buffer.bytes, buffer.used, &recording, &error);
	lab_recording_free(&recording);
	return accepted;
}

TEST(lab_recording, keeps_names_inside)
{
	CHECK(accepts("proc/iomem"));
	CHECK(accepts("a..b/..c"));
	CHECK(!accepts("/etc/passwd"));
	CHECK(!accepts("../x"));
	CHECK(!accepts("a/../../x"));
	CHECK(!accepts("a/.."));
}

TEST(lab_recording, refuses_an_archive_that_is_cut)
{
	static struct buffer buffer;
	struct lab_error error = {0};
	struct lab_recording recording;
	struct lab_cpio cpio;

	buffer.used = 0;
	lab_cpio_init(&cpio, (struct lb_sink){to_buffer, &buffer});
	lab_cpio_file(&cpio, "dmesg", LAB_CPIO_FILE, "hello, world", 12);
	lab_cpio_finish(&cpio);
	for (size_t length = 0; length < 132; length++) {
		CHECK(!lab_recording_unpack(buffer.bytes, length, &recording, &error));
		lab_recording_free(&recording);
	}
}
