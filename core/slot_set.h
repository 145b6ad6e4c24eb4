/* SPDX-License-Identifier: MIT */
/*
 * slot_set: sets of slots of one segment, as the two words that they are. Inline, because a mapping
 * is found in less time than a few calls take.
 */
#ifndef LIFEBOAT_CORE_SLOT_SET_H
#define LIFEBOAT_CORE_SLOT_SET_H

#include "lifeboat/base.h"

#define LB_SLOT_WORD UINT32_C(64)
#define LB_SLOT_SET_SLOTS (2 * LB_SLOT_WORD)

/* Slot n is bit n % 64 of word n / 64. */
struct lb_slot_set {
	uint64_t word[2];
};

/* Slots [first, end) of a word; both may lie behind it. */
static inline uint64_t lb_slot_bits(uint32_t first, uint32_t end)
{
	uint64_t below_end = end >= LB_SLOT_WORD ? UINT64_MAX : (UINT64_C(1) << end) - 1;

	return first >= LB_SLOT_WORD ? 0 : below_end & UINT64_MAX << first;
}

/* Slots [first, end), first <= end <= 128. */
static inline struct lb_slot_set lb_slot_set_of(uint32_t first, uint32_t end)
{
	uint32_t in_second = first > LB_SLOT_WORD ? first - LB_SLOT_WORD : 0;

	LB_ASSERT(first <= end && end <= LB_SLOT_SET_SLOTS);
	return (struct lb_slot_set){{lb_slot_bits(first, end),
		end <= LB_SLOT_WORD ? 0 : lb_slot_bits(in_second, end - LB_SLOT_WORD)}};
}

static inline struct lb_slot_set lb_slot_set_both(struct lb_slot_set a, struct lb_slot_set b)
{
	return (struct lb_slot_set){{a.word[0] & b.word[0], a.word[1] & b.word[1]}};
}

static inline bool lb_slot_set_empty(struct lb_slot_set set)
{
	return !(set.word[0] | set.word[1]);
}

static inline bool lb_slot_set_has(struct lb_slot_set set, uint32_t slot)
{
	return set.word[slot / LB_SLOT_WORD] >> slot % LB_SLOT_WORD & 1;
}

static inline void lb_slot_set_remove(struct lb_slot_set *set, uint32_t slot)
{
	set->word[slot / LB_SLOT_WORD] &= ~(UINT64_C(1) << slot % LB_SLOT_WORD);
}

/* Slot n of the result is slot n + count of the set, 1 <= count <= 64. */
static inline struct lb_slot_set lb_slot_set_down(struct lb_slot_set set, uint32_t count)
{
	LB_ASSERT(count && count <= LB_SLOT_WORD);
	if (count == LB_SLOT_WORD) {
		return (struct lb_slot_set){{set.word[1], 0}};
	}
	return (struct lb_slot_set){
		{set.word[0] >> count | set.word[1] << (LB_SLOT_WORD - count),
			set.word[1] >> count}};
}

/* Slots at which `count` of the set's begin, 1 <= count <= 128. */
static inline struct lb_slot_set lb_slot_set_starts(struct lb_slot_set set, uint32_t count)
{
	LB_ASSERT(count && count <= LB_SLOT_SET_SLOTS);
	/* A slot of the set stands for so many in a row. */
	for (uint32_t known = 1; known < count;) {
		uint32_t step = known < count - known ? known : count - known;

		set = lb_slot_set_both(set, lb_slot_set_down(set, step));
		known += step;
	}
	return set;
}

/* The lowest and the highest slot of a set that is not empty. */
static inline uint32_t lb_slot_set_lowest(struct lb_slot_set set)
{
	LB_ASSERT(!lb_slot_set_empty(set));
	return set.word[0] ? (uint32_t)__builtin_ctzll(set.word[0])
			   : LB_SLOT_WORD + (uint32_t)__builtin_ctzll(set.word[1]);
}

static inline uint32_t lb_slot_set_highest(struct lb_slot_set set)
{
	LB_ASSERT(!lb_slot_set_empty(set));
	return set.word[1] ? LB_SLOT_SET_SLOTS - 1 - (uint32_t)__builtin_clzll(set.word[1])
			   : LB_SLOT_WORD - 1 - (uint32_t)__builtin_clzll(set.word[0]);
}

/* The length of the longest run in the set. */
static inline uint32_t lb_slot_set_longest(struct lb_slot_set set)
{
	uint32_t longest = 0;

	while (!lb_slot_set_empty(set)) {
		set = lb_slot_set_both(set, lb_slot_set_down(set, 1));
		longest++;
	}
	return longest;
}

#endif
