/* SPDX-License-Identifier: MIT */
/* cpio: see cpio.h. */
#include "lab/cpio.h"

#define MAGIC "070701"
#define NAME_MAX_BYTES 256
#define FIELDS 13
#define HEADER_BYTES (6 + FIELDS * 8)

static const char last_name[] = "TRAILER!!!";

void lab_cpio_init(struct lab_cpio *cpio, struct lb_sink sink)
{
	*cpio = (struct lab_cpio){.sink = sink, .next_inode = 1};
}

static void put_hex(char out[8], uint32_t value)
{
	for (int i = 7; i >= 0; i--) {
		out[i] = "0123456789abcdef"[value & 0xf];
		value >>= 4;
	}
}

/* Headers with their names and contents are padded to four bytes each. */
static void pad(struct lab_cpio *cpio, uint32_t bytes)
{
	lb_sink_write(cpio->sink, "\0\0\0", (4 - bytes % 4) % 4);
}

static void put_header(struct lab_cpio *cpio, const char *name, uint32_t mode, uint32_t size,
	const uint32_t device[2])
{
	char header[HEADER_BYTES] = MAGIC;
	uint32_t name_bytes = 1;
	uint32_t fields[FIELDS] = {cpio->next_inode++, mode, 0, 0, 1, 0, size, 0, 0, device[0],
		device[1]};

	while (name[name_bytes - 1]) {
		name_bytes++;
	}
	LB_ASSERT(name_bytes <= NAME_MAX_BYTES);
	fields[11] = name_bytes;
	for (int i = 0; i < FIELDS; i++) {
		put_hex(header + 6 + i * 8, fields[i]);
	}
	lb_sink_write(cpio->sink, header, sizeof(header));
	lb_sink_write(cpio->sink, name, name_bytes);
	pad(cpio, (uint32_t)sizeof(header) + name_bytes);
}

void lab_cpio_begin(struct lab_cpio *cpio, const char *name, uint32_t mode, uint32_t size)
{
	static const uint32_t no_device[2];

	put_header(cpio, name, mode, size, no_device);
	cpio->open_size = size;
}

void lab_cpio_end(struct lab_cpio *cpio)
{
	pad(cpio, cpio->open_size);
	cpio->open_size = 0;
}

void lab_cpio_folder(struct lab_cpio *cpio, const char *name)
{
	lab_cpio_begin(cpio, name, LAB_CPIO_FOLDER, 0);
	lab_cpio_end(cpio);
}

void lab_cpio_device(struct lab_cpio *cpio, const char *name, uint32_t major, uint32_t minor)
{
	const uint32_t device[2] = {major, minor};

	put_header(cpio, name, LAB_CPIO_DEVICE, 0, device);
}

void lab_cpio_file(
	struct lab_cpio *cpio, const char *name, uint32_t mode, const void *bytes, uint32_t size)
{
	lab_cpio_begin(cpio, name, mode, size);
	lb_sink_write(cpio->sink, bytes, size);
	lab_cpio_end(cpio);
}

void lab_cpio_finish(struct lab_cpio *cpio)
{
	static const uint32_t no_device[2];

	put_header(cpio, last_name, 0, 0, no_device);
}

static bool take_hex(const uint8_t *text, uint32_t *ret)
{
	*ret = 0;
	for (int i = 0; i < 8; i++) {
		uint8_t c = text[i];
		uint32_t digit = c >= '0' && c <= '9' ? c - (uint32_t)'0'
			: c >= 'a' && c <= 'f'	      ? c - (uint32_t)'a' + 10
			: c >= 'A' && c <= 'F'	      ? c - (uint32_t)'A' + 10
						      : 16;

		if (digit == 16) {
			return false;
		}
		*ret = *ret << 4 | digit;
	}
	return true;
}

/* Takes `bytes` and what pads them; the archive's last padding may be missing. */
static bool take_part(size_t size, size_t *at, uint32_t bytes, size_t *ret_start)
{
	if (bytes > size - *at) {
		return false;
	}
	*ret_start = *at;
	*at = (size_t)lb_min(size, (*at + bytes + 3) & ~(size_t)3);
	return true;
}

enum lb_status lab_cpio_next(
	const uint8_t *archive, size_t size, size_t *offset, struct lab_cpio_entry *ret)
{
	const uint8_t *header = archive + *offset;
	uint32_t name_bytes;
	size_t name;
	size_t contents;
	size_t at = *offset;

	if (*offset > size || size - *offset < HEADER_BYTES) {
		return LB_TRUNCATED;
	}
	if (__builtin_memcmp(header, MAGIC, sizeof(MAGIC) - 1) ||
		!take_hex(header + 6 + 1 * 8, &ret->mode) ||
		!take_hex(header + 6 + 6 * 8, &ret->size) ||
		!take_hex(header + 6 + 11 * 8, &name_bytes) || !name_bytes ||
		name_bytes > NAME_MAX_BYTES) {
		return LB_INVALID;
	}
	/* The name follows its header at once; both together are padded. */
	if (!take_part(size, &at, HEADER_BYTES + name_bytes, &name) ||
		!take_part(size, &at, ret->size, &contents)) {
		return LB_TRUNCATED;
	}
	ret->name = (const char *)archive + name + HEADER_BYTES;
	ret->bytes = archive + contents;
	if (ret->name[name_bytes - 1]) {
		return LB_INVALID;
	}
	*offset = at;
	return name_bytes == sizeof(last_name) &&
			!__builtin_memcmp(ret->name, last_name, sizeof(last_name))
		? LB_NOT_FOUND
		: LB_OK;
}
