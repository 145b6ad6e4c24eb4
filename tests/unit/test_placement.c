/* SPDX-License-Identifier: MIT */
/*
 * placement against recorded Linux placements, and against a model that steps page by page as
 * Linux does, over random small worlds.
 */
#include "tests/harness/test.h"

#include "lifeboat/placement.h"

#define PAGE UINT64_C(4096)

static struct lb_placement_conflict conflict;

/* Debian 6.12 on a 6 GiB guest, kexec_file_load of a crash image, as its log says. */
TEST(placement, finds_the_places_that_linux_6_12_found)
{
	const struct lb_range crash = {0x9e000000, 0xbe000000};
	struct lb_placement_space space = {.page_size = 4096, .allowed = &crash,
		.allowed_count = 1, .rules = LB_PLACEMENT_LINUX_6_8};
	struct lb_segment segments[] = {
		{.name = "core header", .size = 917680, .align = 4096},
		{.name = "purgatory", .size = 0x5000, .top_down = true, .min = 0x3000},
		{.name = "boot params", .size = 0x1800, .top_down = true, .min = 0x3000,
			.align = 16},
		{.name = "kernel", .size = 0x37ef000, .top_down = true, .min = 0x1000000,
			.align = 2 * LB_MIB},
		{.name = "initrd", .size = 0x4c4a00, .top_down = true, .min = 0x1000000},
	};

	REQUIRE(!lb_place(&space, segments, LB_ARRAY_COUNT(segments), &conflict));
	CHECK_EQUAL(segments[0].start, 0x9e000000);
	CHECK_EQUAL(segments[1].start, 0xbdffb000);
	CHECK_EQUAL(segments[2].start, 0xbdff9000);
	CHECK_EQUAL(segments[3].start, 0xba800000);
	CHECK_EQUAL(segments[4].start, 0xba33b000);
	CHECK(!lb_placement_check(&space, segments, LB_ARRAY_COUNT(segments), &conflict));
	/* Up to 6.7 the first top-down segment leaves the last page of the region free. */
	space.rules = LB_PLACEMENT_LINUX_5_10;
	REQUIRE(!lb_place(&space, segments, LB_ARRAY_COUNT(segments), &conflict));
	CHECK_EQUAL(segments[1].start, 0xbdffa000);
}

TEST(placement, names_both_owners_of_a_conflict)
{
	const struct lb_range crash = {0x1000000, 0x2000000};
	const struct lb_owned_range tables[] = {{{0x1800000, 0x1801000}, "ACPI tables"}};
	struct lb_placement_space space = {.page_size = 4096, .allowed = &crash,
		.allowed_count = 1, .forbidden = tables, .forbidden_count = 1};
	struct lb_segment segments[] = {
		{.name = "kernel", .size = 0x900000, .start = 77},
		{.name = "fixed", .size = 0x1000, .fixed = true, .start = 0x1800000},
	};

	CHECK_EQUAL(lb_place(&space, segments, 1, &conflict), LB_NOT_FOUND);
	CHECK_TEXT(conflict.name, "kernel");
	CHECK_TEXT(conflict.owner, "ACPI tables");
	CHECK_EQUAL(conflict.wanted.start, 0x1000000);
	CHECK_EQUAL(conflict.taken.start, 0x1800000);
	CHECK_EQUAL(segments[0].start, 77);
	CHECK_EQUAL(lb_place(&space, segments, 2, &conflict), LB_CONFLICT);
	CHECK_TEXT(conflict.name, "fixed");
	CHECK_TEXT(conflict.owner, "ACPI tables");
	CHECK_EQUAL(conflict.segment, 1);
	segments[1].start = 0x2000000;
	CHECK_EQUAL(lb_place(&space, segments, 2, &conflict), LB_CONFLICT);
	CHECK(!conflict.owner);
	segments[0].size = 0x2000000;
	CHECK_EQUAL(lb_place(&space, segments, 1, &conflict), LB_NOT_FOUND);
	CHECK(!conflict.owner);
	CHECK(lb_range_empty(conflict.wanted));
}

TEST(placement, refuses_what_makes_no_sense)
{
	const struct lb_range twisted[] = {{0x2000, 0x3000}, {0x1000, 0x2000}};
	const struct lb_range top = {UINT64_MAX - 0x2fff, UINT64_MAX};
	struct lb_placement_space space = {
		.page_size = 4096, .allowed = twisted, .allowed_count = 2};
	struct lb_segment segment = {.name = "x", .size = 1};

	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_INVALID);
	space.allowed_count = 1;
	segment.align = 24;
	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_INVALID);
	segment = (struct lb_segment){.name = "x"};
	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_INVALID);
	segment.size = UINT64_MAX;
	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_INVALID);
	segment = (struct lb_segment){.size = 1, .fixed = true, .start = UINT64_MAX - 1};
	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_INVALID);
	space.allowed_count = 0;
	segment = (struct lb_segment){.size = 1};
	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_NOT_FOUND);
	/* The top of the address space is neither lost nor overrun. */
	space.allowed = &top;
	space.allowed_count = 1;
	segment = (struct lb_segment){.size = 1, .top_down = true};
	REQUIRE(!lb_place(&space, &segment, 1, &conflict));
	CHECK_EQUAL(segment.start, UINT64_MAX - 0x1fff);
	segment.top_down = false;
	REQUIRE(!lb_place(&space, &segment, 1, &conflict));
	CHECK_EQUAL(segment.start, UINT64_MAX - 0x2fff);
	segment.size = 0x3000;
	CHECK_EQUAL(lb_place(&space, &segment, 1, &conflict), LB_NOT_FOUND);
}

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(random_state >> 8) * below) >> 24);
}

