/* SPDX-License-Identifier: MIT */
/*
 * claim against a row of pages: who has each page is written down by rules of a few lines, for
 * every pattern of free memory in a small window, every pair of claims, every order of claimants,
 * and with too little room in the map or in the hold.
 */
#include "tests/harness/test.h"

#include "lifeboat/claim.h"
#include "tests/prop/material.h"

#define PAGES 10
#define PAGE UINT64_C(4096)
#define BASE UINT64_C(0x100000)
#define CLAIMS 3
#define REGIONS 24

/* Who has a page. A claim has the number CLAIM + its index. */
enum holder { FREE, TAKEN, HELD, CLAIM };

static unsigned char storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static struct lb_event events[64];
static struct lb_journal journal;
static struct lb_range hold_ranges[PAGES + CLAIMS];
static struct lb_hold hold;

struct row {
	unsigned int page[PAGES];
};

static lb_phys_addr address(unsigned int page)
{
	return BASE + page * PAGE;
}

static struct lb_range pages(unsigned int from, unsigned int to)
{
	return (struct lb_range){address(from), address(to)};
}

/* A map of the pages, those of the pattern taken by others. */
static struct row start(unsigned int pattern)
{
	struct row row = {{0}};

	lb_journal_init(&journal, events, LB_ARRAY_COUNT(events));
	CHECK_EQUAL(lb_memory_map_init(&map, storage, sizeof(storage)), LB_OK);
	CHECK_EQUAL(lb_memory_map_add(&map, pages(0, PAGES), LB_NO_NODE, 0), LB_OK);
	for (unsigned int i = 0; i < PAGES; i++) {
		if (pattern >> i & 1) {
			row.page[i] = TAKEN;
			CHECK_EQUAL(lb_memory_map_reserve(&map, pages(i, i + 1), LB_NO_NODE, 0),
				LB_OK);
		}
	}
	return row;
}

static void check_row(const struct row *row)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		CHECK_EQUAL(lb_memory_map_overlaps_reserved(&map, pages(i, i + 1)),
			row->page[i] != FREE);
	}
	CHECK(lb_memory_map_check(&map));
}

/* All of [from, from + count) is with that holder, inside the window. */
static bool fits(const struct row *row, enum holder holder, struct lb_range window,
	unsigned int from, uint64_t count)
{
	if (from + count > PAGES || address(from) < window.start ||
		address(from) + count * PAGE > window.end) {
		return false;
	}
	for (unsigned int i = from; i < from + count; i++) {
		if (row->page[i] != holder) {
			return false;
		}
	}
	return true;
}

/* The highest (or lowest) place for so many pages; PAGES: none. */
static unsigned int search(const struct row *row, enum holder holder, struct lb_range window,
	uint64_t count, uint64_t align, bool bottom_up)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned int from = bottom_up ? i : PAGES - 1 - i;

		if (address(from) % align == 0 && fits(row, holder, window, from, count)) {
			return from;
		}
	}
	return PAGES;
}

static void give(struct row *row, unsigned int from, uint64_t count, unsigned int holder)
{
	for (unsigned int i = from; i < from + count; i++) {
		row->page[i] = holder;
	}
}

/* Shapes of claims: sizes of one to three pages, alignments of one to four, three windows. */
#define SHAPES 27

static struct lb_claim shape(unsigned int code, const char *name)
{
	static const struct lb_range windows[] = {
		{BASE, BASE + PAGES * PAGE}, {BASE + PAGE, BASE + 6 * PAGE},
		{BASE + 4 * PAGE, BASE + PAGES * PAGE}};

	return (struct lb_claim){.name = name, .source = "a test", .size = (1 + code % 3) * PAGE,
		.align = PAGE << (code / 3 % 3), .window = windows[code / 9 % 3]};
}

static bool same_window(const struct lb_claim *a, const struct lb_claim *b)
{
	return a->window.start == b->window.start && a->window.end == b->window.end;
}

