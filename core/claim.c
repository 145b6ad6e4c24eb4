/* SPDX-License-Identifier: MIT */
/* claim: claims that are summed into regions. Two phases: claim_hold.c. */
#include "core/claim_sense.h"

enum lb_status lb_claims_total(const struct lb_claim *claims, size_t count, uint64_t *ret_bytes)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++) {
		if (claims[i].state != LB_CLAIM_RELEASED &&
			!lb_add(total, claims[i].size, &total)) {
			return LB_OUT_OF_RANGE;
		}
	}
	*ret_bytes = total;
	return LB_OK;
}

bool lb_claims_sensible(
	const struct lb_claim *claims, size_t count, struct lb_claim_conflict *ret_conflict)
{
	for (size_t i = 0; i < count; i++) {
		if (claims[i].state == LB_CLAIM_OPEN &&
			(!claims[i].size || !lb_is_power_of_two(lb_claim_align(&claims[i])))) {
			if (ret_conflict) {
				*ret_conflict = (struct lb_claim_conflict){
					&claims[i], LB_CLAIM_NO_OWNER, {0, 0}};
			}
			return false;
		}
	}
	return true;
}

/* Claims of one window: the open ones become one region. */
struct group {
	struct lb_claim *claims;
	size_t count;
	struct lb_range window;
};

static bool in_group(
	const struct group *group, const struct lb_claim *claim, enum lb_claim_state state)
{
	return claim->state == state && claim->window.start == group->window.start &&
		claim->window.end == group->window.end;
}

/* The largest alignment in the group that is smaller than `below`; 0: none. */
static uint64_t next_align(const struct group *group, uint64_t below)
{
	uint64_t align = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct lb_claim *claim = &group->claims[i];

		if (in_group(group, claim, LB_CLAIM_OPEN) &&
			lb_claim_align(claim) < below) {
			align = lb_max(align, lb_claim_align(claim));
		}
	}
	return align;
}

/* Lays the group out from `base`: writes ranges, not states. *ret_end: the end of the last. */
static enum lb_status lay_out(const struct group *group, lb_phys_addr base, lb_phys_addr *ret_end)
{
	lb_phys_addr at = base;

	LB_ASSERT(!(base & (next_align(group, UINT64_MAX) - 1)));
	for (uint64_t align = next_align(group, UINT64_MAX); align;
		align = next_align(group, align)) {
		for (size_t i = 0; i < group->count; i++) {
			struct lb_claim *claim = &group->claims[i];

			if (!in_group(group, claim, LB_CLAIM_OPEN) ||
				lb_claim_align(claim) != align) {
				continue;
			}
			if (!lb_align_up(at, align, &claim->range.start) ||
				!lb_add(claim->range.start, claim->size, &at)) {
				return LB_OUT_OF_RANGE;
			}
			claim->range.end = at;
			LB_ASSERT(lb_range_size(claim->range) == claim->size);
		}
	}
	*ret_end = at;
	return LB_OK;
}

/* Who is placed in the window where the claim could have been. */
static void name_holder(const struct lb_claim *claims, size_t count,
	const struct lb_claim *claim, struct lb_claim_conflict *ret_conflict)
{
	if (!ret_conflict) {
		return;
	}
	*ret_conflict = (struct lb_claim_conflict){claim, LB_CLAIM_NO_OWNER, {0, 0}};
	for (size_t i = 0; i < count; i++) {
		if ((claims[i].state == LB_CLAIM_PLACED ||
			    claims[i].state == LB_CLAIM_PLACING) &&
			lb_range_overlaps(claims[i].range, claim->window) &&
			lb_range_size(claims[i].range) > lb_range_size(ret_conflict->range)) {
			ret_conflict->owner = claims[i].name;
			ret_conflict->range = claims[i].range;
		}
	}
}

static enum lb_status reserve_group(struct lb_memory_map *map, const struct group *group)
{
	struct lb_memory_request request = {.align = next_align(group, UINT64_MAX),
		.window = group->window, .node = LB_NO_NODE};
	lb_phys_addr start;
	enum lb_status status = lay_out(group, 0, &request.size);

