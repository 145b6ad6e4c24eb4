/* SPDX-License-Identifier: MIT */
/* sha256: the context, the padding and the choice of the path (FIPS 180-4, 5.1.1 and 6.2). */
#include "lifeboat/sha256.h"

#include "core/sha256_blocks.h"

static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
	0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

bool lb_sha256_has_path(enum lb_sha256_path path)
{
	switch (path) {
	case LB_SHA256_PORTABLE:
		return true;
	case LB_SHA256_X86_SHA:
		return lb_sha256_built_x86_64;
	case LB_SHA256_ARM64_SHA2:
		return lb_sha256_built_arm64;
	}
	return false;
}

enum lb_sha256_path lb_sha256_detect(void)
{
	if (lb_sha256_built_x86_64 && lb_sha256_cpu_x86_64()) {
		return LB_SHA256_X86_SHA;
	}
	if (lb_sha256_built_arm64 && lb_sha256_cpu_arm64()) {
		return LB_SHA256_ARM64_SHA2;
	}
	return LB_SHA256_PORTABLE;
}

const char *lb_sha256_path_name(enum lb_sha256_path path)
{
	switch (path) {
	case LB_SHA256_PORTABLE:
		return "portable";
	case LB_SHA256_X86_SHA:
		return "x86 sha";
	case LB_SHA256_ARM64_SHA2:
		return "arm64 sha2";
	}
	return "unknown";
}

static void take_blocks(struct lb_sha256 *context, const uint8_t *data, size_t count)
{
	switch ((enum lb_sha256_path)context->path) {
	case LB_SHA256_PORTABLE:
		lb_sha256_blocks_portable(context->state, data, count);
		break;
	case LB_SHA256_X86_SHA:
		lb_sha256_blocks_x86_64(context->state, data, count);
		break;
	case LB_SHA256_ARM64_SHA2:
		lb_sha256_blocks_arm64(context->state, data, count);
		break;
	}
}

void lb_sha256_init(struct lb_sha256 *context, enum lb_sha256_path path)
{
	LB_ASSERT(lb_sha256_has_path(path));
	*context = (struct lb_sha256){.path = (uint32_t)path};
	__builtin_memcpy(context->state, initial, sizeof(initial));
}

void lb_sha256_update(struct lb_sha256 *context, const void *data, size_t bytes)
{
	const uint8_t *from = data;

	LB_ASSERT(context->used < LB_SHA256_BLOCK_BYTES);
	if (!bytes) {
		return; /* data may be NULL, to which not even zero may be added */
	}
	context->total += bytes;
	if (context->used) {
		size_t part = lb_min(bytes, LB_SHA256_BLOCK_BYTES - context->used);

		__builtin_memcpy(context->block + context->used, from, part);
		context->used += (uint32_t)part;
		from += part;
		bytes -= part;
		if (context->used < LB_SHA256_BLOCK_BYTES) {
			return;
		}
		take_blocks(context, context->block, 1);
		context->used = 0;
	}
	take_blocks(context, from, bytes / LB_SHA256_BLOCK_BYTES);
	from += bytes - bytes % LB_SHA256_BLOCK_BYTES;
	context->used = (uint32_t)(bytes % LB_SHA256_BLOCK_BYTES);
	if (context->used) {
		__builtin_memcpy(context->block, from, context->used);
	}
}

static void put_big_endian(uint8_t *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		to[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
	}
}

void lb_sha256_finish(struct lb_sha256 *context, uint8_t ret_digest[LB_SHA256_BYTES])
{
	uint64_t bits = context->total * 8;
	size_t length_at = LB_SHA256_BLOCK_BYTES - 8;

	context->block[context->used++] = 0x80;
	if (context->used > length_at) {
		__builtin_memset(context->block + context->used, 0,
			LB_SHA256_BLOCK_BYTES - context->used);
		take_blocks(context, context->block, 1);
		context->used = 0;
	}
	__builtin_memset(context->block + context->used, 0, length_at - context->used);
	put_big_endian(context->block + length_at, bits, 8);
	take_blocks(context, context->block, 1);
	for (size_t i = 0; i < 8; i++) {
		put_big_endian(ret_digest + 4 * i, context->state[i], 4);
	}
	context->used = 0;
}
