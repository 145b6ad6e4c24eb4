/* SPDX-License-Identifier: MIT */
/* placement: the hole search of kexec_file_load over named ranges; see lifeboat/placement.h. */
#include "lifeboat/placement.h"

/* What a search sees: the space, and the segments that have a place by now. */
struct board {
	const struct lb_placement_space *space;
	const struct lb_segment *segments;
	size_t count;
	lb_phys_addr start[LB_SEGMENTS_MAX];
	bool placed[LB_SEGMENTS_MAX];
};

static uint64_t round_size(const struct lb_segment *segment, uint32_t page_size)
{
	uint64_t size = 0;

	LB_ASSERT(lb_align_up(segment->size, page_size, &size));
	return size;
}

struct lb_range lb_segment_range(const struct lb_segment *segment, uint32_t page_size)
{
	return (struct lb_range){
		segment->start, segment->start + round_size(segment, page_size)};
}

static lb_phys_addr last_allowed(const struct lb_segment *segment)
{
	return segment->last_max ? segment->last_max : LB_PHYS_ADDR_MAX - 1;
}

/* Who has some of the range. A later search needs the whole of what is in the way. */
static bool find_owner(const struct board *board, struct lb_range range, size_t self,
	struct lb_owned_range *ret)
{
	for (size_t i = 0; i < board->space->forbidden_count; i++) {
		if (lb_range_overlaps(range, board->space->forbidden[i].range)) {
			*ret = board->space->forbidden[i];
			return true;
		}
	}
	for (size_t i = 0; i < board->count; i++) {
		struct lb_segment segment = board->segments[i];
		struct lb_range taken;

		if (i == self || !board->placed[i]) {
			continue;
		}
		segment.start = board->start[i];
		taken = lb_segment_range(&segment, board->space->page_size);
		if (lb_range_overlaps(range, taken)) {
			*ret = (struct lb_owned_range){.range = taken, .owner = segment.name};
			return true;
		}
	}
	return false;
}

static void note_conflict(struct lb_placement_conflict *conflict, struct lb_range wanted,
	const struct lb_owned_range *owner)
{
	LB_ASSERT(lb_range_overlaps(wanted, owner->range));
	if (lb_range_empty(conflict->wanted)) {
		conflict->wanted = wanted;
		conflict->owner = owner->owner;
		conflict->taken = owner->range;
	}
}

struct search {
	const struct board *board;
	size_t index;
	uint64_t size;
	uint64_t align;
	struct lb_placement_conflict *conflict;
};

/* Highest place that ends at or below bound_end (exclusive). */
static bool search_down(const struct search *search, struct lb_range range, lb_phys_addr bound_end,
	lb_phys_addr *ret_start)
{
	lb_phys_addr lowest = lb_max(range.start, search->board->segments[search->index].min);
	lb_phys_addr end = bound_end;

	while (end >= search->size) {
		struct lb_owned_range owner;
		struct lb_range wanted;

		wanted.start = lb_align_down(end - search->size, search->align);
		wanted.end = wanted.start + search->size;
		LB_ASSERT(wanted.end <= end);
		if (wanted.start < lowest) {
			return false;
		}
		if (!find_owner(search->board, wanted, search->index, &owner)) {
			*ret_start = wanted.start;
			return true;
		}
		note_conflict(search->conflict, wanted, &owner);
		LB_ASSERT(owner.range.start < end); /* or the search would never end */
		end = owner.range.start;
	}
	return false;
}

/* Lowest place that ends at or below bound_end (exclusive). */
static bool search_up(const struct search *search, struct lb_range range, lb_phys_addr bound_end,
	lb_phys_addr *ret_start)
{
	lb_phys_addr from = lb_max(range.start, search->board->segments[search->index].min);

	for (;;) {
		struct lb_owned_range owner;
		struct lb_range wanted;

		if (!lb_align_up(from, search->align, &wanted.start) ||
			!lb_add(wanted.start, search->size, &wanted.end) ||
			wanted.end > bound_end) {
			return false;
		}
		if (!find_owner(search->board, wanted, search->index, &owner)) {
			*ret_start = wanted.start;
			return true;
		}
		note_conflict(search->conflict, wanted, &owner);
		LB_ASSERT(owner.range.end > from);
		from = owner.range.end;
	}
}

static bool search_range(
	const struct search *search, struct lb_range range, lb_phys_addr *ret_start)
{
	const struct lb_segment *segment = &search->board->segments[search->index];
	lb_phys_addr last = last_allowed(segment);
	lb_phys_addr bound_end = last < range.end ? last + 1 : range.end;

	if (bound_end <= range.start || lb_range_size(range) < search->size) {
		return false;
	}
	if (!segment->top_down) {
		return search_up(search, range, bound_end, ret_start);
	}
	/*
	 * 18d565ea95fe: until 6.7 the start was computed from the last byte as if it were the
	 * end.
	 */
	if (search->board->space->rules == LB_PLACEMENT_LINUX_5_10) {
		bound_end--;
	}
	return search_down(search, range, bound_end, ret_start);
}

static enum lb_status search_space(
	struct board *board, size_t index, struct lb_placement_conflict *conflict)
{
	const struct lb_placement_space *space = board->space;
	const struct lb_segment *segment = &board->segments[index];
	struct search search = {.board = board, .index = index, .conflict = conflict,
		.size = round_size(segment, space->page_size),
		.align = lb_max(segment->align, space->page_size)};
	bool from_last = segment->top_down && space->rules == LB_PLACEMENT_LINUX_6_8;

