/* SPDX-License-Identifier: MIT */
/*
 * bzimage: the setup header of an x86 kernel (Documentation/arch/x86/boot.rst; offsets are those
 * of the file, which are those of boot_params).
 */
#include "lifeboat/kernel_image.h"

#include "image/read.h"

#define SETUP_SECTS 0x1f1
#define SYSSIZE 0x1f4        /* protected-mode part, in 16-byte units */
#define BOOT_FLAG 0x1fe
#define HEADER_LENGTH 0x201  /* the header ends this far behind 0x202 */
#define HEADER_MAGIC 0x202
#define PROTOCOL 0x206
#define KERNEL_VERSION 0x20e /* of the string, less 0x200 */
#define LOADFLAGS 0x211
#define INITRD_ADDR_MAX 0x22c
#define KERNEL_ALIGNMENT 0x230
#define RELOCATABLE 0x234
#define XLOADFLAGS 0x236
#define CMDLINE_SIZE 0x238
#define PAYLOAD_OFFSET 0x248
#define PAYLOAD_LENGTH 0x24c
#define PREF_ADDRESS 0x258
#define INIT_SIZE 0x260
#define HEADER_END 0x264     /* of what protocol 2.12 defines up to here */

#define SECTOR 512
#define PROTOCOL_OLDEST 0x20c
#define LOADED_HIGH 1
#define XLF_KERNEL_64 (1u << 0)
#define XLF_ABOVE_4G (1u << 1)
#define XLF_HANDOVER_64 (1u << 3)
#define XLF_EFI_KEXEC (1u << 4)
#define XLF_5LEVEL (1u << 5)

static enum lb_status check_magic(const uint8_t *file, size_t size, struct lb_image_error *error)
{
	if (size < HEADER_END) {
		return refuse(error, LB_TRUNCATED, size, "a setup header of 0x264 bytes");
	}
	if (read_le16(file + BOOT_FLAG) != 0xaa55) {
		return refuse(error, LB_INVALID, BOOT_FLAG, "0xaa55, the boot flag");
	}
	if (read_le32(file + HEADER_MAGIC) != 0x53726448) {
		return refuse(error, LB_INVALID, HEADER_MAGIC, "\"HdrS\", a setup header");
	}
	if (read_le16(file + PROTOCOL) < PROTOCOL_OLDEST) {
		return refuse(error, LB_UNSUPPORTED, PROTOCOL,
			"boot protocol 2.12 or later (Linux 3.8)");
	}
	if (HEADER_MAGIC + file[HEADER_LENGTH] < HEADER_END) {
		return refuse(error, LB_INVALID, HEADER_LENGTH, "a header that reaches 0x264");
	}
	if (!(file[LOADFLAGS] & LOADED_HIGH)) {
		return refuse(error, LB_UNSUPPORTED, LOADFLAGS,
			"a kernel that is loaded above 1 MiB (bzImage, not zImage)");
	}
	return LB_OK;
}

/* Where the real-mode part ends and the kernel begins and ends. */
static enum lb_status find_parts(
	struct lb_bzimage *image, size_t size, struct lb_image_error *error)
{
	const uint8_t *file = image->file;
	uint64_t sectors = file[SETUP_SECTS] ? file[SETUP_SECTS] : 4;
	uint64_t setup = (sectors + 1) * SECTOR;
	uint64_t kernel = (uint64_t)read_le32(file + SYSSIZE) * 16;

	image->header = (struct lb_file_part){
		SETUP_SECTS, HEADER_MAGIC + file[HEADER_LENGTH] - SETUP_SECTS};
	if (!file_has(setup, image->header.offset, image->header.size)) {
		return refuse(error, LB_INVALID, SETUP_SECTS, "sectors that hold the header");
	}
	if (!file_has(size, setup, 1)) {
		return refuse(error, LB_TRUNCATED, size,
			"the protected-mode part, behind the setup sectors");
	}
	if (!kernel) {
		return refuse(error, LB_INVALID, SYSSIZE, "the size of the protected-mode part");
	}
	if (!file_has(size, setup, kernel)) {
		return refuse(error, LB_TRUNCATED, size,
			"the whole protected-mode part, as long as 0x1f4 says");
	}
	image->kernel = (struct lb_file_part){setup, kernel};
	return LB_OK;
}

