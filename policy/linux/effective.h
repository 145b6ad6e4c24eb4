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

/* What can be said about a part of the request. Each has a name that does not change. */
enum lb_effect {
	LB_EFFECT_CUT_OFF,        /* the command line is longer than the kernel keeps */
	LB_EFFECT_SUPERSEDED,     /* a later occurrence of the same class counts */
	LB_EFFECT_PART_OF_WORD,   /* counts, although it does not begin a word */
	LB_EFFECT_UNKNOWN_SUFFIX, /* read as a plain value, which it spoils */
	LB_EFFECT_MALFORMED,      /* not understood; see the text */
	LB_EFFECT_OVERFLOW,       /* a number does not fit in 64 bits */
	LB_EFFECT_HIGH_IGNORED,   /* this kernel does not know it, or a plain value counts */
	LB_EFFECT_LOW_IGNORED,    /* the same, or there is nothing that it could go with */
	LB_EFFECT_CMA_IGNORED,    /* the same, or the kernel is built without CMA */
	LB_EFFECT_HIGH_INSTEAD,   /* the plain value is of no use, so `,high` counts */
	LB_EFFECT_RANGE_ENTRY,    /* which entry of a range list counts, and why */
	LB_EFFECT_TAIL_IGNORED,   /* what follows the offset is not read */
	LB_EFFECT_PAGE_ROUNDED,   /* the size is rounded up to a page */
};
#define LB_EFFECT_COUNT (LB_EFFECT_PAGE_ROUNDED + 1)

/* "cut-off", "superseded", "part-of-word", ... : stable, for machines. Asserts a valid effect. */
const char *lb_effect_name(enum lb_effect effect);

/* One remark: which bytes of the line it is about, and what to say of them. */
struct lb_effect_note {
	enum lb_effect effect;
	size_t start, end; /* the bytes of the command line that it is about */
	char text[160];    /* one sentence, without a full stop */
};

/*
 * Writes up to capacity notes about cmdline for the kernel that env describes (arch, version,
 * system_ram, page_size and cma_align are read), in the order of the command line; later effects
 * of the same place follow earlier ones. Returns how many notes there are, which may be more.
 * Asserts an architecture that has rows (policy/linux/linux.h).
 */
size_t lb_reserve_effective(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_effect_note *notes, size_t capacity);

#endif
