/* SPDX-License-Identifier: MIT */
/*
 * largest: the largest size that is reserved wherever the kernel image is. Sizes are halved for a
 * few places of the image; the answer for all places then says whether one of the others is worse,
 * which joins the few.
 */
#ifndef LIFEBOAT_PLAN_LARGEST_H
#define LIFEBOAT_PLAN_LARGEST_H

#include "plan/trial.h"
#include "plan/request.h"

/* At first, evenly over all places that the image can take, and with those that join. */
#define LB_LARGEST_SAMPLES 24
#define LB_LARGEST_PLACES 48

struct lb_largest {
	const struct lb_plan *plan;
	const struct lb_answerer *answerer;
	enum lb_request_form form;
	uint64_t cma;                              /* kept beside it, bytes; 0: none */
	struct lb_range places[LB_LARGEST_PLACES]; /* of the kernel image */
	size_t place_count;
	uint64_t found; /* the last answer, MiB */
	uint64_t limit; /* MiB: that much is too much */
};

/* Begins with a few places of the image, and all of the machine's memory. */
struct lb_largest lb_largest_begin(const struct lb_plan *plan, const struct lb_answerer *answerer,
	enum lb_request_form form, uint64_t cma);

/* Whether a request is reserved with the image in each of the places. */
enum lb_status LB_MUST_CHECK lb_largest_try(
	const struct lb_largest *largest, const struct lb_request *request, bool *ret);

/* The largest size, in bytes, that is reserved with the image in any of the places; 0: none. */
enum lb_status LB_MUST_CHECK lb_largest_next(struct lb_largest *largest, uint64_t *ret);

/* That size was tried on all boots: takes in places where it was not reserved, and rules it out.
 * False: there are none, or there is no room for more. */
bool LB_MUST_CHECK lb_largest_refine(struct lb_largest *largest, const struct lb_plan *tried);

#endif