static enum lb_status find_payload(struct lb_bzimage *image, struct lb_image_error *error)
{
	uint64_t offset = read_le32(image->file + PAYLOAD_OFFSET);
	uint64_t length = read_le32(image->file + PAYLOAD_LENGTH);

	image->payload = (struct lb_file_part){0, 0};
	image->compression = LB_COMPRESSION_UNKNOWN;
	image->unpacked_size = 0;
	if (!length) {
		return LB_OK;
	}
	if (!file_has(image->kernel.size, offset, length)) {
		return refuse(error, LB_INVALID, PAYLOAD_OFFSET,
			"a payload inside the protected-mode part");
	}
	image->payload = (struct lb_file_part){image->kernel.offset + offset, length};
	image->compression = lb_compression_of(image->file + image->payload.offset, length);
	if (length >= 4) {
		image->unpacked_size =
			read_le32(image->file + image->payload.offset + length - 4);
	}
	return LB_OK;
}

/* The string that file(1) shows. It lies in the setup part; one that does not is left out. */
static void find_version(struct lb_bzimage *image)
{
	uint64_t offset = read_le16(image->file + KERNEL_VERSION);
	uint64_t at = offset + 0x200;
	size_t length = 0;

	image->version = NULL;
	image->version_length = 0;
	if (!offset || at < HEADER_END || at >= image->kernel.offset) {
		return;
	}
	while (at + length < image->kernel.offset && image->file[at + length]) {
		length++;
	}
	if (at + length < image->kernel.offset && length) {
		image->version = (const char *)image->file + at;
		image->version_length = length;
	}
}

static enum lb_status read_needs(struct lb_bzimage *image, struct lb_image_error *error)
{
	const uint8_t *file = image->file;
	unsigned int flags = read_le16(file + XLOADFLAGS);
	uint64_t end;

	image->protocol = read_le16(file + PROTOCOL);
	image->init_size = read_le32(file + INIT_SIZE);
	image->pref_address = read_le64(file + PREF_ADDRESS);
	image->alignment = read_le32(file + KERNEL_ALIGNMENT);
	image->relocatable = file[RELOCATABLE];
	image->cmdline_max = read_le32(file + CMDLINE_SIZE);
	image->initrd_last = read_le32(file + INITRD_ADDR_MAX);
	image->entry_64 = flags & XLF_KERNEL_64;
	image->above_4g = flags & XLF_ABOVE_4G;
	image->efi_handover_64 = flags & XLF_HANDOVER_64;
	image->efi_kexec = flags & XLF_EFI_KEXEC;
	image->five_level = flags & XLF_5LEVEL;
	if (!lb_is_power_of_two(image->alignment)) {
		return refuse(error, LB_INVALID, KERNEL_ALIGNMENT, "a power of two");
	}
	if (image->init_size < image->kernel.size) {
		return refuse(error, LB_INVALID, INIT_SIZE,
			"room for at least the protected-mode part");
	}
	if (!lb_add(image->pref_address, image->init_size, &end)) {
		return refuse(error, LB_INVALID, PREF_ADDRESS, "an address that leaves room");
	}
	return LB_OK;
}

enum lb_status lb_bzimage_open(
	struct lb_bzimage *image, const void *file, size_t size, struct lb_image_error *error)
{
	enum lb_status status = check_magic(file, size, error);

	image->file = file;
	if (!status) {
		status = find_parts(image, size, error);
	}
	if (!status) {
		status = find_payload(image, error);
	}
	if (!status) {
		status = read_needs(image, error);
	}
	if (!status) {
		find_version(image);
	}
	return status;
}
