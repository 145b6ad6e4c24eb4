/* SPDX-License-Identifier: MIT */
/* finding_list: kinds, and a list that grows. */
#include "plan/finding_list.h"

#include <string.h>

static const struct lb_finding_kind kinds[] = {
	[NOT_REQUESTED] = {"not-requested", LB_ERROR, true},
	[REJECTED] = {"rejected", LB_ERROR, true},
	[BOOT_HANGS] = {"boot-hangs", LB_ERROR, true},
	[NO_ROOM] = {"no-room", LB_ERROR, true},
	[NO_LOW_MEMORY] = {"no-low-memory", LB_ERROR, true},
	[LOW_MEMORY_TIGHT] = {"low-memory-tight", LB_WARNING, true},
	[KASLR_LOTTERY] = {"kaslr-lottery", LB_ERROR, true},
	[FIXED_OFFSET_LOTTERY] = {"fixed-offset-lottery", LB_ERROR, true},
	[TOO_SMALL] = {"too-small", LB_ERROR, true},
	[VERY_SMALL] = {"very-small", LB_WARNING, true},
	[LOADED_INTO_LOW] = {"loaded-into-low", LB_WARNING, false},
	[GIVEN_BACK] = {"given-back", LB_ERROR, false},
	[SHRUNK] = {"shrunk", LB_WARNING, false},
	[DIFFERS_FROM_RULES] = {"differs-from-rules", LB_WARNING, false},
	[SOURCES_DISAGREE] = {"sources-disagree", LB_INFO, false},
};

static struct lb_finding_kind kind_of_effect(enum lb_effect effect)
{
	struct lb_finding_kind kind = {lb_effect_name(effect), LB_INFO, false};

	switch (effect) {
	case LB_EFFECT_UNKNOWN_SUFFIX:
	case LB_EFFECT_MALFORMED:
	case LB_EFFECT_OVERFLOW:
	case LB_EFFECT_HIGH_IGNORED:
	case LB_EFFECT_LOW_IGNORED:
	case LB_EFFECT_CMA_IGNORED:
	case LB_EFFECT_CUT_OFF:
		kind.level = LB_WARNING;
		break;
	case LB_EFFECT_SUPERSEDED:
	case LB_EFFECT_PART_OF_WORD:
	case LB_EFFECT_HIGH_INSTEAD:
	case LB_EFFECT_RANGE_ENTRY:
	case LB_EFFECT_TAIL_IGNORED:
	case LB_EFFECT_PAGE_ROUNDED:
		break;
	}
	return kind;
}

bool lb_finding_kind(size_t index, struct lb_finding_kind *ret)
{
	if (index >= LB_ARRAY_COUNT(kinds) + LB_EFFECT_COUNT) {
		return false;
	}
	*ret = index < LB_ARRAY_COUNT(kinds)
		       ? kinds[index]
		       : kind_of_effect((enum lb_effect)(index - LB_ARRAY_COUNT(kinds)));
	return true;
}

static bool grow(struct finding_list *list)
{
	size_t capacity = 2 * list->capacity + 16;
	struct lb_finding *items = lb_arena_array(list->arena, capacity, sizeof(*items));

	if (!items) {
		return false;
	}
	for (size_t i = 0; i < list->count; i++) {
		items[i] = list->items[i];
	}
	list->items = items;
	list->capacity = capacity;
	return true;
}

static void add(struct finding_list *list, struct lb_finding_kind kind, const char *text,
	const char *fix)
{
	if (!text || !fix || (list->count == list->capacity && !grow(list))) {
		list->status = LB_NO_STORAGE;
		return;
	}
	list->items[list->count++] =
		(struct lb_finding){.id = kind.id, .level = kind.level, .text = text, .fix = fix};
}

void finding_add(
	struct finding_list *list, enum finding kind, const char *text, const char *fix)
{
	add(list, kinds[kind], text, fix);
}

void finding_add_effect(struct finding_list *list, const struct lb_effect_note *note)
{
	add(list, kind_of_effect(note->effect), note->text, "");
}

bool finding_in(const struct lb_plan *plan, enum finding kind)
{
	for (size_t i = 0; i < plan->finding_count; i++) {
		if (!strcmp(plan->findings[i].id, kinds[kind].id)) {
			return true;
		}
	}
	return false;
}

bool finding_wants_advice(const struct lb_finding *finding)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(kinds); i++) {
		if (!strcmp(finding->id, kinds[i].id)) {
			return kinds[i].advice;
		}
	}
	return false;
}

enum lb_status finding_sort(struct finding_list *list)
{
	struct lb_finding *sorted =
		lb_arena_array(list->arena, list->count + 1, sizeof(*sorted));
	size_t count = 0;

	if (!sorted) {
		return LB_NO_STORAGE;
	}
	for (int level = LB_ERROR; level >= LB_INFO; level--) {
		for (size_t i = 0; i < list->count; i++) {
			if ((int)list->items[i].level == level) {
				sorted[count++] = list->items[i];
			}
		}
	}
	list->items = sorted;
	list->capacity = list->count;
	return list->status;
}
