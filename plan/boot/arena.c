/* SPDX-License-Identifier: MIT */
/* arena: what plans need beyond machine/arena.h. */
#include "plan/boot/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *lb_arena_alloc(struct lb_arena *arena, size_t bytes)
{
	void *at = machine_arena_allocate(&arena->memory, bytes);

	return at ? memset(at, 0, bytes) : NULL;
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
	return machine_arena_text(&arena->memory, text, strlen(text));
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
	text = machine_arena_allocate(&arena->memory, (size_t)length + 1);
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
	machine_arena_release(&arena->memory);
}
