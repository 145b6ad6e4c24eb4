/* SPDX-License-Identifier: MIT */
/*
 * effective: what of a `crashkernel=` request counts for a kernel, and what it ignores or reads
 * otherwise than one might think. Pure; for explanations beside a reservation.
 *
 *	struct lb_effect_note notes[8];
 *	size_t count = lb_reserve_effective(&env, "crashkernel=256M crashkernel=64M,low", notes, 8);
 *
 * gives one note for x86-64 6.12: LB_EFFECT_LOW_IGNORED, bytes 17 to 36, "`,low` is ignored: this
 * kernel reads it only together with `,high`".
 */
#ifndef LIFEBOAT_POLICY_LINUX_EFFECTIVE_H
#define LIFEBOAT_POLICY_LINUX_EFFECTIVE_H

#include "policy/linux/linux.h"

/*
 * What can be said about a part of the request. Each has a name that does not change: scripts go by
 * it, docs/findings.md lists it, and how grave it is stands there. The rule behind each is the
 * kernel's: get_last_crashkernel() and parse_crashkernel_*() of kernel/crash_core.c (to 6.8) and
 * kernel/crash_reserve.c for how a value is read; reserve_crashkernel() of the architecture (to
 * 6.6) and reserve_crashkernel_generic() for which of them counts; lib/cmdline.c for numbers.
 */
enum lb_effect {
	/* The command line is longer than the kernel keeps (COMMAND_LINE_SIZE). */
	LB_EFFECT_CUT_OFF,
	/* A later occurrence of the same class counts. */
	LB_EFFECT_SUPERSEDED,
	/* Counts, although it does not begin a word: the kernel looks for the letters. */
	LB_EFFECT_PART_OF_WORD,
	/* Read as a plain value, which it spoils: `,cma` before 6.17, and what nobody knows. */
	LB_EFFECT_UNKNOWN_SUFFIX,
	/* Not understood; see the text. */
	LB_EFFECT_MALFORMED,
	/* A number does not fit in 64 bits: it wraps, or from 7.2 on is cut. */
	LB_EFFECT_OVERFLOW,
	/* This kernel does not know it, or a plain value counts. */
	LB_EFFECT_HIGH_IGNORED,
	/* The same, or there is nothing that it could go with. */
	LB_EFFECT_LOW_IGNORED,
	/* The same, or the kernel is built without CMA. */
	LB_EFFECT_CMA_IGNORED,
	/* The plain value is of no use, so `,high` counts. */
	LB_EFFECT_HIGH_INSTEAD,
	/* Which entry of a range list counts, and why; or that none does. */
	LB_EFFECT_RANGE_ENTRY,
	/* What follows the offset is not read. */
	LB_EFFECT_TAIL_IGNORED,
	/* The size is rounded up to a page. */
	LB_EFFECT_PAGE_ROUNDED,
};
#define LB_EFFECT_COUNT (LB_EFFECT_PAGE_ROUNDED + 1)

/* "cut-off", "superseded", "part-of-word", ... : stable, for machines. Asserts a valid effect. */
const char *lb_effect_name(enum lb_effect effect);

/*
 * One remark: which bytes of the line it is about, and what to say of them. It owns its text and
 * points to nothing. What is wrong with the whole line (LB_EFFECT_CUT_OFF) is about no byte: start
 * and end are then the place where it was cut.
 */
struct lb_effect_note {
	enum lb_effect effect;
	/* The bytes of the command line that it is about: [start, end). */
	size_t start, end;
	/* One sentence, without a full stop, NUL-terminated. */
	char text[160];
};

/*
 * Writes up to capacity notes about cmdline for the kernel that env describes (arch, version,
 * system_ram, page_size and cma_align are read), in the order of the command line; later effects
 * of the same place follow earlier ones. Returns how many notes there are, which may be more: call
 * it with capacity 0 (notes may be NULL then) to learn how many to bring.
 *
 * cmdline is untrusted: any bytes up to the first NUL. Nothing but its length bounds the number of
 * notes. Looks at the words alone: whether there is room is lb_linux_reserve()'s to say. Cannot
 * fail. Asserts an architecture that has rows (policy/linux/linux.h).
 */
size_t lb_reserve_effective(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_effect_note *notes, size_t capacity);

#endif
