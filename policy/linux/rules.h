/* SPDX-License-Identifier: MIT */
/*
 * rules: what the rows of linux.c point to, one set for each code base, and what follows them.
 * The rules read what changed within a code base from their row, never from the version.
 *
 *	linux.c (rows) -> x86_64.c arm64.c riscv64.c generic.c (where to look, what to print)
 *	reserve.c      -> request.c, then the row's search, then finish.c, then cma.c
 *	all of them    -> reserve_step.c (search, take, give back, record)
 *
 * A search gets a run with a request that has a size, and no offset; it returns as
 * lb_linux_search says, with the block reserved and recorded, or nothing reserved. What it prints
 * goes through its row's `say`, so that two kernels with the same rules and different words share
 * the rules. None of them allocates, none keeps anything from one reservation to the next.
 *
 * Internal to policy/linux/.
 */
#ifndef LIFEBOAT_POLICY_LINUX_RULES_H
#define LIFEBOAT_POLICY_LINUX_RULES_H

#include "policy/linux/request.h"

/* From 6.7 on, for all (generic.c): low memory, then high; with `,high` the other way round. */
lb_linux_search reserve_search_generic;
lb_linux_say reserve_say_generic;

/* Up to 6.6, each architecture's own (x86_64.c, arm64.c, riscv64.c). arm64 speaks as generic,
 * word for word; the refusals are those of kernels that check a given place step by step. */
lb_linux_search reserve_search_x86_64;
lb_linux_say reserve_say_x86_64;
lb_linux_search reserve_search_arm64;
extern const struct lb_linux_refusals reserve_refusals_arm64; /* 5.10 to 5.14 */
lb_linux_search reserve_search_riscv64;
lb_linux_say reserve_say_riscv64;
extern const struct lb_linux_refusals reserve_refusals_riscv64; /* 5.13 and 5.14 */

/*
 * After the search for the main region: what came of it (LB_OK: it stands at start), its low
 * memory, the lines of the log, and the outcome. LB_NO_STORAGE: the main region is given back.
 */
enum lb_status LB_MUST_CHECK reserve_finish(struct reserve_run *run,
	struct reserve_request *request, enum lb_status found, lb_phys_addr start);

/* `,cma`, after the main region, whatever became of it; nothing where cma_size is 0.
 * LB_NO_STORAGE: the areas so far stay in the answer. cma_size in bytes; what finds no room in one
 * piece is halved until it does or is a page, in four areas at most, and what could not be had is
 * a line of the log (reserve_crashkernel_cma() of kernel/crash_reserve.c, since 6.17). */
enum lb_status LB_MUST_CHECK reserve_cma(struct reserve_run *run, uint64_t cma_size);

#endif
