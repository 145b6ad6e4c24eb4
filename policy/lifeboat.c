/* SPDX-License-Identifier: MIT */
/* lifeboat: placing claims. */
#include "policy/lifeboat.h"

#include "policy/reserve_run.h"

#define MAIN_ALIGN (2 * LB_MIB)
#define NEWEST_GRAMMAR LB_LINUX(7, 3, 0)

/* The claims, sorted out. */
struct needs {
	uint64_t main_size;
	uint64_t low_size;      /* sum of the low claims, each rounded up to its alignment */
	uint64_t always_low;    /* those of them that a low main region does not make unneeded */
	lb_phys_addr low_limit; /* the lowest limit of a low claim */
};

static bool is_low(const struct lb_reserve_env *env, const struct lb_lifeboat_claim *claim)
{
	return claim->limit < env->high_max;
}

/* False when the sums leave 64 bits. */
static bool sum_up(const struct lb_reserve_env *env, const struct lb_lifeboat_claim *claims,
	size_t count, struct needs *ret)
{
	*ret = (struct needs){.low_limit = env->high_max};
	for (size_t i = 0; i < count; i++) {
		bool low = is_low(env, &claims[i]);
		uint64_t *sum = low ? &ret->low_size : &ret->main_size;
		uint64_t rounded;

		if (!lb_align_up(claims[i].size, claims[i].align, &rounded) ||
			!lb_add(*sum, rounded, sum)) {
			return false;
		}
		if (low && claims[i].size) {
			ret->low_limit = lb_min(ret->low_limit, claims[i].limit);
			ret->always_low += claims[i].unless_low ? 0 : rounded;
		}
	}
	return true;
}

/* Gives back everything that was placed so far. */
static void abandon(struct reserve_run *run)
{
	for (size_t i = 0; i < run->ret->range_count; i++) {
		struct lb_range range = run->ret->ranges[i].range;

		reserve_give_back(run, reserve_main_owner, range.start, lb_range_size(range));
	}
	run->ret->range_count = 0;
	__builtin_memset(run->ret->ranges, 0, sizeof(run->ret->ranges));
}

static bool is_needed(const struct reserve_run *run, const struct lb_lifeboat_claim *claim)
{
	lb_phys_addr main_end = run->ret->ranges[0].range.end;

	return is_low(run->env, claim) && claim->size &&
		!(claim->unless_low && main_end <= claim->limit);
}

/* Each low claim where it fits. LB_NOT_FOUND: one of them fits nowhere. */
static enum lb_status place_low(struct reserve_run *run, const struct lb_lifeboat_claim *claims,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct reserve_place place = {.owner = claims[i].name, .size = claims[i].size,
			.align = claims[i].align, .end = claims[i].limit,
			.reason = "a claim with a limit"};
		lb_phys_addr start;
		enum lb_status status;

		if (!is_needed(run, &claims[i])) {
			continue;
		}
		status = reserve_place(run, &place, &start);
		if (status) {
			return status;
		}
		reserve_answer(run, LB_CRASH_LOW, start, claims[i].size);
	}
	return LB_OK;
}

/* The main region above the low claims, and these below. */
static enum lb_status place_apart(struct reserve_run *run, const struct needs *needs,
	const struct lb_lifeboat_claim *claims, size_t count, lb_phys_addr offset)
{
	struct reserve_place place = {.owner = reserve_main_owner, .size = needs->main_size,
		.align = MAIN_ALIGN, .start = needs->low_size ? needs->low_limit : 0,
		.end = run->env->high_max, .reason = "low memory is spared where it can be"};
	lb_phys_addr start = offset;
	enum lb_status status = offset ?
		reserve_fixed(run, offset, needs->main_size, MAIN_ALIGN) :
		reserve_place(run, &place, &start);

	if (status) {
		return status;
	}
	reserve_answer(run, LB_CRASH, start, needs->main_size);
	status = place_low(run, claims, count);
	if (status) {
		abandon(run);
	}
	return status;
}

/* Everything in one region below the lowest limit. */
static enum lb_status place_together(struct reserve_run *run, const struct needs *needs)
{
	struct reserve_place place = {.owner = reserve_main_owner, .align = MAIN_ALIGN,
		.end = needs->low_limit, .reason = "one region low enough for every claim"};
	lb_phys_addr start;
	enum lb_status status;

	if (!lb_add(needs->main_size, needs->always_low, &place.size)) {
		return LB_NOT_FOUND;
	}
	status = reserve_place(run, &place, &start);
	if (status == LB_OK) {
		reserve_answer(run, LB_CRASH, start, place.size);
	}
	return status;
}

