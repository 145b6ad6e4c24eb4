/* SPDX-License-Identifier: MIT */
/* arena: memory that is given back all at once. */
#ifndef LIFEBOAT_PLAN_ARENA_H
#define LIFEBOAT_PLAN_ARENA_H

#include <stddef.h>

struct lb_arena {
	struct lb_arena_block *blocks;
};

/* Zeroed bytes aligned for any type, valid until lb_arena_free; NULL when memory is out. */
void *lb_arena_alloc(struct lb_arena *arena, size_t bytes);
/* count elements of size bytes; NULL when that overflows or memory is out. */
void *lb_arena_array(struct lb_arena *arena, size_t count, size_t size);
char *lb_arena_text(struct lb_arena *arena, const char *text);
__attribute__((format(printf, 2, 3))) char *lb_arena_printf(
	struct lb_arena *arena, const char *format, ...);
void lb_arena_free(struct lb_arena *arena);

#endif
