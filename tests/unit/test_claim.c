/* SPDX-License-Identifier: MIT */
/* claim: sums, releases and two phases; by example, by every order, and by random tapes. */
#include "lifeboat/claim.h"
#include "tests/harness/test.h"

#define REGIONS 64

static unsigned char storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static unsigned char before_storage[LB_MEMORY_MAP_BYTES(REGIONS)] __attribute__((aligned(8)));
static struct lb_memory_map map;
static struct lb_memory_map before;
static struct lb_range ranges[16];
static struct lb_hold hold;
static struct lb_event events[64];
static struct lb_journal journal;

static bool same_walk(bool (*next)(const struct lb_memory_map *, struct lb_memory_cursor *,
	struct lb_region *))
{
	struct lb_memory_cursor a = {0};
	struct lb_memory_cursor b = {0};
	struct lb_region left;
	struct lb_region right;

	while (next(&map, &a, &left)) {
		if (!next(&before, &b, &right) || left.range.start != right.range.start ||
			left.range.end != right.range.end) {
			return false;
		}
	}
	return !next(&before, &b, &right);
}

static void remember(void)
{
	CHECK(lb_memory_map_init(&before, before_storage, sizeof(before_storage)) == LB_OK);
	CHECK(lb_memory_map_copy(&before, &map) == LB_OK);
}

static bool unchanged(void)
{
	return same_walk(lb_memory_map_next_memory) && same_walk(lb_memory_map_next_reserved);
}

static void start_map(void)
{
	lb_journal_init(&journal, events, LB_ARRAY_COUNT(events));
	CHECK(lb_memory_map_init(&map, storage, sizeof(storage)) == LB_OK);
	CHECK(lb_memory_map_add(&map, (struct lb_range){0, 0x9f000}, LB_NO_NODE, 0) == LB_OK);
	CHECK(lb_memory_map_add(&map, (struct lb_range){LB_MIB, 2 * LB_GIB}, LB_NO_NODE, 0) ==
		LB_OK);
	CHECK(lb_memory_map_add(&map, (struct lb_range){4 * LB_GIB, 6 * LB_GIB}, LB_NO_NODE,
		      0) == LB_OK);
}

static bool is_reserved(struct lb_range range)
{
	struct lb_region region;

	return lb_memory_map_reserved_at(&map, range.start, &region) &&
		lb_range_contains(region.range, range);
}

TEST(claim, a_reservation_is_the_sum_of_its_claims)
{
	struct lb_range anywhere = {LB_MIB, 64 * LB_GIB};
	struct lb_claim claims[] = {
		{.name = "page tables", .size = 3 * 4096, .align = 4096, .window = anywhere},
		{.name = "image", .size = 60 * LB_MIB, .align = 2 * LB_MIB, .window = anywhere},
		{.name = "bounce pool", .size = 64 * LB_MIB, .align = 4096,
			.window = {LB_MIB, 4 * LB_GIB}},
		{.name = "handover", .size = 4096, .align = 4096, .window = anywhere},
	};
	uint64_t total;

	start_map();
	CHECK(lb_claims_total(claims, 4, &total) == LB_OK);
	CHECK_EQUAL(total, 124 * LB_MIB + 4 * 4096);
	REQUIRE(lb_claims_reserve(&map, claims, 4, &journal, NULL) == LB_OK);
	CHECK_EQUAL(claims[1].range.start, 6 * LB_GIB - 62 * LB_MIB);
	CHECK_EQUAL(claims[0].range.start, claims[1].range.end);
	CHECK_EQUAL(claims[3].range.start, claims[0].range.end);
	CHECK_EQUAL(claims[2].range.end, 2 * LB_GIB);
	for (size_t i = 0; i < 4; i++) {
		CHECK(claims[i].state == LB_CLAIM_PLACED && is_reserved(claims[i].range));
	}
	CHECK_EQUAL(journal.count, 4);
}

