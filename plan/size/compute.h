/* SPDX-License-Identifier: MIT */
/* compute: the terms of a size and their sums. */
#ifndef LIFEBOAT_PLAN_SIZE_COMPUTE_H
#define LIFEBOAT_PLAN_SIZE_COMPUTE_H

#include "plan/size/size.h"

/* What the capture kernel makes a bounce pool for. */
enum lb_pool_use {
	LB_POOL_NONE,   /* it makes none */
	LB_POOL_MADE,   /* for nothing: all crash memory is in reach of 32-bit devices */
	LB_POOL_NEEDED, /* crash memory reaches further than they do, or is encrypted */
};

/* Lists the terms and sums them. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_size_compute(
	struct lb_size *size, const struct lb_size_input *input, enum lb_pool_use pool);

#endif
