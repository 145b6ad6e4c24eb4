/* SPDX-License-Identifier: MIT */
/*
 * linear_map_change: a change of a map in two halves. The survey looks (is it allowed, how many
 * table pages does it take, what would be unmapped for moments) and changes nothing; applying
 * follows it with exactly those pages in hand, and cannot fail.
 */
#ifndef LIFEBOAT_CORE_LINEAR_MAP_CHANGE_H
#define LIFEBOAT_CORE_LINEAR_MAP_CHANGE_H

#include "core/linear_map_entry.h"

enum change_kind { CHANGE_ADD, CHANGE_PROTECT, CHANGE_UNPROTECT };

/* One call that changes a map, on its way through the tables. */
struct change {
	struct lb_linear_map *map;
	enum change_kind kind;
	struct piece piece;
	unsigned int top;            /* CHANGE_ADD: lb_piece_top */
	uint32_t flags;              /* CHANGE_ADD */
	enum lb_protection how;      /* CHANGE_PROTECT */
	lb_phys_addr spare;          /* chain of table pages taken for this change */
	uint64_t spare_count;
	lb_phys_addr unused;         /* chain of table pages to give back after the flush */
	uint64_t unused_count;
	unsigned int unlinked;       /* > 0: working on tables that no entry refers to yet */
	uint64_t flush_at;           /* hull of what has to be flushed */
	uint64_t flush_last;
	bool flush_needed;
};

/* What a leaf becomes. Pure. */
struct entry lb_change_leaf(const struct change *change, const struct entry *leaf);

/* What a change would do. */
struct survey {
	const struct change *change;
	uint64_t tables;     /* table pages that it takes */
	bool breaks;         /* entries have to be broken before they are made; hull of those: */
	uint64_t break_at;
	uint64_t break_last;
};

/*
 * Fills *survey and change->top; the map stays as it is. LB_CONFLICT: CHANGE_ADD meets what is
 * mapped; LB_NOT_FOUND: another change meets what is not.
 */
enum lb_status LB_MUST_CHECK lb_change_survey(struct survey *survey, struct change *change);

/* Does the change; change->spare holds exactly the pages that the survey counted. */
void lb_change_apply(struct change *change);

#endif