	LB_ASSERT(lb_is_power_of_two(request.align)); /* so there is an open claim */
	if (status == LB_OK) {
		status = lb_memory_map_alloc(map, &request, &start);
	}
	if (status == LB_OK) {
		status = lay_out(group, start, &start);
		LB_ASSERT(status == LB_OK && start <= group->window.end);
	}
	for (size_t i = 0; i < group->count && status == LB_OK; i++) {
		if (in_group(group, &group->claims[i], LB_CLAIM_OPEN)) {
			group->claims[i].state = LB_CLAIM_PLACING;
		}
	}
	return status;
}

/* Gives back the region that the first of these claims is part of, with the gaps inside. */
static void undo_group(struct lb_memory_map *map, struct lb_claim *claims, size_t count)
{
	struct group group = {claims, count, claims[0].window};
	struct lb_range region = claims[0].range;
	enum lb_status status;

	for (size_t i = 0; i < count; i++) {
		struct lb_claim *claim = &claims[i];

		if (in_group(&group, claim, LB_CLAIM_PLACING)) {
			region.start = lb_min(region.start, claim->range.start);
			region.end = lb_max(region.end, claim->range.end);
			claim->state = LB_CLAIM_OPEN;
			claim->range = (struct lb_range){0, 0};
		}
	}
	status = lb_memory_map_release(map, region);
	LB_ASSERT(status == LB_OK); /* the map held these regions a moment ago */
}

/*
 * Gives back all groups, the last one first: then each step leads to a map that was there before,
 * and needs no more room than it did then.
 */
static void undo_groups(struct lb_memory_map *map, struct lb_claim *claims, size_t count)
{
	for (size_t i = count; i-- > 0;) {
		struct group earlier = {claims, i, claims[i].window};
		bool first = claims[i].state == LB_CLAIM_PLACING;

		for (size_t j = 0; j < i; j++) {
			first = first && !in_group(&earlier, &claims[j], LB_CLAIM_PLACING);
		}
		if (first) {
			undo_group(map, &claims[i], count - i);
		}
	}
}

static void journal_claim(struct lb_journal *journal, enum lb_event_kind kind,
	const struct lb_claim *claim, const char *reason)
{
	lb_journal_add(journal, (struct lb_event){.kind = kind, .owner = claim->name,
		.reason = reason, .range = claim->range, .window = claim->window,
		.size = claim->size, .align = lb_claim_align(claim)});
}

enum lb_status lb_claims_reserve(struct lb_memory_map *map, struct lb_claim *claims, size_t count,
	struct lb_journal *journal, struct lb_claim_conflict *ret_conflict)
{
	enum lb_status status = LB_OK;

	if (!lb_claims_sensible(claims, count, ret_conflict)) {
		return LB_INVALID;
	}
	for (size_t i = 0; i < count && status == LB_OK; i++) {
		struct group group = {claims, count, claims[i].window};

		if (claims[i].state != LB_CLAIM_OPEN) {
			continue;
		}
		status = reserve_group(map, &group);
		if (status == LB_NOT_FOUND) {
			name_holder(claims, count, &claims[i], ret_conflict);
			journal_claim(journal, LB_EVENT_REFUSE, &claims[i], "no place");
		}
	}
	if (status != LB_OK) {
		undo_groups(map, claims, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (claims[i].state == LB_CLAIM_OPEN) {
			claims[i].range = (struct lb_range){0, 0};
		} else if (claims[i].state == LB_CLAIM_PLACING) {
			LB_ASSERT(lb_range_contains(claims[i].window, claims[i].range));
			claims[i].state = LB_CLAIM_PLACED;
			journal_claim(
				journal, LB_EVENT_ALLOCATE, &claims[i], claims[i].source);
		}
	}
	return status;
}

enum lb_status lb_claim_release(
	struct lb_memory_map *map, struct lb_claim *claim, struct lb_journal *journal)
{
	enum lb_status status;

	LB_ASSERT(claim->state == LB_CLAIM_PLACED);
	LB_ASSERT(lb_range_size(claim->range) == claim->size);
	status = lb_memory_map_release(map, claim->range);
	if (status == LB_OK) {
		claim->state = LB_CLAIM_RELEASED;
		journal_claim(journal, LB_EVENT_RELEASE, claim, "not needed");
	}
	return status;
}
