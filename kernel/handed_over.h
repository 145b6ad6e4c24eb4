/* SPDX-License-Identifier: MIT */
/*
 * handed_over: the handover stream and the core header of the kernel that crashed, held against
 * what this kernel knows without them: the memory that it was given, where firmware says its tables
 * are. A copy of either with one bit turned over must be refused.
 */
#ifndef LIFEBOAT_KERNEL_HANDED_OVER_H
#define LIFEBOAT_KERNEL_HANDED_OVER_H

#include "lifeboat/handover.h"

/* Looks for what the proof will ask for; while the early map still reaches it. */
void handed_over_look_around(void);

/* Reads the stream at `at`, which is mapped for a page. What this does not answer LB_OK for is not
 * used. */
enum lb_status LB_MUST_CHECK handed_over_open(lb_phys_addr at, struct lb_handover_view *ret);

/* Says what came of it: status is what handed_over_open() answered. */
void handed_over_prove(enum lb_status status, const struct lb_handover_view *view);

#endif
