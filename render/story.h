/* SPDX-License-Identifier: MIT */
/* story: the searches and the journal told to people. */
#ifndef LIFEBOAT_RENDER_STORY_H
#define LIFEBOAT_RENDER_STORY_H

#include "render/paper.h"

/* How crash kernel memory was searched for: a sentence for each search, in their order. Nothing,
 * where nothing was searched for. */
void lb_tell_searches(const struct lb_paper *paper, const struct lb_plan *plan);

/* Every step on a line; runs of the same kind and owner are told as one. */
void lb_tell_journal(const struct lb_paper *paper, const struct lb_journal *journal);

#endif
