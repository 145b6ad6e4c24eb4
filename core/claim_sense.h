/* SPDX-License-Identifier: MIT */
/* claim_sense: what the files of claim share. */
#ifndef LIFEBOAT_CORE_CLAIM_SENSE_H
#define LIFEBOAT_CORE_CLAIM_SENSE_H

#include "lifeboat/claim.h"

/* The owner in a conflict that no other claim is part of. */
#define LB_CLAIM_NO_OWNER "memory map"

static inline uint64_t lb_claim_align(const struct lb_claim *claim)
{
	return claim->align ? claim->align : 1;
}

/* False if an open claim asks for nothing, or at no power of two; *ret_conflict (may be NULL)
 * names it. */
bool lb_claims_sensible(
	const struct lb_claim *claims, size_t count, struct lb_claim_conflict *ret_conflict);

#endif
