/* SPDX-License-Identifier: MIT */
/* certainty: how sure a distribution is (docs/decisions/0006-certainty.md). */
#ifndef LIFEBOAT_PLAN_CERTAINTY_H
#define LIFEBOAT_PLAN_CERTAINTY_H

#include "plan/evaluate.h"

/* Of the model's own command line; the distribution holds at least one outcome. */
enum lb_certainty lb_certainty_of(const struct lb_model *model, lb_policy_reserve *reserve,
	const struct lb_distribution *distribution);

/* The share of boots that come to the first outcome, given that certainty; below 0: it cannot be
 * known. */
double lb_certainty_share(
	enum lb_certainty certainty, const struct lb_distribution *distribution);

#endif
