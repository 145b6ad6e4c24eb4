/* SPDX-License-Identifier: MIT */
/*
 * placement over every small arrangement: allowed and forbidden pages by bits, two segments of
 * every shape. The model tries every page of every allowed range in the order of the rules; the
 * laws ask of any answer that it is allowed, apart, aligned, within limits, and the outermost.
 */
#include "tests/harness/test.h"

#include "lifeboat/placement.h"
#include "tests/prop/material.h"

#define PAGES 8
#define PAGE UINT64_C(4096)
#define BASE (64 * PAGE)
#define SEGMENTS 2

static struct lb_range allowed[PAGES];
static struct lb_owned_range forbidden[PAGES];
static struct lb_placement_space space;
static struct lb_segment segments[SEGMENTS];
static struct lb_placement_conflict conflict;

static lb_phys_addr address(unsigned int page)
{
	return BASE + page * PAGE;
}

/* Runs of set bits become ranges. */
static size_t ranges_of(unsigned int bits, struct lb_range *ranges)
{
	size_t count = 0;

	for (unsigned int i = 0; i < PAGES; i++) {
		if (!(bits >> i & 1)) {
			continue;
		}
		if (i && bits >> (i - 1) & 1) {
			ranges[count - 1].end += PAGE;
		} else {
			ranges[count++] = (struct lb_range){address(i), address(i + 1)};
		}
	}
	return count;
}

static void set_space(enum lb_placement_rules rules, unsigned int may, unsigned int not)
{
	static const char *const owners[PAGES] = {"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"};
	struct lb_range taken[PAGES];
	size_t count = ranges_of(not, taken);

	for (size_t i = 0; i < count; i++) {
		forbidden[i] = (struct lb_owned_range){taken[i], owners[i]};
	}
	space = (struct lb_placement_space){.rules = rules, .page_size = PAGE, .allowed = allowed,
		.allowed_count = ranges_of(may, allowed), .forbidden = forbidden,
		.forbidden_count = count};
}

/* Sizes that are no whole pages, alignments, directions and limits, by number. */
#define SHAPES (3 * 3 * 2 * 4)

static struct lb_segment shape(unsigned int code, const char *name)
{
	struct lb_segment segment = {.name = name, .size = (1 + code % 3) * PAGE - code % 7,
		.align = code / 3 % 3 ? PAGE << (code / 3 % 3) : 0, .top_down = code / 9 % 2,
		.start = 12345};

	if (code / 18 & 1) {
		segment.min = address(2) - 5;
	}
	if (code / 18 & 2) {
		segment.last_max = address(6) - 1;
	}
	return segment;
}

static uint64_t align_of(const struct lb_segment *segment)
{
	return segment->align > PAGE ? segment->align : PAGE;
}

static uint64_t bytes_of(const struct lb_segment *segment)
{
	return (segment->size + PAGE - 1) / PAGE * PAGE;
}

/* Whoever has some of the range: a forbidden one first, then a segment that has its place. */
static const char *owner_in(struct lb_range range, size_t placed)
{
	for (size_t i = 0; i < space.forbidden_count; i++) {
		if (lb_range_overlaps(range, forbidden[i].range)) {
			return forbidden[i].owner;
		}
	}
	for (size_t i = 0; i < placed; i++) {
		struct lb_range other = {
			segments[i].start, segments[i].start + bytes_of(&segments[i])};

		if (lb_range_overlaps(range, other)) {
			return segments[i].name;
		}
	}
	return NULL;
}

/* A start at this page keeps the segment's own limits and stays in the allowed range. */
static bool may_start(const struct lb_segment *segment, struct lb_range range, lb_phys_addr start)
{
	lb_phys_addr end = start + bytes_of(segment);
	/* Until 6.7 a search from the top ended a byte lower. */
	bool late = segment->top_down && space.rules == LB_PLACEMENT_LINUX_5_10;
	lb_phys_addr bound = range.end;

	if (segment->last_max && segment->last_max < bound) {
		bound = segment->last_max + 1;
	}
	return start % align_of(segment) == 0 && start >= range.start && start >= segment->min &&
		end <= bound - late;
}

struct outcome {
	bool found;
	lb_phys_addr start;
	const char *owner;     /* of the first place that was wanted and taken */
	lb_phys_addr wanted;
};

/* Every page of every range in the order of the search. */
static struct outcome model_search(size_t index)
{
	const struct lb_segment *segment = &segments[index];
	bool last_first = segment->top_down && space.rules == LB_PLACEMENT_LINUX_6_8;
	struct outcome outcome = {.found = false};

