/* SPDX-License-Identifier: MIT */
/* arena: a list of blocks, the newest with room at its end. */
#include "plan/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 << 10)

struct lb_arena_block {
	struct lb_arena_block *next;
	size_t used;
	size_t capacity;
	alignas(max_align_t) unsigned char bytes[];
};

static struct lb_arena_block *new_block(struct lb_arena *arena, size_t bytes)
{
	size_t capacity = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct lb_arena_block *block = calloc(1, sizeof(*block) + capacity);

	if (!block) {
		return NULL;
	}
	block->capacity = capacity;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *lb_arena_alloc(struct lb_arena *arena, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	struct lb_arena_block *block = arena->blocks;
	void *at;

	if (bytes > SIZE_MAX / 2) {
		return NULL;
	}
	bytes = (bytes + align - 1) & ~(align - 1);
	if (!block || block->capacity - block->used < bytes) {
		block = new_block(arena, bytes);
		if (!block) {
			return NULL;
		}
	}
	at = block->bytes + block->used;
	block->used += bytes;
	return at;
}

void *lb_arena_array(struct lb_arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		return NULL;
	}
	return lb_arena_alloc(arena, bytes);
}

char *lb_arena_text(struct lb_arena *arena, const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = lb_arena_alloc(arena, bytes);

	return copy ? memcpy(copy, text, bytes) : NULL;
}

char *lb_arena_printf(struct lb_arena *arena, const char *format, ...)
{
	va_list arguments;
	int length;
	char *text;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		return NULL;
	}
	text = lb_arena_alloc(arena, (size_t)length + 1);
	if (!text) {
		return NULL;
	}
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

void lb_arena_free(struct lb_arena *arena)
{
	while (arena->blocks) {
		struct lb_arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}
