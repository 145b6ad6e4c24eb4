/* SPDX-License-Identifier: MIT */
/*
 * bounce_route: every combination of a few devices, pools and transfers against the rules written
 * down a second time, and data that travel by lists.
 */
#include "tests/harness/test.h"

#include "lifeboat/bounce_route.h"
#include "tests/prop/material.h"

#define SLOT UINT64_C(2048)
#define POOL_SLOTS 8
#define POOLS 5
#define NEAR_RAM UINT64_C(0x100000)
#define FAR_RAM UINT64_C(0x180000000)
#define RAM_BYTES 0x10000U
#define DISK 0x18
#define BRIDGE 0x4

static uint8_t near_ram[RAM_BYTES], far_ram[RAM_BYTES];
static uint64_t pool_bytes[POOLS][POOL_SLOTS * SLOT / 8];
static struct lb_bounce_slot slots[POOLS][POOL_SLOTS];
static struct lb_bounce_segment segments[POOLS][1];
static struct lb_bounce_pool pool_objects[POOLS];
static struct lb_bounce_pool *pool_list[POOLS];
static struct lb_bounce_pools pools;

/* Pools in an order that is not that of nearness. */
enum { SYSTEM, BUS, OWN, DISK_LOW, SHARED };
static const lb_phys_addr bases[POOLS] = {
	0x40000000, 0x0c000000, 0x08000000, 0x04000000, 0x90000000};

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	for (size_t i = 0; i < POOLS; i++) {
		if (address - bases[i] < sizeof(pool_bytes[i])) {
			LB_ASSERT(bytes <= sizeof(pool_bytes[i]) - (address - bases[i]));
			return (uint8_t *)pool_bytes[i] + (address - bases[i]);
		}
	}
	if (address - FAR_RAM < RAM_BYTES) {
		LB_ASSERT(bytes <= RAM_BYTES - (address - FAR_RAM));
		return far_ram + (address - FAR_RAM);
	}
	LB_ASSERT(address - NEAR_RAM < RAM_BYTES && bytes <= RAM_BYTES - (address - NEAR_RAM));
	return near_ram + (address - NEAR_RAM);
}

/* The pools whose bits are set, in RAM and outside it by turns. */
static void begin(unsigned int which)
{
	static const enum lb_bounce_scope scopes[POOLS] = {LB_BOUNCE_SYSTEM, LB_BOUNCE_BUS,
		LB_BOUNCE_DEVICE, LB_BOUNCE_DEVICE, LB_BOUNCE_SYSTEM};
	static const uint64_t ids[POOLS] = {0, BRIDGE, 0x99, DISK, 0};

	pools = (struct lb_bounce_pools){pool_list, 0};
	for (size_t i = 0; i < POOLS; i++) {
		const struct lb_bounce_storage storage = {slots[i], POOL_SLOTS, segments[i], 1};
		const struct lb_bounce_config config = {.base = bases[i],
			.size = POOL_SLOTS * SLOT, .scope = scopes[i], .scope_id = ids[i],
			.in_ram = i & 1, .shared = i == SHARED, .counts_use = true,
			.access = reach};

		CHECK_EQUAL(lb_bounce_pool_init(&pool_objects[i], &config, &storage), LB_OK);
		if (which >> i & 1) {
			pool_list[pools.count++] = &pool_objects[i];
		}
	}
	for (size_t i = 0; i < RAM_BYTES; i++) {
		near_ram[i] = (uint8_t)(i * 5 + i / 255);
		far_ram[i] = (uint8_t)(i * 11 + i / 253);
	}
}

#define ALL_POOLS 0x1fU

static const struct lb_bounce_device disk = {
	.id = DISK, .bus_id = BRIDGE, .dma_mask = UINT32_MAX};

/* The pool that the route names; POOLS: another way. */
static size_t pool_of(struct lb_bounce_route route)
{
	return route.way == LB_BOUNCE_VIA_POOL
		? (size_t)(pool_list[route.pool] - pool_objects) : POOLS;
}

static struct lb_bounce_transfer far(uint64_t size)
{
	return (struct lb_bounce_transfer){.original = FAR_RAM + 0x123, .size = size,
		.direction = LB_BOUNCE_FROM_DEVICE};
}

TEST(bounce_route, what_the_device_reaches_goes_directly)
{
	struct lb_bounce_transfer transfer = {.original = NEAR_RAM + 1, .size = 0x4000};
	struct lb_bounce_device device = disk;
	struct lb_bounce_mapped mapped;

	begin(ALL_POOLS);
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).way, LB_BOUNCE_DIRECT);
	/* Up to the very last byte. */
	device.dma_mask = NEAR_RAM + 0x4000;
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).way, LB_BOUNCE_DIRECT);
	REQUIRE(!lb_bounce_route_map(&pools, &device, &transfer, &mapped));
	CHECK_EQUAL(mapped.address, NEAR_RAM + 1);
	CHECK(!mapped.pool);
	CHECK_EQUAL(lb_bounce_route_unmap(&mapped), LB_OK);
	device.dma_mask--;
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).why, LB_WHY_DEVICE_REACH);
}