/* Offsets in the region of the claims that share the window of `first`: by falling alignment, else
 * in order. Returns the region's size and its alignment, in bytes. */
static uint64_t lay_out(const struct lb_claim *claims, const struct lb_claim *first,
	uint64_t offsets[CLAIMS], uint64_t *ret_align)
{
	uint64_t end = 0;

	*ret_align = PAGE;
	for (uint64_t align = 4 * PAGE; align >= PAGE; align /= 2) {
		for (unsigned int i = 0; i < CLAIMS; i++) {
			if (!same_window(&claims[i], first) || claims[i].align != align) {
				continue;
			}
			*ret_align = lb_max(*ret_align, align);
			offsets[i] = (end + align - 1) / align * align;
			end = offsets[i] + claims[i].size;
		}
	}
	return end;
}

/* The largest place of a claim before this one that reaches into its window. */
static unsigned int largest_in_window(
	const struct row *row, const struct lb_claim *claims, const struct lb_claim *asking)
{
	unsigned int largest = CLAIMS;
	uint64_t size = 0;

	for (unsigned int i = 0; i < CLAIMS; i++) {
		bool reaches = false;

		for (unsigned int p = 0; p < PAGES; p++) {
			reaches = reaches || (row->page[p] == CLAIM + i &&
				lb_range_has(asking->window, address(p)));
		}
		if (reaches && claims[i].size > size) {
			largest = i;
			size = claims[i].size;
		}
	}
	return largest;
}

/* What lb_claims_reserve should come to; on failure, who finds no place and who is in the way. */
static enum lb_status model_reserve(struct row *row, const struct lb_claim *claims,
	unsigned int *ret_refused, unsigned int *ret_holder)
{
	struct row kept = *row;

	for (unsigned int i = 0; i < CLAIMS; i++) {
		uint64_t offsets[CLAIMS], align, size;
		unsigned int from, before = 0;

		while (!same_window(&claims[before], &claims[i])) {
			before++;
		}
		if (before < i) {
			continue;
		}
		size = lay_out(claims, &claims[i], offsets, &align);
		from = search(row, FREE, claims[i].window, size / PAGE, align, false);
		if (from == PAGES) {
			*ret_refused = i;
			*ret_holder = largest_in_window(row, claims, &claims[i]);
			*row = kept;
			return LB_NOT_FOUND;
		}
		give(row, from, size / PAGE, TAKEN);
		for (unsigned int c = 0; c < CLAIMS; c++) {
			if (same_window(&claims[c], &claims[i])) {
				give(row, from + (unsigned int)(offsets[c] / PAGE),
					claims[c].size / PAGE, CLAIM + c);
			}
		}
	}
	return LB_OK;
}

/* Each claim says that it has exactly the pages that the row says. */
static void check_claims(const struct row *row, const struct lb_claim *claims)
{
	for (unsigned int c = 0; c < CLAIMS; c++) {
		unsigned int from = 0;

		while (from < PAGES && row->page[from] != CLAIM + c) {
			from++;
		}
		if (from == PAGES) {
			CHECK_EQUAL(claims[c].state, LB_CLAIM_OPEN);
			CHECK(lb_range_empty(claims[c].range));
			continue;
		}
		CHECK_EQUAL(claims[c].state, LB_CLAIM_PLACED);
		CHECK_EQUAL(claims[c].range.start, address(from));
		CHECK_EQUAL(lb_range_size(claims[c].range), claims[c].size);
		CHECK(fits(row, (enum holder)(CLAIM + c), claims[c].window, from,
			claims[c].size / PAGE));
	}
}

static void check_refusal(const struct lb_claim_conflict *conflict, const struct lb_claim *claims,
	unsigned int refused, unsigned int holder)
{
	CHECK(conflict->claim == &claims[refused]);
	CHECK_TEXT(conflict->owner, holder == CLAIMS ? "memory map" : claims[holder].name);
	CHECK_EQUAL(lb_range_size(conflict->range), holder == CLAIMS ? 0 : claims[holder].size);
}