TEST(claim, a_released_claim_gives_its_memory_back)
{
	struct lb_claim claims[] = {
		{.name = "image", .size = 2 * LB_MIB, .align = LB_MIB, .window = {0, LB_GIB}},
		{.name = "bounce pool", .size = LB_MIB, .align = 4096, .window = {0, LB_GIB}},
	};
	uint64_t total;

	start_map();
	REQUIRE(lb_claims_reserve(&map, claims, 2, &journal, NULL) == LB_OK);
	CHECK(lb_claim_release(&map, &claims[1], &journal) == LB_OK);
	CHECK(claims[1].state == LB_CLAIM_RELEASED);
	CHECK(!lb_memory_map_overlaps_reserved(&map, claims[1].range));
	CHECK(is_reserved(claims[0].range));
	CHECK(lb_claims_total(claims, 2, &total) == LB_OK);
	CHECK_EQUAL(total, 2 * LB_MIB);
}

TEST(claim, a_sum_that_finds_no_place_takes_nothing)
{
	struct lb_claim claims[] = {
		{.name = "image", .size = LB_GIB, .align = LB_MIB, .window = {0, 4 * LB_GIB}},
		{.name = "pool", .size = LB_GIB, .align = 4096, .window = {LB_MIB, 4 * LB_GIB}},
	};
	struct lb_claim_conflict conflict;

	start_map();
	remember();
	CHECK(lb_claims_reserve(&map, claims, 2, &journal, &conflict) == LB_NOT_FOUND);
	CHECK(unchanged());
	CHECK(claims[0].state == LB_CLAIM_OPEN && claims[1].state == LB_CLAIM_OPEN);
	CHECK_TEXT(conflict.claim->name, "pool");
	CHECK_TEXT(conflict.owner, "image");
}

TEST(claim, a_sum_beyond_the_address_space_is_refused)
{
	struct lb_claim claims[] = {
		{.name = "a", .size = UINT64_MAX - 10, .window = {0, LB_PHYS_ADDR_MAX}},
		{.name = "b", .size = 100, .window = {0, LB_PHYS_ADDR_MAX}},
	};
	uint64_t total;

	start_map();
	remember();
	CHECK(lb_claims_total(claims, 2, &total) == LB_OUT_OF_RANGE);
	CHECK(lb_claims_reserve(&map, claims, 2, NULL, NULL) == LB_OUT_OF_RANGE);
	CHECK(unchanged());
}

/* The offender comes last, so that a check one claim at a time would have placed the others. */
TEST(claim, an_empty_claim_or_an_odd_alignment_is_refused_with_its_name)
{
	static const struct lb_claim offenders[] = {
		{.name = "empty", .size = 0, .align = 4096, .window = {0, LB_MIB}},
		{.name = "odd", .size = 4096, .align = 4095, .window = {0, LB_MIB}},
		{.name = "odd", .size = 4096, .align = 3, .window = {0, LB_MIB}},
	};
	struct lb_claim_conflict conflict = {0};

	for (size_t i = 0; i < LB_ARRAY_COUNT(offenders); i++) {
		struct lb_claim claims[] = {
			{.name = "good", .size = 8192, .align = 4096, .window = {0, LB_MIB}},
			offenders[i],
		};

		start_map();
		remember();
		CHECK_EQUAL(lb_claims_reserve(&map, claims, 2, &journal, &conflict), LB_INVALID);
		CHECK_TEXT(conflict.claim->name, offenders[i].name);
		CHECK_EQUAL(lb_claims_reserve(&map, claims, 2, NULL, NULL), LB_INVALID);
		CHECK(unchanged() && claims[0].state == LB_CLAIM_OPEN);
		REQUIRE(lb_hold_begin(&hold, &map, (struct lb_range){0, LB_MIB}, ranges,
				LB_ARRAY_COUNT(ranges), &journal) == LB_OK);
		CHECK_EQUAL(lb_hold_choose_all(&hold, claims, 2, &conflict), LB_INVALID);
		CHECK_TEXT(conflict.claim->name, offenders[i].name);
		CHECK_EQUAL(lb_hold_choose(&hold, &claims[1], NULL, 0, NULL), LB_INVALID);
		CHECK(claims[0].state == LB_CLAIM_OPEN && claims[1].state == LB_CLAIM_OPEN);
		/* Who has its place already is not asked again. */
		claims[1].state = LB_CLAIM_RELEASED;
		CHECK_EQUAL(lb_hold_choose_all(&hold, claims, 2, NULL), LB_OK);
	}
}