TEST(bounce_route, each_reason_alone)
{
	struct lb_bounce_transfer transfer = {.original = NEAR_RAM + 0xff0, .size = 0x20,
		.direction = LB_BOUNCE_FROM_DEVICE};
	const struct lb_bounce_device devices[] = {
		[LB_WHY_NOT] = {.dma_mask = UINT32_MAX},
		[LB_WHY_RESTRICTED] = {.dma_mask = UINT32_MAX, .own_pool = &pool_objects[OWN]},
		[LB_WHY_FORCED] = {.dma_mask = UINT32_MAX, .force = true},
		[LB_WHY_ENCRYPTED] = {.dma_mask = UINT32_MAX, .must_share = true},
		[LB_WHY_DEVICE_REACH] = {.dma_mask = 0xfffff},
		[LB_WHY_BUS_REACH] = {.dma_mask = UINT32_MAX, .bus_last = NEAR_RAM + 0x1000},
		[LB_WHY_BOUNDARY] = {.dma_mask = UINT32_MAX, .boundary_mask = 0xfff},
		[LB_WHY_GRANULE] = {.dma_mask = UINT32_MAX, .alloc_align_mask = 0xfff},
		[LB_WHY_CACHE_LINE] = {.dma_mask = UINT32_MAX, .line_mask = 63},
	};

	begin(ALL_POOLS);
	for (size_t i = 0; i < LB_ARRAY_COUNT(devices); i++) {
		CHECK_EQUAL(lb_bounce_route(&pools, &devices[i], &transfer).why, i);
		CHECK(lb_bounce_why_text((enum lb_bounce_why)i)[0]);
	}
	/* What the device only reads may share its line, and whole lines share nothing. */
	transfer.direction = LB_BOUNCE_TO_DEVICE;
	CHECK_EQUAL(lb_bounce_route(&pools, &devices[LB_WHY_CACHE_LINE], &transfer).why,
		LB_WHY_NOT);
	transfer = (struct lb_bounce_transfer){
		.original = NEAR_RAM + 0x1000, .size = 0x40, .direction = LB_BOUNCE_BOTH};
	CHECK_EQUAL(lb_bounce_route(&pools, &devices[LB_WHY_CACHE_LINE], &transfer).why,
		LB_WHY_NOT);
	transfer.shared = true;
	CHECK_EQUAL(lb_bounce_route(&pools, &devices[LB_WHY_ENCRYPTED], &transfer).why,
		LB_WHY_NOT);
	CHECK_TEXT(lb_bounce_why_text((enum lb_bounce_why)99), "unknown reason");
	CHECK_TEXT(lb_bounce_obstacle_text((enum lb_bounce_obstacle)99), "unknown obstacle");
}

TEST(bounce_route, each_obstacle_alone)
{
	struct lb_bounce_transfer transfer = far(100);
	struct lb_bounce_device device = disk;

	begin(1U << SYSTEM);
	transfer.size = 0;
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).obstacle, LB_OBSTACLE_NONSENSE);
	transfer = (struct lb_bounce_transfer){.original = bases[SYSTEM] - 1, .size = 2};
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).obstacle, LB_OBSTACLE_IN_POOL);
	transfer = far(100);
	device.max_bytes = 99;
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).obstacle, LB_OBSTACLE_TOO_LONG);
	device = disk;
	device.own_pool = &pool_objects[OWN];
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).obstacle, LB_OBSTACLE_NO_POOL);
	device = disk;
	device.must_share = true;
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).obstacle, LB_OBSTACLE_KIND);
	device = disk;
	device.dma_mask = (UINT64_C(1) << 28) - 1;
	CHECK_EQUAL(lb_bounce_route(&pools, &device, &transfer).obstacle, LB_OBSTACLE_REACH);
	transfer.size = 128 * SLOT + 1;
	CHECK_EQUAL(lb_bounce_route(&pools, &disk, &transfer).obstacle, LB_OBSTACLE_SIZE);
	transfer.size = UINT64_C(1) << 32;
	CHECK_EQUAL(lb_bounce_route(&pools, &disk, &transfer).obstacle, LB_OBSTACLE_SIZE);
	for (unsigned int i = 0; i <= LB_OBSTACLE_SIZE; i++) {
		CHECK(lb_bounce_obstacle_text((enum lb_bounce_obstacle)i)[0]);
	}
}

