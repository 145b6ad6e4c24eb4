/* SPDX-License-Identifier: MIT */
/*
 * spelling: what may have been meant by a value of `crashkernel=` that a kernel refuses, in forms
 * that it reads. Only a proposal: whether it is reserved is another question.
 *
 *	struct lb_spelling near[LB_SPELLINGS_MAX];
 *	size_t count = lb_crashkernel_respell(
 *		lb_slice_of("1.5G,hihg"), LB_LINUX(6, 12, 0), ram, near);
 *
 * gives "1536M,high" and "1536M". Freestanding; no globals.
 */
#ifndef LIFEBOAT_POLICY_LINUX_SPELLING_H
#define LIFEBOAT_POLICY_LINUX_SPELLING_H

#include "lifeboat/format.h"
#include "lifeboat/slice.h"

/* A value, NUL-terminated. */
struct lb_spelling {
	char text[128];
};

/* How many proposals there are at most. */
#define LB_SPELLINGS_MAX 2

/*
 * Writes the proposals for the value of one occurrence, the nearest first, and returns how many
 * they are: 0 where there is no number in it, or a share of memory (20%). version and system_ram
 * as for lb_crashkernel_read, which accepts every proposal and finds a size in it.
 */
size_t lb_crashkernel_respell(struct lb_slice value, uint32_t version, uint64_t system_ram,
	struct lb_spelling ret[LB_SPELLINGS_MAX]);

#endif