	for (size_t r = 0; r < space.allowed_count; r++) {
		struct lb_range range = allowed[last_first ? space.allowed_count - 1 - r : r];

		for (unsigned int i = 0; i < PAGES; i++) {
			lb_phys_addr start = address(segment->top_down ? PAGES - 1 - i : i);
			const char *owner;

			if (!may_start(segment, range, start)) {
				continue;
			}
			owner = owner_in(
				(struct lb_range){start, start + bytes_of(segment)}, index);
			if (!owner) {
				outcome.found = true;
				outcome.start = start;
				return outcome;
			}
			if (!outcome.owner) {
				outcome.owner = owner;
				outcome.wanted = start;
			}
		}
	}
	return outcome;
}

static void check_conflict(const struct outcome *outcome, size_t index)
{
	CHECK_EQUAL(conflict.segment, index);
	CHECK_TEXT(conflict.name, segments[index].name);
	CHECK_TEXT(conflict.owner, outcome->owner);
	if (outcome->owner) {
		CHECK_EQUAL(conflict.wanted.start, outcome->wanted);
		CHECK_EQUAL(lb_range_size(conflict.wanted), bytes_of(&segments[index]));
		CHECK(lb_range_overlaps(conflict.wanted, conflict.taken));
	} else {
		CHECK(lb_range_empty(conflict.wanted));
	}
}

static void place_two(unsigned int first, unsigned int second)
{
	lb_phys_addr expected[SEGMENTS];
	struct outcome outcome = {.found = true};
	size_t placed;
	enum lb_status status;

	segments[0] = shape(first, "first");
	segments[1] = shape(second, "second");
	status = lb_place(&space, segments, SEGMENTS, &conflict);
	for (size_t i = 0; i < SEGMENTS; i++) {
		expected[i] = segments[i].start;
	}
	for (placed = 0; placed < SEGMENTS; placed++) {
		outcome = model_search(placed);
		if (!outcome.found) {
			break;
		}
		segments[placed].start = outcome.start;
	}
	CHECK_EQUAL(status, placed == SEGMENTS ? LB_OK : LB_NOT_FOUND);
	if (status) {
		CHECK(expected[0] == 12345 && expected[1] == 12345);
		check_conflict(&outcome, placed);
		return;
	}
	CHECK(!conflict.name && !conflict.owner);
	for (size_t i = 0; i < SEGMENTS; i++) {
		CHECK_EQUAL(expected[i], segments[i].start);
	}
	CHECK_EQUAL(lb_placement_check(&space, segments, SEGMENTS, &conflict), LB_OK);
}

TEST(placement_laws, every_two_segments_on_every_arrangement_of_pages)
{
	unsigned int step = __STDC_HOSTED__ ? 1201 : 60001;

	for (unsigned int rules = 0; rules < 2; rules++) {
		for (unsigned int code = rules; code < SHAPES * SHAPES * 65536U;
			code += step * 60) {
			unsigned int pages = code / SHAPES / SHAPES;

			set_space((enum lb_placement_rules)rules, pages & 0xff, pages >> 8);
			for (unsigned int shapes = code % 59; shapes < SHAPES * SHAPES;
				shapes += 59) {
				place_two(shapes % SHAPES, shapes / SHAPES);
			}
		}
	}
}

/* One segment moved over all pages: the check allows what the rules allow, and names who is there.
 */
static void check_at(unsigned int code, lb_phys_addr start)
{
	struct lb_segment *segment = &segments[0];
	struct lb_range range;
	bool inside = false;
	const char *owner;
	enum lb_status expected;

	segments[0] = shape(code, "fixed");
	segment->start = start;
	range = (struct lb_range){start, start + bytes_of(segment)};
	for (size_t i = 0; i < space.allowed_count; i++) {
		inside = inside || (range.start >= allowed[i].start && range.end <= allowed[i].end);
	}
	owner = owner_in(range, 0);
	inside = inside && start >= segment->min &&
		(!segment->last_max || range.end - 1 <= segment->last_max);
	expected = start % align_of(segment) ? LB_INVALID
		: inside && !owner           ? LB_OK
					     : LB_CONFLICT;
	CHECK_EQUAL(lb_placement_check(&space, segments, 1, &conflict), expected);
	CHECK_TEXT(conflict.owner, expected == LB_CONFLICT && inside ? owner : NULL);
	segment->fixed = true;
	CHECK_EQUAL(lb_place(&space, segments, 1, &conflict), expected);
	CHECK_EQUAL(segment->start, start);
	if (expected) {
		CHECK_TEXT(conflict.name, "fixed");
	}
}

TEST(placement_laws, a_fixed_segment_is_checked_at_every_place)
{
	unsigned int step = __STDC_HOSTED__ ? 37 : 401;

	for (unsigned int pages = 0; pages < 65536; pages += step) {
		set_space(LB_PLACEMENT_LINUX_6_8, pages & 0xff, pages >> 8);
		for (unsigned int place = 0; place < 4 * PAGES; place++) {
			check_at((pages + place) % SHAPES, BASE - 2 * PAGE + place * PAGE / 2);
		}
	}
}

