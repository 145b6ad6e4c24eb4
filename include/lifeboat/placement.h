/* SPDX-License-Identifier: MIT */
/*
 * placement: where the pieces of a capture kernel go. One model of memory (ranges that may be
 * used, in which nothing may overlap what others own), one deterministic search, the same answer
 * in user space and in a kernel.
 *
 *	struct lb_segment segments[] = {
 *		{.name = "core header", .size = 4096},
 *		{.name = "kernel", .size = 0x3378000, .align = 2 * LB_MIB, .top_down = true},
 *	};
 *	struct lb_placement_space space = {.rules = LB_PLACEMENT_LINUX_6_8, .page_size = 4096,
 *		.allowed = &crash, .allowed_count = 1};
 *
 *	lb_place(&space, segments, 2, &conflict);
 *
 * Segments are placed in the order given, each as a search over the allowed ranges that avoids
 * forbidden ones and the segments placed before it. The rules are those of Linux's kexec_file_load
 * (kernel/kexec_file.c: kexec_locate_mem_hole, locate_mem_hole_top_down and _bottom_up), which
 * step by one page; the search here jumps to the edge of what is in the way and finds the
 * same place in time proportional to the number of ranges.
 *
 * With others in the way, and one segment whose place is given:
 *
 *	const struct lb_owned_range forbidden[] = {{{0x6f000000, 0x6f001000}, "core header"}};
 *
 *	space.forbidden = forbidden;
 *	space.forbidden_count = LB_ARRAY_COUNT(forbidden);
 *	segments[0].fixed = true;
 *	segments[0].start = 0x6f200000;
 *	if (lb_place(&space, segments, 2, &conflict) == LB_CONFLICT) {
 *		... conflict.name wanted conflict.wanted, and conflict.owner has conflict.taken ...
 *	}
 *
 * Top-down in one allowed range, with one owner in the way (what the search looks at, in order):
 *
 *	allowed     |--------------------------------------------|
 *	forbidden                             |##########|
 *	1                                          |-- wanted ---|   in the way: on below its start
 *	2                      |-- wanted ---|                       free: this is the place
 *
 * Nothing is remembered between calls: everything stands in the space and the segments.
 */
#ifndef LIFEBOAT_PLACEMENT_H
#define LIFEBOAT_PLACEMENT_H

#include "lifeboat/base.h"

/* As many as Linux takes (KEXEC_SEGMENT_MAX, include/uapi/linux/kexec.h). */
#define LB_SEGMENTS_MAX 16

/* Whose search is followed: the same segments can have other places under another kernel. */
enum lb_placement_rules {
	/*
	 * 6.8 and later (18d565ea95fe): top-down segments touch the end of the range, and top-down
	 * searches try the allowed ranges from the last to the first.
	 */
	LB_PLACEMENT_LINUX_6_8,
	/*
	 * Up to 6.7: a top-down search ends one byte lower, which costs a page where the end of
	 * the range is page aligned; ranges are always tried from the first to the last.
	 */
	LB_PLACEMENT_LINUX_5_10,
};

/* A range and who owns it. owner is printed in conflicts; it stays the caller's. */
struct lb_owned_range {
	struct lb_range range;
	const char *owner;
};

/* Where segments may go; only read. */
struct lb_placement_space {
	enum lb_placement_rules rules;
	uint32_t page_size;                    /* power of two; sizes are rounded up to it */
	const struct lb_range *allowed;        /* ascending and disjoint */
	size_t allowed_count;                  /* none is empty; a segment lies in one of them */
	const struct lb_owned_range *forbidden; /* any order, may overlap */
	size_t forbidden_count;
};

/* One piece: the kernel, the initrd, the core header, purgatory, ... */
struct lb_segment {
	const char *name;    /* the caller's; for reports */
	uint64_t size;       /* bytes, > 0 */
	uint64_t align;      /* power of two; raised to the page size; 0 means the page size */
	lb_phys_addr min;    /* lowest start */
	lb_phys_addr last_max; /* highest last byte; 0 means no limit */
	bool top_down;
	bool fixed;          /* start is given by the caller and only checked */
	lb_phys_addr start;  /* in (fixed) and out */
};

/* Why something could not be placed. owner is NULL when nobody is in the way. */
struct lb_placement_conflict {
	size_t segment;         /* index of the segment that has no place */
	const char *name;       /* its name */
	/* who has the memory it wanted first: a segment's name or an owner */
	const char *owner;
	/* the place it wanted first; {0, 0}: no allowed range is large enough */
	struct lb_range wanted;
	struct lb_range taken;  /* what the owner has there */
};

/*
 * Places every segment: fixed ones are checked first and are in the way of all others; the rest
 * follow in the order given. On failure no segment's start has changed and *ret_conflict says
 * which one failed first and who was in the way.
 * LB_NOT_FOUND: no place. LB_CONFLICT: a fixed segment overlaps what is owned or fixed, or leaves
 * the allowed ranges (owner NULL then). LB_INVALID: a size, an alignment or a range makes no
 * sense, or there are more than LB_SEGMENTS_MAX segments.
 */
enum lb_status LB_MUST_CHECK lb_place(const struct lb_placement_space *space,
	struct lb_segment *segments, size_t count, struct lb_placement_conflict *ret_conflict);

/*
 * Judges a layout made elsewhere: every segment inside one allowed range, page aligned, within
 * its own limits, over nobody else's memory. Every segment counts as fixed; nothing is moved.
 *   LB_CONFLICT  *ret_conflict names the first offender, and who has its memory (NULL: nobody, it
 *                leaves the allowed ranges or its limits)
 *   LB_INVALID   as for lb_place, or a start that is not aligned
 */
enum lb_status LB_MUST_CHECK lb_placement_check(const struct lb_placement_space *space,
	const struct lb_segment *segments, size_t count,
	struct lb_placement_conflict *ret_conflict);

/*
 * The bytes that a placed segment occupies, whole pages. Only for segments that lb_place or
 * lb_placement_check answered LB_OK for: the sum is not checked again.
 */
struct lb_range lb_segment_range(const struct lb_segment *segment, uint32_t page_size);

#endif