TEST(bounce_route, a_full_pool_is_no_reason_to_fail_while_another_has_room)
{
	static const size_t order[] = {DISK_LOW, BUS, SYSTEM};
	const struct lb_bounce_transfer transfer = far(POOL_SLOTS * SLOT);
	struct lb_bounce_mapped mapped[3], none;

	begin(ALL_POOLS);
	for (size_t i = 0; i < 3; i++) {
		REQUIRE(!lb_bounce_route_map(&pools, &disk, &transfer, &mapped[i]));
		CHECK(mapped[i].pool == &pool_objects[order[i]]);
	}
	CHECK_EQUAL(lb_bounce_route_map(&pools, &disk, &transfer, &none), LB_NO_STORAGE);
	for (size_t i = 0; i < 3; i++) {
		CHECK_EQUAL(lb_bounce_route_unmap(&mapped[i]), LB_OK);
		CHECK_EQUAL(lb_bounce_route_unmap(&mapped[i]), LB_NOT_FOUND);
	}
}

TEST(bounce_route, a_restricted_device_never_leaves_its_pool)
{
	const struct lb_bounce_transfer transfer = far(POOL_SLOTS * SLOT);
	struct lb_bounce_device device = disk;
	struct lb_bounce_mapped mapped, none;

	begin(ALL_POOLS);
	device.own_pool = &pool_objects[OWN];
	REQUIRE(!lb_bounce_route_map(&pools, &device, &transfer, &mapped));
	CHECK(mapped.pool == &pool_objects[OWN]);
	CHECK_EQUAL(lb_bounce_route_map(&pools, &device, &transfer, &none), LB_NO_STORAGE);
	CHECK_EQUAL(lb_bounce_route_unmap(&mapped), LB_OK);
	/* Another device on the same bus takes its turn elsewhere. */
	REQUIRE(!lb_bounce_route_map(&pools, &disk, &transfer, &mapped));
	CHECK(mapped.pool == &pool_objects[DISK_LOW]);
	CHECK_EQUAL(lb_bounce_route_unmap(&mapped), LB_OK);
}

/* The rules a second time, without order: what a route may be. */
static bool must_bounce(
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer)
{
	lb_phys_addr first = transfer->original, last = first + transfer->size - 1;
	uint64_t line = transfer->direction == LB_BOUNCE_TO_DEVICE ? 1 : device->line_mask + 1;
	uint64_t granule = device->alloc_align_mask + 1;

	return device->own_pool || device->force || (device->must_share && !transfer->shared) ||
		last > device->dma_mask || (device->bus_last && last > device->bus_last) ||
		(device->boundary_mask && first / (device->boundary_mask + 1) !=
				last / (device->boundary_mask + 1)) ||
		first % granule || transfer->size % granule || first % line ||
		transfer->size % line;
}

static bool does(size_t pool, const struct lb_bounce_device *device,
	const struct lb_bounce_transfer *transfer)
{
	static const uint64_t ids[POOLS] = {0, BRIDGE, 0x99, DISK, 0};
	lb_phys_addr last = device->bus_last && device->bus_last < device->dma_mask
		? device->bus_last : device->dma_mask;
	bool for_it = device->own_pool
		? device->own_pool == &pool_objects[pool]
		: pool == SYSTEM || pool == SHARED ||
			(pool == BUS && device->bus_id == ids[BUS]) ||
			(pool >= OWN && device->id == ids[pool]);

	return for_it && device->must_share == (pool == SHARED) &&
		bases[pool] + transfer->size - 1 <= last &&
		(!device->boundary_mask || transfer->size <= device->boundary_mask + 1);
}

/* The nearest of those in the list that do; POOLS: none. */
static size_t model_pool(unsigned int which, const struct lb_bounce_device *device,
	const struct lb_bounce_transfer *transfer)
{
	static const size_t by_nearness[] = {OWN, DISK_LOW, BUS, SYSTEM, SHARED};

	for (size_t i = 0; i < POOLS; i++) {
		size_t pool = by_nearness[i];

		if (which >> pool & 1 && does(pool, device, transfer)) {
			return pool;
		}
	}
	return POOLS;
}

