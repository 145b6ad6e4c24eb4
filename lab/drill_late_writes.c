/* SPDX-License-Identifier: MIT */
/*
 * drill_late_writes: what the devices of a dead kernel write, seen from outside. Before the crash
 * the kernel says where; when purgatory begins nothing is there yet; when the capture kernel has
 * seen the last of it, all of memory is what it was but for those bytes and the capture kernel's
 * own, and in that there is nothing that a device could have written.
 */
#include "lab/drill_internal.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/pattern.h"

#define MESSAGE_MAX 4096
/* What of a message is searched for: enough to be no accident, and some of it should the rest have
 * been overwritten. */
#define FRAGMENT 16
#define FRAGMENTS 4

void drill_note_late_write(struct drill *drill, uint64_t device, struct lb_range range)
{
	if (drill->late_count < DRILL_LATE_MAX && lb_range_size(range) <= MESSAGE_MAX) {
		drill->late[drill->late_count++] =
			(struct drill_late_write){.device = device, .range = range};
	}
}

static size_t make_message(const struct drill_late_write *late, uint8_t message[MESSAGE_MAX])
{
	size_t bytes = lb_range_size(late->range);

	for (size_t i = 0; i < bytes; i++) {
		message[i] = lb_pattern_message(late->device, i);
	}
	return bytes;
}

static bool has_landed(const struct drill *drill, const struct drill_late_write *late)
{
	uint8_t message[MESSAGE_MAX];
	size_t bytes = make_message(late, message);
	const void *place = lab_ram_at(&drill->memory, late->range.start, bytes);

	return place && !memcmp(place, message, bytes);
}

void drill_expect_late_writes(struct drill *drill)
{
	for (size_t i = 0; i < drill->late_count; i++) {
		struct drill_late_write *late = &drill->late[i];
		void *was = lab_ram_copy_at(drill->before, &drill->memory, late->range.start,
			lb_range_size(late->range));

		late->pending = !has_landed(drill, late);
		if (was && drill->spec->policy != LB_DRILL_POLICY_STOP_DMA) {
			make_message(late, was);
		}
	}
}

/* A search for parts of a message. */
struct search {
	uint8_t message[MESSAGE_MAX];
	size_t bytes;
	lb_phys_addr found;
};

static bool search_run(void *context, lb_phys_addr at, const uint8_t *bytes, uint64_t length)
{
	struct search *search = context;

	for (size_t i = 0; i < FRAGMENTS && search->bytes >= FRAGMENT; i++) {
		const uint8_t *part =
			search->message + (search->bytes - FRAGMENT) * i / (FRAGMENTS - 1);
		const uint8_t *found = memmem(bytes, length, part, FRAGMENT);

		if (found) {
			search->found = at + (uint64_t)(found - bytes);
			return false;
		}
	}
	return true;
}

/* Whether something of a message lies in memory that the capture kernel was given. */
static bool reaches_capture(const struct drill *drill, lb_phys_addr *ret)
{
	struct search search;

	for (size_t i = 0; i < drill->late_count; i++) {
		search.bytes = make_message(&drill->late[i], search.message);
		for (size_t j = 0; j < drill->allowed_count; j++) {
			if (drill->allowed[j].start != drill->pool.start &&
				!lab_ram_visit(&drill->memory, drill->allowed[j], search_run,
					&search)) {
				*ret = search.found;
				return true;
			}
		}
	}
	return false;
}

/* All of RAM but what the capture kernel may write is what was expected, the pool too. */
static bool compare_all(struct drill *drill, struct lab_ram_change *change)
{
	struct lb_range allowed[DRILL_ALLOWED_MAX];
	size_t count = 0;

	for (size_t i = 0; i < drill->allowed_count; i++) {
		if (drill->allowed[i].start != drill->pool.start) {
			allowed[count++] = drill->allowed[i];
		}
	}
	return lab_ram_compare(&drill->memory, drill->before, allowed, count, change,
		&drill->result->problem);
}

static size_t count_pending(const struct drill *drill)
{
	size_t pending = 0;

	for (size_t i = 0; i < drill->late_count; i++) {
		pending += drill->late[i].pending && has_landed(drill, &drill->late[i]);
	}
	return pending;
}

bool drill_judge_late_writes(struct drill *drill)
{
	const enum lb_drill_proof_id id = LB_DRILL_PROOF_DMA_IN_FLIGHT;
	size_t pending = count_pending(drill);
	struct lab_ram_change change;
	lb_phys_addr at;

	if (!drill->before || pending < 2 || pending < drill->late_count) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"of the messages of %zu devices %zu were pending when purgatory began and "
			"have landed since", drill->late_count, pending);
		return true;
	}
	if (!compare_all(drill, &change)) {
		return false;
	}
	if (change.pages_changed) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"%" PRIu64 " pages are not what they were with the messages in them, "
			"first 0x%" PRIx64, change.pages_changed, change.first);
	} else if (reaches_capture(drill, &at)) {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, false,
			"a part of a message lies at 0x%" PRIx64
			", in the capture kernel's memory", at);
	} else {
		drill_proof(drill, id, LB_DRILL_BY_OUTSIDE, true,
			"messages of %zu devices, pending when purgatory began, landed in the pool "
			"at 0x%" PRIx64 "-0x%" PRIx64 "; not a byte else of %" PRIu64
			" pages outside the crash memory changed, and none of them is inside",
			pending, drill->pool.start, drill->pool.end - 1, change.pages_compared);
	}
	return true;
}

bool drill_judge_stopped(struct drill *drill)
{
	struct lab_ram_change change;
	size_t pending = 0;
	size_t landed = 0;

	if (!drill->before || !compare_all(drill, &change)) {
		return false;
	}
	for (size_t i = 0; i < drill->late_count; i++) {
		pending += drill->late[i].pending;
		landed += has_landed(drill, &drill->late[i]);
	}
	drill_proof(drill, LB_DRILL_PROOF_DMA_STOPPED, LB_DRILL_BY_OUTSIDE,
		pending > 1 && pending == drill->late_count && !landed && !change.pages_changed,
		"of %zu messages that were pending when purgatory began %zu landed; of %" PRIu64
		" pages outside the crash memory %" PRIu64 " changed", pending, landed,
		change.pages_compared, change.pages_changed);
	return true;
}

bool drill_judge_corruption(struct drill *drill)
{
	size_t pending = count_pending(drill);
	bool inside = true;

	for (size_t i = 0; i < drill->late_count; i++) {
		inside = inside && lb_range_contains(drill->pool, drill->late[i].range);
	}
	drill_proof(drill, LB_DRILL_PROOF_NAIVE_CORRUPTS, LB_DRILL_BY_OUTSIDE,
		inside && pending && pending == drill->late_count,
		"messages of %zu of %zu devices, pending when purgatory began, stand in "
		"0x%" PRIx64 "-0x%" PRIx64 ", which the capture kernel had been given as RAM",
		pending, drill->late_count, drill->pool.start, drill->pool.end - 1);
	return true;
}
