/* SPDX-License-Identifier: MIT */
/* linux_image: see linux_image.h. */
#include "lab/linux_image.h"

#include <stdio.h>
#include <string.h>

#include "lab/mapped_file.h"
#include "lifeboat/kernel_image.h"

/* "6.1.0-50-amd64 (...)": the first word is the release. */
static void name_from_release(const char *text, size_t length, struct lab_linux_image *ret)
{
	const char *blank = length ? memchr(text, ' ', length) : NULL;

	length = blank ? (size_t)(blank - text) : length;
	snprintf(ret->name, sizeof(ret->name), "linux %.*s", (int)lb_min(length, 100),
		length ? text : "");
}

/* The text after "Linux version " in an uncompressed kernel. */
static void name_from_text(const struct lab_mapped_file *file, struct lab_linux_image *ret)
{
	static const char mark[] = "Linux version ";
	const uint8_t *at = file->bytes;
	const uint8_t *end = file->bytes + file->size;

	while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
		at += sizeof(mark) - 1;
		if (at < end && *at >= '0' && *at <= '9') {
			name_from_release((const char *)at, (size_t)(end - at), ret);
			return;
		}
	}
}

static bool identify(const struct lab_mapped_file *file, struct lab_linux_image *ret)
{
	struct lb_image_error error;
	struct lb_arm64_image arm64;
	struct lb_bzimage bzimage;

	ret->bytes = file->size;
	if (lb_bzimage_open(&bzimage, file->bytes, file->size, &error) == LB_OK) {
		ret->arch = LB_ARCH_X86_64;
		name_from_release(
			bzimage.version, bzimage.version ? bzimage.version_length : 0, ret);
		return true;
	}
	if (lb_arm64_image_open(&arm64, file->bytes, file->size, &error) == LB_OK) {
		ret->arch = LB_ARCH_ARM64;
		name_from_text(file, ret);
		return true;
	}
	return false;
}

bool lab_linux_image_identify(
	const char *path, struct lab_linux_image *ret, struct lab_error *error)
{
	struct lab_mapped_file file;
	bool known;

	*ret = (struct lab_linux_image){.name = "linux"};
	if (!lab_mapped_file_open(path, &file, error)) {
		return false;
	}
	known = identify(&file, ret);
	lab_mapped_file_close(&file);
	if (!known) {
		lab_fail(error, "%s: neither a bzImage nor an uncompressed arm64 Image", path);
	}
	return known;
}
