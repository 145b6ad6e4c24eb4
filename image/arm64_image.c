/* SPDX-License-Identifier: MIT */
/* arm64_image: the 64-byte header of an arm64 Image (Documentation/arch/arm64/booting.rst). */
#include "lifeboat/kernel_image.h"

#include "image/read.h"

#define HEADER_BYTES 64
#define TEXT_OFFSET 8
#define IMAGE_SIZE 16
#define FLAGS 24
#define MAGIC 56
#define BOUNDARY (2 * LB_MIB)

#define FLAG_BIG_ENDIAN 1
#define FLAG_ANYWHERE 8

enum lb_status lb_arm64_image_open(struct lb_arm64_image *image, const void *file, size_t size,
	struct lb_image_error *error)
{
	static const uint32_t page_sizes[] = {0, 4096, 16384, 65536};
	const uint8_t *bytes = file;
	uint64_t flags;

	if (size < HEADER_BYTES) {
		return refuse(error, LB_TRUNCATED, size, "an Image header of 64 bytes");
	}
	if (read_le32(bytes + MAGIC) != 0x644d5241) {
		return refuse(error, LB_INVALID, MAGIC, "\"ARM\\x64\", an arm64 Image header");
	}
	flags = read_le64(bytes + FLAGS);
	*image = (struct lb_arm64_image){
		.file = bytes,
		.file_size = size,
		.text_offset = read_le64(bytes + TEXT_OFFSET),
		.image_size = read_le64(bytes + IMAGE_SIZE),
		.big_endian = flags & FLAG_BIG_ENDIAN,
		.page_size = page_sizes[flags >> 1 & 3],
		.anywhere = flags & FLAG_ANYWHERE,
		.efi = bytes[0] == 'M' && bytes[1] == 'Z',
	};
	if (!image->image_size) {
		return refuse(error, LB_UNSUPPORTED, IMAGE_SIZE,
			"the image's size (Linux 3.17 or later)");
	}
	if (image->image_size < size || image->image_size > LB_TIB) {
		return refuse(error, LB_INVALID, IMAGE_SIZE,
			"a size that holds the file, and less than 1 TiB");
	}
	if (image->text_offset >= BOUNDARY || image->text_offset & 4095) {
		return refuse(error, LB_INVALID, TEXT_OFFSET, "whole pages, less than 2 MiB");
	}
	return LB_OK;
}
