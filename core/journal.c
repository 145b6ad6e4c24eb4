/* SPDX-License-Identifier: MIT */
/* journal: append events to the caller's array. */
#include "lifeboat/journal.h"

void lb_journal_init(struct lb_journal *journal, struct lb_event *events, size_t capacity)
{
	LB_ASSERT(events || !capacity);
	*journal = (struct lb_journal){.events = events, .capacity = capacity};
}

void lb_journal_add(struct lb_journal *journal, struct lb_event event)
{
	if (!journal) {
		return;
	}
	LB_ASSERT(event.owner);
	LB_ASSERT(event.range.start <= event.range.end);
	if (journal->count == journal->capacity) {
		journal->dropped++;
		return;
	}
	journal->events[journal->count++] = event;
}

const char *lb_event_kind_name(enum lb_event_kind kind)
{
	static const char *const names[] = {
		[LB_EVENT_ADD] = "add",
		[LB_EVENT_REMOVE] = "remove",
		[LB_EVENT_RESERVE] = "reserve",
		[LB_EVENT_ALLOCATE] = "allocate",
		[LB_EVENT_RELEASE] = "release",
		[LB_EVENT_REFUSE] = "refuse",
		[LB_EVENT_SEARCH] = "search",
		[LB_EVENT_NOTE] = "note",
	};

	LB_ASSERT((size_t)kind < LB_ARRAY_COUNT(names));
	return names[kind];
}
