/* SPDX-License-Identifier: MIT */
/*
 * panic: when this kernel cannot go on. At the bottom, so that everything may call it: the way out
 * is not known here, but set by whoever has one (crash.h).
 */
#ifndef LIFEBOAT_KERNEL_PANIC_H
#define LIFEBOAT_KERNEL_PANIC_H

#include <stdarg.h>

#include "lifeboat/base.h"
#include "protocol/drill.h"
#include "protocol/pattern.h"

struct frame;

/*
 * Ends the run of this kernel, at once and whatever state it is in: says the reason, then takes the
 * way out; without one, ends the machine with LB_DRILL_EXIT_NO_CAPTURE.
 */
__attribute__((format(printf, 1, 2))) _Noreturn void panic(const char *format, ...);

/* The same, with known registers: the pattern in those that are kept over a call, its first word
 * where the stack pointer points, which *ret_sp is told; the program counter is crash_point. */
_Noreturn void panic_with_pattern(
	const uint64_t pattern[LB_PATTERN_CPU_WORDS], uint64_t *ret_sp, const char *reason);
extern const char crash_point[];

/* Panics unless status is LB_OK. what: where and what was tried, "load: handover". */
void must(enum lb_status status, const char *what);

/* Says what has happened. It may fault itself: the caller must be ready for that. */
typedef void panic_report(struct frame *frame, const void *cause);

/* Takes the CPU with these registers, its cause and how to say it. Does not return. */
typedef void panic_exit(struct frame *frame, panic_report *report, const void *cause);

void panic_set_exit(panic_exit *leave);

/*
 * "error: WHAT: TEXT", and the end of the machine with `code`: for input that makes no sense, where
 * there is nothing to capture yet, or nothing to go on with.
 */
__attribute__((format(printf, 3, 0))) _Noreturn void give_up(
	enum lb_drill_exit code, const char *what, const char *format, va_list arguments);

#endif
