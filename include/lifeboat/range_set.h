/* SPDX-License-Identifier: MIT */
/*
 * range_set: a small set of addresses, as sorted, disjoint ranges that do not touch, in the
 * caller's array. No owners, no flags: for those there is memory_map. Cost: O(log n) to look,
 * O(n) to change.
 *
 *	struct lb_range ranges[16];
 *	struct lb_range_set set;
 *
 *	lb_range_set_init(&set, ranges, LB_ARRAY_COUNT(ranges));
 *	lb_range_set_add(&set, (struct lb_range){0x1000, 0x9f000});
 *	for (size_t i = 0; i < set.count; i++) { ... set.ranges[i] ... }
 *
 * What changes do to {[1, 3), [5, 8)}:
 *
 *	add [3, 5)       {[1, 8)}            touching ones become one
 *	add [8, 9)       {[1, 3), [5, 9)}
 *	remove [6, 7)    {[1, 3), [5, 6), [7, 8)}   the only change that needs room for one more,
 *	add [10, 11)     {[1, 3), [5, 8), [10, 11)} beside an add that touches nothing
 *	clip [2, 6)      {[2, 3), [5, 6)}
 *
 * Invariant: ranges[0..count) ascend, none is empty, and between two there is at least one byte
 * that is not in the set; so equal sets have equal arrays. Ranges given to a call may be empty
 * but not the wrong way round. Every function that changes a set changes nothing when it fails.
 */
#ifndef LIFEBOAT_RANGE_SET_H
#define LIFEBOAT_RANGE_SET_H

#include "lifeboat/base.h"

struct lb_range_set {
	struct lb_range *ranges; /* the caller's; ascending */
	size_t capacity;         /* ranges that fit */
	size_t count;            /* ranges that there are; may be read, and set to 0 to empty it */
};

/* An empty set of at most `capacity` ranges. */
void lb_range_set_init(struct lb_range_set *set, struct lb_range *ranges, size_t capacity);

/* Adds every byte of the range; what is there already stays. LB_NO_STORAGE: one range too many. */
enum lb_status LB_MUST_CHECK lb_range_set_add(struct lb_range_set *set, struct lb_range range);

/* Takes every byte of the range out. LB_NO_STORAGE: it would cut a range in two, and there is no
 * place for the second. */
enum lb_status LB_MUST_CHECK lb_range_set_remove(struct lb_range_set *set, struct lb_range range);

/* Keeps only what lies in the window. Never fails: nothing is cut in two. */
void lb_range_set_clip(struct lb_range_set *set, struct lb_range window);

/*
 * dst, another set (a bug of the caller if it is a or b), becomes what a and b share; what it held
 * before is forgotten. LB_NO_STORAGE: that is more ranges than dst has room for. O(a + b).
 */
enum lb_status LB_MUST_CHECK lb_range_set_intersect(struct lb_range_set *dst,
	const struct lb_range_set *a, const struct lb_range_set *b);

/* Index of the first range that ends above the address; count if none does. */
size_t lb_range_set_first_above(const struct lb_range_set *set, lb_phys_addr address);

/* The byte at the address is in the set. */
bool lb_range_set_has(const struct lb_range_set *set, lb_phys_addr address);
/* Every byte of the range is in the set; true for an empty range. */
bool lb_range_set_contains(const struct lb_range_set *set, struct lb_range range);
/* At least one byte is; false for an empty range. */
bool lb_range_set_overlaps(const struct lb_range_set *set, struct lb_range range);

/* Bytes in the set; cannot overflow, as the ranges are disjoint. */
uint64_t lb_range_set_total(const struct lb_range_set *set);

/*
 * The highest (bottom_up: lowest) multiple of align from which size > 0 bytes lie in one range of
 * the set and in the window. align: a power of two. LB_NOT_FOUND: nowhere.
 */
enum lb_status LB_MUST_CHECK lb_range_set_find(const struct lb_range_set *set, uint64_t size,
	uint64_t align, struct lb_range window, bool bottom_up, lb_phys_addr *ret_start);

#endif