/* The firmware holds [0x60000, 0x80000) until its boot services end. */
static const struct lb_range boot_services = {0x60000, 0x80000};

static void start_hold(void)
{
	start_map();
	CHECK(lb_memory_map_reserve(&map, boot_services, LB_NO_NODE, 0) == LB_OK);
	REQUIRE(lb_hold_begin(&hold, &map, (struct lb_range){0, LB_MIB}, ranges,
			LB_ARRAY_COUNT(ranges), &journal) == LB_OK);
	CHECK(lb_memory_map_release(&map, boot_services) == LB_OK);
	REQUIRE(lb_hold_more(&hold) == LB_OK);
}

static const struct lb_claim low_claims[] = {
	{.name = "cpu start-up", .size = 0x4000, .align = 0x1000, .window = {0x1000, LB_MIB}},
	{.name = "capture kernel", .size = 0x10000, .align = 0x1000,
		.window = {0x1000, 0xa0000}},
	{.name = "old card", .size = 0x8000, .align = 0x8000, .window = {0x10000, 0x60000}},
	{.name = "wide", .size = 0x20000, .align = 0x20000, .window = {0x1000, LB_MIB}},
};

TEST(claim, held_memory_is_nobodys_until_chosen)
{
	struct lb_memory_request request = {.size = 4096, .align = 4096, .window = {0, LB_MIB},
		.node = LB_NO_NODE};
	lb_phys_addr found;

	start_hold();
	CHECK(lb_memory_map_find(&map, &request, &found) == LB_NOT_FOUND);
	CHECK_EQUAL(hold.held.count, 1);
	CHECK_EQUAL(lb_range_set_total(&hold.held), 0x9f000);
	CHECK(lb_hold_end(&hold) == LB_OK);
	CHECK_EQUAL(lb_memory_map_reserved_count(&map), 0);
}

static void swap(struct lb_claim *a, struct lb_claim *b)
{
	struct lb_claim c = *a;

	*a = *b;
	*b = c;
}

/* The nth order of the low claims. */
static void permute(struct lb_claim *claims, unsigned int n)
{
	for (unsigned int i = 0; i < 4; i++) {
		claims[i] = low_claims[i];
	}
	for (unsigned int i = 4; i > 1; n /= i, i--) {
		swap(&claims[i - 1], &claims[n % i]);
	}
}

TEST(claim, the_order_of_claimants_does_not_matter)
{
	static struct lb_claim claims[4];
	static struct lb_claim first[4];

	for (unsigned int n = 0; n < 24; n++) {
		start_hold();
		permute(claims, n);
		REQUIRE(lb_hold_choose_all(&hold, claims, 4, NULL) == LB_OK);
		CHECK(lb_hold_end(&hold) == LB_OK);
		if (n == 0) {
			__builtin_memcpy(first, claims, sizeof(first));
			remember();
		}
		CHECK(unchanged());
		for (unsigned int i = 0; i < 16; i++) {
			if (claims[i / 4].name == first[i % 4].name) {
				CHECK_EQUAL(claims[i / 4].range.start, first[i % 4].range.start);
			}
		}
	}
}

TEST(claim, what_nobody_chose_is_free_again)
{
	struct lb_claim claim = low_claims[1];
	struct lb_memory_cursor cursor = {0};
	struct lb_region region;

	start_hold();
	REQUIRE(lb_hold_choose(&hold, &claim, NULL, 0, NULL) == LB_OK);
	CHECK_EQUAL(claim.range.end, 0x9f000);
	CHECK(lb_hold_end(&hold) == LB_OK);
	REQUIRE(lb_memory_map_next_reserved(&map, &cursor, &region));
	CHECK_EQUAL(region.range.start, claim.range.start);
	CHECK_EQUAL(region.range.end, claim.range.end);
	CHECK(!lb_memory_map_next_reserved(&map, &cursor, &region));
}

