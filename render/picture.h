/* SPDX-License-Identifier: MIT */
/*
 * picture: the physical memory of a plan cut into pieces that do not overlap, each with what it
 * is and whose it is; and the pieces grouped into stretches, each worth a bar of its own. The
 * terminal map, the SVG and the legend are all drawn from it.
 */
#ifndef LIFEBOAT_RENDER_PICTURE_H
#define LIFEBOAT_RENDER_PICTURE_H

#include "plan/plan.h"

/* What a piece is, most important first: where several hold the same bytes, the first wins. */
enum lb_piece_kind {
	LB_PIECE_CRASH,
	LB_PIECE_CRASH_LOW,
	LB_PIECE_CRASH_CMA,
	LB_PIECE_HELD,
	LB_PIECE_HELD_LIKELY,
	LB_PIECE_FREE_LIKELY, /* taken later in the boot; free at the moment that counts */
	LB_PIECE_FREE,
	LB_PIECE_UNUSABLE,    /* memory that is never handed out, and no holder says why */
	LB_PIECE_KINDS
};

struct lb_piece {
	struct lb_range range;
	enum lb_piece_kind kind;
	const char *owner; /* never NULL; "" for free memory */
};

/* Pieces first .. first + count - 1, with no great gap between them and not across 4 GiB. */
struct lb_stretch {
	struct lb_range range;
	size_t first;
	size_t count;
};

#define LB_STRETCHES_MAX 6

struct lb_picture {
	struct lb_piece *pieces; /* by address */
	size_t piece_count;
	struct lb_stretch stretches[LB_STRETCHES_MAX];
	size_t stretch_count;
};

/* LB_NO_STORAGE: *ret is untouched. Strings stay the plan's. Cost: O(n log n). */
enum lb_status LB_MUST_CHECK lb_picture_make(const struct lb_plan *plan, struct lb_picture *ret);
void lb_picture_free(struct lb_picture *picture);

static inline bool lb_piece_is_crash(enum lb_piece_kind kind)
{
	return kind <= LB_PIECE_CRASH_CMA;
}

static inline bool lb_piece_is_free(enum lb_piece_kind kind)
{
	return kind == LB_PIECE_FREE || kind == LB_PIECE_FREE_LIKELY;
}

/* "crash kernel memory", "in use", "free", ... for legends. */
const char *lb_piece_kind_text(enum lb_piece_kind kind);

/*
 * Which pieces a short list should name: chosen[i] for each piece of the picture, at most limit
 * of them true. The crash kernel memory, what lies beside it, the largest hole and then the
 * largest pieces come first.
 */
void lb_picture_choose(const struct lb_picture *picture, size_t limit, bool *chosen);

/* What a picture cell that covers `range` of a stretch mostly is. */
struct lb_cell {
	bool present;             /* any memory at all */
	enum lb_piece_kind kind;  /* crash memory if there is any; else what most bytes are */
	bool mixed;               /* free and taken memory both */
};
struct lb_cell lb_picture_cell(
	const struct lb_picture *picture, const struct lb_stretch *stretch, struct lb_range range);

#endif
