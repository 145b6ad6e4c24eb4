/* SPDX-License-Identifier: MIT */
/*
 * zboot: an EFI program that carries a packed kernel Image (zboot-header.S and Makefile.zboot of
 * drivers/firmware/efi/libstub, 6.1 to 7.2). The unpacked size is gzip's own trailer, or four
 * bytes that the build appends behind the payload of every other format.
 */
#include "lifeboat/kernel_image.h"

#include "image/read.h"

#define HEADER_BYTES 64
#define TYPE 4
#define PAYLOAD_OFFSET 8
#define PAYLOAD_SIZE 12
#define COMPRESSION 24
#define COMPRESSION_BYTES 32
#define MAGIC 56
#define PE_OFFSET 60

/* The EFI program's machine, from its PE header (PE/COFF specification, "COFF File Header"). */
static enum lb_status read_machine(
	struct lb_zboot *image, size_t size, struct lb_image_error *error)
{
	uint64_t at = read_le32(image->file + PE_OFFSET);

	if (!file_has(size, at, 6) || read_le32(image->file + at) != 0x4550) {
		return refuse(error, LB_INVALID, PE_OFFSET, "the offset of a PE header");
	}
	switch (read_le16(image->file + at + 4)) {
	case 0xaa64:
		image->arch = LB_ARCH_ARM64;
		break;
	case 0x5064:
		image->arch = LB_ARCH_RISCV64;
		break;
	case 0x8664:
		image->arch = LB_ARCH_X86_64;
		break;
	default:
		image->arch = LB_ARCH_UNKNOWN;
	}
	return LB_OK;
}

static enum lb_compression named(const char *text)
{
	static const struct {
		const char *prefix;
		enum lb_compression compression;
	} names[] = {
		{"gzip", LB_COMPRESSION_GZIP},
		{"lz4", LB_COMPRESSION_LZ4},
		{"lzma", LB_COMPRESSION_LZMA},
		{"lzo", LB_COMPRESSION_LZO},
		{"xz", LB_COMPRESSION_XZ},
		{"zstd", LB_COMPRESSION_ZSTD},
	};
	size_t i, k;

	for (i = 0; i < LB_ARRAY_COUNT(names); i++) {
		for (k = 0; names[i].prefix[k] && names[i].prefix[k] == text[k]; k++) {
		}
		if (!names[i].prefix[k]) {
			return names[i].compression;
		}
	}
	return LB_COMPRESSION_UNKNOWN;
}

static enum lb_status find_payload(
	struct lb_zboot *image, size_t size, struct lb_image_error *error)
{
	uint64_t offset = read_le32(image->file + PAYLOAD_OFFSET);
	uint64_t length = read_le32(image->file + PAYLOAD_SIZE);
	uint64_t trailer = image->compression == LB_COMPRESSION_GZIP ? 0 : 4;

	if (offset < HEADER_BYTES || length < 4) {
		return refuse(error, LB_INVALID, PAYLOAD_OFFSET, "a payload behind the header");
	}
	if (!file_has(size, offset, length + trailer)) {
		return refuse(error, LB_TRUNCATED, size, "the payload and its unpacked size");
	}
	image->payload = (struct lb_file_part){offset, length};
	image->unpacked_size = read_le32(image->file + offset + length + trailer - 4);
	return LB_OK;
}

enum lb_status lb_zboot_open(
	struct lb_zboot *image, const void *file, size_t size, struct lb_image_error *error)
{
	const uint8_t *bytes = file;
	enum lb_status status;
	size_t i;

	if (size < HEADER_BYTES) {
		return refuse(error, LB_TRUNCATED, size, "a zboot header of 64 bytes");
	}
	if (bytes[0] != 'M' || bytes[1] != 'Z' || read_le32(bytes + TYPE) != 0x676d697a) {
		return refuse(error, LB_INVALID, 0, "\"MZ\" and \"zimg\", a zboot header");
	}
	if (read_le32(bytes + MAGIC) != 0x818223cd) {
		return refuse(error, LB_INVALID, MAGIC, "0x818223cd, a Linux EFI program");
	}
	for (i = 0; i < COMPRESSION_BYTES && bytes[COMPRESSION + i]; i++) {
	}
	if (i == COMPRESSION_BYTES) {
		return refuse(error, LB_INVALID, COMPRESSION, "a terminated name");
	}
	*image = (struct lb_zboot){
		.file = bytes, .compression_text = (const char *)bytes + COMPRESSION};
	image->compression = named(image->compression_text);
	status = read_machine(image, size, error);
	return status ? status : find_payload(image, size, error);
}
