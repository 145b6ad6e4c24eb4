/* SPDX-License-Identifier: MIT */
/* range_set: every change replaces the ranges it reaches by at most two. */
#include "lifeboat/range_set.h"

void lb_range_set_init(struct lb_range_set *set, struct lb_range *ranges, size_t capacity)
{
	*set = (struct lb_range_set){.ranges = ranges, .capacity = capacity};
}

/* How many of the first `count` ranges end below the address, or end there if `touching`. */
static size_t count_below(const struct lb_range_set *set, lb_phys_addr address, bool touching)
{
	size_t low = 0;
	size_t high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		lb_phys_addr end = set->ranges[middle].end;

		if (end < address || (touching && end == address)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

size_t lb_range_set_first_above(const struct lb_range_set *set, lb_phys_addr address)
{
	return count_below(set, address, true);
}

/* Puts up to two ranges, empty ones left out, in the place of ranges [first, last). */
static enum lb_status replace(struct lb_range_set *set, size_t first, size_t last,
	struct lb_range a, struct lb_range b)
{
	size_t fresh = (size_t)!lb_range_empty(a) + !lb_range_empty(b);
	size_t count = set->count - (last - first) + fresh;

	if (count > set->capacity) {
		return LB_NO_STORAGE;
	}
	if (set->count > last) {
		__builtin_memmove(&set->ranges[first + fresh], &set->ranges[last],
			(set->count - last) * sizeof(set->ranges[0]));
	}
	if (!lb_range_empty(a)) {
		set->ranges[first++] = a;
	}
	if (!lb_range_empty(b)) {
		set->ranges[first] = b;
	}
	set->count = count;
	return LB_OK;
}

enum lb_status lb_range_set_add(struct lb_range_set *set, struct lb_range range)
{
	size_t first = count_below(set, range.start, false); /* touching ones merge */
	size_t last = first;

	LB_ASSERT(range.start <= range.end);
	if (lb_range_empty(range)) {
		return LB_OK;
	}
	while (last < set->count && set->ranges[last].start <= range.end) {
		range.start = lb_min(range.start, set->ranges[last].start);
		range.end = lb_max(range.end, set->ranges[last].end);
		last++;
	}
	return replace(set, first, last, range, (struct lb_range){0, 0});
}

enum lb_status lb_range_set_remove(struct lb_range_set *set, struct lb_range range)
{
	size_t first = lb_range_set_first_above(set, range.start);
	size_t last = first;

	LB_ASSERT(range.start <= range.end);
	while (last < set->count && set->ranges[last].start < range.end) {
		last++;
	}
	if (first == last || lb_range_empty(range)) {
		return LB_OK;
	}
	return replace(set, first, last,
		(struct lb_range){set->ranges[first].start, range.start},
		(struct lb_range){range.end, set->ranges[last - 1].end});
}

void lb_range_set_clip(struct lb_range_set *set, struct lb_range window)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct lb_range part = lb_range_intersect(set->ranges[i], window);

		if (!lb_range_empty(part)) {
			set->ranges[kept++] = part;
		}
	}
	set->count = kept;
}

/* Writes what a and b share to ranges, if not NULL; how many ranges that is. */
static size_t share(struct lb_range *ranges, const struct lb_range_set *a,
	const struct lb_range_set *b)
{
	size_t count = 0;
	size_t i = 0;
	size_t j = 0;

	while (i < a->count && j < b->count) {
		struct lb_range part = lb_range_intersect(a->ranges[i], b->ranges[j]);

		if (!lb_range_empty(part)) {
			if (ranges) {
				ranges[count] = part;
			}
			count++;
		}
		if (a->ranges[i].end < b->ranges[j].end) {
			i++;
		} else {
			j++;
		}
	}
	return count;
}

enum lb_status lb_range_set_intersect(struct lb_range_set *dst, const struct lb_range_set *a,
	const struct lb_range_set *b)
{
	LB_ASSERT(dst != a && dst != b);
	if (share(NULL, a, b) > dst->capacity) {
		return LB_NO_STORAGE;
	}
	dst->count = share(dst->ranges, a, b);
	return LB_OK;
}

bool lb_range_set_has(const struct lb_range_set *set, lb_phys_addr address)
{
	size_t at = lb_range_set_first_above(set, address);

	return at < set->count && set->ranges[at].start <= address;
}

bool lb_range_set_contains(const struct lb_range_set *set, struct lb_range range)
{
	size_t at = lb_range_set_first_above(set, range.start);

	return lb_range_empty(range) ||
		(at < set->count && lb_range_contains(set->ranges[at], range));
}

bool lb_range_set_overlaps(const struct lb_range_set *set, struct lb_range range)
{
	size_t at = lb_range_set_first_above(set, range.start);

	return at < set->count && lb_range_overlaps(set->ranges[at], range);
}

uint64_t lb_range_set_total(const struct lb_range_set *set)
{
	uint64_t total = 0;

	for (size_t i = 0; i < set->count; i++) {
		total += lb_range_size(set->ranges[i]);
	}
	return total;
}

/* Highest or lowest aligned place in one range. */
static bool place(struct lb_range range, uint64_t size, uint64_t align, bool bottom_up,
	lb_phys_addr *ret_start)
{
	lb_phys_addr start = range.start;

	if (lb_range_empty(range) || lb_range_size(range) < size) {
		return false;
	}
	if (!bottom_up) {
		start = lb_align_down(range.end - size, align);
	} else if (!lb_align_up(start, align, &start)) {
		return false;
	}
	if (start < range.start || start > range.end - size) {
		return false;
	}
	*ret_start = start;
	return true;
}

enum lb_status lb_range_set_find(const struct lb_range_set *set, uint64_t size, uint64_t align,
	struct lb_range window, bool bottom_up, lb_phys_addr *ret_start)
{
	LB_ASSERT(size && lb_is_power_of_two(align));
	for (size_t i = 0; i < set->count; i++) {
		size_t at = bottom_up ? i : set->count - 1 - i;
		struct lb_range part = lb_range_intersect(set->ranges[at], window);

		if (place(part, size, align, bottom_up, ret_start)) {
			return LB_OK;
		}
	}
	return LB_NOT_FOUND;
}
