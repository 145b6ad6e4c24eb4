/* SPDX-License-Identifier: MIT */
/*
 * claim: what each feature needs of memory, said by itself instead of guessed by somebody.
 *
 * A claim has a name, a size, an alignment, limits, and the source of its figure. Claims are used
 * in two ways:
 *
 *   Summed. lb_claims_reserve finds the claims that share limits one region that is their sum,
 *   and places each in it. A claim that proves unnecessary is released and its memory goes back.
 *
 *   In two phases. lb_hold_begin takes all free memory of a window before anybody can. Once
 *   everything that will become free there is free, the claimants choose, and lb_hold_end frees
 *   what nobody chose. Whoever finds nothing fails, with both owners named. lb_hold_choose_all
 *   gives the same places whatever the order in which the claims stand.
 *
 *	struct lb_claim claims[] = {
 *		{.name = "cpu start-up", .source = "one page of code for each CPU",
 *			.size = 0x1000, .align = 0x1000, .window = {0x1000, LB_MIB}},
 *		{.name = "capture kernel", .source = "real-mode part of the image",
 *			.size = 0x10000, .align = 0x1000, .window = {0x1000, 0xa0000}},
 *	};
 *
 *	lb_hold_begin(&hold, &map, (struct lb_range){0, LB_MIB}, ranges, 16, &journal);
 *	... boot services end: lb_memory_map_release(&map, theirs); lb_hold_more(&hold); ...
 *	lb_hold_choose_all(&hold, claims, 2, &conflict);
 *	lb_hold_end(&hold);
 *
 * What the map shows of the window meanwhile (# reserved, . free):
 *
 *	before                       ####firmware####......free......
 *	lb_hold_begin                ####firmware##########held######
 *	boot services end            ................######held######
 *	lb_hold_more                 ##########held, nobody's########
 *	lb_hold_choose_all           ##pool##held##capture####held###
 *	lb_hold_end                  ##pool##....##capture####.......
 *
 * At no moment could a stranger have taken a place that a claimant would have found.
 *
 * A whole reservation as a sum, one need given back because every device reaches all memory:
 *
 *	lb_claims_reserve(&map, needs, LB_ARRAY_COUNT(needs), &journal, &conflict);
 *	if (device_reach >= memory_last) {
 *		lb_claim_release(&map, &needs[POOL], &journal);
 *	}
 *
 * (A claim that may be released has a window of its own, so that what is left is one region.)
 */
#ifndef LIFEBOAT_CLAIM_H
#define LIFEBOAT_CLAIM_H

#include "lifeboat/journal.h"
#include "lifeboat/memory_map.h"
#include "lifeboat/range_set.h"

/* How far a claim has come; OPEN is 0, so a claim begins as the caller wrote it down. */
enum lb_claim_state {
	LB_CLAIM_OPEN,     /* nothing yet */
	LB_CLAIM_PLACING,  /* inside lb_claims_reserve only */
	LB_CLAIM_PLACED,   /* range is reserved for it */
	LB_CLAIM_RELEASED, /* given back */
};

/*
 * What somebody needs. The caller fills all but state and range, which are the core's from then on:
 * a PLACED claim's range has `size` bytes, begins at a multiple of `align` and lies in `window`.
 */
struct lb_claim {
	const char *name;       /* the claimant: "bounce pool" */
	const char *source;     /* why so much: "64 MiB and 1 MiB of slack, swiotlb=65536" */
	uint64_t size;          /* bytes, > 0; whole pages if it may be released */
	uint64_t align;         /* bytes, power of two; 0 means 1 */
	struct lb_range window; /* it must lie inside; two phases: page 0 too, unless left out */
	bool bottom_up;         /* lowest place instead of highest; two phases only */
	enum lb_claim_state state;
	struct lb_range range;  /* PLACED, RELEASED: where */
};

/* Who found no place, and who is in the way. */
struct lb_claim_conflict {
	const struct lb_claim *claim;
	const char *owner;     /* of the range in the way; "memory map": not another claim */
	struct lb_range range; /* what that owner has; {0, 0} for the memory map */
};

/*
 * Bytes of all claims that are not released, without gaps for alignment: the least that they can
 * come to, for printing and for rounding up. LB_OUT_OF_RANGE: the sum passes 2^64.
 */
