/* SPDX-License-Identifier: MIT */
/*
 * proposals: two changes to Linux's reservation that were posted and never merged, on top of
 * what the version in question does. For comparison.
 */
#ifndef LIFEBOAT_POLICY_PROPOSALS_H
#define LIFEBOAT_POLICY_PROPOSALS_H

#include "policy/linux/linux.h"

/*
 * x86-64: a plain request without an offset, below 4 GiB, grows by the bounce pool (rounded up to
 * 1 MiB) where SME or SEV is active (env->memory_encrypted), because such a capture kernel always
 * bounces. If that finds no room in low memory, the request goes to high memory as it is.
 * "x86/kdump: Reserve extra memory when SME or SEV is active", K. Song, v3, September 2019.
 */
enum lb_status LB_MUST_CHECK lb_swiotlb_added_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_searches *searches, struct lb_reservation *ret);

/*
 * arm64: each automatic search first wants whole PUDs (1 GiB with 4 KiB pages), so that exactly
 * they can be remapped with base pages for the protection of the loaded image while the rest of
 * the linear map keeps its blocks; what exceeds the request is freed. If there are none, the
 * request is placed as before and the image stays unprotected. Assumes a linear map of blocks;
 * with rodata=full or KFENCE the proposal leaves everything as it is.
 * "arm64/mm: remap crash kernel with base pages even if rodata_full disabled", M. Rapoport,
 * August 2022.
 */
enum lb_status LB_MUST_CHECK lb_pud_aligned_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_searches *searches, struct lb_reservation *ret);

#endif
