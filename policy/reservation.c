/* SPDX-License-Identifier: MIT */
/* reservation: names, equality, and the one place where searches and journal are written. */
#include "policy/reservation.h"

const char *lb_crash_kind_name(enum lb_crash_kind kind)
{
	static const char *const names[] = {
		[LB_CRASH] = "crash",
		[LB_CRASH_LOW] = "crash_low",
		[LB_CRASH_CMA] = "crash_cma",
	};

	LB_ASSERT((size_t)kind < LB_ARRAY_COUNT(names));
	return names[kind];
}

const char *lb_outcome_name(enum lb_outcome outcome)
{
	static const char *const names[] = {
		[LB_OUTCOME_NOT_REQUESTED] = "not_requested",
		[LB_OUTCOME_REJECTED] = "rejected",
		[LB_OUTCOME_FAILED] = "failed",
		[LB_OUTCOME_RESERVED] = "reserved",
		[LB_OUTCOME_HANGS] = "hangs",
	};

	LB_ASSERT((size_t)outcome < LB_ARRAY_COUNT(names));
	return names[outcome];
}

const char *lb_crash_part_name(enum lb_crash_part part)
{
	static const char *const names[] = {
		[LB_PART_NONE] = "none",
		[LB_PART_MAIN] = "main",
		[LB_PART_LOW] = "low",
		[LB_PART_CMA] = "cma",
	};

	LB_ASSERT((size_t)part < LB_ARRAY_COUNT(names));
	return names[part];
}

const char *lb_search_result_name(enum lb_search_result result)
{
	static const char *const names[] = {
		[LB_SEARCH_FOUND] = "found",
		[LB_SEARCH_NOT_FOUND] = "not_found",
		[LB_SEARCH_REFUSED] = "refused",
		[LB_SEARCH_GIVEN_BACK] = "given_back",
	};

	LB_ASSERT((size_t)result < LB_ARRAY_COUNT(names));
	return names[result];
}

void lb_reservation_clear(struct lb_reservation *reservation)
{
	__builtin_memset(reservation, 0, sizeof(*reservation));
}

void lb_reservation_add(struct lb_reservation *reservation, enum lb_crash_kind kind,
	lb_phys_addr start, uint64_t size)
{
	LB_ASSERT(reservation->range_count < LB_CRASH_RANGES_MAX && size);
	reservation->ranges[reservation->range_count++] =
		(struct lb_crash_range){.kind = kind, .range = {start, start + size}};
}

bool lb_reservation_same(const struct lb_reservation *a, const struct lb_reservation *b)
{
	if (a->outcome != b->outcome || a->range_count != b->range_count ||
		a->log_bytes != b->log_bytes ||
		__builtin_memcmp(a->log, b->log, a->log_bytes)) {
		return false;
	}
	for (size_t i = 0; i < a->range_count; i++) {
		const struct lb_crash_range *x = &a->ranges[i], *y = &b->ranges[i];

		if (x->kind != y->kind || x->range.start != y->range.start ||
			x->range.end != y->range.end) {
			return false;
		}
	}
	return true;
}

void lb_searches_clear(struct lb_searches *searches)
{
	if (searches) {
		searches->count = 0;
		searches->dropped = 0;
	}
}

static bool is_found(const struct lb_search *search)
{
	return search->result == LB_SEARCH_FOUND;
}

static void tell(struct lb_journal *journal, const struct lb_search *search)
{
	struct lb_event event = {.owner = search->owner, .reason = search->why,
		.window = search->window, .size = search->size, .align = search->align};

	if (!search->given_place) {
		event.kind = LB_EVENT_SEARCH;
		lb_journal_add(journal, event);
	}
	event.kind = is_found(search) ? LB_EVENT_ALLOCATE : LB_EVENT_REFUSE;
	event.reason = is_found(search) ? search->why : search->refusal;
	event.range = search->found;
	lb_journal_add(journal, event);
}

void lb_searches_add(struct lb_searches *searches, struct lb_journal *journal,
	const struct lb_search *search)
{
	LB_ASSERT(search->owner && search->result != LB_SEARCH_GIVEN_BACK);
	LB_ASSERT(is_found(search) == !lb_range_empty(search->found));
	LB_ASSERT(is_found(search) == !search->refusal);
	LB_ASSERT(lb_range_contains(search->window, search->found));
	LB_ASSERT(search->window.start <= search->window.end);
	LB_ASSERT(lb_range_empty(search->given_back));
	tell(journal, search);
	if (!searches) {
		return;
	}
	if (searches->count == LB_SEARCHES_MAX) {
		searches->dropped++;
		return;
	}
	searches->list[searches->count++] = *search;
}

/* The newest search of which range is a part, and still there. */
static struct lb_search *search_that_found(
	struct lb_searches *searches, const char *owner, struct lb_range range)
{
	for (size_t i = searches ? searches->count : 0; i-- > 0;) {
		struct lb_search *search = &searches->list[i];

		if (is_found(search) && search->owner == owner &&
			lb_range_contains(search->found, range)) {
			return search;
		}
	}
	return NULL;
}

void lb_searches_give_back(struct lb_searches *searches, struct lb_journal *journal,
	const char *owner, struct lb_range range, const char *reason)
{
	struct lb_search *search = search_that_found(searches, owner, range);

	LB_ASSERT(search || !searches || searches->dropped);
	lb_journal_add(journal, (struct lb_event){.kind = LB_EVENT_RELEASE, .owner = owner,
		.range = range, .reason = reason});
	if (!search) {
		return;
	}
	/* What goes back is the end first, then the rest: neighbours, so one range. */
	LB_ASSERT(lb_range_empty(search->given_back) || search->given_back.start == range.end);
	search->given_back.end = lb_range_empty(search->given_back) ? range.end :
		search->given_back.end;
	search->given_back.start = range.start;
	search->given_back_why = reason;
	if (lb_range_contains(search->given_back, search->found)) {
		search->result = LB_SEARCH_GIVEN_BACK;
	}
}

enum lb_crash_kind lb_crash_part_kind(enum lb_crash_part part)
{
	static const enum lb_crash_kind kinds[] = {
		[LB_PART_MAIN] = LB_CRASH,
		[LB_PART_LOW] = LB_CRASH_LOW,
		[LB_PART_CMA] = LB_CRASH_CMA,
	};

	LB_ASSERT(part != LB_PART_NONE && (size_t)part < LB_ARRAY_COUNT(kinds));
	return kinds[part];
}

const struct lb_search *lb_searches_last(
	const struct lb_searches *searches, enum lb_crash_part part)
{
	for (size_t i = part == LB_PART_NONE ? 0 : searches->count; i-- > 0;) {
		if (searches->list[i].kind == lb_crash_part_kind(part)) {
			return &searches->list[i];
		}
	}
	return NULL;
}
