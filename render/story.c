/* SPDX-License-Identifier: MIT */
/* story: sentences out of events. */
#include "render/story.h"

#include <stdlib.h>
#include <string.h>

#include "render/out.h"

/* Runs longer than this are told as one. */
#define RUN_MAX 3

static bool same_text(const char *a, const char *b)
{
	return (a == b) || (a && b && !strcmp(a, b));
}

/* The events of the reservation itself; everything before them is the boot up to it. */
static bool is_crash_event(const struct lb_event *event)
{
	return !strncmp(event->owner, "crash kernel", strlen("crash kernel"));
}

static const char *what_for(const char *owner)
{
	if (strstr(owner, "(low)")) {
		return " of low memory";
	}
	return strstr(owner, "(CMA)") ? " of CMA" : "";
}

static void write_wish(struct lb_sink sink, const struct lb_event *event)
{
	lb_print(sink, "%s%s", lb_size_text(event->size).text, what_for(event->owner));
	if (event->align > 1) {
		lb_print(sink, ", aligned to %s,", lb_size_text(event->align).text);
	}
}

static void write_result(struct lb_sink sink, const struct lb_event *event, bool searched)
{
	switch (event->kind) {
	case LB_EVENT_ALLOCATE:
		lb_print(sink, "%s %s", searched ? ": found at" : " at",
			lb_range_text(event->range).text);
		break;
	case LB_EVENT_REFUSE:
		lb_print(sink, ": %s", event->reason ? event->reason : "not to be had");
		break;
	default:
		break;
	}
}

/* What an event adds to the sentence that is being made, or begins a new one with. */
struct story {
	const struct lb_paper *paper;
	const char *kernel;
	struct lb_buffer sentence;
	const struct lb_event *search; /* that the sentence is about */
	bool told;
};

static void end_sentence(struct story *story)
{
	if (story->sentence.bytes) {
		lb_print(lb_buffer_sink(&story->sentence), ".");
		lb_say_wrapped(story->paper, LB_INK_PLAIN, "  ", story->sentence.bytes);
		story->told = true;
	}
	free(story->sentence.bytes);
	story->sentence = (struct lb_buffer){0};
}

static void begin_search(struct story *story, const struct lb_event *event)
{
	struct lb_sink sink = lb_buffer_sink(&story->sentence);
	bool again = story->search && same_text(story->search->owner, event->owner) &&
		story->search->size == event->size;

	end_sentence(story);
	if (again) {
		lb_print(sink, "Then");
	} else {
		if (story->search) {
			lb_print(sink, "Then it looks for ");
		} else {
			lb_print(sink, "Linux %s looks for ", story->kernel);
		}
		write_wish(sink, event);
	}
	lb_print(sink, " in %s", lb_range_text(event->window).text);
	if (event->reason) {
		lb_print(sink, " (%s)", event->reason);
	}
	story->search = event;
}

static void add_result(struct story *story, const struct lb_event *event)
{
	struct lb_sink sink = lb_buffer_sink(&story->sentence);
	bool searched = story->sentence.bytes != NULL;

	if (!searched) {
		lb_print(sink, "Linux %s wants exactly ", story->kernel);
		write_wish(sink, event);
		if (event->kind == LB_EVENT_REFUSE) {
			lb_print(sink, " at %s", lb_range_text(event->window).text);
		}
	}
	write_result(sink, event, searched);
	end_sentence(story);
}

static void add_release(struct story *story, const struct lb_event *event)
{
	end_sentence(story);
	lb_print(lb_buffer_sink(&story->sentence), "It gives %s back%s%s",
		lb_range_text(event->range).text, event->reason ? ": " : "",
		event->reason ? event->reason : "");
	end_sentence(story);
}

bool lb_tell_search(const struct lb_paper *paper, const struct lb_plan *plan)
{
	struct story story = {.paper = paper, .kernel = plan->kernel};

	for (size_t i = 0; plan->journal && i < plan->journal->count; i++) {
		const struct lb_event *event = &plan->journal->events[i];

		if (!is_crash_event(event)) {
			continue;
		}
		switch (event->kind) {
		case LB_EVENT_SEARCH:
			begin_search(&story, event);
			break;
		case LB_EVENT_ALLOCATE:
		case LB_EVENT_REFUSE:
			add_result(&story, event);
			break;
		case LB_EVENT_RELEASE:
			add_release(&story, event);
			break;
		default:
			break;
		}
	}
	end_sentence(&story);
	return story.told;
}

