/* SPDX-License-Identifier: MIT */
/* search: which size is tried next. See measured.h. */
#include "plan/size/measured.h"

#include <stdio.h>
#include <string.h>

#include "plan/size/recommend.h"

#define GROWTHS_MAX 3 /* times that the largest size is raised by a quarter */

struct search {
	const struct lb_size_search *ask;
	struct lb_measured *found;
	uint64_t low;        /* failed, or nothing below it is tried; below high */
	bool low_failed;
	uint64_t high;       /* completed; 0: nothing did so far */
	unsigned int repeat; /* trials in a row that ended as the last one */
	bool last_completed;
};

static const char *const names[LB_TRIAL_ENDS] = {
	[LB_TRIAL_COMPLETED] = "completed",
	[LB_TRIAL_NOT_LOADED] = "not_loaded",
	[LB_TRIAL_FILES_LOST] = "files_lost",
	[LB_TRIAL_OUT_OF_MEMORY] = "out_of_memory",
	[LB_TRIAL_POOL_CUT] = "pool_cut",
	[LB_TRIAL_HUNG] = "hung",
	[LB_TRIAL_FAILED] = "failed",
};

const char *lb_trial_end_name(enum lb_trial_end end)
{
	LB_ASSERT((size_t)end < LB_ARRAY_COUNT(names));
	return names[end];
}

bool lb_trial_end_of(const char *name, enum lb_trial_end *ret)
{
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (!strcmp(name, names[i])) {
			*ret = (enum lb_trial_end)i;
			return true;
		}
	}
	return false;
}

/* A size may have been tried before it was asked for again. */
static const struct lb_trial *find(const struct lb_measured *found, uint64_t size, bool completed)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct lb_trial *trial = &found->trials[i];

		if (trial->size == size && (trial->end == LB_TRIAL_COMPLETED) == completed) {
			return trial;
		}
	}
	return NULL;
}

/* The smallest size above `above` that completed and never failed; 0: none. */
static uint64_t next_good(const struct lb_measured *found, uint64_t above)
{
	uint64_t best = 0;

	for (size_t i = 0; i < found->count; i++) {
		uint64_t size = found->trials[i].size;

		if (size > above && (!best || size < best) && find(found, size, true) &&
			!find(found, size, false)) {
			best = size;
		}
	}
	return best;
}

static void take(struct search *search, const struct lb_trial *trial)
{
	bool completed = trial->end == LB_TRIAL_COMPLETED;

	search->repeat = completed == search->last_completed ? search->repeat + 1 : 0;
	search->last_completed = completed;
	if (completed) {
		search->high = trial->size;
		if (search->low >= search->high) {
			search->low = search->high - LB_SIZE_STEP;
			search->low_failed = find(search->found, search->low, false);
		}
		return;
	}
	search->low = lb_max(search->low, trial->size);
	search->low_failed = true;
	if (search->high && search->high <= search->low) {
		search->found->steady = false;
		search->high = next_good(search->found, search->low);
	}
}

static bool try_size(struct search *search, uint64_t size)
{
	struct lb_measured *found = search->found;
	struct lb_trial *trial = &found->trials[found->count];

	*trial = (struct lb_trial){.size = size};
	if (!search->ask->make(search->ask->context, size, trial)) {
		return false;
	}
	LB_ASSERT(trial->size == size);
	found->count++;
	take(search, trial);
	return true;
}

/* How much less the largest one would have done with, by what it left free. */
static uint64_t first_guess(const struct search *search)
{
	const struct lb_trial *trial = find(search->found, search->high, true);
	uint64_t spare = lb_align_down(trial->free, LB_SIZE_STEP);

	return search->high - lb_min(spare, search->high - search->low);
}

/* Between low and high, near the guess first, then in strides that double. */
static uint64_t choose(const struct search *search)
{
	uint64_t stride = (uint64_t)LB_SIZE_STEP << lb_min(search->repeat, 8);
	uint64_t middle = search->low +
		lb_align_down((search->high - search->low) / 2, LB_SIZE_STEP);
	uint64_t at;

	if (search->high - search->low <= LB_SIZE_STEP) {
		return search->low;
	}
	if (search->found->count == 1) {
		at = first_guess(search);
	} else if (search->last_completed) {
		at = search->high - lb_min(stride, search->high - search->low);
	} else {
		at = search->low + stride;
	}
	return at > search->low && at < search->high ? at : middle;
}

/* Until something completes: larger and larger. */
static bool find_any(struct search *search, bool *ret_made)
{
	uint64_t size = lb_min(lb_size_in_steps(search->ask->at_most),
		lb_align_down(search->ask->limit, LB_SIZE_STEP));

	for (unsigned int i = 0; i <= GROWTHS_MAX && size <= search->ask->limit; i++) {
		const struct lb_trial *last = &search->found->trials[search->found->count];

		*ret_made = try_size(search, size);
		if (!*ret_made || search->high) {
			return *ret_made;
		}
		if (last->end == LB_TRIAL_FAILED) {
			break;
		}
		size = lb_size_in_steps(size + size / 4);
	}
	return false;
}

static void conclude(struct search *search)
{
	struct lb_measured *found = search->found;

	found->smallest = search->high;
	found->free = found->available = UINT64_MAX;
	for (size_t i = 0; i < found->count; i++) {
		const struct lb_trial *trial = &found->trials[i];

		if (trial->size == search->high) {
			found->free = lb_min(found->free, trial->free);
			found->available = lb_min(found->available, trial->available);
			found->touched = lb_max(found->touched, trial->touched);
		}
	}
}

static unsigned int times_completed(const struct search *search, uint64_t size)
{
	unsigned int times = 0;

	for (size_t i = 0; i < search->found->count; i++) {
		times += search->found->trials[i].size == size &&
			search->found->trials[i].end == LB_TRIAL_COMPLETED;
	}
	return times;
}

static void explain_failure(struct search *search)
{
	struct lb_measured *found = search->found;
	const struct lb_trial *last = found->count ? &found->trials[found->count - 1] : NULL;

	if (!last) {
		snprintf(found->why, sizeof(found->why), "nothing could be tried");
		return;
	}
	snprintf(found->why, sizeof(found->why), "with %llu MiB it ended so: %s%s%.160s",
		(unsigned long long)(last->size / LB_MIB), lb_trial_end_name(last->end),
		last->why[0] ? ": " : "", last->why);
}

bool lb_size_search_run(const struct lb_size_search *ask, struct lb_measured *ret)
{
	struct search search = {.ask = ask, .found = ret};
	uint64_t floor = lb_align_down(ask->at_least, LB_SIZE_STEP);
	bool made = true;

	ret->count = 0;
	ret->smallest = 0;
	ret->steady = true;
	search.low = floor > LB_SIZE_STEP ? floor - LB_SIZE_STEP : 0;
	while (ret->count < LB_TRIALS_MAX) {
		uint64_t size;

		if (!search.high) {
			if (!find_any(&search, &made)) {
				explain_failure(&search);
				return made;
			}
			continue;
		}
		size = choose(&search);
		if (size == search.low && (search.low_failed || !size)) {
			if (times_completed(&search, search.high) > 1) {
				conclude(&search);
				return true;
			}
			size = search.high;
		}
		if (!try_size(&search, size)) {
			return false;
		}
	}
	snprintf(ret->why, sizeof(ret->why), "%d trials did not agree", LB_TRIALS_MAX);
	return true;
}