TEST(claim, whoever_finds_nothing_fails_with_both_named)
{
	struct lb_claim claims[] = {
		{.name = "greedy", .size = 0x90000, .align = 0x1000, .window = {0x1000, LB_MIB}},
		{.name = "modest", .size = 0x1000, .align = 0x1000, .window = {0x1000, LB_MIB}},
		{.name = "late", .size = 0x20000, .align = 0x1000, .window = {0x1000, LB_MIB}},
	};
	struct lb_claim_conflict conflict;

	start_hold();
	REQUIRE(lb_hold_choose(&hold, &claims[0], claims, 3, NULL) == LB_OK);
	REQUIRE(lb_hold_choose(&hold, &claims[1], claims, 3, NULL) == LB_OK);
	CHECK(lb_hold_choose(&hold, &claims[2], claims, 3, &conflict) == LB_NOT_FOUND);
	CHECK_TEXT(conflict.claim->name, "late");
	CHECK_TEXT(conflict.owner, "greedy");
	CHECK_EQUAL(lb_range_size(conflict.range), 0x90000);
	CHECK(claims[2].state == LB_CLAIM_OPEN);
	claims[2].size = LB_GIB;
	CHECK(lb_hold_choose(&hold, &claims[2], NULL, 0, &conflict) == LB_NOT_FOUND);
	CHECK_TEXT(conflict.owner, "memory map");
}

TEST(claim, a_hold_without_room_holds_nothing)
{
	start_map();
	CHECK(lb_memory_map_reserve(&map, boot_services, LB_NO_NODE, 0) == LB_OK);
	remember();
	CHECK(lb_hold_begin(&hold, &map, (struct lb_range){0, LB_MIB}, ranges, 1, NULL) ==
		LB_NO_STORAGE);
	CHECK(unchanged());
}

static uint64_t random_state = 1;

static uint64_t draw(uint64_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (random_state >> 33) % limit;
}

static struct lb_claim random_claim(void)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
	uint64_t start = draw(0x60);

	return (struct lb_claim){
		.name = names[draw(6)],
		.size = (1 + draw(24)) * 0x1000,
		.align = UINT64_C(0x1000) << draw(4),
		.window = {start * 0x1000, (start + 4 + draw(0x60)) * 0x1000},
		.bottom_up = draw(2),
	};
}

/* Placed claims obey their limits and are apart; the others could not have been served. */
static void check_choice(const struct lb_claim *claims, size_t count, enum lb_status status)
{
	size_t open = 0;

	for (size_t i = 0; i < count; i++) {
		const struct lb_claim *claim = &claims[i];
		lb_phys_addr start;

		if (claim->state == LB_CLAIM_OPEN) {
			open++;
			CHECK(lb_range_set_find(&hold.held, claim->size, claim->align,
				      claim->window, false, &start) == LB_NOT_FOUND);
			continue;
		}
		CHECK(lb_range_contains(claim->window, claim->range));
		CHECK_EQUAL(lb_range_size(claim->range), claim->size);
		CHECK_EQUAL(claim->range.start % claim->align, 0);
		CHECK(is_reserved(claim->range));
		CHECK(!lb_range_set_overlaps(&hold.held, claim->range));
		for (size_t j = 0; j < i; j++) {
			CHECK(!lb_range_overlaps(claims[j].range, claim->range));
		}
	}
	CHECK((status == LB_OK) == (open == 0));
}

TEST(claim, random_claims_choose_soundly)
{
	static struct lb_claim claims[6];

	for (int round = 0; round < 600; round++) {
		uint64_t left = 0;
		enum lb_status status;

		start_hold();
		for (size_t i = 0; i < 6; i++) {
			claims[i] = random_claim();
		}
		status = lb_hold_choose_all(&hold, claims, 6, NULL);
		check_choice(claims, 6, status);
		for (size_t i = 0; i < 6; i++) {
			left += lb_range_size(claims[i].range);
		}
		CHECK_EQUAL(lb_range_set_total(&hold.held) + left, 0x9f000);
		REQUIRE(lb_hold_end(&hold) == LB_OK);
		for (size_t i = 0; i < 6; i++) {
			CHECK(claims[i].state == LB_CLAIM_OPEN || is_reserved(claims[i].range));
		}
		REQUIRE(lb_memory_map_check(&map));
	}
}
