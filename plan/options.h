/* SPDX-License-Identifier: MIT */
/* options: command lines for the questions that a plan asks; policy/linux/cmdline.h reads them. */
#ifndef LIFEBOAT_PLAN_OPTIONS_H
#define LIFEBOAT_PLAN_OPTIONS_H

#include "lifeboat/base.h"
#include "plan/boot/arena.h"

/* The command line without its crashkernel= words, then one word for each value given. NULL when
 * memory is out. */
char *lb_option_replace_crashkernel(
	struct lb_arena *arena, const char *cmdline, const char *const *values, size_t count);

/* True if both hold the same words, in order, among those that shape memory before the crash
 * kernel memory is reserved (mem=, memmap=, numa=, ...). */
bool lb_option_same_memory(const char *a, const char *b);

#endif
