/* SPDX-License-Identifier: MIT */
/*
 * evidence: what the crash kernel memory of the recorded boot proves about memory that nothing
 * shows, and what it says about requests of other sizes.
 *
 * A search from the top of a window, for S bytes on a multiple of A, ended at b. So at that moment
 *
 *	(1) [b, b + S) was free, and
 *	(2) no x above b with A | x had [x, x + S) free in the window.
 *
 * What kept the next place up from being free began where b's hole ends, which is at p with
 * b + S <= p < b + S + A: had it been free up to b + S + A, b + A would have been taken.
 *
 * The same kernel on the same memory now searches that window for S' bytes on multiples of A (or of
 * a multiple of A); call x what it finds.
 *
 *	S' >= S   [x, x + S') holds a place for S at x, and at every multiple of A up to S' - S
 *	          above it. The highest of them is at most b, by (2), so x + S' lies at most at
 *	          b + S + (S' - S) mod A: what is above counts as taken.
 *	S' < S    What is above b + S may have holes that are too small for S and hold S', and only
 *	          what else is known to be taken there can exclude them. But no block that begins at
 *	          or below b + S can reach b + S + A, because p is in it. Where A | S, a block on a
 *	          multiple of A that holds the byte b + S + A - 1 is such a block, so this byte
 *	          counts as taken. Else where A | S - S', a block that holds the byte b + S ends on
 *	          b + S + kA with k > 0, so this byte does.
 *
 * By (1) x is at least b + S - S', rounded down to A, where S' <= S. If the highest place in memory
 * where only that is taken which is known is the same, x is certain; the sandwich of
 * plan/boot/model.h does the comparison. Two boots of different sizes that ended at one place make
 * every size between them certain in the same way, by (2) of the smaller and (1) of the larger.
 */
#ifndef LIFEBOAT_PLAN_BOOT_EVIDENCE_H
#define LIFEBOAT_PLAN_BOOT_EVIDENCE_H

#include "machine/machine.h"

/* A search of the recorded boot, and its end. */
struct lb_evidence {
	struct lb_range window;
	struct lb_range found; /* empty: it found nothing */
	uint64_t size;         /* looked for, in bytes: S */
	uint64_t align;        /* of the start: A, a power of two */
	bool sure;             /* what was in its way is in the way of every boot */
	bool likely;           /* most likely it is */
};

/* A window is searched twice at most, for the main region; and once for the low one. */
#define LB_EVIDENCE_MAX 3

/* At most this many regions are crash kernel memory. */
#define LB_CRASH_SEEN_MAX 2

/*
 * Crash kernel memory of the recorded boot, as /proc/iomem shows it, else the log; their number, at
 * most LB_CRASH_SEEN_MAX. *ret_sure: the log tells of the same regions. Where the two disagree
 * there are none: one is of another boot, or a part was given back.
 */
size_t lb_crash_memory_seen(
	const struct lb_machine *machine, struct lb_range *ret, bool *ret_sure);

/* Whether the machine shows what became of the boot's request: in /proc/iomem, or by any line of
 * the log about it. */
bool lb_crash_memory_shown(const struct lb_machine *machine);

/*
 * The law above: what counts as taken in a search of the same window, from the top, for `size`
 * bytes on a multiple of evidence->align. Empty: nothing can be said. Any part of it may be left
 * out. The window's end must be one that no block crosses.
 */
struct lb_range lb_evidence_taken(const struct lb_evidence *evidence, uint64_t size);

struct lb_model;

/* Whether the request in question comes to what the recorded boot's own did, as far as the command
 * lines tell. */
bool lb_asks_as_booted(const struct lb_model *model);

/* Fills model->evidence from the boot's command line and lb_crash_memory_seen(), for other requests
 * than the boot's own; where nothing shows that memory, from the place of the bounce pool, for any;
 * else from the nearest of model->other_boots that tells. Memory, limits and the place of the
 * kernel are in the model. */
void lb_evidence_read(struct lb_model *model);

#endif
