/* SPDX-License-Identifier: MIT */
/* kernel_image: which kind of boot image a file is, and how its payload is packed. */
#include "lifeboat/kernel_image.h"

#include "image/read.h"

struct magic {
	enum lb_compression compression;
	uint8_t length;
	uint8_t bytes[6];
};

/* The first bytes of each format, as Linux's own lib/decompress.c tells them apart. */
static const struct magic magics[] = {
	{LB_COMPRESSION_NONE, 4, {0x7f, 'E', 'L', 'F'}},
	{LB_COMPRESSION_GZIP, 2, {0x1f, 0x8b}},
	{LB_COMPRESSION_BZIP2, 3, {'B', 'Z', 'h'}},
	{LB_COMPRESSION_LZMA, 3, {0x5d, 0x00, 0x00}},
	{LB_COMPRESSION_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0x00}},
	{LB_COMPRESSION_LZO, 4, {0x89, 'L', 'Z', 'O'}},
	{LB_COMPRESSION_LZ4, 4, {0x02, 0x21, 0x4c, 0x18}},
	{LB_COMPRESSION_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}},
};

const char *lb_compression_name(enum lb_compression compression)
{
	static const char *const names[] = {
		[LB_COMPRESSION_UNKNOWN] = "unknown",
		[LB_COMPRESSION_NONE] = "none",
		[LB_COMPRESSION_GZIP] = "gzip",
		[LB_COMPRESSION_BZIP2] = "bzip2",
		[LB_COMPRESSION_LZMA] = "lzma",
		[LB_COMPRESSION_XZ] = "xz",
		[LB_COMPRESSION_LZO] = "lzo",
		[LB_COMPRESSION_LZ4] = "lz4",
		[LB_COMPRESSION_ZSTD] = "zstd",
	};

	return (size_t)compression < LB_ARRAY_COUNT(names) ? names[compression] : "unknown";
}

enum lb_compression lb_compression_of(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t i, k;

	for (i = 0; i < LB_ARRAY_COUNT(magics); i++) {
		for (k = 0; k < magics[i].length && k < size; k++) {
			if (bytes[k] != magics[i].bytes[k]) {
				break;
			}
		}
		if (k == magics[i].length) {
			return magics[i].compression;
		}
	}
	return LB_COMPRESSION_UNKNOWN;
}

const char *lb_kernel_image_name(enum lb_kernel_image kind)
{
	switch (kind) {
	case LB_KERNEL_IMAGE_BZIMAGE:
		return "bzImage";
	case LB_KERNEL_IMAGE_ARM64:
		return "arm64 Image";
	case LB_KERNEL_IMAGE_ZBOOT:
		return "EFI zboot image";
	case LB_KERNEL_IMAGE_ELF:
		return "ELF";
	}
	return "unknown";
}

static bool has_le32(const uint8_t *file, size_t size, uint64_t offset, uint32_t value)
{
	return file_has(size, offset, 4) && read_le32(file + offset) == value;
}

enum lb_status lb_kernel_image_identify(const void *file, size_t size, enum lb_kernel_image *ret,
	struct lb_image_error *error)
{
	const uint8_t *bytes = file;
	enum lb_compression packed = lb_compression_of(file, size);

	if (packed == LB_COMPRESSION_NONE) {
		*ret = LB_KERNEL_IMAGE_ELF;
	} else if (has_le32(bytes, size, 0x202, 0x53726448)) { /* "HdrS" */
		*ret = LB_KERNEL_IMAGE_BZIMAGE;
	} else if (has_le32(bytes, size, 4, 0x676d697a)) { /* "zimg" */
		*ret = LB_KERNEL_IMAGE_ZBOOT;
	} else if (has_le32(bytes, size, 56, 0x644d5241)) { /* "ARM\x64" */
		*ret = LB_KERNEL_IMAGE_ARM64;
	} else if (packed != LB_COMPRESSION_UNKNOWN) {
		return refuse(error, LB_UNSUPPORTED, 0,
			"a boot image that is not compressed as a whole: unpack it first");
	} else if (has_le32(bytes, size, 56, 0x05435352)) { /* "RSC\x05" */
		return refuse(error, LB_UNSUPPORTED, 56, "an x86-64 or arm64 image, not riscv64");
	} else if (size >= 2 && bytes[0] == 'M' && bytes[1] == 'Z') {
		return refuse(error, LB_UNSUPPORTED, 0,
			"a Linux kernel, not another EFI program (a unified kernel image?)");
	} else {
		return refuse(error, LB_INVALID, 0,
			"a bzImage, an arm64 Image, an EFI zboot image or an ELF kernel");
	}
	return LB_OK;
}
