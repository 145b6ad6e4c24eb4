/* SPDX-License-Identifier: MIT */
/* why: why RAM is mapped as it is, what that costs, and what would change it. */
#ifndef LIFEBOAT_PLAN_PAGES_WHY_H
#define LIFEBOAT_PLAN_PAGES_WHY_H

#include "plan/boot/arena.h"
#include "plan/pages/pages.h"

/* Fills why from what was summed; machine (may be NULL) has the command line. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_pages_explain(
	struct lb_pages *pages, const struct lb_machine *machine, struct lb_arena *arena);

#endif