	LB_ASSERT(!board->placed[index] && lb_is_power_of_two(search.align));
	for (size_t i = 0; i < space->allowed_count; i++) {
		size_t at = from_last ? space->allowed_count - 1 - i : i;

		if (search_range(&search, space->allowed[at], &board->start[index])) {
			board->placed[index] = true;
			LB_ASSERT(!(board->start[index] & (search.align - 1)));
			LB_ASSERT(board->start[index] >= segment->min);
			return LB_OK;
		}
	}
	return LB_NOT_FOUND;
}

/* A segment whose place is given: inside one allowed range, within its limits, over nobody else. */
static enum lb_status check_fixed(
	const struct board *board, size_t index, struct lb_placement_conflict *conflict)
{
	const struct lb_segment *segment = &board->segments[index];
	uint64_t align = lb_max(segment->align, board->space->page_size);
	struct lb_range range = lb_segment_range(segment, board->space->page_size);
	struct lb_owned_range owner = {.owner = NULL};
	bool inside = false;

	if (segment->start & (align - 1)) {
		return LB_INVALID;
	}
	for (size_t i = 0; i < board->space->allowed_count; i++) {
		inside = inside || lb_range_contains(board->space->allowed[i], range);
	}
	conflict->wanted = range;
	if (!inside || segment->start < segment->min ||
		range.end - 1 > last_allowed(segment)) {
		return LB_CONFLICT;
	}
	if (find_owner(board, range, index, &owner)) {
		conflict->owner = owner.owner;
		conflict->taken = owner.range;
		return LB_CONFLICT;
	}
	return LB_OK;
}

static bool sensible_space(const struct lb_placement_space *space)
{
	if (!lb_is_power_of_two(space->page_size) ||
		(space->rules != LB_PLACEMENT_LINUX_6_8 &&
			space->rules != LB_PLACEMENT_LINUX_5_10)) {
		return false;
	}
	for (size_t i = 0; i < space->allowed_count; i++) {
		if (space->allowed[i].start >= space->allowed[i].end ||
			(i && space->allowed[i].start < space->allowed[i - 1].end)) {
			return false;
		}
	}
	return true;
}

static bool sensible_segment(const struct lb_segment *segment, uint32_t page_size)
{
	uint64_t size, end;

	return segment->size && lb_align_up(segment->size, page_size, &size) &&
		(!segment->align || lb_is_power_of_two(segment->align)) &&
		(!segment->fixed || lb_add(segment->start, size, &end));
}

static enum lb_status fail(struct lb_placement_conflict *conflict, const struct board *board,
	size_t index, enum lb_status status)
{
	LB_ASSERT(status && index < LB_SEGMENTS_MAX);
	conflict->segment = index;
	conflict->name = board->segments[index].name;
	return status;
}

static enum lb_status check_sense(
	const struct board *board, size_t count, struct lb_placement_conflict *ret_conflict)
{
	if (count > LB_SEGMENTS_MAX || !sensible_space(board->space)) {
		return LB_INVALID;
	}
	for (size_t i = 0; i < count; i++) {
		if (!sensible_segment(&board->segments[i], board->space->page_size)) {
			return fail(ret_conflict, board, i, LB_INVALID);
		}
	}
	return LB_OK;
}

static enum lb_status place_fixed(
	struct board *board, struct lb_placement_conflict *ret_conflict)
{
	for (size_t i = 0; i < board->count; i++) {
		enum lb_status status;

		if (!board->segments[i].fixed) {
			continue;
		}
		status = check_fixed(board, i, ret_conflict);
		if (status) {
			return fail(ret_conflict, board, i, status);
		}
		board->start[i] = board->segments[i].start;
		board->placed[i] = true;
	}
	return LB_OK;
}

enum lb_status lb_place(const struct lb_placement_space *space, struct lb_segment *segments,
	size_t count, struct lb_placement_conflict *ret_conflict)
{
	struct board board = {.space = space, .segments = segments, .count = count};
	enum lb_status status;

	*ret_conflict = (struct lb_placement_conflict){0};
	status = check_sense(&board, count, ret_conflict);
	if (!status) {
		status = place_fixed(&board, ret_conflict);
	}
	for (size_t i = 0; i < count && !status; i++) {
		*ret_conflict = (struct lb_placement_conflict){0};
		if (!board.placed[i] && search_space(&board, i, ret_conflict)) {
			status = fail(ret_conflict, &board, i, LB_NOT_FOUND);
		}
	}
	for (size_t i = 0; i < count && !status; i++) {
		LB_ASSERT(board.placed[i]);
		segments[i].start = board.start[i];
	}
	if (!status) {
		*ret_conflict = (struct lb_placement_conflict){0};
	}
	return status;
}

enum lb_status lb_placement_check(const struct lb_placement_space *space,
	const struct lb_segment *segments, size_t count,
	struct lb_placement_conflict *ret_conflict)
{
	struct board board = {.space = space, .segments = segments, .count = count};
	enum lb_status status;

	*ret_conflict = (struct lb_placement_conflict){0};
	status = check_sense(&board, count, ret_conflict);
	for (size_t i = 0; i < count && !status; i++) {
		uint64_t end;

		*ret_conflict = (struct lb_placement_conflict){0};
		if (!lb_add(segments[i].start, round_size(&segments[i], space->page_size), &end)) {
			return fail(ret_conflict, &board, i, LB_INVALID);
		}
		status = check_fixed(&board, i, ret_conflict);
		if (status) {
			return fail(ret_conflict, &board, i, status);
		}
		board.start[i] = segments[i].start;
		board.placed[i] = true;
	}
	if (!status) {
		*ret_conflict = (struct lb_placement_conflict){0};
	}
	return status;
}
