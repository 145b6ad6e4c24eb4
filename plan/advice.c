/* SPDX-License-Identifier: MIT */
/* advice: a few requests that are likely to help, tried one after the other. */
#include "plan/advice.h"

#include <stdio.h>
#include <string.h>

#include "plan/finding_list.h"
#include "plan/largest.h"
#include "plan/request.h"
#include "plan/size_floor.h"
#include "policy/linux/spelling.h"

/* A size that distributions reserve, and what is left of it for drivers and programs. */
#define DEFAULT_SIZE (256 * LB_MIB)
#define DEFAULT_ROOM (64 * LB_MIB)

struct adviser {
	struct lb_plan *plan;
	const struct lb_answerer *answerer;
	enum lb_level worst; /* of the findings that ask for advice */
	struct lb_advice list[LB_ADVICE_MAX];
	size_t count;
	enum lb_status status;
};

/* The gravest finding that another request could avoid; false: there is none. */
static bool worst_level(const struct lb_plan *plan, enum lb_level *ret)
{
	for (size_t i = 0; i < plan->finding_count; i++) {
		if (finding_wants_advice(&plan->findings[i])) {
			*ret = plan->findings[i].level; /* errors come first */
			return true;
		}
	}
	return false;
}

static bool good_enough(const struct adviser *adviser, const struct lb_plan *tried)
{
	double share = lb_plan_reserved_share(tried);
	enum lb_level level;

	return tried->reservation->outcome == LB_OUTCOME_RESERVED &&
	       (share < 0 || share >= LB_RESERVED_SHARE_MIN) &&
	       (!worst_level(tried, &level) || level < adviser->worst);
}

static void ask(struct adviser *adviser, const struct lb_request *request, struct lb_plan *ret)
{
	struct lb_arena *arena = adviser->answerer->model->arena;
	const char **values = lb_arena_array(arena, request->count, sizeof(*values));

	for (size_t i = 0; values && i < request->count; i++) {
		values[i] = lb_arena_text(arena, request->values[i]);
		values = values[i] ? values : NULL;
	}
	adviser->status = values ? lb_plan_try(adviser->plan, adviser->answerer, values,
					   request->count, ret)
				 : LB_NO_STORAGE;
}

/* Takes what was tried into the list if it helps; false: it does not. */
static bool take(struct adviser *adviser, const struct lb_plan *tried, const char *why)
{
	if (!why) {
		adviser->status = LB_NO_STORAGE;
	}
	if (adviser->status || !good_enough(adviser, tried)) {
		return false;
	}
	LB_ASSERT(adviser->count < LB_ADVICE_MAX);
	adviser->list[adviser->count++] = (struct lb_advice){
		.crashkernel = tried->crashkernel,
		.crashkernel_count = tried->crashkernel_count,
		.certainty = tried->certainty,
		.probability = lb_plan_reserved_share(tried),
		.reservation = tried->reservation,
		.why = why,
	};
	return true;
}

/* The size that is wanted, or one that is usual where that is none or cannot do. */
static uint64_t wanted_size(const struct adviser *adviser)
{
	const struct lb_reservation *reservation = adviser->plan->reservation;
	struct lb_size_floor floor = lb_size_floor_of(adviser->answerer->model, reservation);
	uint64_t room;

	if (reservation->size && !finding_in(adviser->plan, TOO_SMALL) &&
		!finding_in(adviser->plan, VERY_SMALL)) {
		return reservation->size;
	}
	if (!lb_add(lb_size_floor_total(&floor), DEFAULT_ROOM, &room) ||
		!lb_align_up(room, DEFAULT_ROOM, &room)) {
		return DEFAULT_SIZE;
	}
	return lb_max(DEFAULT_SIZE, room);
}

/* The same size in other forms, until one helps; the form that was asked in first. */
static bool try_forms(struct adviser *adviser)
{
	static const enum lb_request_form forms[2][LB_REQUEST_FORMS] = {
		{LB_REQUEST_PLAIN, LB_REQUEST_HIGH, LB_REQUEST_HIGH_AND_LOW,
			LB_REQUEST_HIGH_AND_LITTLE_LOW},
		{LB_REQUEST_HIGH_AND_LOW, LB_REQUEST_HIGH_AND_LITTLE_LOW, LB_REQUEST_HIGH,
			LB_REQUEST_PLAIN},
	};
	const struct lb_plan *plan = adviser->plan;
	uint64_t size = wanted_size(adviser);
	struct lb_largest places = lb_largest_begin(
		plan, adviser->answerer, LB_REQUEST_PLAIN, plan->reservation->cma_size);
	const char *what = size == plan->reservation->size ? "the same size" : "a usual size";

	for (size_t i = 0; i < LB_REQUEST_FORMS; i++) {
		enum lb_request_form form = forms[plan->reservation->high][i];
		struct lb_request request =
			lb_request_of(form, size, plan->reservation->cma_size);
		struct lb_plan tried;
		bool fits;

		/* One that a few of the boots do not reserve need not be tried on all. */
		adviser->status = lb_largest_try(&places, &request, &fits);
		if (!adviser->status && !fits) {
			continue;
		}
		if (!adviser->status) {
			ask(adviser, &request, &tried);
		}
		if (adviser->status) {
			return false;
		}
		if (take(adviser, &tried,
			    lb_arena_printf(adviser->answerer->model->arena, "%s%s", what,
				    lb_request_form_text(form)))) {
			return true;
		}
	}
	return false;
}

