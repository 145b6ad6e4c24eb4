/* SPDX-License-Identifier: MIT */
/* read: little-endian fields of a file whose length was checked, and how a parser says no. */
#ifndef LIFEBOAT_IMAGE_READ_H
#define LIFEBOAT_IMAGE_READ_H

#include "lifeboat/kernel_image.h"

static inline uint16_t read_le16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t read_le32(const uint8_t *at)
{
	return (uint32_t)read_le16(at) | (uint32_t)read_le16(at + 2) << 16;
}

static inline uint64_t read_le64(const uint8_t *at)
{
	return (uint64_t)read_le32(at) | (uint64_t)read_le32(at + 4) << 32;
}

/* True if [offset, offset + length) lies in size bytes. */
static inline bool file_has(uint64_t size, uint64_t offset, uint64_t length)
{
	return offset <= size && length <= size - offset;
}

/* Fills error, if there is one, and returns status. */
static inline enum lb_status refuse(struct lb_image_error *error, enum lb_status status,
	uint64_t offset, const char *expected)
{
	if (error) {
		*error = (struct lb_image_error){status, offset, expected};
	}
	return status;
}

#endif
