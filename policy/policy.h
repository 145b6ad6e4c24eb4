/* SPDX-License-Identifier: MIT */
/*
 * policy: the ways to reserve crash kernel memory that can be asked and compared by name. A
 * policy is one function; all of them answer in the same form (policy/reservation.h), so that a
 * plan, a comparison or a test never asks which one it has before it.
 *
 *	const struct lb_policy *policy = lb_policy_find("lifeboat");
 *
 *	if (policy && !policy->reserve(&env, cmdline, &map, NULL, NULL, &answer)) {
 *		... answer.ranges are reserved in map ...
 *	}
 *
 * A new policy is one function of this type and one entry in policy.c. It records each search
 * through lb_searches_add(), names the part that failed, and says where it placed a bounce pool of
 * its own; `make searches` then holds what it says against its journal on all recorded machines.
 */
#ifndef LIFEBOAT_POLICY_POLICY_H
#define LIFEBOAT_POLICY_POLICY_H

#include "policy/reservation.h"

/*
 * Reserves in map for the whole command line (NUL-terminated, any bytes) and writes the answer.
 * map changes only by what is in the answer. journal and searches may be NULL; searches begins
 * empty. LB_NO_STORAGE: the map's storage is full. LB_UNSUPPORTED: nothing is known of this
 * architecture. After a failure map is as it was, and answer and searches are clear. Asserts
 * env->low_max <= env->high_max. The same arguments always give the same answer.
 */
typedef enum lb_status lb_policy_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret);

struct lb_policy {
	const char *name;        /* as on a command line */
	const char *description; /* one sentence, no full stop */
	lb_policy_reserve *reserve;
	bool linux_searches; /* Linux, or what is built on it: it is the kernel that searches */
};

/* All policies, "linux" first; *ret_count of them. A static table. */
const struct lb_policy *lb_policies(size_t *ret_count);

/* The policy of exactly that name; NULL if there is none. */
const struct lb_policy *lb_policy_find(const char *name);

#endif
