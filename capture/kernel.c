/* SPDX-License-Identifier: MIT */
/* kernel: image/ reads the headers; what is packed behind them is unpacked here. */
#include "capture/kernel.h"

#include <stdlib.h>
#include <string.h>

/* What was unpacked, in memory. */
struct unpacked {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
	struct lb_capture_error *error;
};

static enum lb_status grow(struct unpacked *unpacked, size_t least)
{
	size_t capacity = (size_t)lb_max(2 * unpacked->capacity, lb_max(least, LB_MIB));
	uint8_t *bytes = realloc(unpacked->bytes, capacity);

	if (!bytes) {
		return lb_capture_fail(unpacked->error, LB_NO_STORAGE, "out of memory");
	}
	unpacked->bytes = bytes;
	unpacked->capacity = capacity;
	return LB_OK;
}

static enum lb_status keep(void *context, const uint8_t *bytes, size_t size)
{
	struct unpacked *unpacked = context;
	enum lb_status status = LB_OK;

	if (size > LB_CAPTURE_KERNEL_UNPACKED_MAX - unpacked->size) {
		return lb_capture_fail(unpacked->error, LB_INVALID,
			"the kernel in it unpacks to more than %llu MiB",
			(unsigned long long)(LB_CAPTURE_KERNEL_UNPACKED_MAX / LB_MIB));
	}
	if (unpacked->capacity - unpacked->size < size) {
		status = grow(unpacked, unpacked->size + size);
	}
	if (status == LB_OK && size) {
		memcpy(unpacked->bytes + unpacked->size, bytes, size);
		unpacked->size += size;
	}
	return status;
}

/* The payload, unpacked; *ret->bytes is the caller's to free, also after a failure. */
static enum lb_status unpack_payload(const uint8_t *file, struct lb_file_part payload,
	struct unpacked *ret, struct lb_capture_error *error)
{
	const uint8_t *data = file + payload.offset;
	size_t size = (size_t)payload.size;
	size_t used;

	ret->error = error;
	/* Behind all but gzip the build appends the unpacked size (scripts/Makefile.lib, 6.12),
	 * which lz4's reader would take for another block. */
	if (lb_compression_of(data, size) != LB_COMPRESSION_GZIP && size > 4) {
		size -= 4;
	}
	return lb_unpack(data, size, keep, ret, &used, error);
}

static enum lb_status refused(
	const struct lb_image_error *why, enum lb_kernel_image kind, struct lb_capture_error *error)
{
	return lb_capture_fail(error, why->status, "%s: offset %llu: expected %s",
		lb_kernel_image_name(kind), (unsigned long long)why->offset, why->expected);
}

/* The first word of a version text. */
static void name_release(const char *text, size_t length, struct lb_capture_kernel *ret)
{
	size_t end = 0;

	while (end < length && end + 1 < sizeof(ret->release) && text[end] > ' ' &&
		text[end] < 0x7f) {
		ret->release[end] = text[end];
		end++;
	}
	ret->release[end] = 0;
}

/* From the banner in an unpacked kernel. */
static void find_release(const uint8_t *bytes, size_t size, struct lb_capture_kernel *ret)
{
	static const char mark[] = "Linux version ";
	const uint8_t *end = bytes + size;
	const uint8_t *at = bytes;

	while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
		at += sizeof(mark) - 1;
		if (at < end && *at >= '0' && *at <= '9') {
			name_release((const char *)at, (size_t)(end - at), ret);
			return;
		}
	}
}

static enum lb_status read_elf(const uint8_t *file, size_t size, struct lb_capture_kernel *ret,
	struct lb_capture_error *error)
{
	struct lb_elf_kernel *elf = malloc(sizeof(*elf));
	struct lb_image_error why;
	enum lb_status status;

	if (!elf) {
		return lb_capture_fail(error, LB_NO_STORAGE, "out of memory");
	}
	status = lb_elf_kernel_open(elf, file, size, &why);
	if (status) {
		status = refused(&why, LB_KERNEL_IMAGE_ELF, error);
	} else {
		ret->arch = elf->arch;
		ret->load_bytes = ret->resident_bytes = lb_range_size(elf->span);
		ret->load_align = 2 * LB_MIB;
		ret->resident_known = true;
		ret->load_source = ret->resident_source = "segments of the ELF file";
		find_release(file, size, ret);
	}
	free(elf);
	return status;
}

