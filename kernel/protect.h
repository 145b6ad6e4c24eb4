/* SPDX-License-Identifier: MIT */
/* protect: the crash region becomes inaccessible, and what that cost and did is proved. */
#ifndef LIFEBOAT_KERNEL_PROTECT_H
#define LIFEBOAT_KERNEL_PROTECT_H

#include "lifeboat/base.h"

/* Prints what the linear map costs beside its alternatives; proves that its blocks are largest. */
void protect_report_map(struct lb_range region);

/* Protects the region. Proves it, from every CPU, and that its neighbours are as they were. */
void protect_region(struct lb_range region);

/* Opens the protected region, loads once more, protects it again with the same proofs; proves that
 * this costs nothing. */
void protect_reload(struct lb_range region);

#endif
