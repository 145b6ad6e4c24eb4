/* SPDX-License-Identifier: MIT */
/* proposals: what each one changes. */
#include "policy/proposals.h"

#include "policy/linux/linux.h"

enum lb_status lb_swiotlb_added_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret)
{
	struct lb_linux_proposal proposal = {0};

	if (env->arch == LB_ARCH_X86_64 && env->memory_encrypted &&
		!lb_align_up(env->swiotlb_bytes, LB_MIB, &proposal.extra_low)) {
		return LB_INVALID;
	}
	return lb_linux_reserve_with(proposal, env, cmdline, map, journal, searches, ret);
}

/* What one PUD entry maps: a page, times what two lower tables of 8-byte entries index. */
static uint64_t pud_size(uint32_t page_size)
{
	switch (page_size) {
	case 16384:
		return UINT64_C(1) << 36;
	case 65536:
		return UINT64_C(1) << 42;
	default:
		return LB_GIB;
	}
}

enum lb_status lb_pud_aligned_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret)
{
	struct lb_linux_proposal proposal = {0};

	if (env->arch == LB_ARCH_ARM64) {
		proposal.pud_size = pud_size(env->page_size);
	}
	return lb_linux_reserve_with(proposal, env, cmdline, map, journal, searches, ret);
}