static unsigned int count_events(enum lb_event_kind kind)
{
	unsigned int count = 0;

	for (size_t i = 0; i < journal.count; i++) {
		count += events[i].kind == kind;
	}
	return count;
}

static void reserve_all(unsigned int pattern, const unsigned int shapes[CLAIMS])
{
	static const char *const names[CLAIMS] = {"a", "b", "c"};
	struct lb_claim_conflict conflict = {0};
	struct lb_claim claims[CLAIMS];
	struct row row = start(pattern);
	unsigned int refused = 0, holder = 0;
	enum lb_status expected;

	for (unsigned int i = 0; i < CLAIMS; i++) {
		claims[i] = shape(shapes[i], names[i]);
	}
	expected = model_reserve(&row, claims, &refused, &holder);
	CHECK_EQUAL(lb_claims_reserve(&map, claims, CLAIMS, &journal, &conflict), expected);
	CHECK_EQUAL(count_events(LB_EVENT_ALLOCATE), expected ? 0 : CLAIMS);
	CHECK_EQUAL(count_events(LB_EVENT_REFUSE), expected ? 1 : 0);
	check_row(&row);
	check_claims(&row, claims);
	if (expected) {
		check_refusal(&conflict, claims, refused, holder);
		return;
	}
	/* Given back one by one, each leaves its pages free and the others where they are. */
	for (unsigned int i = 0; i < CLAIMS; i++) {
		unsigned int which = (i + pattern) % CLAIMS;
		unsigned int from = (unsigned int)((claims[which].range.start - BASE) / PAGE);

		CHECK_EQUAL(lb_claim_release(&map, &claims[which], &journal), LB_OK);
		CHECK_EQUAL(claims[which].state, LB_CLAIM_RELEASED);
		give(&row, from, claims[which].size / PAGE, FREE);
		check_row(&row);
	}
}

TEST(claim_model, every_trio_of_claims_finds_what_the_rules_say)
{
	unsigned int step = __STDC_HOSTED__ ? 241 : 4001;

	for (unsigned int code = 0; code < SHAPES * SHAPES * SHAPES; code++) {
		const unsigned int shapes[CLAIMS] = {
			code % SHAPES, code / SHAPES % SHAPES, code / SHAPES / SHAPES};

		for (unsigned int pattern = code % step; pattern < 1U << PAGES; pattern += step) {
			reserve_all(pattern, shapes);
		}
	}
}

/* The order of the second phase: less choice first. Below zero if a goes before b. */
static int before(const struct lb_claim *a, const struct lb_claim *b)
{
	uint64_t keys[2][4] = {
		{lb_range_size(a->window), 0 - a->align, 0 - a->size, a->window.end},
		{lb_range_size(b->window), 0 - b->align, 0 - b->size, b->window.end}};

	for (unsigned int i = 0; i < 4; i++) {
		if (keys[0][i] != keys[1][i]) {
			return keys[0][i] < keys[1][i] ? -1 : 1;
		}
	}
	return a->name[0] < b->name[0] ? -1 : 1;
}

/* Who is in the way of a claim that found nothing: the smallest whose pages would have done, else
 * the largest in its window. */
static unsigned int model_holder(
	const struct row *row, const struct lb_claim *claims, unsigned int asking)
{
	const struct lb_claim *claim = &claims[asking];
	unsigned int best = CLAIMS;

	for (unsigned int i = 0; i < CLAIMS; i++) {
		struct row without = *row;

		for (unsigned int p = 0; p < PAGES; p++) {
			without.page[p] = row->page[p] == CLAIM + i ? HELD : row->page[p];
		}
		if (search(&without, HELD, claim->window, claim->size / PAGE, claim->align,
			    claim->bottom_up) != PAGES &&
			(best == CLAIMS || claims[i].size < claims[best].size)) {
			best = i;
		}
	}
	return best != CLAIMS ? best : largest_in_window(row, claims, claim);
}