/* Fixed segments have their place before any other is sought, wherever they stand in the list. */
TEST(placement_laws, fixed_segments_are_there_first)
{
	for (unsigned int page = 0; page < PAGES; page++) {
		for (unsigned int order = 0; order < 2; order++) {
			struct lb_segment *fixed = &segments[order], *free = &segments[!order];

			set_space(LB_PLACEMENT_LINUX_6_8, 0xff, 0);
			*free = (struct lb_segment){.name = "free", .size = PAGE};
			*fixed = (struct lb_segment){.name = "fixed",
				.size = PAGE,
				.fixed = true,
				.start = address(page)};
			REQUIRE(!lb_place(&space, segments, SEGMENTS, &conflict));
			CHECK_EQUAL(fixed->start, address(page));
			CHECK_EQUAL(free->start, address(page ? 0 : 1));
			free->top_down = true;
			REQUIRE(!lb_place(&space, segments, SEGMENTS, &conflict));
			CHECK_EQUAL(
				free->start, address(page == PAGES - 1 ? PAGES - 2 : PAGES - 1));
			/* Two fixed ones in one place are a conflict with the earlier one. */
			*free = *fixed;
			free->name = "other";
			CHECK_EQUAL(lb_place(&space, segments, SEGMENTS, &conflict), LB_CONFLICT);
			CHECK_TEXT(conflict.owner, segments[0].name);
			CHECK_TEXT(conflict.name, segments[1].name);
			CHECK_EQUAL(lb_placement_check(&space, segments, SEGMENTS, &conflict),
				LB_CONFLICT);
		}
	}
}

/* Sixteen segments of a page fill sixteen pages, from either end; a seventeenth is refused. */
TEST(placement_laws, sixteen_segments_and_no_more)
{
	static struct lb_segment many[LB_SEGMENTS_MAX + 1];
	struct lb_range room = {BASE, BASE + LB_SEGMENTS_MAX * PAGE};

	for (unsigned int down = 0; down < 2; down++) {
		set_space(LB_PLACEMENT_LINUX_6_8, 0, 0);
		space.allowed = &room;
		space.allowed_count = 1;
		for (size_t i = 0; i < LB_ARRAY_COUNT(many); i++) {
			many[i] = (struct lb_segment){.name = "x", .size = PAGE, .top_down = down};
		}
		CHECK_EQUAL(lb_place(&space, many, LB_SEGMENTS_MAX + 1, &conflict), LB_INVALID);
		REQUIRE(!lb_place(&space, many, LB_SEGMENTS_MAX, &conflict));
		for (size_t i = 0; i < LB_SEGMENTS_MAX; i++) {
			CHECK_EQUAL(many[i].start,
				down ? room.end - (i + 1) * PAGE : room.start + i * PAGE);
		}
		room.end -= PAGE;
		CHECK_EQUAL(lb_place(&space, many, LB_SEGMENTS_MAX, &conflict), LB_NOT_FOUND);
		CHECK_EQUAL(conflict.segment, LB_SEGMENTS_MAX - 1);
		room.end += PAGE;
		CHECK_EQUAL(lb_place(&space, many, 0, &conflict), LB_OK);
	}
}

/* Each thing that makes no sense, alone: for placing and for checking, with nothing moved. */
static void check_senseless(const struct lb_placement_space *other, struct lb_segment segment)
{
	struct lb_segment kept = segment;

	CHECK_EQUAL(lb_place(other, &segment, 1, &conflict), LB_INVALID);
	CHECK(!__builtin_memcmp(&segment, &kept, sizeof(segment)));
	CHECK_EQUAL(lb_placement_check(other, &segment, 1, &conflict), LB_INVALID);
}

TEST(placement_laws, what_makes_no_sense_is_refused_by_both_calls)
{
	struct lb_segment good = {.name = "x", .size = 1, .start = BASE};
	struct lb_placement_space other;
	struct lb_segment bad;

	set_space(LB_PLACEMENT_LINUX_6_8, 0x33, 0);
	REQUIRE(!lb_placement_check(&space, &good, 1, &conflict));
	for (uint32_t page = 0; page < 8; page++) {
		other = space;
		other.page_size = page == 1 || page == 2 || page == 4 ? 0 : page;
		check_senseless(&other, good);
	}
	other = space;
	other.rules = (enum lb_placement_rules)2;
	check_senseless(&other, good);
	for (uint64_t align = 3; align < 40; align++) {
		bad = good;
		bad.align = align;
		if (align & (align - 1)) {
			check_senseless(&space, bad);
		}
	}
	bad = good;
	bad.size = 0;
	check_senseless(&space, bad);
	bad.size = UINT64_MAX - PAGE + 2;
	check_senseless(&space, bad);
	allowed[0].end = allowed[1].start + 1;
	check_senseless(&space, good);
	allowed[0].end = allowed[0].start;
	check_senseless(&space, good);
}
