/* SPDX-License-Identifier: MIT */
/* pools: the bounce pools of a plan: that of the kernel in question, and the capture kernel's. */
#ifndef LIFEBOAT_PLAN_POOLS_H
#define LIFEBOAT_PLAN_POOLS_H

#include "plan/boot/model.h"
#include "plan/plan.h"

/* Fills both, of a plan that has its reservation and its map. */
enum lb_status LB_MUST_CHECK lb_pools_explain(struct lb_plan *plan, const struct lb_model *model);

/* The capture kernel's alone, again, after another reservation. */
void lb_pools_explain_capture(struct lb_plan *plan, const struct lb_model *model);

#endif
