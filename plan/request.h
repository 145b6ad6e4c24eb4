/* SPDX-License-Identifier: MIT */
/* request: the forms of crashkernel= that advice asks in. */
#ifndef LIFEBOAT_PLAN_REQUEST_H
#define LIFEBOAT_PLAN_REQUEST_H

#include "lifeboat/base.h"

enum lb_request_form {
	LB_REQUEST_PLAIN,               /* SIZE */
	LB_REQUEST_HIGH,                /* SIZE,high; low memory as the kernel thinks fit */
	LB_REQUEST_HIGH_AND_LOW,        /* and 128 MiB of low memory */
	LB_REQUEST_HIGH_AND_LITTLE_LOW, /* and as much as a bounce pool needs, 72 MiB */
};
#define LB_REQUEST_FORMS 4

#define LB_REQUEST_VALUES_MAX 3

/* Values of crashkernel=, one for each occurrence. */
struct lb_request {
	char values[LB_REQUEST_VALUES_MAX][128];
	size_t count;
};

/* Sizes in bytes, rounded up to whole MiB. cma: what to ask for as `,cma` besides; 0: none. */
struct lb_request lb_request_of(enum lb_request_form form, uint64_t size, uint64_t cma);

/* The same: size, or with low above 0 `size,high` and `low,low`. */
struct lb_request lb_request_split(uint64_t size, uint64_t low);

/* What such a request is, behind "256 MiB": ", wherever there is room". */
const char *lb_request_form_text(enum lb_request_form form);

#endif