/* What stays once it runs is told by the ELF file that is packed in it. */
static enum lb_status read_bzimage(const uint8_t *file, size_t size,
	struct lb_capture_kernel *ret, struct lb_capture_error *error)
{
	struct lb_bzimage image;
	struct lb_image_error why;
	struct unpacked unpacked = {0};
	struct lb_capture_kernel inner = {0};
	enum lb_status status = lb_bzimage_open(&image, file, size, &why);

	if (status) {
		return refused(&why, LB_KERNEL_IMAGE_BZIMAGE, error);
	}
	ret->arch = LB_ARCH_X86_64;
	ret->page_size = 4096;
	ret->load_bytes = ret->resident_bytes = image.init_size;
	ret->load_align = image.alignment;
	ret->load_source = ret->resident_source = "init_size of the bzImage's setup header";
	if (image.version) {
		name_release(image.version, image.version_length, ret);
	}
	if (!image.payload.size || image.compression == LB_COMPRESSION_UNKNOWN ||
		image.compression == LB_COMPRESSION_NONE) {
		return LB_OK;
	}
	status = unpack_payload(file, image.payload, &unpacked, error);
	if (status == LB_OK) {
		status = read_elf(unpacked.bytes, unpacked.size, &inner, error);
	}
	free(unpacked.bytes);
	if (status == LB_OK && inner.resident_bytes <= image.init_size) {
		ret->resident_bytes = inner.resident_bytes;
		ret->resident_known = true;
		ret->resident_source = "segments of the ELF file packed in the bzImage";
	}
	return status == LB_UNSUPPORTED ? LB_OK : status;
}

static enum lb_status read_arm64(const uint8_t *file, size_t size, struct lb_capture_kernel *ret,
	struct lb_capture_error *error)
{
	struct lb_arm64_image image;
	struct lb_image_error why;

	if (lb_arm64_image_open(&image, file, size, &why)) {
		return refused(&why, LB_KERNEL_IMAGE_ARM64, error);
	}
	ret->arch = LB_ARCH_ARM64;
	ret->page_size = image.page_size;
	ret->resident_bytes = image.image_size;
	ret->load_bytes = image.image_size + image.text_offset;
	ret->load_align = 2 * LB_MIB;
	ret->resident_known = true;
	ret->load_source = ret->resident_source = "image_size of the arm64 Image's header";
	find_release(file, size, ret);
	return LB_OK;
}

static enum lb_status read_zboot(const uint8_t *file, size_t size, struct lb_capture_kernel *ret,
	struct lb_capture_error *error)
{
	struct lb_zboot image;
	struct lb_image_error why;
	struct unpacked unpacked = {0};
	enum lb_status status;

	if (lb_zboot_open(&image, file, size, &why)) {
		return refused(&why, LB_KERNEL_IMAGE_ZBOOT, error);
	}
	status = unpack_payload(file, image.payload, &unpacked, error);
	if (status == LB_OK) {
		status = read_arm64(unpacked.bytes, unpacked.size, ret, error);
	}
	free(unpacked.bytes);
	return status;
}

enum lb_status lb_capture_kernel_read(const uint8_t *file, size_t size,
	struct lb_capture_kernel *ret, struct lb_capture_error *error)
{
	struct lb_capture_kernel kernel = {.file_bytes = size};
	struct lb_image_error why;
	enum lb_status status = lb_kernel_image_identify(file, size, &kernel.kind, &why);

	if (status) {
		return lb_capture_fail(error, status,
			"no kernel image: offset %llu: expected %s",
			(unsigned long long)why.offset, why.expected);
	}
	switch (kernel.kind) {
	case LB_KERNEL_IMAGE_BZIMAGE:
		status = read_bzimage(file, size, &kernel, error);
		break;
	case LB_KERNEL_IMAGE_ARM64:
		status = read_arm64(file, size, &kernel, error);
		break;
	case LB_KERNEL_IMAGE_ZBOOT:
		status = read_zboot(file, size, &kernel, error);
		break;
	case LB_KERNEL_IMAGE_ELF:
		status = read_elf(file, size, &kernel, error);
		break;
	}
	if (status == LB_OK && kernel.load_bytes > LB_CAPTURE_KERNEL_LOAD_MAX) {
		return lb_capture_fail(error, LB_INVALID,
			"%s: asks for %llu MiB in one piece, which no kernel needs",
			lb_kernel_image_name(kernel.kind),
			(unsigned long long)(kernel.load_bytes / LB_MIB));
	}
	if (status == LB_OK) {
		*ret = kernel;
	}
	return status;
}
