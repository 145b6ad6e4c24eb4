/* SPDX-License-Identifier: MIT */
/* unpack_memory: see unpack_memory.h. */
#include "capture/unpack_memory.h"

#include "lifeboat/kernel_image.h"

#define BZIP2_BYTES_EACH 4 /* for each byte of a block (lib/decompress_bunzip2.c) */
#define BZIP2_BLOCK 100000 /* times the digit in the head */
#define LZ4_CHUNK (8 * LB_MIB) /* LZ4_DEFAULT_UNCOMPRESSED_CHUNK_SIZE */
#define XZ_STREAM_HEAD 12
#define XZ_LZMA2 0x21

/* What is left of a head. */
struct head {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* Little endian. */
static uint64_t take(struct head *head, size_t bytes)
{
	uint64_t value = 0;

	LB_ASSERT(bytes <= sizeof(value));
	if (head->left < bytes) {
		head->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++) {
		value |= (uint64_t)head->at[i] << 8 * i;
	}
	head->at += bytes;
	head->left -= bytes;
	return value;
}

static void skip(struct head *head, uint64_t bytes)
{
	head->bad |= bytes > head->left;
	bytes = lb_min(bytes, head->left);
	head->at += bytes;
	head->left -= bytes;
}

/* Seven bits a byte (The .xz File Format 1.2.0, 1.2). */
static uint64_t take_multibyte(struct head *head)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 63; shift += 7) {
		uint64_t byte = take(head, 1);

		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			return value;
		}
	}
	head->bad = true;
	return 0;
}

/* RFC 8878, 3.1.1.1: the window, or all of it where that is less. */
static uint64_t zstd_window(struct head head)
{
	static const uint8_t dictionary_bytes[] = {0, 1, 2, 4};
	uint64_t flags, window;

	skip(&head, 4);
	flags = take(&head, 1);
	if (!(flags & 0x20)) {
		window = take(&head, 1);
		window = (8 + (window & 7)) << (7 + (window >> 3));
		return head.bad ? 0 : window;
	}
	skip(&head, dictionary_bytes[flags & 3]);
	window = take(&head, (size_t)1 << (flags >> 6));
	return window + (flags >> 6 == 1 ? 256 : 0);
}

/* Its filters stand in the head of the first block; the last of them is LZMA2. */
static uint64_t xz_window(struct head head)
{
	uint64_t flags;

	skip(&head, XZ_STREAM_HEAD + 1);
	flags = take(&head, 1);
	for (unsigned int bit = 6; bit < 8; bit++) {
		if (flags >> bit & 1) {
			take_multibyte(&head);
		}
	}
	for (uint64_t i = 0; i <= (flags & 3) && !head.bad; i++) {
		uint64_t filter = take_multibyte(&head);
		uint64_t bytes = take_multibyte(&head);
		uint64_t bits = head.left ? *head.at : UINT64_MAX;

		if (filter == XZ_LZMA2 && bytes == 1 && bits < 40) {
			return (2 | (bits & 1)) << (bits / 2 + 11);
		}
		skip(&head, bytes);
	}
	return 0;
}

/* As much as is in it, where that is less; 2^64 - 1: it does not say. */
static uint64_t lzma_window(struct head head)
{
	uint64_t dictionary;

	skip(&head, 1);
	dictionary = take(&head, 4);
	return lb_min(dictionary, take(&head, 8));
}

static uint64_t bzip2_window(struct head head)
{
	uint64_t digit;

	skip(&head, 3);
	digit = take(&head, 1);
	return digit >= '1' && digit <= '9' ? (digit - '0') * BZIP2_BLOCK * BZIP2_BYTES_EACH : 0;
}

uint64_t lb_unpack_memory(const uint8_t *data, size_t size)
{
	const struct head head = {data, size, false};

	switch (lb_compression_of(data, size)) {
	case LB_COMPRESSION_ZSTD:
		return zstd_window(head);
	case LB_COMPRESSION_XZ:
		return xz_window(head);
	case LB_COMPRESSION_LZMA:
		return lzma_window(head);
	case LB_COMPRESSION_BZIP2:
		return bzip2_window(head);
	case LB_COMPRESSION_LZ4:
		return LZ4_CHUNK;
	case LB_COMPRESSION_GZIP:
	case LB_COMPRESSION_LZO:
	case LB_COMPRESSION_NONE:
	case LB_COMPRESSION_UNKNOWN:
		break;
	}
	return 0;
}
