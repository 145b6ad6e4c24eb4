/* SPDX-License-Identifier: MIT */
/* arena: chunks in a list; what is larger than a chunk gets one of its own. */
#include "machine/arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (size_t)(256 * LB_KIB)

struct machine_chunk {
	struct machine_chunk *next;
	size_t used;
	size_t size;
	_Alignas(16) char bytes[];
};

static struct machine_chunk *add_chunk(struct machine_arena *arena, size_t size)
{
	struct machine_chunk *chunk;

	if (size > MACHINE_ARENA_BYTES_MAX - arena->total) {
		return NULL;
	}
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk) {
		return NULL;
	}
	*chunk = (struct machine_chunk){.next = arena->chunks, .size = size};
	arena->chunks = chunk;
	arena->total += size;
	return chunk;
}

void *machine_arena_allocate(struct machine_arena *arena, size_t size)
{
	struct machine_chunk *chunk = arena->chunks;
	uint64_t rounded;
	void *result;

	if (!lb_align_up(size ? size : 1, 16, &rounded) || rounded > MACHINE_ARENA_BYTES_MAX) {
		return NULL;
	}
	if (!chunk || rounded > chunk->size - chunk->used) {
		chunk = add_chunk(arena, lb_max(rounded, CHUNK_BYTES));
	}
	if (!chunk) {
		return NULL;
	}
	result = chunk->bytes + chunk->used;
	chunk->used += rounded;
	return result;
}

char *machine_arena_text(struct machine_arena *arena, const char *text, size_t length)
{
	char *copy = machine_arena_allocate(arena, length + 1);

	if (copy) {
		memcpy(copy, text, length);
		copy[length] = 0;
	}
	return copy;
}

void machine_arena_release(struct machine_arena *arena)
{
	while (arena->chunks) {
		struct machine_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
	arena->total = 0;
}