static bool try_largest(struct adviser *adviser, enum lb_request_form form)
{
	struct lb_largest largest = lb_largest_begin(adviser->plan, adviser->answerer, form,
		adviser->plan->reservation->cma_size);
	struct lb_plan tried;

	do {
		struct lb_request request;
		uint64_t size;

		adviser->status = lb_largest_next(&largest, &size);
		if (adviser->status || !size) {
			return false;
		}
		request = lb_request_of(form, size, adviser->plan->reservation->cma_size);
		ask(adviser, &request, &tried);
		if (adviser->status) {
			return false;
		}
		if (take(adviser, &tried,
			    tried.certainty == LB_EXACT || tried.certainty == LB_LIKELY
				    ? "the largest size that is reserved on every boot"
				    : "the largest size that is reserved, as far as can be told")) {
			return true;
		}
	} while (lb_largest_refine(&largest, &tried));
	return false;
}

/* The value that was refused: the last one of the class that decides. */
static const char *refused_value(const struct lb_plan *plan)
{
	const char *refused = NULL;

	for (size_t i = 0; i < plan->crashkernel_count; i++) {
		struct lb_slice value = lb_slice_of(plan->crashkernel[i]);
		bool extra = lb_slice_ends(value, ",low") || lb_slice_ends(value, ",cma");

		refused = extra && refused ? refused : plan->crashkernel[i];
	}
	return refused;
}

/* What was refused for its wording, in words that are read. *ret_read: there are such words. */
static bool try_spellings(struct adviser *adviser, bool *ret_read)
{
	const struct lb_plan *plan = adviser->plan;
	const char *refused = refused_value(plan);
	struct lb_spelling near[LB_SPELLINGS_MAX];
	size_t count = refused ? lb_crashkernel_respell(lb_slice_of(refused), plan->version,
					 adviser->answerer->model->env.system_ram, near)
			       : 0;

	*ret_read = count > 0;
	for (size_t i = 0; i < count; i++) {
		struct lb_request request = {.count = 1};
		struct lb_plan tried;

		snprintf(request.values[0], sizeof(request.values[0]), "%s", near[i].text);
		ask(adviser, &request, &tried);
		if (adviser->status) {
			return false;
		}
		if (take(adviser, &tried, "the nearest spelling that this kernel reads")) {
			return true;
		}
	}
	return false;
}

static void gather(struct adviser *adviser)
{
	bool too_much = false;
	bool found = adviser->plan->reservation->outcome == LB_OUTCOME_REJECTED &&
		     try_spellings(adviser, &too_much);

	if (found || adviser->status) {
		return;
	}
	found = try_forms(adviser);
	if ((found && !too_much) || adviser->status) {
		return;
	}
	if (!try_largest(adviser, LB_REQUEST_PLAIN) && !adviser->count && !adviser->status) {
		try_largest(adviser, LB_REQUEST_HIGH_AND_LOW);
	}
}

/* "crashkernel=512M,high crashkernel=128M,low (the same size, ...) is placed at 0x..." */
static char *sentence(struct lb_arena *arena, const char *before, const struct lb_advice *advice)
{
	const char *sure = advice->certainty == LB_EXACT    ? ""
			   : advice->certainty == LB_LIKELY ? " most often"
							    : " as far as can be told";
	char *text = lb_arena_printf(arena, "%s", before);

	for (size_t i = 0; text && i < advice->crashkernel_count; i++) {
		text = lb_arena_printf(
			arena, "%scrashkernel=%s ", text, advice->crashkernel[i]);
	}
	return text ? lb_arena_printf(arena, "%s(%s) is placed at 0x%llx%s", text, advice->why,
			      (unsigned long long)advice->reservation->ranges[0].range.start, sure)
		    : NULL;
}

/* The advice becomes the fix of the first finding that asks for it. */
static enum lb_status put_into_fix(struct adviser *adviser)
{
	struct lb_arena *arena = adviser->answerer->model->arena;
	struct lb_plan *plan = adviser->plan;
	struct lb_finding *findings =
		lb_arena_array(arena, plan->finding_count, sizeof(*findings));
	char *fix = lb_arena_text(arena, "");
	bool put = false;

	for (size_t i = 0; fix && i < adviser->count; i++) {
		fix = sentence(arena, i ? lb_arena_printf(arena, "%s; or ", fix) : fix,
			&adviser->list[i]);
	}
	if (!findings || !fix) {
		return LB_NO_STORAGE;
	}
	for (size_t i = 0; i < plan->finding_count; i++) {
		findings[i] = plan->findings[i];
		if (!put && finding_wants_advice(&findings[i])) {
			findings[i].fix = fix;
			put = true;
		}
	}
	plan->findings = findings;
	return LB_OK;
}

enum lb_status lb_plan_advise(struct lb_plan *plan, const struct lb_answerer *answerer)
{
	struct adviser adviser = {.plan = plan, .answerer = answerer};
	struct lb_advice *list;

	if (!worst_level(plan, &adviser.worst)) {
		return LB_OK;
	}
	gather(&adviser);
	if (adviser.status || !adviser.count) {
		return adviser.status;
	}
	list = lb_arena_array(answerer->model->arena, adviser.count, sizeof(*list));
	if (!list) {
		return LB_NO_STORAGE;
	}
	memcpy(list, adviser.list, adviser.count * sizeof(*list));
	plan->advice = list;
	plan->advice_count = adviser.count;
	return put_into_fix(&adviser);
}
