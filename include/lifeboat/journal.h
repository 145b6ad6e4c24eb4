/* SPDX-License-Identifier: MIT */
/*
 * journal: what happened to memory during a boot, real or simulated, step by step: what was
 * asked, what was searched, what was refused and by what. Explanations, pictures and JSON are
 * renderings of it.
 *
 * The caller brings an array of events. When it is full, further events are counted, not kept:
 * a journal never stops the boot that it describes. A NULL journal is allowed everywhere and
 * records nothing.
 *
 *	struct lb_event events[64];
 *	struct lb_journal journal;
 *
 *	lb_journal_init(&journal, events, LB_ARRAY_COUNT(events));
 *	lb_claims_reserve(&map, claims, count, &journal, NULL);
 *	for (size_t i = 0; i < journal.count; i++) { ... journal.events[i] ... }
 *	... journal.dropped > 0: the end of the story is missing ...
 *
 * Events stand in the order in which they happened.
 */
#ifndef LIFEBOAT_JOURNAL_H
#define LIFEBOAT_JOURNAL_H

#include "lifeboat/base.h"

/*
 * What happened, and which fields an event fills (owner always, reason where there is one):
 *
 *	            range        window   size, align
 *	ADD         what came    -        -
 *	REMOVE      what went    -        -
 *	RESERVE     what is taken  -      -
 *	ALLOCATE    the place    yes      yes
 *	RELEASE     what is free again  - -
 *	REFUSE      who is in the way, or empty   yes   yes
 *	SEARCH      -            yes      yes
 *	NOTE        -            -        -
 *
 * A writer may fill more (a hold gives its window with RESERVE); readers show what they need.
 */
enum lb_event_kind {
	LB_EVENT_ADD,      /* memory became known */
	LB_EVENT_REMOVE,   /* memory was taken out of the map */
	LB_EVENT_RESERVE,  /* a given range was taken */
	LB_EVENT_ALLOCATE, /* a place was searched and taken: range is where */
	LB_EVENT_RELEASE,  /* a range was given back */
	LB_EVENT_REFUSE,   /* a search found no place, or a given range was not free */
	LB_EVENT_SEARCH,   /* a window is about to be searched */
	LB_EVENT_NOTE,     /* a decision without a range */
};

struct lb_event {
	enum lb_event_kind kind;
	const char *owner;      /* who asked: "kernel image", "NODE_DATA(0)", "crash kernel" */
	const char *reason;     /* why, or what refused it; NULL: nothing to add */
	struct lb_range range;  /* see kind; empty where there is none */
	struct lb_range window; /* ALLOCATE, REFUSE, SEARCH: where the search looked */
	uint64_t size;          /* ALLOCATE, REFUSE, SEARCH: bytes asked for */
	uint64_t align;         /* the same: bytes, a power of two */
};

/* Invariant: count <= capacity; dropped > 0 only when count == capacity. */
struct lb_journal {
	struct lb_event *events; /* the caller's array */
	size_t capacity;
	size_t count;   /* events kept */
	size_t dropped; /* events that found no room */
};

/* An empty journal in the caller's array; capacity 0 counts and keeps nothing. */
void lb_journal_init(struct lb_journal *journal, struct lb_event *events, size_t capacity);

/*
 * Appends a copy, or counts it as dropped. owner and reason are kept as pointers, so they must live
 * as long as the journal: static texts, or the names of claims. journal may be NULL;
 * owner may not, and the range is not the wrong way round (bugs of the caller).
 */
void lb_journal_add(struct lb_journal *journal, struct lb_event event);

/*
 * "add", "remove", "reserve", "allocate", "release", "refuse", "search", "note": the words of the
 * JSON output. Static.
 */
const char *lb_event_kind_name(enum lb_event_kind kind);

#endif
