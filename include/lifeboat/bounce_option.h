/* SPDX-License-Identifier: MIT */
/*
 * bounce_option: swiotlb=<slots>@<address>, which puts a bounce pool where it is wanted. (Asked for
 * on Linux's lists in 2019 and 2020, in this form; Linux's own swiotlb= has no address, and passes
 * over what it does not know: policy/linux/swiotlb.h.)
 *
 *	swiotlb=<slots>@<address>[,force]
 *
 *	swiotlb=32768@0x40000000         64 MiB at 1 GiB
 *	swiotlb=512@0xfe000000,force     1 MiB in a device's window; every device bounces
 *	swiotlb=32768@1G
 *
 * slots: of LB_BOUNCE_SLOT_BYTES, a number without a suffix, at least 1. address: a size as
 * lb_size_parse reads it, a multiple of the slot size. Unlike Linux's this is all or nothing.
 */
#ifndef LIFEBOAT_BOUNCE_OPTION_H
#define LIFEBOAT_BOUNCE_OPTION_H

#include "lifeboat/base.h"
#include "lifeboat/slice.h"

struct lb_bounce_option {
	/* Not empty; begins and ends at slots. */
	struct lb_range pool;
	/* Every device bounces. */
	bool force;
};

/* Where a value is wrong, and what was expected there: "a multiple of 2048". Static text. */
struct lb_bounce_option_error {
	size_t offset; /* at most the value's length */
	const char *expected;
};

/*
 * Reads the value, what stands behind "swiotlb=". LB_INVALID: it is none of this form; *ret_error
 * says where and why, and *ret is untouched.
 */
enum lb_status LB_MUST_CHECK lb_bounce_option_parse(struct lb_slice value,
	struct lb_bounce_option *ret, struct lb_bounce_option_error *ret_error);

#endif
