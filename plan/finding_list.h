/* SPDX-License-Identifier: MIT */
/*
 * finding_list: every kind of finding that a plan can hold, and the list that those are gathered in
 * which hold of one answer. Internal to plan/.
 */
#ifndef LIFEBOAT_PLAN_FINDING_LIST_H
#define LIFEBOAT_PLAN_FINDING_LIST_H

#include "plan/boot/arena.h"
#include "plan/findings.h"
#include "policy/linux/effective.h"

enum finding {
	NOT_REQUESTED,
	REJECTED,
	BOOT_HANGS,
	NO_ROOM,
	NO_LOW_MEMORY,
	LOW_MEMORY_TIGHT,
	KASLR_LOTTERY,
	FIXED_OFFSET_LOTTERY,
	TOO_SMALL,
	VERY_SMALL,
	LOADED_INTO_LOW,
	GIVEN_BACK,
	SHRUNK,
	DIFFERS_FROM_RULES,
	SOURCES_DISAGREE,
};

/* Grows in the arena. */
struct finding_list {
	struct lb_arena *arena;
	struct lb_finding *items;
	size_t count, capacity;
	enum lb_status status; /* LB_NO_STORAGE once something was left out */
};

/* text or fix NULL: there was no memory for it. */
void finding_add(
	struct finding_list *list, enum finding kind, const char *text, const char *fix);

/* A remark about how the request is read, which is a finding of the same name; note must live as
 * long as the list's arena. */
void finding_add_effect(struct finding_list *list, const struct lb_effect_note *note);

/* True if the plan holds a finding of that kind. */
bool finding_in(const struct lb_plan *plan, enum finding kind);

/* True if another crashkernel= may help against it. */
bool finding_wants_advice(const struct lb_finding *finding);

/* Errors first, and each level in the order in which it was found. */
enum lb_status LB_MUST_CHECK finding_sort(struct finding_list *list);

#endif
