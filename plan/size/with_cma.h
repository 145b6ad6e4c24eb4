/* SPDX-License-Identifier: MIT */
/*
 * with_cma: the same size, a part of it as `,cma`: memory that programs of the running system use
 * until it crashes (reserve_crashkernel_cma(), kernel/crash_reserve.c, 6.17 on; on which
 * architectures, the policy knows). What they have there is not in the dump. A device may be
 * writing into it when the machine crashes: pages that stay pinned for long are moved out first,
 * and for the others the kernel waits 10 seconds (crash_cma_clear_pending_dma(),
 * kernel/crash_core.c, 6.17).
 */
#ifndef LIFEBOAT_PLAN_SIZE_WITH_CMA_H
#define LIFEBOAT_PLAN_SIZE_WITH_CMA_H

#include "plan/size/size.h"

/*
 * After lb_size_recommend: fills size->with_cma if a plain request was found by computing, part of
 * what it holds may lie in CMA, and the machine's kernel would reserve all of both parts in at
 * least 99 of 100 boots. Kept out of CMA are all that may not lie there, at every moment, and what
 * the images need in one piece. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_size_add_cma(
	struct lb_size *size, const struct lb_size_input *input);

#endif
