/* SPDX-License-Identifier: MIT */
/* policy: the table. */
#include "policy/policy.h"

#include "lifeboat/slice.h"
#include "policy/lifeboat.h"
#include "policy/linux/linux.h"
#include "policy/proposals.h"

static const struct lb_policy policies[] = {
	{"linux", "what the Linux of this version does", lb_linux_reserve,
		true},
	{"lifeboat", "named claims: low memory only for what needs it, each where it fits",
		lb_lifeboat_reserve, false},
	{"linux-swiotlb-added", "Linux with the bounce pool added to a plain request where memory "
		"is encrypted (x86-64, proposed in 2019)", lb_swiotlb_added_reserve, true},
	{"linux-pud-aligned", "Linux with the region in whole PUDs, so that it alone is mapped "
		"with base pages (arm64, proposed in 2022)", lb_pud_aligned_reserve, true},
};

const struct lb_policy *lb_policies(size_t *ret_count)
{
	*ret_count = LB_ARRAY_COUNT(policies);
	return policies;
}

const struct lb_policy *lb_policy_find(const char *name)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(policies); i++) {
		if (lb_slice_is(lb_slice_of(policies[i].name), name)) {
			return &policies[i];
		}
	}
	return NULL;
}
