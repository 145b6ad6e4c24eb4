/* SPDX-License-Identifier: MIT */
/*
 * policy: the ways to reserve crash kernel memory that can be asked and compared by name. A
 * policy is one function; all of them answer in the same form (policy/reservation.h).
 */
#ifndef LIFEBOAT_POLICY_POLICY_H
#define LIFEBOAT_POLICY_POLICY_H

#include "policy/reservation.h"

/* As lb_linux_reserve(), which is one of them. */
typedef enum lb_status lb_policy_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret);

struct lb_policy {
	const char *name;        /* as on a command line */
	const char *description; /* one sentence, no full stop */
	lb_policy_reserve *reserve;
};

/* All policies, "linux" first; *ret_count of them. */
const struct lb_policy *lb_policies(size_t *ret_count);

/* The policy of that name; NULL if there is none. */
const struct lb_policy *lb_policy_find(const char *name);

#endif