static void check_route(unsigned int which, const struct lb_bounce_device *device,
	const struct lb_bounce_transfer *transfer)
{
	struct lb_bounce_route route = lb_bounce_route(&pools, device, transfer);
	bool long_one = device->max_bytes && transfer->size > device->max_bytes;
	bool bounces = !long_one && must_bounce(device, transfer);
	size_t expected = bounces ? model_pool(which, device, transfer) : POOLS;

	CHECK_EQUAL(route.way, long_one || (bounces && expected == POOLS)
			? LB_BOUNCE_IMPOSSIBLE
			: bounces ? LB_BOUNCE_VIA_POOL : LB_BOUNCE_DIRECT);
	CHECK_EQUAL(pool_of(route), expected);
	CHECK_EQUAL(route.why != LB_WHY_NOT, bounces);
	CHECK_EQUAL(route.obstacle != LB_OBSTACLE_NONE, route.way == LB_BOUNCE_IMPOSSIBLE);
}

static struct lb_bounce_device random_device(struct dice *dice)
{
	static const lb_phys_addr masks[] = {UINT64_MAX, UINT32_MAX, 0x0fffffff, 0x07ffffff,
		0xffffff, FAR_RAM + 0x8000};
	static const uint64_t small[] = {0, 0, 0, 0x3f, 0x7ff, 0xfff, 0x1fff};

	return (struct lb_bounce_device){.id = roll(dice, 2) ? DISK : 0x99,
		.bus_id = roll(dice, 2) ? BRIDGE : 9, .dma_mask = masks[roll(dice, 6)],
		.bus_last = roll(dice, 2) ? 0 : masks[roll(dice, 6)],
		.max_bytes = roll(dice, 3) ? 0 : 0x1000,
		.boundary_mask = small[roll(dice, 7)], .align_mask = small[roll(dice, 7)],
		.alloc_align_mask = small[roll(dice, 5)], .line_mask = small[roll(dice, 4)],
		.must_share = !roll(dice, 4), .force = !roll(dice, 6),
		.own_pool = roll(dice, 5) ? NULL : &pool_objects[roll(dice, POOLS)]};
}

static struct lb_bounce_transfer random_transfer(struct dice *dice)
{
	static const uint64_t sizes[] = {1, 64, 100, 2048, 4096, 4097};
	lb_phys_addr start = roll(dice, 2) ? NEAR_RAM : FAR_RAM;

	return (struct lb_bounce_transfer){
		.original = start + roll(dice, 64) * (roll(dice, 2) ? 64 : 61) +
			(roll(dice, 3) ? 0 : 0x8000),
		.size = sizes[roll(dice, 6)],
		.direction = (enum lb_bounce_direction)roll(dice, 3),
		.shared = !roll(dice, 3)};
}

TEST(bounce_route, decides_as_the_rules_say)
{
	struct dice dice = {7};

	for (unsigned int i = 0; i < (__STDC_HOSTED__ ? 60000 : 1000); i++) {
		unsigned int which = roll(&dice, ALL_POOLS + 1);
		struct lb_bounce_device device = random_device(&dice);
		struct lb_bounce_transfer transfer = random_transfer(&dice);

		if (i % 64 == 0) {
			begin(which);
		}
		pools.count = 0;
		for (size_t pool = 0; pool < POOLS; pool++) {
			if (which >> pool & 1) {
				pool_list[pools.count++] = &pool_objects[pool];
			}
		}
		check_route(which, &device, &transfer);
	}
}

TEST(bounce_route, counts_the_most_that_was_used_and_the_longest_wait)
{
	struct lb_bounce_transfer transfer = far(3 * SLOT);
	struct lb_bounce_mapped first, second, third;
	struct lb_bounce_usage usage;

	begin(1U << SYSTEM);
	REQUIRE(!lb_bounce_route_map(&pools, &disk, &transfer, &first));
	REQUIRE(!lb_bounce_route_map(&pools, &disk, &transfer, &second));
	CHECK_EQUAL(lb_bounce_route_map(&pools, &disk, &transfer, &third), LB_NO_STORAGE);
	CHECK_EQUAL(lb_bounce_route_unmap(&first), LB_OK);
	transfer.waited = 17;
	REQUIRE(!lb_bounce_route_map(&pools, &disk, &transfer, &third));
	CHECK_EQUAL(lb_bounce_route_unmap(&third), LB_OK);
	transfer.waited = 5;
	transfer.size = 1;
	REQUIRE(!lb_bounce_route_map(&pools, &disk, &transfer, &third));
	usage = lb_bounce_pool_usage(&pool_objects[SYSTEM]);
	CHECK_EQUAL(usage.used, 4);
	CHECK_EQUAL(usage.high_water, 6);
	CHECK_EQUAL(usage.failures, 1);
	CHECK_EQUAL(usage.longest_wait, 17);
	/* Without counting, what was ever used: never less. */
	pool_objects[SYSTEM].config.counts_use = false;
	usage = lb_bounce_pool_usage(&pool_objects[SYSTEM]);
	CHECK_EQUAL(usage.high_water, usage.ever_used);
	CHECK(usage.high_water >= 6);
}