/* The model: pages 0 to 63 of a world at some base, each free, forbidden or taken. */
#define WORLD 64

struct model {
	bool allowed[2][WORLD];
	bool blocked[WORLD];
	enum lb_placement_rules rules;
};

static bool model_free(const struct model *model, int range, int64_t page, int64_t pages)
{
	for (int64_t i = page; i < page + pages; i++) {
		if (i < 0 || i >= WORLD || !model->allowed[range][i] || model->blocked[i]) {
			return false;
		}
	}
	return true;
}

/* Tries every page of one range in the order of the search. -1: none. */
static int64_t model_range(
	const struct model *model, int range, const struct lb_segment *segment, int64_t pages)
{
	int64_t align = segment->align > PAGE ? (int64_t)(segment->align / PAGE) : 1;
	int64_t lowest = (int64_t)((segment->min + PAGE - 1) / PAGE);
	int64_t highest = segment->last_max ? (int64_t)((segment->last_max + 1) / PAGE) : WORLD;
	int64_t range_end = WORLD;

	while (range_end && !model->allowed[range][range_end - 1]) {
		range_end--;
	}
	if (segment->top_down && model->rules == LB_PLACEMENT_LINUX_5_10) {
		range_end = highest < range_end ? highest : range_end;
		range_end--;
	}
	for (int64_t n = 0; n < WORLD; n++) {
		int64_t page = segment->top_down ? WORLD - 1 - n : n;

		if (page % align == 0 && page >= lowest && page + pages <= highest &&
			(!segment->top_down || page + pages <= range_end) &&
			model_free(model, range, page, pages)) {
			return page;
		}
	}
	return -1;
}

static int64_t model_place(const struct model *model, const struct lb_segment *segment)
{
	int64_t pages = (int64_t)((segment->size + PAGE - 1) / PAGE);
	bool last_first = segment->top_down && model->rules == LB_PLACEMENT_LINUX_6_8;
	int64_t page = model_range(model, last_first, segment, pages);

	return page >= 0 ? page : model_range(model, !last_first, segment, pages);
}

static void make_world(struct model *model, struct lb_range allowed[2],
	struct lb_owned_range forbidden[3])
{
	uint64_t cut = 8 + next_random(WORLD - 16);
	uint64_t gap = next_random(4);

	*model = (struct model){.rules = (enum lb_placement_rules)next_random(2)};
	allowed[0] = (struct lb_range){next_random(4) * PAGE, cut * PAGE};
	allowed[1] = (struct lb_range){(cut + gap) * PAGE, (WORLD - next_random(3)) * PAGE};
	for (uint64_t i = 0; i < WORLD; i++) {
		model->allowed[0][i] = lb_range_has(allowed[0], i * PAGE);
		model->allowed[1][i] = lb_range_has(allowed[1], i * PAGE);
	}
	for (size_t n = 0; n < 3; n++) {
		uint64_t first = next_random(WORLD);
		/* Owners need not end at a page. */
		struct lb_range range = {first * PAGE + next_random(2) * 100,
			(first + 1 + next_random(5)) * PAGE - next_random(2) * 100};

		forbidden[n] = (struct lb_owned_range){range, "owner"};
		for (uint64_t i = 0; i < WORLD; i++) {
			struct lb_range page = {i * PAGE, (i + 1) * PAGE};

			model->blocked[i] = model->blocked[i] || lb_range_overlaps(page, range);
		}
	}
}

static struct lb_segment random_segment(void)
{
	struct lb_segment segment = {.name = "segment", .top_down = next_random(2),
		.size = 1 + next_random(12 * 4096), .align = PAGE << next_random(4)};

	if (next_random(3) == 0) {
		segment.min = next_random(40) * PAGE;
	}
	if (next_random(3) == 0) {
		segment.last_max = (20 + next_random(44)) * PAGE - 1;
	}
	return segment;
}

static void play_world(void)
{
	struct lb_range allowed[2];
	struct lb_owned_range forbidden[3];
	struct lb_segment segments[5];
	struct model model;
	struct lb_placement_space space = {.page_size = 4096, .allowed = allowed,
		.allowed_count = 2, .forbidden = forbidden, .forbidden_count = 3};
	int64_t expected[5];
	size_t placed = 0;
	enum lb_status status;

	make_world(&model, allowed, forbidden);
	space.rules = model.rules;
	for (size_t i = 0; i < 5; i++) {
		segments[i] = random_segment();
	}
	for (size_t i = 0; i < 5 && placed == i; i++) {
		uint64_t pages = (segments[i].size + PAGE - 1) / PAGE;

		expected[i] = model_place(&model, &segments[i]);
		for (uint64_t n = 0; expected[i] >= 0 && n < pages; n++) {
			model.blocked[(uint64_t)expected[i] + n] = true;
		}
		placed += expected[i] >= 0;
	}
	status = lb_place(&space, segments, 5, &conflict);
	CHECK_EQUAL(status, placed == 5 ? LB_OK : LB_NOT_FOUND);
	for (size_t i = 0; i < 5 && !status; i++) {
		CHECK_EQUAL(segments[i].start, (uint64_t)expected[i] * PAGE);
	}
	if (status == LB_NOT_FOUND) {
		CHECK_EQUAL(conflict.segment, placed);
	} else {
		CHECK(!lb_placement_check(&space, segments, 5, &conflict));
	}
}

TEST(placement, agrees_with_stepping_page_by_page)
{
	random_state = 2026;
	for (unsigned int i = 0; i < 20000; i++) {
		play_world();
	}
}
