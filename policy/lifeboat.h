/* SPDX-License-Identifier: MIT */
/*
 * lifeboat: our own way to reserve. Every need is a claim with a name, a size and a limit; claims
 * that must lie low are placed one by one, each in a hole of its own if need be, and everything
 * else is one region, high where there is room. Nothing is taken if not all of it is found.
 *
 * Differences to Linux: low memory is spent only on what needs it; the main region is aligned to
 * 2 MiB on every architecture; a fixed offset gets low memory too; several small low holes do
 * where one large one is missing.
 */
#ifndef LIFEBOAT_POLICY_LIFEBOAT_H
#define LIFEBOAT_POLICY_LIFEBOAT_H

#include "policy/reserve.h"

struct lb_lifeboat_claim {
	const char *name;   /* lives as long as the journal */
	uint64_t size;      /* bytes; 0: nothing */
	uint64_t align;     /* power of two */
	lb_phys_addr limit; /* must end at or below; LB_PHYS_ADDR_MAX: anywhere */
	bool unless_low;    /* not needed if the main region itself ends at or below limit */
};

/* A main region of more than one claim, and low claims, fit into LB_CRASH_RANGES_MAX ranges. */
#define LB_LIFEBOAT_LOW_CLAIMS_MAX (LB_CRASH_RANGES_MAX - 1)

/*
 * Places the claims: those whose limit is at or above env->high_max together as the main region
 * (LB_CRASH), the others one by one below their limits (LB_CRASH_LOW). Tried in this order: main
 * above all limits; one region below the lowest limit that holds everything still needed there;
 * main anywhere.
 * offset: where the main region must start; 0: anywhere. Fills ret->ranges and ret->outcome
 * (LB_OUTCOME_RESERVED or LB_OUTCOME_FAILED, then nothing is reserved) of a cleared ret.
 * LB_INVALID: more low claims than LB_LIFEBOAT_LOW_CLAIMS_MAX. LB_NO_STORAGE: map unchanged.
 */
enum lb_status LB_MUST_CHECK lb_lifeboat_place(const struct lb_reserve_env *env,
	const struct lb_lifeboat_claim *claims, size_t count, lb_phys_addr offset,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_reservation *ret);

/*
 * The policy: the size that `crashkernel=` asks for (plain or `,high`, read as Linux 7.3 does) is
 * the main claim; the bounce pool is a low one, of the size that `,low` says if it is there: needed
 * if the main region lies high (32-bit devices), or memory is encrypted (all devices).
 */
enum lb_status LB_MUST_CHECK lb_lifeboat_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_reservation *ret);

#endif
