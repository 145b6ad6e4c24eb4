/* SPDX-License-Identifier: MIT */
/* compute: the terms of a size and their sums. */
#ifndef LIFEBOAT_PLAN_SIZE_COMPUTE_H
#define LIFEBOAT_PLAN_SIZE_COMPUTE_H

#include "plan/size/size.h"

/*
 * Lists the terms and sums them. bounce: crash memory reaches beyond what 32-bit devices do, or is
 * encrypted. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_size_compute(
	struct lb_size *size, const struct lb_size_input *input, bool bounce);

#endif
