/* SPDX-License-Identifier: MIT */
/*
 * lifeboat: our own way to reserve. Every need is a claim with a name, a size and a limit
 * (lifeboat/claim.h). The capture kernel goes high where there is room, so that low memory is
 * spent only on the bounce pool that it needs there; where it has to lie low itself, it needs
 * none. Nothing is taken unless all of it is found.
 *
 * Differences to Linux: low memory is as large as the pool, not 256 or 128 MiB; the region is
 * aligned to 2 MiB on every architecture; a fixed offset above low memory gets a pool too; and no
 * request makes it hang.
 */
#ifndef LIFEBOAT_POLICY_LIFEBOAT_H
#define LIFEBOAT_POLICY_LIFEBOAT_H

#include "lifeboat/claim.h"
#include "policy/reservation.h"

enum { LB_LIFEBOAT_CAPTURE, LB_LIFEBOAT_BOUNCE, LB_LIFEBOAT_CLAIMS };

/*
 * The open claims of a command line: the size that `crashkernel=` asks for (plain or `,high`, read
 * as Linux 7.3 does) for the capture kernel, at its offset if it gives one, and the bounce pool,
 * of the size that `,low` gives or that this kernel plans for itself (0: none). Returns
 * LB_OUTCOME_NOT_REQUESTED, LB_OUTCOME_REJECTED, or LB_OUTCOME_RESERVED when claims are filled.
 */
enum lb_outcome lb_lifeboat_claims(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS]);

/* The policy. A pool that only high memory makes necessary is left out where the region is low. */
enum lb_status LB_MUST_CHECK lb_lifeboat_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_searches *searches, struct lb_reservation *ret);

#endif
