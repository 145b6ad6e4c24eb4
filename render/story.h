/* SPDX-License-Identifier: MIT */
/* story: the journal told to people. */
#ifndef LIFEBOAT_RENDER_STORY_H
#define LIFEBOAT_RENDER_STORY_H

#include "render/paper.h"

/* How the crash kernel memory was searched, a sentence for each window. False, and nothing said,
 * when the journal tells of no search. */
bool lb_tell_search(const struct lb_paper *paper, const struct lb_plan *plan);

/* For policies that reserve by claims: each allocation that became part of the reservation. */
void lb_tell_allocations(const struct lb_paper *paper, const struct lb_plan *plan);

/* Every step on a line; runs of the same kind and owner are told as one. */
void lb_tell_journal(const struct lb_paper *paper, const struct lb_journal *journal);

#endif
