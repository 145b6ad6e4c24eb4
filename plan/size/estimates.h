/* SPDX-License-Identifier: MIT */
/*
 * estimates: what the tools and tables of distributions say for the same machine and images, by
 * their own formulae. Where they use figures that they measure themselves and do not publish,
 * lifeboat's stand for them, and the formula says so.
 */
#ifndef LIFEBOAT_PLAN_SIZE_ESTIMATES_H
#define LIFEBOAT_PLAN_SIZE_ESTIMATES_H

#include "plan/size/size.h"

/* Fills size->estimates; the terms are listed. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_size_estimate_others(
	struct lb_size *size, const struct lb_size_input *input);

#endif
