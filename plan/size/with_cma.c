/* SPDX-License-Identifier: MIT */
/* with_cma: two parts of one size, tried together. */
#include "plan/size/with_cma.h"

#include "plan/request.h"
#include "plan/size/build.h"
#include "plan/size/recommend.h"

/* What at a moment may not lie in CMA. */
static uint64_t fixed_at(const struct lb_size *size, unsigned int moment)
{
	uint64_t fixed = 0;

	for (size_t i = 0; i < size->term_count; i++) {
		const struct lb_size_term *term = &size->terms[i];

		if (term->moments & (1U << moment) && term->place != LB_PLACE_CMA) {
			fixed = lb_size_plus(fixed, term->at_most);
		}
	}
	return fixed;
}

static uint64_t in_cma(const struct lb_reservation *reservation)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		const struct lb_crash_range *crash = &reservation->ranges[i];

		bytes += crash->kind == LB_CRASH_CMA ? lb_range_size(crash->range) : 0;
	}
	return bytes;
}

enum lb_status lb_size_add_cma(struct lb_size *size, const struct lb_size_input *input)
{
	struct lb_size_request request = {
		.why = "what may lie in `,cma` is the programs' until the machine crashes; what "
		       "they have there is not in the dump, and the kernel waits 10 s for "
		       "transfers of devices to end there"};
	uint64_t main = size->needed_to_start;
	struct lb_request values;
	enum lb_status status;
	enum lb_pool_use pool = LB_POOL_NONE;
	uint64_t cma;

	if (!size->found || size->measured || size->recommended.crashkernel_count != 1) {
		return LB_OK;
	}
	for (unsigned int moment = 0; moment < LB_SIZE_MOMENTS; moment++) {
		main = lb_max(main, fixed_at(size, moment));
	}
	main = lb_size_in_steps(main);
	cma = lb_size_in_steps(size->needed - lb_min(main, size->needed));
	if (!cma) {
		return LB_OK;
	}
	values = lb_request_of(LB_REQUEST_PLAIN, main, cma);
	status = lb_size_name(size, &values, &request);
	if (!status) {
		status = lb_size_try(size, input->machine, &request, &pool);
	}
	if (!status && lb_size_works(&request) && pool != LB_POOL_NEEDED &&
		in_cma(&request.reservation) >= cma && request.cost >= main) {
		size->with_cma = request;
		size->cma_found = true;
	}
	return status;
}
