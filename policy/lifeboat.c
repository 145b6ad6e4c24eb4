/* SPDX-License-Identifier: MIT */
/* lifeboat: claims of a command line, and three ways to place them. */
#include "policy/lifeboat.h"

#include "lifeboat/slice.h"
#include "policy/given_place.h"
#include "policy/linux/crashkernel.h"

#define CAPTURE_ALIGN (2 * LB_MIB)
#define PAGE 4096
#define GRAMMAR LB_LINUX(7, 3, 0)

static struct lb_crashkernel_value read_class(const struct lb_reserve_env *env,
	const char *cmdline, enum lb_crashkernel_class class_)
{
	return lb_crashkernel_read(
		cmdline, lb_slice_of(cmdline).length, GRAMMAR, env->system_ram, class_);
}

struct request {
	struct lb_crashkernel_value main, low;
};

/* LB_OUTCOME_RESERVED: ret->main is of use. */
static enum lb_outcome read_request(const struct lb_reserve_env *env, const char *cmdline,
	struct request *ret)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	if (!lb_crashkernel_next(cmdline, lb_slice_of(cmdline).length, &cursor, &token)) {
		ret->main.result = LB_CRASHKERNEL_ABSENT;
		return LB_OUTCOME_NOT_REQUESTED;
	}
	ret->main = read_class(env, cmdline, LB_CRASHKERNEL_PLAIN);
	if (ret->main.result == LB_CRASHKERNEL_ABSENT) {
		ret->main = read_class(env, cmdline, LB_CRASHKERNEL_HIGH);
	}
	ret->low = read_class(env, cmdline, LB_CRASHKERNEL_LOW);
	if (lb_crashkernel_declines(&ret->main)) {
		return LB_OUTCOME_NOT_REQUESTED;
	}
	return lb_crashkernel_accepted(&ret->main) ? LB_OUTCOME_RESERVED : LB_OUTCOME_REJECTED;
}

/* False: a size or an end past the end of the address space. */
static bool make_claims(const struct lb_reserve_env *env, const struct request *request,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	struct lb_claim *capture = &claims[LB_LIFEBOAT_CAPTURE];
	struct lb_claim *bounce = &claims[LB_LIFEBOAT_BOUNCE];
	uint64_t pool = request->low.result ? env->swiotlb_bytes : request->low.size;
	lb_phys_addr offset = request->main.offset;

	*capture = (struct lb_claim){.name = "capture kernel", .source = "crashkernel=",
		.align = CAPTURE_ALIGN, .window = {offset, env->high_max}};
	*bounce = (struct lb_claim){.name = "bounce pool", .align = PAGE,
		.source = request->low.result ? "what this kernel uses itself" :
			"crashkernel=,low",
		.window = {0, env->low_max}};
	return lb_align_up(request->main.size, PAGE, &capture->size) &&
		lb_align_up(pool, PAGE, &bounce->size) &&
		(!offset || lb_add(offset, capture->size, &capture->window.end));
}

enum lb_outcome lb_lifeboat_claims(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	struct request request;
	enum lb_outcome outcome = read_request(env, cmdline, &request);

	return outcome == LB_OUTCOME_RESERVED && !make_claims(env, &request, claims) ?
		LB_OUTCOME_REJECTED : outcome;
}

/* One reservation under way. */
struct run {
	const struct lb_reserve_env *env;
	struct lb_memory_map *map;
	struct lb_journal *journal;
	struct lb_searches *searches;
	struct lb_reservation *ret;
};

/* How the claims are tried: where the capture kernel may lie, and whether it needs a pool. */
struct arrangement {
	struct lb_claim *claims; /* LB_LIFEBOAT_CLAIMS of them */
	struct lb_range capture, bounce; /* the same window: one region for both */
	bool with_bounce;
	const char *why; /* the capture kernel there */
};

static struct lb_search as_search(const struct run *run,
	const struct arrangement *arrangement, const struct lb_claim *claim)
{
	struct lb_search search = {.kind = LB_CRASH, .given_place = run->ret->offset,
		.owner = claim->name, .why = arrangement->why, .window = claim->window,
		.size = claim->size, .align = claim->align};

	if (claim == &arrangement->claims[LB_LIFEBOAT_BOUNCE]) {
		search.kind = LB_CRASH_LOW;
		search.given_place = false;
		search.why = "within reach of 32-bit devices";
		search.size_why = claim->source;
	}
	return search;
}

static void record_placed(struct run *run, const struct arrangement *arrangement)
{
	const struct lb_claim *claims = arrangement->claims;

	for (size_t i = 0; i < LB_LIFEBOAT_CLAIMS; i++) {
		struct lb_search search = as_search(run, arrangement, &claims[i]);

		if (claims[i].state == LB_CLAIM_PLACED) {
			search.result = LB_SEARCH_FOUND;
			search.found = claims[i].range;
			lb_searches_add(run->searches, run->journal, &search);
		}
	}
}

/* The pool's turn comes when the capture kernel has a place: then it is the pool that failed. */
static void record_conflict(struct run *run, const struct arrangement *arrangement,
	const struct lb_claim_conflict *conflict)
{
	static const enum lb_place_fault order[LB_PLACE_FAULTS] = {
		LB_PLACE_UNALIGNED, LB_PLACE_NOT_MEMORY, LB_PLACE_TAKEN};
	struct lb_search search = as_search(run, arrangement, conflict->claim);

	if (search.given_place) {
		lb_given_place_refuse(run->map, order, &search);
	} else {
		search.result = LB_SEARCH_NOT_FOUND;
		search.refusal = "no place";
		search.in_the_way = conflict->range;
		search.holder = lb_range_empty(conflict->range) ? NULL : conflict->owner;
	}
	lb_searches_add(run->searches, run->journal, &search);
	if (search.kind == LB_CRASH_LOW) {
		run->ret->failed = LB_PART_LOW;
	} else if (run->ret->failed == LB_PART_NONE) {
		run->ret->failed = LB_PART_MAIN;
	}
}

