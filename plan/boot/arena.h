/* SPDX-License-Identifier: MIT */
/* arena: machine/arena.h for a plan: zeroed memory, arrays and printed text. */
#ifndef LIFEBOAT_PLAN_BOOT_ARENA_H
#define LIFEBOAT_PLAN_BOOT_ARENA_H

#include "machine/arena.h"

struct lb_arena {
	struct machine_arena memory;
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
