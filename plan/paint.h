/* SPDX-License-Identifier: MIT */
/* paint: overlapping ranges made disjoint, each byte the first one's that has it. */
#ifndef LIFEBOAT_PLAN_PAINT_H
#define LIFEBOAT_PLAN_PAINT_H

#include "lifeboat/base.h"

struct lb_painted {
	struct lb_range range; /* not empty */
	size_t by;             /* index of the range whose piece it is */
};

/*
 * Writes the pieces in ascending order, those of one range that touch as one, and how many they
 * are. Empty ranges have none. Nested ranges cost no more than disjoint ones. free() *ret.
 * LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_paint(const struct lb_range *ranges, size_t count,
	struct lb_painted **ret, size_t *ret_count);

#endif
