/* SPDX-License-Identifier: MIT */
/* bounce_route: scatter lists: what the device is given, and that a list is mapped whole or not. */
#include "tests/harness/test.h"

#include "lifeboat/bounce_route.h"
#include "tests/prop/material.h"

#define SLOT UINT64_C(2048)
#define SLOTS 16
#define BASE UINT64_C(0x1000000)
#define RAM UINT64_C(0xfffe0000) /* the last half is beyond the device's reach */
#define RAM_BYTES 0x40000U
#define PIECES 8

static uint64_t pool_words[SLOTS * SLOT / 8];
static uint8_t *const pool_bytes = (uint8_t *)pool_words;
static uint8_t ram[RAM_BYTES];
static struct lb_bounce_slot slots[SLOTS];
static struct lb_bounce_segment segments[1];
static struct lb_bounce_pool pool;
static struct lb_bounce_pool *const pool_list[] = {&pool};
static const struct lb_bounce_pools pools = {pool_list, 1};
static const struct lb_bounce_device card = {.id = 3, .dma_mask = UINT32_MAX};

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	if (address - BASE < sizeof(pool_words)) {
		LB_ASSERT(bytes <= sizeof(pool_words) - (address - BASE));
		return pool_bytes + (address - BASE);
	}
	LB_ASSERT(address - RAM < RAM_BYTES && bytes <= RAM_BYTES - (address - RAM));
	return ram + (address - RAM);
}

static void begin(void)
{
	const struct lb_bounce_storage storage = {slots, SLOTS, segments, 1};
	const struct lb_bounce_config config = {.base = BASE, .size = sizeof(pool_words),
		.scope = LB_BOUNCE_SYSTEM, .in_ram = true, .access = reach};

	CHECK_EQUAL(lb_bounce_pool_init(&pool, &config, &storage), LB_OK);
	__builtin_memset(pool_bytes, 0xd7, sizeof(pool_words));
	for (size_t i = 0; i < RAM_BYTES; i++) {
		ram[i] = (uint8_t)(i * 3 + i / 254);
	}
}

static uint32_t used(void)
{
	return lb_bounce_pool_usage(&pool).used;
}

TEST(bounce_list, direct_pieces_that_touch_are_one_and_bounced_ones_are_not)
{
	struct lb_bounce_piece pieces[] = {{.original = RAM, .size = 0x1000},
		{.original = RAM + 0x1000, .size = 0x800}, {.original = RAM + 0x1801, .size = 1},
		{.original = RAM + 0x20000, .size = SLOT},
		{.original = RAM + 0x20000 + SLOT, .size = SLOT},
		{.original = RAM + 0x1802, .size = 8}};
	struct lb_bounce_list list = {
		.pieces = pieces, .count = 6, .direction = LB_BOUNCE_TO_DEVICE};
	struct lb_bounce_span spans[6];
	size_t failed, count;

	begin();
	REQUIRE(!lb_bounce_list_map(&pools, &card, &list, &failed));
	CHECK_EQUAL(used(), 2);
	CHECK_EQUAL(lb_bounce_list_merge(&card, &list, spans, 4, &count), LB_NO_STORAGE);
	REQUIRE(!lb_bounce_list_merge(&card, &list, spans, 5, &count));
	CHECK_EQUAL(count, 5);
	CHECK_EQUAL(spans[0].address, RAM);
	CHECK_EQUAL(spans[0].size, 0x1800);
	CHECK_EQUAL(spans[1].address, RAM + 0x1801);
	CHECK_EQUAL(spans[1].size, 1);
	/* These two lie side by side in the pool, too. */
	CHECK_EQUAL(spans[2].address + SLOT, spans[3].address);
	CHECK_EQUAL(spans[4].address, RAM + 0x1802);
	CHECK_EQUAL(lb_bounce_list_unmap(&list), LB_OK);
	CHECK_EQUAL(used(), 0);
}

TEST(bounce_list, what_is_joined_keeps_to_the_devices_limits)
{
	struct lb_bounce_device device = card;
	struct lb_bounce_piece pieces[PIECES];
	struct lb_bounce_list list = {.pieces = pieces, .count = PIECES};
	struct lb_bounce_span spans[PIECES];
	size_t failed, count;

	begin();
	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = (struct lb_bounce_piece){.original = RAM + i * 0x400, .size = 0x400};
	}
	REQUIRE(!lb_bounce_list_map(&pools, &device, &list, &failed));
	REQUIRE(!lb_bounce_list_merge(&device, &list, spans, PIECES, &count));
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(spans[0].size, 0x2000);
	device.max_bytes = 0xc00;
	REQUIRE(!lb_bounce_list_merge(&device, &list, spans, PIECES, &count));
	CHECK_EQUAL(count, 3);
	CHECK_EQUAL(spans[0].size, 0xc00);
	CHECK_EQUAL(spans[2].size, 0x800);
	device.max_bytes = 0;
	device.boundary_mask = 0x7ff;
	REQUIRE(!lb_bounce_list_merge(&device, &list, spans, PIECES, &count));
	CHECK_EQUAL(count, 4);
	CHECK_EQUAL(spans[1].address, RAM + 0x800);
	list.count = 0;
	REQUIRE(!lb_bounce_list_merge(&device, &list, spans, 0, &count));
	CHECK_EQUAL(count, 0);
}