/* What lb_hold_choose_all should come to. */
static enum lb_status model_choose(struct row *row, const struct lb_claim *claims,
	unsigned int *ret_refused, unsigned int *ret_holder)
{
	enum lb_status status = LB_OK;
	bool done[CLAIMS] = {false};

	for (unsigned int round = 0; round < CLAIMS; round++) {
		unsigned int next = CLAIMS;
		unsigned int from;

		for (unsigned int i = 0; i < CLAIMS; i++) {
			if (!done[i] && (next == CLAIMS || before(&claims[i], &claims[next]) < 0)) {
				next = i;
			}
		}
		done[next] = true;
		from = search(row, HELD, claims[next].window, claims[next].size / PAGE,
			claims[next].align, claims[next].bottom_up);
		if (from != PAGES) {
			give(row, from, claims[next].size / PAGE, CLAIM + next);
		} else if (!status) {
			status = LB_NOT_FOUND;
			*ret_refused = next;
			*ret_holder = model_holder(row, claims, next);
		}
	}
	return status;
}

static void hold_free_pages(struct row *row, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		row->page[i] = row->page[i] == FREE ? HELD : row->page[i];
	}
}

static void check_hold(const struct row *row)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		CHECK_EQUAL(lb_range_set_overlaps(&hold.held, pages(i, i + 1)),
			row->page[i] == HELD);
	}
	check_row(row);
}

static void choose_in_order(const struct lb_claim *claims, const unsigned int order[CLAIMS],
	const struct row *expected, enum lb_status status, const char *refused)
{
	struct lb_claim ordered[CLAIMS];
	struct lb_claim sorted[CLAIMS];
	struct lb_claim_conflict conflict = {0};

	for (unsigned int i = 0; i < CLAIMS; i++) {
		ordered[i] = claims[order[i]];
	}
	CHECK_EQUAL(lb_hold_choose_all(&hold, ordered, CLAIMS, &conflict), status);
	for (unsigned int i = 0; i < CLAIMS; i++) {
		sorted[order[i]] = ordered[i];
	}
	check_claims(expected, sorted);
	check_hold(expected);
	if (status) {
		CHECK_TEXT(conflict.claim->name, refused);
	}
}

/* Pages [3, 6) are the firmware's until its boot services end. */
static struct row begin_hold(unsigned int pattern)
{
	struct row row = start(pattern);

	for (unsigned int i = 3; i < 6; i++) {
		row.page[i] = TAKEN;
	}
	CHECK_EQUAL(lb_memory_map_reserve(&map, pages(3, 6), LB_NO_NODE, 0), LB_OK);
	CHECK_EQUAL(lb_hold_begin(&hold, &map, pages(0, PAGES - 1), hold_ranges,
			    LB_ARRAY_COUNT(hold_ranges), &journal),
		LB_OK);
	hold_free_pages(&row, 0, PAGES - 1);
	check_hold(&row);
	CHECK_EQUAL(lb_memory_map_release(&map, pages(3, 6)), LB_OK);
	give(&row, 3, 3, FREE);
	check_hold(&row);
	CHECK_EQUAL(lb_hold_more(&hold), LB_OK);
	hold_free_pages(&row, 3, 6);
	check_hold(&row);
	return row;
}

static void end_hold(const struct row *row)
{
	struct row ended = *row;

	CHECK_EQUAL(lb_hold_end(&hold), LB_OK);
	for (unsigned int i = 0; i < PAGES; i++) {
		ended.page[i] = row->page[i] == HELD ? FREE : row->page[i];
	}
	check_hold(&ended);
	CHECK_EQUAL(hold.held.count, 0);
}

