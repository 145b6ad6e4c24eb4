/* SPDX-License-Identifier: MIT */
/* options: reading a kernel command line the way the kernel's early code does. */
#ifndef LIFEBOAT_PLAN_BOOT_OPTIONS_H
#define LIFEBOAT_PLAN_BOOT_OPTIONS_H

#include "lifeboat/base.h"
#include "plan/boot/arena.h"

/*
 * Steps through the words of a command line, up to a word "--". *cursor starts at the command
 * line. The word is [*ret, *ret + length); double quotes protect blanks, as in lib/cmdline.c
 * (next_arg, 6.12). False at the end.
 */
bool lb_option_next(const char **cursor, const char **ret, size_t *ret_length);

/* The value of the last "name=value" word, or "" for a bare "name"; false if there is none. The
 * value is [*ret, *ret + length). */
bool lb_option_find(const char *cmdline, const char *name, const char **ret, size_t *ret_length);
bool lb_option_given(const char *cmdline, const char *name);

/* Number with K, M, G, T, P or E, as lib/cmdline.c memparse; false if no digit is there. *ret_end
 * is the first character not consumed. */
bool lb_option_size(const char *text, uint64_t *ret, const char **ret_end);
/* The last "name=SIZE"; false if not given or not a size. */
bool lb_option_find_size(const char *cmdline, const char *name, uint64_t *ret);

/* The command line without its crashkernel= words, then one word for each value given. NULL when
 * memory is out. */
char *lb_option_replace_crashkernel(
	struct lb_arena *arena, const char *cmdline, const char *const *values, size_t count);

/* True if both hold the same words, in order, among those that shape memory before the crash
 * kernel memory is reserved (mem=, memmap=, numa=, ...). */
bool lb_option_same_memory(const char *a, const char *b);

#endif
