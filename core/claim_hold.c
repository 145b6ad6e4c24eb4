/* SPDX-License-Identifier: MIT */
/*
 * claim: two phases. What is held is reserved in the map and listed in a range set. Choosing takes
 * a place off the list and leaves it reserved; ending releases what is left on the list.
 */
#include "core/claim_sense.h"

#define HELD "held for claimants"

static void journal_range(struct lb_hold *hold, enum lb_event_kind kind, struct lb_range range)
{
	lb_journal_add(hold->journal, (struct lb_event){.kind = kind, .owner = HELD,
		.range = range, .window = hold->window, .size = lb_range_size(range)});
}

/* The first free range at or after *position in the window; false: none. */
static bool next_free(const struct lb_memory_map *map, struct lb_range window,
	struct lb_memory_cursor *cursor, struct lb_range *ret)
{
	struct lb_region free;

	while (lb_memory_map_next_free(map, cursor, &free)) {
		*ret = lb_range_intersect(free.range, window);
		if (!lb_range_empty(*ret)) {
			return true;
		}
	}
	return false;
}

static enum lb_status hold_free(struct lb_hold *hold)
{
	struct lb_memory_cursor cursor = {0};
	struct lb_range free;
	size_t count = 0;

	while (next_free(hold->map, hold->window, &cursor, &free)) {
		count++;
	}
	LB_ASSERT(hold->held.count <= hold->held.capacity);
	if (count > lb_memory_map_room(hold->map) ||
		count > hold->held.capacity - hold->held.count) {
		return LB_NO_STORAGE;
	}
	for (cursor = (struct lb_memory_cursor){0};
		next_free(hold->map, hold->window, &cursor, &free);
		cursor = (struct lb_memory_cursor){0}) {
		enum lb_status status = lb_memory_map_reserve(hold->map, free, LB_NO_NODE, 0);

		LB_ASSERT(!lb_range_set_overlaps(&hold->held, free)); /* held is reserved */
		LB_ASSERT(status == LB_OK); /* there was room for one region each */
		status = lb_range_set_add(&hold->held, free);
		LB_ASSERT(status == LB_OK);
		journal_range(hold, LB_EVENT_RESERVE, free);
	}
	return LB_OK;
}

enum lb_status lb_hold_begin(struct lb_hold *hold, struct lb_memory_map *map,
	struct lb_range window, struct lb_range *ranges, size_t capacity,
	struct lb_journal *journal)
{
	*hold = (struct lb_hold){.map = map, .window = window, .journal = journal};
	lb_range_set_init(&hold->held, ranges, capacity);
	return hold_free(hold);
}

enum lb_status lb_hold_more(struct lb_hold *hold)
{
	return hold_free(hold);
}

/* A multiple of the alignment at which the claim fits into what is held or into `more`. */
static enum lb_status find_place(const struct lb_hold *hold, const struct lb_claim *claim,
	struct lb_range more, lb_phys_addr *ret_start)
{
	struct lb_range range = more;
	struct lb_range_set joined = {.ranges = &range, .capacity = 1, .count = 1};

	if (lb_range_empty(more)) {
		return lb_range_set_find(&hold->held, claim->size, lb_claim_align(claim),
			claim->window, claim->bottom_up, ret_start);
	}
	for (size_t i = 0; i < hold->held.count; i++) {
		struct lb_range held = hold->held.ranges[i];

		if (held.end == more.start) {
			range.start = held.start;
		} else if (held.start == more.end) {
			range.end = held.end;
		}
	}
	return lb_range_set_find(&joined, claim->size, lb_claim_align(claim), claim->window,
		claim->bottom_up, ret_start);
}

/*
 * Names who is in the way: the smallest claim but for which this one would have found a place;
 * else the largest in its window; else the memory map, which never had the room.
 */