static enum lb_status try_arrangement(struct run *run, struct arrangement arrangement)
{
	struct lb_claim *capture = &arrangement.claims[LB_LIFEBOAT_CAPTURE];
	struct lb_claim *bounce = &arrangement.claims[LB_LIFEBOAT_BOUNCE];
	struct lb_claim_conflict conflict = {0};
	enum lb_status status;

	if (lb_range_empty(arrangement.capture)) {
		return LB_NOT_FOUND;
	}
	capture->state = LB_CLAIM_OPEN;
	capture->window = arrangement.capture;
	bounce->state = arrangement.with_bounce && bounce->size ? LB_CLAIM_OPEN :
		LB_CLAIM_RELEASED;
	bounce->window = arrangement.bounce;
	status = lb_claims_reserve(
		run->map, arrangement.claims, LB_LIFEBOAT_CLAIMS, NULL, &conflict);
	if (status == LB_OK) {
		record_placed(run, &arrangement);
	} else if (status == LB_NOT_FOUND) {
		record_conflict(run, &arrangement, &conflict);
	}
	return status;
}

/* Above low memory with a pool below; low; and low with a pool in another hole. */
static enum lb_status place(struct run *run, struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	const struct lb_reserve_env *env = run->env;
	struct arrangement arrangement = {.claims = claims,
		.capture = {env->low_max, env->high_max}, .bounce = {0, env->low_max},
		.with_bounce = true, .why = "above low memory, to spare it"};
	enum lb_status status = try_arrangement(run, arrangement);

	if (status != LB_NOT_FOUND) {
		return status;
	}
	arrangement.capture = arrangement.bounce;
	arrangement.with_bounce = env->memory_encrypted;
	arrangement.why = env->memory_encrypted ? "low memory, with the bounce pool beside it" :
		"low memory, where it needs no bounce pool";
	status = try_arrangement(run, arrangement);
	if (status != LB_NOT_FOUND || !env->memory_encrypted) {
		return status;
	}
	/* One byte less makes it a window, and so a region, of its own. */
	arrangement.capture.start = 1;
	arrangement.why = "low memory, with the bounce pool in another hole";
	return try_arrangement(run, arrangement);
}

/* At the offset, with a pool unless the region ends low enough to do without. */
static enum lb_status place_fixed(struct run *run,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	const struct lb_reserve_env *env = run->env;
	struct lb_range window = claims[LB_LIFEBOAT_CAPTURE].window;
	bool is_low = window.end <= env->low_max;

	return try_arrangement(run, (struct arrangement){.claims = claims, .capture = window,
		.bounce = {0, env->low_max}, .with_bounce = !is_low || env->memory_encrypted,
		.why = "the offset that was asked for"});
}

/* One region for both claims is one range of the answer: a capture kernel has its pool inside. */
static void answer(struct run *run, const struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	struct lb_range capture = claims[LB_LIFEBOAT_CAPTURE].range;
	struct lb_range bounce = claims[LB_LIFEBOAT_BOUNCE].range;

	run->ret->failed = LB_PART_NONE;
	if (claims[LB_LIFEBOAT_BOUNCE].state == LB_CLAIM_PLACED) {
		run->ret->bounce_pool = bounce;
		run->ret->bounce_source = claims[LB_LIFEBOAT_BOUNCE].source;
	}
	if (claims[LB_LIFEBOAT_BOUNCE].state != LB_CLAIM_PLACED) {
		lb_reservation_add(run->ret, LB_CRASH, capture.start, lb_range_size(capture));
	} else if (capture.end == bounce.start) {
		lb_reservation_add(run->ret, LB_CRASH, capture.start, bounce.end - capture.start);
	} else {
		lb_reservation_add(run->ret, LB_CRASH, capture.start, lb_range_size(capture));
		lb_reservation_add(run->ret, LB_CRASH_LOW, bounce.start, lb_range_size(bounce));
	}
}

enum lb_status lb_lifeboat_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_searches *searches,
	struct lb_reservation *ret)
{
	struct run run = {.env = env, .map = map,
		.journal = journal, .searches = searches, .ret = ret};
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS];
	struct request request;
	enum lb_status status;

	lb_reservation_clear(ret);
	lb_searches_clear(searches);
	ret->outcome = read_request(env, cmdline, &request);
	ret->declined = lb_crashkernel_declines(&request.main);
	ret->unmatched = lb_crashkernel_is_unmatched(&request.main);
	if (ret->outcome == LB_OUTCOME_RESERVED && !make_claims(env, &request, claims)) {
		ret->outcome = LB_OUTCOME_REJECTED;
	}
	if (ret->outcome != LB_OUTCOME_RESERVED) {
		return LB_OK;
	}
	ret->asked = request.main.size;
	ret->size = claims[LB_LIFEBOAT_CAPTURE].size;
	ret->align = CAPTURE_ALIGN;
	ret->low_size = claims[LB_LIFEBOAT_BOUNCE].size;
	ret->low_implied = request.low.result;
	ret->offset = request.main.offset;
	ret->high = request.main.class_ == LB_CRASHKERNEL_HIGH;
	status = ret->offset ? place_fixed(&run, claims) : place(&run, claims);
	if (status == LB_OK) {
		answer(&run, claims);
		return LB_OK;
	}
	ret->outcome = LB_OUTCOME_FAILED;
	if (status == LB_NOT_FOUND || status == LB_OUT_OF_RANGE) {
		return LB_OK;
	}
	lb_reservation_clear(ret);
	lb_searches_clear(searches);
	return status;
}
