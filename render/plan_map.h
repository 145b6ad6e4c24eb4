/* SPDX-License-Identifier: MIT */
/* plan_map: the map of a plan in the terminal. */
#ifndef LIFEBOAT_RENDER_PLAN_MAP_H
#define LIFEBOAT_RENDER_PLAN_MAP_H

#include "render/paper.h"

/* One bar for each stretch of memory, to scale, and a list of what matters with its addresses.
 * Nothing when the plan knows of no memory. */
void lb_paint_plan_map(const struct lb_paper *paper, const struct lb_plan *plan);

#endif
