/* SPDX-License-Identifier: MIT */
/* recommend: three requests at most, each a plan of its own. */
#include "plan/size/recommend.h"

#include "plan/request.h"
#include "plan/size/build.h"
#include "plan/size/compute.h"
#include "plan/trial.h"

uint64_t lb_size_in_steps(uint64_t bytes)
{
	uint64_t rounded;

	return lb_align_up(bytes, LB_SIZE_STEP, &rounded) ? rounded
							  : lb_align_down(bytes, LB_SIZE_STEP);
}

/* Of the terms in low memory, or of all others. */
static uint64_t sum_unseen(const struct lb_size *size, bool low)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size->term_count; i++) {
		const struct lb_size_term *term = &size->terms[i];

		if (term->unseen && (term->place == LB_PLACE_LOW) == low) {
			sum = lb_size_plus(sum, term->at_most);
		}
	}
	return sum;
}

/* Of one region: what was measured, what of the unseen does not fit into what was available then,
 * and one step for what differs from boot to boot. */
static uint64_t with_unseen(const struct lb_size *size, uint64_t smallest, uint64_t available)
{
	uint64_t more = size->unseen - lb_min(size->unseen, available);

	return lb_size_plus(lb_size_plus(smallest, LB_SIZE_STEP), more);
}

/* What must be low was not in it. */
static void take_measured(struct lb_size *size, const struct lb_measured *measured)
{
	uint64_t more = with_unseen(size, measured->smallest, measured->available);

	size->measured = measured;
	size->needed_low = size->low.at_most;
	size->needed = lb_size_plus(lb_max(more, measured->proved), size->needed_low);
	size->needed_to_start = measured->smallest;
}

/* The bounce pool was in it; buffers that devices have in low memory besides were not. */
static void take_apart(struct lb_size *size, const struct lb_measured_apart *apart)
{
	uint64_t high = with_unseen(size, apart->high, apart->of_high.available);

	size->apart = apart;
	size->needed_low = lb_size_in_steps(lb_max(
		lb_size_plus(apart->low, sum_unseen(size, true)), size->low.at_least));
	size->needed = lb_max(lb_size_plus(high, size->needed_low), apart->of_high.proved);
	size->needed_to_start = apart->high;
}

/* The terms, and from them what to ask for. */
static enum lb_status compute(
	struct lb_size *size, const struct lb_size_input *input, enum lb_pool_use pool)
{
	enum lb_status status = lb_size_compute(size, input, pool);

	if (status) {
		return status;
	}
	size->unseen = sum_unseen(size, false);
	size->apart = NULL;
	if (input->measured) {
		take_measured(size, input->measured);
	} else {
		size->needed_low = size->low.at_most;
		size->needed = size->total.at_most;
		size->needed_to_start = size->moments[LB_AT_START].at_most;
	}
	if (input->apart && pool == LB_POOL_NEEDED) {
		take_apart(size, input->apart);
	}
	return LB_OK;
}

/* low: 0 for the plain form, else besides size above the limit. */
static enum lb_status name_request(
	struct lb_size *size, uint64_t main, uint64_t low, struct lb_size_request *ret)
{
	struct lb_request request = lb_request_split(main, low);

	return lb_size_name(size, &request, ret);
}

enum lb_status lb_size_name(
	struct lb_size *size, const struct lb_request *request, struct lb_size_request *ret)
{
	LB_ASSERT(request->count <= LB_ARRAY_COUNT(ret->crashkernel));
	ret->crashkernel_count = request->count;
	for (size_t i = 0; i < request->count; i++) {
		ret->crashkernel[i] = lb_arena_text(&size->arena, request->values[i]);
		if (!ret->crashkernel[i]) {
			return LB_NO_STORAGE;
		}
	}
	return LB_OK;
}

static uint64_t cost_of(const struct lb_reservation *reservation)
{
	uint64_t cost = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		const struct lb_crash_range *crash = &reservation->ranges[i];

		cost += crash->kind == LB_CRASH_CMA ? 0 : lb_range_size(crash->range);
	}
	return cost;
}

/* On arm64 a pool that no device needs is as small as the crash memory (6.7 on). */
static enum lb_pool_use pool_use(const struct lb_plan *plan)
{
	const struct lb_bounce_prediction *bounce = &plan->bounce;

	if (bounce->known && bounce->needed) {
		return LB_POOL_NEEDED;
	}
	return bounce->known && bounce->size && plan->arch == LB_ARCH_X86_64 ? LB_POOL_MADE
									    : LB_POOL_NONE;
}

enum lb_status lb_size_try(const struct lb_size *size, const struct lb_machine *machine,
	struct lb_size_request *ret, enum lb_pool_use *ret_pool)
{
	struct lb_question question = {.crashkernel = ret->crashkernel,
		.crashkernel_count = ret->crashkernel_count,
		.capture_cmdline = size->cmdline,
		.no_advice = true};
	struct lb_plan_error error;
	struct lb_plan *plan;
	enum lb_status status = lb_plan_make(machine, &question, &plan, &error);