static const unsigned int orders[6][CLAIMS] = {
	{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static void choose_in_every_order(unsigned int pattern, unsigned int code)
{
	struct lb_claim claims[CLAIMS] = {shape(code % SHAPES, "a"),
		shape(code / SHAPES % SHAPES, "b"), shape(code / SHAPES / SHAPES, "c")};
	unsigned int refused = 0, holder = 0;

	for (unsigned int i = 0; i < CLAIMS; i++) {
		claims[i].bottom_up = pattern >> i & 1;
	}
	for (unsigned int o = 0; o < LB_ARRAY_COUNT(orders); o++) {
		struct row row = begin_hold(pattern);
		enum lb_status status = model_choose(&row, claims, &refused, &holder);

		choose_in_order(claims, orders[o], &row, status, claims[refused].name);
		end_hold(&row);
	}
}

TEST(claim_model, every_order_of_claimants_comes_to_the_same_places)
{
	unsigned int step = __STDC_HOSTED__ ? 701 : 9001;

	for (unsigned int code = 0; code < SHAPES * SHAPES * SHAPES; code++) {
		for (unsigned int pattern = code % step; pattern < 1U << PAGES; pattern += step) {
			choose_in_every_order(pattern, code);
		}
	}
}

/* One after the other, as callers come: the places depend on the order, the rules do not. */
static void choose_one_by_one(unsigned int pattern, unsigned int code, const unsigned int *order)
{
	struct lb_claim claims[CLAIMS] = {shape(code % SHAPES, "a"),
		shape(code / SHAPES % SHAPES, "b"), shape(code / SHAPES / SHAPES, "c")};
	struct row row = begin_hold(pattern);

	for (unsigned int i = 0; i < CLAIMS; i++) {
		struct lb_claim *claim = &claims[order[i]];
		struct lb_claim_conflict conflict = {0};
		unsigned int holder = model_holder(&row, claims, order[i]);
		unsigned int from = search(&row, HELD, claim->window, claim->size / PAGE,
			claim->align, false);
		enum lb_status status = lb_hold_choose(&hold, claim, claims, CLAIMS, &conflict);

		CHECK_EQUAL(status, from == PAGES ? LB_NOT_FOUND : LB_OK);
		if (status) {
			check_refusal(&conflict, claims, order[i], holder);
		} else {
			give(&row, from, claim->size / PAGE, CLAIM + order[i]);
		}
		check_hold(&row);
		check_claims(&row, claims);
	}
	end_hold(&row);
}

TEST(claim_model, whoever_comes_first_is_served_first_and_named_to_the_others)
{
	unsigned int step = __STDC_HOSTED__ ? 701 : 9001;

	for (unsigned int code = 0; code < SHAPES * SHAPES * SHAPES; code++) {
		for (unsigned int pattern = code % step; pattern < 1U << PAGES; pattern += step) {
			choose_one_by_one(pattern, code, orders[pattern % 6]);
		}
	}
}

/* Fills the map with regions far away until only so many more are sure to fit. */
static void starve_map(size_t room)
{
	for (lb_phys_addr at = 64 * LB_GIB; lb_memory_map_room(&map) > room; at += 2 * PAGE) {
		struct lb_range range = {at, at + PAGE};

		CHECK_EQUAL(lb_memory_map_reserve(&map, range, LB_NO_NODE, 0), LB_OK);
	}
}

static void reserve_without_room(unsigned int pattern, size_t room)
{
	struct lb_claim claims[CLAIMS] = {shape(0, "a"), shape(9, "b"), shape(18, "c")};
	struct row row = start(pattern);
	struct row placed = row;
	unsigned int refused = 0, holder = 0;
	enum lb_status expected = model_reserve(&placed, claims, &refused, &holder);
	enum lb_status status;

	starve_map(room);
	status = lb_claims_reserve(&map, claims, CLAIMS, &journal, NULL);
	CHECK(status == expected || (status == LB_NO_STORAGE && room < CLAIMS));
	check_row(status ? &row : &placed);
	check_claims(status ? &row : &placed, claims);
}

TEST(claim_model, a_full_map_places_all_claims_or_none)
{
	for (unsigned int pattern = 0; pattern < 1U << PAGES; pattern += 7) {
		for (size_t room = 0; room <= CLAIMS; room++) {
			reserve_without_room(pattern, room);
		}
	}
}

/* Releasing out of the middle of a region needs room for one more. */
TEST(claim_model, a_release_without_room_keeps_the_claim)
{
	struct lb_claim claims[CLAIMS] = {shape(0, "a"), shape(0, "b"), shape(0, "c")};
	struct row row = start(0);
	unsigned int refused = 0, holder = 0;

	REQUIRE(!model_reserve(&row, claims, &refused, &holder));
	REQUIRE(!lb_claims_reserve(&map, claims, CLAIMS, &journal, NULL));
	starve_map(0);
	journal.count = 0;
	for (unsigned int i = 0; i < CLAIMS; i++) {
		bool middle = row.page[PAGES - 2] == CLAIM + i;

		if (middle) {
			CHECK_EQUAL(lb_claim_release(&map, &claims[i], &journal), LB_NO_STORAGE);
			CHECK_EQUAL(claims[i].state, LB_CLAIM_PLACED);
			CHECK_EQUAL(journal.count, 0);
			check_row(&row);
			check_claims(&row, claims);
		}
	}
	/* From the edge it needs none, and then the middle is an edge. */
	CHECK_EQUAL(lb_claim_release(&map, &claims[0], NULL), LB_OK);
	CHECK_EQUAL(lb_claim_release(&map, &claims[1], NULL), LB_OK);
	CHECK_EQUAL(lb_claim_release(&map, &claims[2], NULL), LB_OK);
}

static unsigned int free_runs(const struct row *row, unsigned int to)
{
	unsigned int runs = 0;

	for (unsigned int i = 0; i < to; i++) {
		runs += row->page[i] == FREE && (!i || row->page[i - 1] != FREE);
	}
	return runs;
}

/* A hold with every number of ranges, in a map with every room: it holds everything or nothing. */
TEST(claim_model, a_hold_begins_with_everything_or_nothing)
{
	for (unsigned int pattern = 0; pattern < 1U << PAGES; pattern += 3) {
		for (unsigned int limit = 0; limit < 12; limit++) {
			struct row row = start(pattern);
			unsigned int runs = free_runs(&row, PAGES);
			size_t capacity = limit < 6 ? limit : LB_ARRAY_COUNT(hold_ranges);
			size_t room = limit < 6 ? REGIONS : limit - 6;
			enum lb_status status;

			starve_map(room);
			status = lb_hold_begin(&hold, &map, pages(0, PAGES), hold_ranges, capacity,
				&journal);
			CHECK_EQUAL(status, runs <= capacity && runs <= room ? LB_OK
									     : LB_NO_STORAGE);
			if (!status) {
				hold_free_pages(&row, 0, PAGES);
			}
			check_hold(&row);
			CHECK_EQUAL(count_events(LB_EVENT_RESERVE), status ? 0 : runs);
		}
	}
}

/* A place in the middle of what is held costs a range; without one the claim stays open. */
TEST(claim_model, a_choice_that_would_cut_needs_a_range_more)
{
	for (size_t capacity = 1; capacity <= 3; capacity++) {
		struct lb_claim claim = {.name = "a", .size = PAGE, .align = PAGE,
			.window = pages(4, 5)};
		struct lb_claim edge = {.name = "b", .size = PAGE, .align = PAGE,
			.window = pages(0, PAGES)};
		struct row row = start(0);

		REQUIRE(!lb_hold_begin(&hold, &map, pages(0, PAGES), hold_ranges, capacity, NULL));
		hold_free_pages(&row, 0, PAGES);
		CHECK_EQUAL(lb_hold_choose(&hold, &claim, NULL, 0, NULL),
			capacity > 1 ? LB_OK : LB_NO_STORAGE);
		CHECK_EQUAL(claim.state, capacity > 1 ? LB_CLAIM_PLACED : LB_CLAIM_OPEN);
		row.page[4] = capacity > 1 ? CLAIM : HELD;
		check_hold(&row);
		CHECK_EQUAL(lb_hold_choose(&hold, &edge, NULL, 0, NULL), LB_OK);
		row.page[PAGES - 1] = CLAIM + 1;
		check_hold(&row);
		end_hold(&row);
	}
}

/* Ending may cut the reserved region into as many pieces as there are held ranges. */
TEST(claim_model, an_end_without_room_keeps_everything_held)
{
	struct lb_claim claim = {.name = "a", .size = 2 * PAGE, .align = 2 * PAGE,
		.window = pages(4, 6)};
	struct row row = start(0x201);

	REQUIRE(!lb_hold_begin(&hold, &map, pages(0, PAGES), hold_ranges, 4, NULL));
	hold_free_pages(&row, 0, PAGES);
	REQUIRE(!lb_hold_choose(&hold, &claim, NULL, 0, NULL));
	give(&row, 4, 2, CLAIM);
	for (size_t room = 0; room < 2; room++) {
		starve_map(room ? 0 : 1);
		CHECK_EQUAL(lb_hold_end(&hold), LB_NO_STORAGE);
		check_hold(&row);
	}
	REQUIRE(!lb_memory_map_release(&map, (struct lb_range){64 * LB_GIB, 65 * LB_GIB}));
	end_hold(&row);
}

TEST(claim_model, totals_count_what_is_not_released)
{
	struct lb_claim claims[CLAIMS];

	for (unsigned int code = 0; code < 64; code++) {
		uint64_t expected = 0, total = 0;

		for (unsigned int i = 0; i < CLAIMS; i++) {
			claims[i] = shape(i * 5, "x");
			claims[i].state = (enum lb_claim_state)(code >> (2 * i) & 3);
			expected += claims[i].state == LB_CLAIM_RELEASED ? 0 : claims[i].size;
		}
		CHECK_EQUAL(lb_claims_total(claims, CLAIMS, &total), LB_OK);
		CHECK_EQUAL(total, expected);
	}
	for (uint64_t more = 0; more < 2; more++) {
		uint64_t total = 7;

		claims[0] = (struct lb_claim){.size = UINT64_MAX};
		claims[1] = (struct lb_claim){.size = more};
		CHECK_EQUAL(lb_claims_total(claims, 2, &total), more ? LB_OUT_OF_RANGE : LB_OK);
		CHECK_EQUAL(total, more ? 7 : UINT64_MAX);
	}
}

/* Sixty-four claimants choose; one more is refused before anybody chose. */
TEST(claim_model, so_many_claims_and_no_more)
{
	static struct lb_claim many[LB_HOLD_CLAIMS + 1];

	for (size_t i = 0; i < LB_ARRAY_COUNT(many); i++) {
		many[i] = (struct lb_claim){
			.name = "x", .size = 1, .align = 1, .window = pages(0, PAGES)};
	}
	start(0);
	REQUIRE(!lb_hold_begin(&hold, &map, pages(0, PAGES), hold_ranges, 4, NULL));
	CHECK_EQUAL(lb_hold_choose_all(&hold, many, LB_HOLD_CLAIMS + 1, NULL), LB_INVALID);
	CHECK_EQUAL(lb_range_set_total(&hold.held), PAGES * PAGE);
	CHECK_EQUAL(lb_hold_choose_all(&hold, many, LB_HOLD_CLAIMS, NULL), LB_OK);
	CHECK_EQUAL(lb_range_set_total(&hold.held), PAGES * PAGE - LB_HOLD_CLAIMS);
	CHECK_EQUAL(lb_hold_choose_all(&hold, many, 0, NULL), LB_OK);
}
