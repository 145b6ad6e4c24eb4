/* SPDX-License-Identifier: MIT */
/* policy: the table. */
#include "policy/policy.h"

static const struct lb_policy policies[] = {
	{"linux", "what the Linux of this version does", lb_linux_reserve},
};

const struct lb_policy *lb_policies(size_t *ret_count)
{
	*ret_count = LB_ARRAY_COUNT(policies);
	return policies;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct lb_policy *lb_policy_find(const char *name)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(policies); i++) {
		if (same(policies[i].name, name)) {
			return &policies[i];
		}
	}
	return NULL;
}
