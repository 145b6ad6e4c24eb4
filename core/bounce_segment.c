/* SPDX-License-Identifier: MIT */
/* bounce_segment: see its header for why it holds; tests/races tries all orders of small cases. */
#include "core/bounce_segment.h"

#include "core/atomic.h"

#define ALL_SLOTS LB_BOUNCE_SEGMENT_SLOTS
/* `longest` is a length, a mark, and how often it was marked: two marks are never the same. */
#define LENGTH UINT64_C(0xff)
#define LOWERING UINT64_C(0x100)
#define MARKED_ONCE UINT64_C(0x200)

_Static_assert(ALL_SLOTS == LB_SLOT_SET_SLOTS, "a segment is two words");

void lb_bounce_segment_init(struct lb_bounce_segment *segment, uint32_t count)
{
	struct lb_slot_set all = lb_slot_set_of(0, count);

	*segment = (struct lb_bounce_segment){
		.free = {all.word[0], all.word[1]},
		.fresh = {all.word[0], all.word[1]},
		.longest = ALL_SLOTS};
}

struct lb_slot_set lb_bounce_segment_free(struct lb_bounce_segment *segment)
{
	struct lb_slot_set set;

	set.word[0] = lb_atomic_load(&segment->free[0]);
	set.word[1] = lb_atomic_load(&segment->free[1]);
	return set;
}

bool lb_bounce_segment_may_have(struct lb_bounce_segment *segment, uint32_t count)
{
	return (lb_atomic_load(&segment->longest) & LENGTH) >= count;
}

static bool take_bits(uint64_t *word, uint64_t bits)
{
	for (;;) {
		uint64_t free = lb_atomic_load(word);

		if ((free & bits) != bits) {
			return false;
		}
		if (lb_atomic_exchange_if(word, free, free & ~bits)) {
			return true;
		}
	}
}

/* Slots that were used before are used again first, so this mostly writes nothing. */
static void mark_used(struct lb_bounce_segment *segment, struct lb_slot_set set)
{
	for (uint32_t i = 0; i < LB_ARRAY_COUNT(set.word); i++) {
		if (lb_atomic_load(&segment->fresh[i]) & set.word[i]) {
			(void)lb_atomic_clear_bits(&segment->fresh[i], set.word[i]);
		}
	}
}

bool lb_bounce_segment_take(struct lb_bounce_segment *segment, uint32_t first, uint32_t count)
{
	struct lb_slot_set set = lb_slot_set_of(first, first + count);

	if (set.word[0] && !take_bits(&segment->free[0], set.word[0])) {
		return false;
	}
	if (set.word[1] && !take_bits(&segment->free[1], set.word[1])) {
		if (set.word[0]) {
			lb_bounce_segment_give(segment, first, LB_SLOT_WORD - first);
		}
		return false;
	}
	mark_used(segment, set);
	return true;
}

/* The run of free slots around the slot. */
static uint32_t run_around(struct lb_slot_set free, uint32_t slot)
{
	uint32_t first = slot, end = slot;

	while (first > 0 && lb_slot_set_has(free, first - 1)) {
		first--;
	}
	while (end < ALL_SLOTS && lb_slot_set_has(free, end)) {
		end++;
	}
	return end - first;
}

/* What `longest` must be after slots around this one became free. */
static uint64_t raised(struct lb_bounce_segment *segment, uint64_t longest, uint32_t slot)
{
	uint64_t marks = longest & ~(LENGTH | LOWERING);
	uint32_t run;

	if (longest & LOWERING) {
		return marks | ALL_SLOTS;
	}
	if ((longest & LENGTH) == ALL_SLOTS) {
		return longest; /* the usual case: only searches in vain lower it */
	}
	run = run_around(lb_bounce_segment_free(segment), slot);
	return run > (longest & LENGTH) ? marks | run : longest;
}

static void raise(struct lb_bounce_segment *segment, uint32_t slot)
{
	for (;;) {
		uint64_t longest = lb_atomic_load(&segment->longest);
		uint64_t wanted = raised(segment, longest, slot);

		if (wanted == longest ||
			lb_atomic_exchange_if(&segment->longest, longest, wanted)) {
			return;
		}
	}
}

void lb_bounce_segment_give(struct lb_bounce_segment *segment, uint32_t first, uint32_t count)
{
	struct lb_slot_set set = lb_slot_set_of(first, first + count);

	for (uint32_t i = 0; i < LB_ARRAY_COUNT(set.word); i++) {
		if (set.word[i]) {
			uint64_t before = lb_atomic_set_bits(&segment->free[i], set.word[i]);

			LB_ASSERT(!(before & set.word[i])); /* they were the caller's */
			(void)before;
		}
	}
	raise(segment, first);
}

void lb_bounce_segment_lower(struct lb_bounce_segment *segment, uint32_t count)
{
	uint64_t longest = lb_atomic_load(&segment->longest);
	uint64_t marked = (longest + MARKED_ONCE) | LOWERING;
	uint32_t found;

	if (longest & LOWERING || (longest & LENGTH) < count ||
		!lb_atomic_exchange_if(&segment->longest, longest, marked)) {
		return;
	}
	found = lb_slot_set_longest(lb_bounce_segment_free(segment));
	/* Not if somebody freed slots meanwhile: then they have replaced the mark. */
	(void)lb_atomic_exchange_if(
		&segment->longest, marked, (marked & ~(LENGTH | LOWERING)) | found);
}
