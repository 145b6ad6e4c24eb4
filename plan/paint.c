/* SPDX-License-Identifier: MIT */
/*
 * paint: all bounds are sorted into elementary intervals; then every range paints, the first one
 * first, and each interval keeps its first colour. A "next unpainted" chain lets a range skip what
 * is painted already, so nested input costs no more than disjoint input.
 */
#include "plan/paint.h"

#include <stdlib.h>

static int compare_bounds(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* The elementary intervals: interval i is [bounds[i], bounds[i + 1]). */
struct canvas {
	uint64_t *bounds;
	size_t count;              /* of bounds */
	size_t *painter;           /* per interval: index of a range + 1; 0: nobody */
	size_t *next;              /* per interval: the first unpainted one from here on, roughly */
};

static bool canvas_make(struct canvas *canvas, const struct lb_range *ranges, size_t count)
{
	size_t kept = 0;

	canvas->bounds = calloc(count * 2 + 1, sizeof(*canvas->bounds));
	canvas->painter = calloc(count * 2 + 1, sizeof(*canvas->painter));
	canvas->next = calloc(count * 2 + 1, sizeof(*canvas->next));
	if (!canvas->bounds || !canvas->painter || !canvas->next) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		canvas->bounds[2 * i] = ranges[i].start;
		canvas->bounds[2 * i + 1] = ranges[i].end;
	}
	qsort(canvas->bounds, count * 2, sizeof(*canvas->bounds), compare_bounds);
	for (size_t i = 0; i < count * 2; i++) {
		if (!kept || canvas->bounds[kept - 1] != canvas->bounds[i]) {
			canvas->bounds[kept++] = canvas->bounds[i];
		}
	}
	canvas->count = kept;
	for (size_t i = 0; i < kept; i++) {
		canvas->next[i] = i;
	}
	return true;
}

static void canvas_free(struct canvas *canvas)
{
	free(canvas->bounds);
	free(canvas->painter);
	free(canvas->next);
}

static size_t interval_of(const struct canvas *canvas, uint64_t bound)
{
	const uint64_t *found = bsearch(
		&bound, canvas->bounds, canvas->count, sizeof(bound), compare_bounds);

	LB_ASSERT(found);
	return (size_t)(found - canvas->bounds);
}

static size_t unpainted_from(struct canvas *canvas, size_t interval)
{
	while (canvas->next[interval] != interval) {
		canvas->next[interval] = canvas->next[canvas->next[interval]];
		interval = canvas->next[interval];
	}
	return interval;
}

static void paint(struct canvas *canvas, struct lb_range range, size_t painter)
{
	size_t end = interval_of(canvas, range.end);
	size_t at = unpainted_from(canvas, interval_of(canvas, range.start));

	while (at < end) {
		canvas->painter[at] = painter;
		canvas->next[at] = at + 1;
		at = unpainted_from(canvas, at + 1);
	}
}

static size_t collect(const struct canvas *canvas, struct lb_painted *pieces)
{
	size_t count = 0;

	for (size_t i = 0; i + 1 < canvas->count; i++) {
		struct lb_range range = {canvas->bounds[i], canvas->bounds[i + 1]};
		struct lb_painted *last = pieces + count - 1;
		size_t painter = canvas->painter[i];

		if (!painter) {
			continue;
		}
		if (count && last->by == painter - 1 && last->range.end == range.start) {
			last->range.end = range.end;
		} else {
			pieces[count++] = (struct lb_painted){range, painter - 1};
		}
	}
	return count;
}

enum lb_status lb_paint(const struct lb_range *ranges, size_t count, struct lb_painted **ret,
	size_t *ret_count)
{
	struct lb_painted *pieces = calloc(2 * count + 1, sizeof(*pieces));
	struct canvas canvas = {0};
	enum lb_status status = LB_NO_STORAGE;

	if (pieces && canvas_make(&canvas, ranges, count)) {
		for (size_t i = 0; i < count; i++) {
			if (!lb_range_empty(ranges[i])) {
				paint(&canvas, ranges[i], i + 1);
			}
		}
		*ret_count = collect(&canvas, pieces);
		*ret = pieces;
		pieces = NULL;
		status = LB_OK;
	}
	canvas_free(&canvas);
	free(pieces);
	return status;
}
