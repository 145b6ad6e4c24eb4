/* SPDX-License-Identifier: MIT */
/*
 * fuzz_kernel_image: any file, opened as each format. What is handed out lies inside the file
 * (every byte of it is read), and every refusal says where and what was expected.
 */
#include <stdlib.h>

#include "lifeboat/kernel_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static volatile unsigned int sink;

static void read_part(const uint8_t *file, struct lb_file_part part)
{
	unsigned int sum = 0;

	for (uint64_t i = 0; i < part.size; i++) {
		sum += file[part.offset + i];
	}
	sink = sum;
}

static bool opened(enum lb_status status, const struct lb_image_error *error, size_t size)
{
	if (status) {
		require(error->status == status && error->expected && error->offset <= size);
	}
	return status == LB_OK;
}

static void try_bzimage(const uint8_t *data, size_t size)
{
	struct lb_image_error error;
	struct lb_bzimage image;

	if (opened(lb_bzimage_open(&image, data, size, &error), &error, size)) {
		read_part(data, image.header);
		read_part(data, image.kernel);
		read_part(data, image.payload);
		require(lb_is_power_of_two(image.alignment));
		if (image.version) {
			require(image.version[image.version_length] == '\0');
		}
	}
}

static void try_elf(const uint8_t *data, size_t size)
{
	static struct lb_elf_kernel image;
	struct lb_image_error error;

	if (opened(lb_elf_kernel_open(&image, data, size, &error), &error, size)) {
		require(image.segment_count && image.segment_count <= LB_ELF_KERNEL_SEGMENTS_MAX);
		for (size_t i = 0; i < image.segment_count; i++) {
			read_part(data, image.segments[i].part);
			require(lb_range_contains(image.span, image.segments[i].memory));
		}
		require(lb_range_has(image.span, image.entry_physical));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lb_image_error error;
	struct lb_arm64_image arm64;
	struct lb_zboot zboot;
	enum lb_kernel_image kind;

	if (opened(lb_kernel_image_identify(data, size, &kind, &error), &error, size)) {
		require(lb_kernel_image_name(kind)[0]);
	}
	try_bzimage(data, size);
	try_elf(data, size);
	if (opened(lb_arm64_image_open(&arm64, data, size, &error), &error, size)) {
		require(arm64.file_size <= arm64.image_size);
	}
	if (opened(lb_zboot_open(&zboot, data, size, &error), &error, size)) {
		read_part(data, zboot.payload);
	}
	return 0;
}