enum lb_status LB_MUST_CHECK lb_claims_total(
	const struct lb_claim *claims, size_t count, uint64_t *ret_bytes);

/*
 * Places every open claim. Claims with the same window share one region, found from the top of
 * the window; inside it they stand by falling alignment, else in their order. Windows are served
 * in the order in which they first appear. All or none: on failure the map is as it was.
 *   LB_NOT_FOUND     *ret_conflict (may be NULL) names the first claim of the region that found
 *                    no place, and the placed claim that stands where it could have been, if one
 *                    does
 *   LB_INVALID       an open claim has size 0 or an alignment that is no power of two;
 *                    *ret_conflict names it
 *   LB_OUT_OF_RANGE  a sum passes 2^64
 *   LB_NO_STORAGE    the map is full
 */
enum lb_status LB_MUST_CHECK lb_claims_reserve(struct lb_memory_map *map,
	struct lb_claim *claims, size_t count, struct lb_journal *journal,
	struct lb_claim_conflict *ret_conflict);

/*
 * Gives a placed claim's memory back; what stood beside it in the same region keeps its place. The
 * claim must be PLACED (else a bug of the caller). LB_NO_STORAGE: the map has no room to cut the
 * region; nothing changed.
 */
enum lb_status LB_MUST_CHECK lb_claim_release(
	struct lb_memory_map *map, struct lb_claim *claim, struct lb_journal *journal);

/*
 * Memory that is held for claimants: reserved in the map, owned by nobody yet. Invariant: every
 * byte of `held` is reserved in the map, and in the window. While it lasts nobody else may release
 * memory in the window that is held; releasing what others had there is what lb_hold_more is for.
 */
struct lb_hold {
	struct lb_memory_map *map; /* the caller's */
	struct lb_range window;
	struct lb_range_set held;  /* in the caller's ranges */
	struct lb_journal *journal; /* NULL: none */
};

/*
 * Holds all memory of the window that is free now. ranges: the caller's, as many as the free
 * ranges of the window, and one more for each claim. journal may be NULL. LB_NO_STORAGE: too few
 * ranges, or the map is full; nothing is held.
 */
enum lb_status LB_MUST_CHECK lb_hold_begin(struct lb_hold *hold, struct lb_memory_map *map,
	struct lb_range window, struct lb_range *ranges, size_t capacity,
	struct lb_journal *journal);

/*
 * Holds what has become free in the window since: firmware's boot services, say, once they have
 * ended. May be called any number of times. LB_NO_STORAGE: nothing new is held, the rest is.
 */
enum lb_status LB_MUST_CHECK lb_hold_more(struct lb_hold *hold);

/*
 * Lets one claimant choose its place in what is held. others: the claims that may already have
 * chosen (the claim itself may be among them); they are only looked at to name who is in the way.
 * LB_NOT_FOUND, with *ret_conflict (may be NULL). LB_INVALID: size 0 or an alignment that is no
 * power of two. LB_NO_STORAGE: hold has too few ranges.
 */
enum lb_status LB_MUST_CHECK lb_hold_choose(struct lb_hold *hold, struct lb_claim *claim,
	const struct lb_claim *others, size_t other_count,
	struct lb_claim_conflict *ret_conflict);

/*
 * Lets all open claims choose, those with less choice first: the smaller window, then the larger
 * alignment, the larger size, the lower limit, the name. Every claim that can be served is; the
 * others stay open, and the first of them is the result: LB_NOT_FOUND, with *ret_conflict (may
 * be NULL). LB_INVALID, and nobody has chosen: more than LB_HOLD_CLAIMS claims, or an open one of
 * size 0 or of an alignment that is no power of two (*ret_conflict names it).
 */
#define LB_HOLD_CLAIMS 64
enum lb_status LB_MUST_CHECK lb_hold_choose_all(struct lb_hold *hold, struct lb_claim *claims,
	size_t count, struct lb_claim_conflict *ret_conflict);

/* Frees what nobody chose. LB_NO_STORAGE: the map has no room to cut; everything stays held. */
enum lb_status LB_MUST_CHECK lb_hold_end(struct lb_hold *hold);

#endif