TEST(bounce_list, a_list_that_does_not_fit_leaves_nothing_behind)
{
	struct lb_bounce_piece pieces[PIECES];
	struct lb_bounce_list list = {
		.pieces = pieces, .count = 3, .direction = LB_BOUNCE_FROM_DEVICE};
	uint8_t before = 0;
	size_t failed = 99;

	begin();
	for (size_t i = 0; i < 3; i++) {
		pieces[i] = (struct lb_bounce_piece){
			.original = RAM + 0x20000 + i * 0x8000, .size = 7 * SLOT};
	}
	before = ram[0x20000];
	CHECK_EQUAL(lb_bounce_list_map(&pools, &card, &list, &failed), LB_NO_STORAGE);
	CHECK_EQUAL(failed, 2);
	CHECK_EQUAL(used(), 0);
	pieces[1].size = 0;
	CHECK_EQUAL(lb_bounce_list_map(&pools, &card, &list, &failed), LB_INVALID);
	CHECK_EQUAL(failed, 1);
	CHECK_EQUAL(used(), 0);
	CHECK_EQUAL(ram[0x20000], before);
}

TEST(bounce_list, ends_whole_or_not_at_all)
{
	struct lb_bounce_piece pieces[] = {{.original = RAM + 0x20000, .size = 100},
		{.original = RAM, .size = 100}, {.original = RAM + 0x30000, .size = 5000}};
	struct lb_bounce_list list = {
		.pieces = pieces, .count = 3, .direction = LB_BOUNCE_BOTH};
	size_t failed;

	begin();
	REQUIRE(!lb_bounce_list_map(&pools, &card, &list, &failed));
	__builtin_memset(reach(NULL, pieces[0].mapped.address, 100), 0x41, 100);
	CHECK_EQUAL(lb_bounce_discard(&pool, pieces[2].mapped.address), LB_OK);
	CHECK_EQUAL(lb_bounce_list_sync_for_cpu(&list), LB_NOT_FOUND);
	CHECK_EQUAL(lb_bounce_list_unmap(&list), LB_NOT_FOUND);
	CHECK_EQUAL(used(), 1);
	CHECK(ram[0x20000] != 0x41);
	list.count = 2;
	CHECK_EQUAL(lb_bounce_list_unmap(&list), LB_OK);
	CHECK_EQUAL(ram[0x20000 + 99], 0x41);
	CHECK_EQUAL(used(), 0);
}

/* What a device sees of a list, one piece after the other. */
static void check_gathered(const struct lb_bounce_list *list)
{
	struct lb_bounce_span spans[PIECES];
	size_t count, piece = 0, in_piece = 0;

	REQUIRE(!lb_bounce_list_merge(&card, list, spans, PIECES, &count));
	for (size_t i = 0; i < count; i++) {
		const uint8_t *seen = reach(NULL, spans[i].address, (size_t)spans[i].size);
		size_t wrong = 0;

		for (size_t byte = 0; byte < spans[i].size; byte++) {
			wrong += seen[byte] !=
				ram[list->pieces[piece].original - RAM + in_piece];
			if (++in_piece == list->pieces[piece].size) {
				piece++;
				in_piece = 0;
			}
		}
		CHECK_EQUAL(wrong, 0);
	}
	CHECK_EQUAL(piece, list->count);
}

/* Pieces of which no two overlap: each in a part of memory of its own, in any order. */
static void random_list(struct dice *dice, struct lb_bounce_list *list)
{
	uint32_t turn = roll(dice, PIECES);

	list->count = 1 + roll(dice, PIECES);
	list->direction = (enum lb_bounce_direction)roll(dice, 3);
	for (size_t i = 0; i < list->count; i++) {
		uint64_t part = RAM_BYTES / PIECES * ((i + turn) % PIECES);
		uint32_t size = 1 + roll(dice, roll(dice, 2) ? 300 : 6000);
		uint32_t offset = roll(dice, RAM_BYTES / PIECES - size);

		list->pieces[i] = (struct lb_bounce_piece){.original = RAM + part + offset,
			.size = size};
	}
}

TEST(bounce_list, carries_any_list_there_and_back)
{
	static struct lb_bounce_piece pieces[PIECES];
	struct lb_bounce_list list = {.pieces = pieces};
	struct dice dice = {21};
	size_t failed, whole = 0;

	begin();
	for (unsigned int i = 0; i < (__STDC_HOSTED__ ? 2000 : 200); i++) {
		uint8_t written = (uint8_t)roll(&dice, 256);

		random_list(&dice, &list);
		if (lb_bounce_list_map(&pools, &card, &list, &failed)) {
			CHECK_EQUAL(used(), 0);
			continue;
		}
		whole++;
		check_gathered(&list);
		for (size_t p = 0; p < list.count && list.direction; p++) {
			*(uint8_t *)reach(NULL, pieces[p].mapped.address, 1) = written;
		}
		CHECK_EQUAL(lb_bounce_list_sync_for_cpu(&list), LB_OK);
		for (size_t p = 0; p < list.count; p++) {
			uint8_t *first = &ram[pieces[p].original - RAM];

			CHECK(!list.direction || *first == written);
			*first ^= 0xff;
		}
		CHECK_EQUAL(lb_bounce_list_sync_for_device(&list), LB_OK);
		if (list.direction != LB_BOUNCE_FROM_DEVICE) {
			check_gathered(&list);
		}
		CHECK_EQUAL(lb_bounce_list_unmap(&list), LB_OK);
		CHECK_EQUAL(used(), 0);
	}
	CHECK(whole > 100);
	CHECK(lb_bounce_pool_check(&pool));
}