/* For policies that reserve by claims: each allocation that became part of the reservation. */
void lb_tell_allocations(const struct lb_paper *paper, const struct lb_plan *plan)
{
	const struct lb_reservation *reservation = plan->reservation;

	for (size_t i = 0; plan->journal && i < plan->journal->count; i++) {
		const struct lb_event *event = &plan->journal->events[i];
		struct lb_buffer text = {0};
		bool part = false;

		for (size_t k = 0; k < reservation->range_count; k++) {
			part = part ||
				lb_range_contains(reservation->ranges[k].range, event->range);
		}
		if (!part || event->kind != LB_EVENT_ALLOCATE) {
			continue;
		}
		lb_print(lb_buffer_sink(&text), "%s: %s at %s in %s%s%s.", event->owner,
			lb_size_text(event->size).text, lb_range_text(event->range).text,
			lb_range_text(event->window).text, event->reason ? "; " : "",
			event->reason ? event->reason : "");
		if (text.bytes) {
			lb_say_wrapped(paper, LB_INK_PLAIN, "  ", text.bytes);
		}
		free(text.bytes);
	}
}

static void write_event(struct lb_sink sink, const struct lb_event *event)
{
	lb_print(sink, "%-8s %s", lb_event_kind_name(event->kind), event->owner);
	if (event->size) {
		lb_print(sink, ", %s", lb_size_text(event->size).text);
	}
	if (event->align > 1) {
		lb_print(sink, " aligned to %s", lb_size_text(event->align).text);
	}
	if (!lb_range_empty(event->range)) {
		lb_print(sink, "%s %s", event->kind == LB_EVENT_ALLOCATE ? " at" : "",
			lb_range_text(event->range).text);
	}
	if (!lb_range_empty(event->window)) {
		lb_print(sink, " in %s", lb_range_text(event->window).text);
	}
	if (event->reason) {
		lb_print(sink, ": %s", event->reason);
	}
}

/* How many events from first on differ in nothing but their range. */
static size_t run_length(const struct lb_journal *journal, size_t first)
{
	const struct lb_event *start = &journal->events[first];
	size_t length = 1;

	while (first + length < journal->count) {
		const struct lb_event *event = &journal->events[first + length];
		bool same = event->kind == start->kind && same_text(event->owner, start->owner) &&
			same_text(event->reason, start->reason) && event->size == start->size;

		if (!same || event->size) {
			break;
		}
		length++;
	}
	return length;
}

static void write_run(
	struct lb_sink sink, const struct lb_journal *journal, size_t first, size_t length)
{
	struct lb_event whole = journal->events[first];
	uint64_t bytes = 0;

	for (size_t i = first; i < first + length; i++) {
		struct lb_range range = journal->events[i].range;

		whole.range.start = lb_min(whole.range.start, range.start);
		whole.range.end = lb_max(whole.range.end, range.end);
		bytes += lb_range_size(range);
	}
	write_event(sink, &whole);
	lb_print(sink, " (%zu ranges, %s)", length, lb_size_text(bytes).text);
}

void lb_tell_journal(const struct lb_paper *paper, const struct lb_journal *journal)
{
	size_t length;

	for (size_t i = 0; i < journal->count; i += length) {
		struct lb_buffer text = {0};

		length = run_length(journal, i);
		if (length > RUN_MAX) {
			write_run(lb_buffer_sink(&text), journal, i, length);
		} else {
			length = 1;
			write_event(lb_buffer_sink(&text), &journal->events[i]);
		}
		if (text.bytes) {
			lb_say_wrapped(paper, LB_INK_PLAIN, "  ", text.bytes);
		}
		free(text.bytes);
	}
	if (journal->dropped) {
		lb_say(paper, LB_INK_DIM, "  and %zu more that were not kept\n", journal->dropped);
	}
}
