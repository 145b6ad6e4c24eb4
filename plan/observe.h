/* SPDX-License-Identifier: MIT */
/*
 * observe: what the recorded boot itself reserved, as far as it shows, and what the rules say of
 * that boot. Reading and predicting are two things: what was read is never replaced by what the
 * rules say, and where the two differ no prediction for that machine is sure.
 */
#ifndef LIFEBOAT_PLAN_OBSERVE_H
#define LIFEBOAT_PLAN_OBSERVE_H

#include "plan/evaluate.h"
#include "plan/plan.h"

/*
 * Fills ret from the machine of model, which is the model of the recorded boot, replayed, with its
 * own kernel and command line. boots: what lb_evaluate() found for it, NULL if it was not asked.
 * Where the kernel image was in that boot decides which of its boots is compared; where that does
 * not show, all of them are. Not known at all: nothing is shown, or what is missing from
 * /proc/iomem is no evidence. *ret_why: why nothing bears out what is shown, or is missing (a
 * sentence without a full stop), NULL if something does. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_observe(const struct lb_model *model,
	struct lb_evaluator *evaluator, const struct lb_distribution *boots,
	struct lb_observation *ret, const char **ret_why);

#endif