/* Low claims apart from a main region that is low itself: for holes that hold either, not both. */
static enum lb_status place_low_apart(struct reserve_run *run, struct needs needs,
	const struct lb_lifeboat_claim *claims, size_t count)
{
	needs.low_limit = 0;
	return place_apart(run, &needs, claims, count, 0);
}

static bool too_many(const struct lb_reserve_env *env, const struct lb_lifeboat_claim *claims,
	size_t count)
{
	size_t low = 0;

	for (size_t i = 0; i < count; i++) {
		low += is_low(env, &claims[i]) && claims[i].size;
	}
	return low > LB_LIFEBOAT_LOW_CLAIMS_MAX;
}

static enum lb_status place_claims(struct reserve_run *run, const struct lb_lifeboat_claim *claims,
	size_t count, lb_phys_addr offset)
{
	struct needs needs;
	enum lb_status status;

	run->ret->outcome = LB_OUTCOME_FAILED;
	if (too_many(run->env, claims, count)) {
		return LB_INVALID;
	}
	if (!sum_up(run->env, claims, count, &needs)) {
		return LB_OK;
	}
	run->ret->low_size = needs.low_size;
	status = place_apart(run, &needs, claims, count, offset);
	if (status == LB_NOT_FOUND && !offset && needs.low_size) {
		status = place_together(run, &needs);
	}
	if (status == LB_NOT_FOUND && !offset && needs.low_size) {
		status = place_low_apart(run, needs, claims, count);
	}
	if (status == LB_OK) {
		run->ret->outcome = LB_OUTCOME_RESERVED;
	}
	return status == LB_NOT_FOUND ? LB_OK : status;
}

enum lb_status lb_lifeboat_place(const struct lb_reserve_env *env,
	const struct lb_lifeboat_claim *claims, size_t count, lb_phys_addr offset,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_reservation *ret)
{
	struct reserve_run run = {.env = env, .cmdline = "", .map = map, .journal = journal,
		.ret = ret};

	return place_claims(&run, claims, count, offset);
}

/* The main claim of the command line. False: there is none that makes sense. */
static bool read_request(struct reserve_run *run, struct lb_crashkernel_value *ret)
{
	*ret = lb_crashkernel_read(run->cmdline, run->length, NEWEST_GRAMMAR,
		run->env->system_ram, LB_CRASHKERNEL_PLAIN);
	if (ret->result == LB_CRASHKERNEL_ABSENT) {
		*ret = lb_crashkernel_read(run->cmdline, run->length, NEWEST_GRAMMAR,
			run->env->system_ram, LB_CRASHKERNEL_HIGH);
	}
	return ret->result == LB_CRASHKERNEL_OK && ret->size;
}

/* What 32-bit devices need of the capture kernel, unless `,low` says otherwise. */
static uint64_t bounce_size(struct reserve_run *run)
{
	struct lb_crashkernel_value low = lb_crashkernel_read(run->cmdline, run->length,
		NEWEST_GRAMMAR, run->env->system_ram, LB_CRASHKERNEL_LOW);

	return low.result == LB_CRASHKERNEL_OK ? low.size : run->env->swiotlb_bytes;
}

enum lb_status lb_lifeboat_reserve(const struct lb_reserve_env *env, const char *cmdline,
	struct lb_memory_map *map, struct lb_journal *journal, struct lb_reservation *ret)
{
	struct reserve_run run = {.env = env, .cmdline = cmdline, .map = map,
		.journal = journal, .ret = ret};
	struct lb_crashkernel_value request;
	struct lb_crashkernel_token token;
	size_t cursor = 0;

	lb_reservation_clear(ret);
	while (cmdline[run.length]) {
		run.length++;
	}
	if (!lb_crashkernel_next(cmdline, run.length, &cursor, &token)) {
		return LB_OK;
	}
	ret->outcome = LB_OUTCOME_REJECTED;
	if (!read_request(&run, &request)) {
		return LB_OK;
	}
	ret->size = request.size;
	ret->offset = request.offset;
	ret->high = request.class_ == LB_CRASHKERNEL_HIGH;
	return place_claims(&run, (const struct lb_lifeboat_claim[]){
		{"capture kernel", request.size, 4096, LB_PHYS_ADDR_MAX, false},
		{"bounce pool", bounce_size(&run), MAIN_ALIGN, env->low_max,
			!env->memory_encrypted},
	}, 2, request.offset);
}
