/* SPDX-License-Identifier: MIT */
/* lifeboat: claims of a command line, and three ways to place them. */
#include "policy/lifeboat.h"

#include "policy/reserve_run.h"

#define CAPTURE_ALIGN (2 * LB_MIB)
#define PAGE 4096
#define GRAMMAR LB_LINUX(7, 3, 0)

static size_t length_of(const char *text)
{
	size_t length = 0;

	while (text[length]) {
		length++;
	}
	return length;
}

static struct lb_crashkernel_value read_class(const struct lb_reserve_env *env,
	const char *cmdline, enum lb_crashkernel_class class_)
{
	return lb_crashkernel_read(cmdline, length_of(cmdline), GRAMMAR, env->system_ram, class_);
}

/* LB_OUTCOME_RESERVED: *ret is a value of use. */
static enum lb_outcome read_request(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_crashkernel_value *ret)
{
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	if (!lb_crashkernel_next(cmdline, length_of(cmdline), &cursor, &token)) {
		return LB_OUTCOME_NOT_REQUESTED;
	}
	*ret = read_class(env, cmdline, LB_CRASHKERNEL_PLAIN);
	if (ret->result == LB_CRASHKERNEL_ABSENT) {
		*ret = read_class(env, cmdline, LB_CRASHKERNEL_HIGH);
	}
	return ret->result == LB_CRASHKERNEL_OK && ret->size ? LB_OUTCOME_RESERVED :
		LB_OUTCOME_REJECTED;
}

enum lb_outcome lb_lifeboat_claims(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	struct lb_claim *capture = &claims[LB_LIFEBOAT_CAPTURE];
	struct lb_claim *bounce = &claims[LB_LIFEBOAT_BOUNCE];
	struct lb_crashkernel_value request, low;
	enum lb_outcome outcome = read_request(env, cmdline, &request);

	if (outcome != LB_OUTCOME_RESERVED) {
		return outcome;
	}
	low = read_class(env, cmdline, LB_CRASHKERNEL_LOW);
	*capture = (struct lb_claim){.name = "capture kernel", .source = "crashkernel=",
		.align = CAPTURE_ALIGN, .window = {request.offset, env->high_max}};
	*bounce = (struct lb_claim){.name = "bounce pool", .align = PAGE,
		.source = low.result ? "what this kernel uses itself" : "crashkernel=,low",
		.window = {0, env->low_max}};
	if (!lb_align_up(request.size, PAGE, &capture->size) || !lb_align_up(low.result ?
		env->swiotlb_bytes : low.size, PAGE, &bounce->size) ||
		(request.offset && !lb_add(request.offset, capture->size, &capture->window.end))) {
		return LB_OUTCOME_REJECTED;
	}
	return LB_OUTCOME_RESERVED;
}

/* How the claims are tried: where the capture kernel may lie, and whether it needs a pool. */
struct arrangement {
	struct lb_range capture, bounce; /* the same window: one region for both */
	bool with_bounce;
};

static enum lb_status try_arrangement(struct reserve_run *run,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS], struct arrangement arrangement)
{
	struct lb_claim *bounce = &claims[LB_LIFEBOAT_BOUNCE];

	if (lb_range_empty(arrangement.capture)) {
		return LB_NOT_FOUND;
	}
	claims[LB_LIFEBOAT_CAPTURE].state = LB_CLAIM_OPEN;
	claims[LB_LIFEBOAT_CAPTURE].window = arrangement.capture;
	bounce->state = arrangement.with_bounce && bounce->size ? LB_CLAIM_OPEN :
		LB_CLAIM_RELEASED;
	bounce->window = arrangement.bounce;
	return lb_claims_reserve(run->map, claims, LB_LIFEBOAT_CLAIMS, run->journal, NULL);
}

/* Above low memory with a pool below; low; and low with a pool in another hole. */
static enum lb_status place(struct reserve_run *run, struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	const struct lb_reserve_env *env = run->env;
	struct lb_range low = {0, env->low_max}, high = {env->low_max, env->high_max};
	struct arrangement arrangement = {high, low, true};
	enum lb_status status = try_arrangement(run, claims, arrangement);

	if (status != LB_NOT_FOUND) {
		return status;
	}
	arrangement = (struct arrangement){low, low, env->memory_encrypted};
	status = try_arrangement(run, claims, arrangement);
	if (status != LB_NOT_FOUND || !env->memory_encrypted) {
		return status;
	}
	/* One byte less makes it a window, and so a region, of its own. */
	arrangement.capture.start = 1;
	return try_arrangement(run, claims, arrangement);
}

/* At the offset, with a pool unless the region ends low enough to do without. */
static enum lb_status place_fixed(struct reserve_run *run,
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	const struct lb_reserve_env *env = run->env;
	struct lb_range window = claims[LB_LIFEBOAT_CAPTURE].window;
	bool is_low = window.end <= env->low_max;
	struct arrangement arrangement = {window, {0, env->low_max},
		!is_low || env->memory_encrypted};

	return try_arrangement(run, claims, arrangement);
}

/* One region for both claims is one range of the answer: a capture kernel has its pool inside. */
static void answer(struct reserve_run *run, const struct lb_claim claims[LB_LIFEBOAT_CLAIMS])
{
	struct lb_range capture = claims[LB_LIFEBOAT_CAPTURE].range;
	struct lb_range bounce = claims[LB_LIFEBOAT_BOUNCE].range;

	if (claims[LB_LIFEBOAT_BOUNCE].state != LB_CLAIM_PLACED) {
		reserve_answer(run, LB_CRASH, capture.start, lb_range_size(capture));
	} else if (capture.end == bounce.start) {
		reserve_answer(run, LB_CRASH, capture.start, bounce.end - capture.start);
	} else {
		reserve_answer(run, LB_CRASH, capture.start, lb_range_size(capture));
		reserve_answer(run, LB_CRASH_LOW, bounce.start, lb_range_size(bounce));
	}
}

enum lb_status lb_lifeboat_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_reservation *ret)
{
	struct reserve_run run = {.env = env, .cmdline = cmdline, .map = map,
		.journal = journal, .ret = ret};
	struct lb_claim claims[LB_LIFEBOAT_CLAIMS];
	struct lb_crashkernel_value request;
	enum lb_status status;

	lb_reservation_clear(ret);
	ret->outcome = lb_lifeboat_claims(env, cmdline, claims);
	if (ret->outcome != LB_OUTCOME_RESERVED) {
		return LB_OK;
	}
	read_request(env, cmdline, &request);
	ret->size = claims[LB_LIFEBOAT_CAPTURE].size;
	ret->low_size = claims[LB_LIFEBOAT_BOUNCE].size;
	ret->offset = request.offset;
	ret->high = request.class_ == LB_CRASHKERNEL_HIGH;
	status = request.offset ? place_fixed(&run, claims) : place(&run, claims);
	if (status == LB_OK) {
		answer(&run, claims);
		return LB_OK;
	}
	ret->outcome = LB_OUTCOME_FAILED;
	if (status == LB_NOT_FOUND || status == LB_OUT_OF_RANGE) {
		return LB_OK;
	}
	lb_reservation_clear(ret);
	return status;
}