static void name_holder(const struct lb_hold *hold, const struct lb_claim *claim,
	const struct lb_claim *others, size_t count, struct lb_claim_conflict *ret_conflict)
{
	struct lb_claim_conflict named = {claim, LB_CLAIM_NO_OWNER, {0, 0}};
	bool decisive = false;

	for (size_t i = 0; i < count; i++) {
		const struct lb_claim *other = &others[i];
		uint64_t size = lb_range_size(other->range);
		lb_phys_addr start;
		bool decides;

		if (other == claim || other->state != LB_CLAIM_PLACED ||
			!lb_range_overlaps(other->range, claim->window)) {
			continue;
		}
		decides = find_place(hold, claim, other->range, &start) == LB_OK;
		if (decides ? !decisive || size < lb_range_size(named.range)
			    : !decisive && size > lb_range_size(named.range)) {
			named.owner = other->name;
			named.range = other->range;
			decisive = decides;
		}
	}
	if (ret_conflict) {
		*ret_conflict = named;
	}
	lb_journal_add(hold->journal, (struct lb_event){.kind = LB_EVENT_REFUSE,
		.owner = claim->name, .reason = named.owner, .range = named.range,
		.window = claim->window, .size = claim->size, .align = lb_claim_align(claim)});
}

enum lb_status lb_hold_choose(struct lb_hold *hold, struct lb_claim *claim,
	const struct lb_claim *others, size_t other_count,
	struct lb_claim_conflict *ret_conflict)
{
	struct lb_range place;
	enum lb_status status;

	LB_ASSERT(claim->state == LB_CLAIM_OPEN);
	if (!lb_claims_sensible(claim, 1, ret_conflict)) {
		return LB_INVALID;
	}
	status = find_place(hold, claim, (struct lb_range){0, 0}, &place.start);
	if (status != LB_OK) {
		name_holder(hold, claim, others, other_count, ret_conflict);
		return status;
	}
	place.end = place.start + claim->size;
	LB_ASSERT(lb_range_set_contains(&hold->held, place));
	LB_ASSERT(lb_range_contains(claim->window, place));
	status = lb_range_set_remove(&hold->held, place);
	if (status != LB_OK) {
		return status;
	}
	claim->range = place;
	claim->state = LB_CLAIM_PLACED;
	lb_journal_add(hold->journal, (struct lb_event){.kind = LB_EVENT_ALLOCATE,
		.owner = claim->name, .reason = claim->source, .range = place,
		.window = claim->window, .size = claim->size, .align = lb_claim_align(claim)});
	return LB_OK;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_names(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

/* Below zero if a has less choice than b. */
static int compare_choice(const struct lb_claim *a, const struct lb_claim *b)
{
	int order = compare_numbers(lb_range_size(a->window), lb_range_size(b->window));

	order = order ? order : compare_numbers(lb_claim_align(b), lb_claim_align(a));
	order = order ? order : compare_numbers(b->size, a->size);
	order = order ? order : compare_numbers(a->window.end, b->window.end);
	return order ? order : compare_names(a->name, b->name);
}

enum lb_status lb_hold_choose_all(struct lb_hold *hold, struct lb_claim *claims, size_t count,
	struct lb_claim_conflict *ret_conflict)
{
	uint64_t done = 0; /* one bit a claim */
	enum lb_status result = LB_OK;

	_Static_assert(LB_HOLD_CLAIMS == 64, "one bit a claim");
	if (count > LB_HOLD_CLAIMS || !lb_claims_sensible(claims, count, ret_conflict)) {
		return LB_INVALID;
	}
	for (size_t round = 0; round < count; round++) {
		struct lb_claim *next = NULL;
		enum lb_status status = LB_OK;

		for (size_t i = 0; i < count; i++) {
			if (!(done >> i & 1) &&
				(!next || compare_choice(&claims[i], next) < 0)) {
				next = &claims[i];
			}
		}
		LB_ASSERT(next); /* one more round than claims are done */
		done |= UINT64_C(1) << (next - claims);
		if (next->state == LB_CLAIM_OPEN) {
			status = lb_hold_choose(hold, next, claims, count,
				result == LB_OK ? ret_conflict : NULL);
		}
		LB_ASSERT(status != LB_OK || next->state != LB_CLAIM_OPEN);
		result = result == LB_OK ? status : result;
	}
	return result;
}

enum lb_status lb_hold_end(struct lb_hold *hold)
{
	if (hold->held.count > lb_memory_map_room(hold->map)) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < hold->held.count; i++) {
		enum lb_status status = lb_memory_map_release(hold->map, hold->held.ranges[i]);

		LB_ASSERT(status == LB_OK); /* there is room for one cut each */
		journal_range(hold, LB_EVENT_RELEASE, hold->held.ranges[i]);
	}
	hold->held.count = 0;
	return LB_OK;
}
