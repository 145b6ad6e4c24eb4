/* SPDX-License-Identifier: MIT */
/* recommend: the cheapest crashkernel= that gets the size on this machine, tried by its plan. */
#ifndef LIFEBOAT_PLAN_SIZE_RECOMMEND_H
#define LIFEBOAT_PLAN_SIZE_RECOMMEND_H

#include "plan/request.h"
#include "plan/size/compute.h"

/*
 * Fills size->recommended, and the terms for it. Tried are, until one is reserved in at least 99
 * of 100 boots: the size wherever there is room and no bounce pool is needed; then with one, above
 * and below the limit of 32-bit devices. LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_size_recommend(
	struct lb_size *size, const struct lb_size_input *input);

/* Names the values in ret. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_size_name(
	struct lb_size *size, const struct lb_request *request, struct lb_size_request *ret);

/* What a plan of the machine says of the request; ret->tried is false where there is none.
 * *ret_pool: of the capture kernel in that memory, with the size's command line. LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_size_try(const struct lb_size *size,
	const struct lb_machine *machine, struct lb_size_request *ret, enum lb_pool_use *ret_pool);

/* Whether it is reserved in enough boots to be recommended. */
bool lb_size_works(const struct lb_size_request *request);

/* Whether what is recommended lies in two regions, high and low. */
bool lb_size_is_apart(const struct lb_size *size);

/* A size as it is asked for: a multiple of LB_SIZE_STEP. */
uint64_t lb_size_in_steps(uint64_t bytes);

#endif
