/* SPDX-License-Identifier: MIT */
/* story: sentences out of events. */
#include "render/story.h"

#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "render/out.h"

/* Runs longer than this are told as one. */
#define RUN_MAX 3

static bool same_text(const char *a, const char *b)
{
	return (a == b) || (a && b && !strcmp(a, b));
}

/* Who searches: Linux and what is built on it, or another policy. */
static void write_subject(struct lb_sink sink, const struct lb_plan *plan)
{
	const struct lb_policy *policy = lb_policy_find(plan->policy);

	if (!policy || policy->linux_searches) {
		lb_print(sink, "Linux %s", plan->kernel);
	} else {
		lb_print(sink, "The policy %s", plan->policy);
	}
}

static void write_wish(struct lb_sink sink, const struct lb_search *search)
{
	lb_print(sink, "%s%s", lb_size_text(search->size).text, lb_crash_kind_text(search->kind));
	if (search->align > 1) {
		lb_print(sink, ", aligned to %s,", lb_size_text(search->align).text);
	}
}

static void write_given_place(
	struct lb_sink sink, const struct lb_plan *plan, const struct lb_search *search)
{
	write_subject(sink, plan);
	lb_print(sink, " wants exactly ");
	write_wish(sink, search);
	lb_print(sink, " at %s", lb_range_text(search->window).text);
	if (search->refusal) {
		lb_print(sink, ": %s", search->refusal);
	}
}

/* before: the search before it; NULL: it is the first. */
static void write_search(struct lb_sink sink, const struct lb_plan *plan,
	const struct lb_search *search, const struct lb_search *before)
{
	bool again = before && before->kind == search->kind && before->size == search->size;

	if (again) {
		lb_print(sink, "Then");
	} else if (before) {
		lb_print(sink, "Then it looks for ");
		write_wish(sink, search);
	} else {
		write_subject(sink, plan);
		lb_print(sink, " looks for ");
		write_wish(sink, search);
	}
	lb_print(sink, " in %s", lb_range_text(search->window).text);
	if (search->why) {
		lb_print(sink, " (%s)", search->why);
	}
	if (search->refusal) {
		lb_print(sink, ": %s", search->refusal);
	} else {
		lb_print(sink, ": found at %s", lb_range_text(search->found).text);
	}
}

static void say_sentence(const struct lb_paper *paper, struct lb_buffer *text)
{
	lb_print(lb_buffer_sink(text), ".");
	if (text->bytes) {
		lb_say_wrapped(paper, LB_INK_PLAIN, "  ", text->bytes);
	}
	free(text->bytes);
	*text = (struct lb_buffer){0};
}

static void say_given_back(const struct lb_paper *paper, const struct lb_search *search)
{
	struct lb_buffer text = {0};

	lb_print(lb_buffer_sink(&text), "It gives %s back%s%s",
		lb_range_text(search->given_back).text, search->given_back_why ? ": " : "",
		search->given_back_why ? search->given_back_why : "");
	say_sentence(paper, &text);
}

void lb_tell_searches(const struct lb_paper *paper, const struct lb_plan *plan)
{
	const struct lb_search *before = NULL;

	for (size_t i = 0; i < plan->searches->count; i++) {
		const struct lb_search *search = &plan->searches->list[i];
		struct lb_buffer text = {0};

		if (search->given_place) {
			write_given_place(lb_buffer_sink(&text), plan, search);
		} else {
			write_search(lb_buffer_sink(&text), plan, search, before);
		}
		say_sentence(paper, &text);
		/* Too much goes back at once, all of it only when the next search has failed. */
		if (search->result == LB_SEARCH_FOUND && !lb_range_empty(search->given_back)) {
			say_given_back(paper, search);
		}
		if (before && before->result == LB_SEARCH_GIVEN_BACK) {
			say_given_back(paper, before);
		}
		before = search;
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
