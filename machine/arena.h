/* SPDX-License-Identifier: MIT */
/* arena: the memory of one machine. Grows in chunks, is bounded, and goes in one piece. */
#ifndef LIFEBOAT_MACHINE_ARENA_H
#define LIFEBOAT_MACHINE_ARENA_H

#include "lifeboat/base.h"

/* No machine needs more; hostile input meets this bound before it meets the system's. */
#define MACHINE_ARENA_BYTES_MAX (UINT64_C(1) << 30)

struct machine_chunk;

struct machine_arena {
	struct machine_chunk *chunks;
	uint64_t total; /* bytes held, for the bound */
};

/* 16-byte aligned, not zeroed. NULL when the bound or the system's memory is exhausted. */
void *machine_arena_allocate(struct machine_arena *arena, size_t size);

/* A copy of length bytes and a NUL. NULL as above. */
char *machine_arena_text(struct machine_arena *arena, const char *text, size_t length);

void machine_arena_release(struct machine_arena *arena);

#endif