	if (status) {
		ret->tried = false;
		return status == LB_NO_STORAGE ? status : LB_OK;
	}
	ret->tried = true;
	ret->certainty = plan->certainty;
	ret->probability = lb_plan_reserved_share(plan);
	ret->reservation = *plan->reservation;
	ret->cost = cost_of(plan->reservation);
	*ret_pool = pool_use(plan);
	lb_plan_free(plan);
	return LB_OK;
}

bool lb_size_works(const struct lb_size_request *request)
{
	return request->tried && request->reservation.outcome == LB_OUTCOME_RESERVED &&
		(request->probability < 0 || request->probability >= LB_RESERVED_SHARE_MIN);
}

/* The parts of the reservation hold what must be low, what is loaded in one piece, and all. */
static bool holds(const struct lb_size *size, const struct lb_size_request *request)
{
	const struct lb_reservation *reservation = &request->reservation;
	uint64_t largest = 0, low = 0;

	for (size_t i = 0; i < reservation->range_count; i++) {
		uint64_t bytes = lb_range_size(reservation->ranges[i].range);

		largest = lb_max(largest, bytes);
		low = reservation->ranges[i].kind == LB_CRASH_LOW ? bytes : low;
	}
	return largest >= size->needed_to_start && low >= size->needed_low &&
		request->cost >= size->needed;
}

bool lb_size_is_apart(const struct lb_size *size)
{
	const struct lb_reservation *reservation = &size->recommended.reservation;
	bool low = false;

	for (size_t i = 0; size->found && i < reservation->range_count; i++) {
		low |= reservation->ranges[i].kind == LB_CRASH_LOW;
	}
	return low;
}

static void take(struct lb_size *size, const struct lb_size_request *request)
{
	size->found = true;
	size->recommended = *request;
}

/* With a bounce pool: high and low by themselves, or as the kernel splits a plain size. */
static enum lb_status recommend_split(struct lb_size *size, const struct lb_size_input *input)
{
	uint64_t low = lb_size_in_steps(size->needed_low);
	uint64_t main = lb_size_in_steps(
		lb_max(size->needed - lb_min(size->needed_low, size->needed),
			size->needed_to_start));
	uint64_t lows[2] = {low, 0};

	for (size_t i = 0; i < LB_ARRAY_COUNT(lows) && low; i++) {
		struct lb_size_request request = {
			.why = lows[i] ? "above low memory, and in low memory what 32-bit devices "
					 "need"
				       : "wherever there is room; the kernel adds low memory"};
		enum lb_pool_use pool;
		enum lb_status status = name_request(size, main, lows[i], &request);

		if (!status) {
			status = lb_size_try(size, input->machine, &request, &pool);
		}
		if (status) {
			return status;
		}
		if (lb_size_works(&request) && holds(size, &request) &&
			(!size->found || request.cost < size->recommended.cost)) {
			take(size, &request);
		}
	}
	return LB_OK;
}

/* The size with a pool for this counted in. *ret_pool: what it would be for. */
static enum lb_status try_plain(struct lb_size *size, const struct lb_size_input *input,
	enum lb_pool_use counted, struct lb_size_request *ret, enum lb_pool_use *ret_pool)
{
	enum lb_status status = compute(size, input, counted);

	if (!status) {
		status = name_request(size, lb_size_in_steps(size->needed), 0, ret);
	}
	return status ? status : lb_size_try(size, input->machine, ret, ret_pool);
}

enum lb_status lb_size_recommend(struct lb_size *size, const struct lb_size_input *input)
{
	const struct lb_size_options *options = &size->options;
	struct lb_size_request request = {.why = "wherever there is room"};
	bool all = lb_encryption_name(&input->machine->encryption) || options->bounce_always;
	enum lb_pool_use counted = all ? LB_POOL_NEEDED : LB_POOL_NONE;
	enum lb_pool_use pool = LB_POOL_NONE;
	enum lb_status status = try_plain(size, input, counted, &request, &pool);

	if (!status && pool == LB_POOL_MADE && counted == LB_POOL_NONE) {
		counted = LB_POOL_MADE;
		status = try_plain(size, input, counted, &request, &pool);
	}
	if (status) {
		return status;
	}
	if (!request.tried) {
		size->why_not = "the machine does not show enough to try it";
		size->recommended = request;
		return LB_OK;
	}
	if (lb_size_works(&request) && (pool != LB_POOL_NEEDED || counted == LB_POOL_NEEDED ||
					       options->bounce_never)) {
		take(size, &request);
		return LB_OK;
	}
	status = compute(size, input, LB_POOL_NEEDED);
	if (!status) {
		status = recommend_split(size, input);
	}
	if (!status && !size->found) {
		size->why_not = "no request of this size is reserved on this machine";
		size->recommended = request;
		status = compute(size, input, counted);
	}
	return status;
}
