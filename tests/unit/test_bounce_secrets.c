/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: no byte of an earlier user is ever visible to a later one. A pool of four slots, and
 * every order of calls up to a length. Each user is a device that writes a byte of its own wherever
 * it can: all over its slots. So whatever of a former user shows is known by that byte, and every
 * byte of the pool and of memory is accounted for after every call.
 */
#include "tests/harness/test.h"

#include "lifeboat/bounce_pool.h"

#define SLOT UINT64_C(2048)
#define SLOTS 4
#define BYTES (SLOTS * SLOT)
#define BASE UINT64_C(0x40001000)
#define RAM UINT64_C(0x200000000)
#define USERS 3 /* at once */
#define CALLS (__STDC_HOSTED__ ? 5 : 3)

/* What users ask for: parts of a slot, whole ones, more than one, with room before and behind. */
static const struct {
	uint32_t size;
	uint32_t offset;
	uint64_t align_mask, alloc_align_mask;
} kinds[] = {
	{1, 0, 0, 0},
	{2048, 0x123, 0, 0},
	{2049, 0x7ff, 0, 0},
	{1500, 0x234, 0x7ff, 0},
	{100, 0x300, 0xfff, 0xfff},
};

struct user {
	lb_phys_addr address; /* 0: there is none */
	uint32_t kind;
	enum lb_bounce_direction direction;
	uint8_t mark;
};

/* All there is; a copy of it is a place to go back to. */
static struct world {
	struct lb_bounce_pool pool;
	struct lb_bounce_slot slots[SLOTS];
	struct lb_bounce_segment segment;
	uint8_t bytes[BYTES];
	uint8_t ram[USERS * BYTES];
	struct user users[USERS];
	uint8_t next_mark;
} world, saved[CALLS];

static uint64_t calls_made, refusals;

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	if (address - BASE < BYTES) {
		LB_ASSERT(bytes <= BYTES - (address - BASE));
		return world.bytes + (address - BASE);
	}
	LB_ASSERT(address - RAM < sizeof(world.ram) && bytes <= sizeof(world.ram));
	return world.ram + (address - RAM);
}

/* The slots that a user has, as bytes of the pool. */
static struct lb_range room_of(const struct user *user)
{
	uint64_t block = lb_max(kinds[user->kind].alloc_align_mask + 1, SLOT);
	lb_phys_addr start = lb_align_down(user->address, block);
	lb_phys_addr end = lb_align_down(
		user->address + kinds[user->kind].size + block - 1, block);

	return (struct lb_range){start - BASE, end - BASE};
}

/* Where its bytes are in memory: each user has a part of it. */
static size_t in_ram(const struct user *user)
{
	return (size_t)(user - world.users) * BYTES + kinds[user->kind].offset;
}

static bool has_owner(uint64_t byte)
{
	for (size_t i = 0; i < USERS; i++) {
		if (world.users[i].address && lb_range_has(room_of(&world.users[i]), byte)) {
			return true;
		}
	}
	return false;
}

/* Nobody shares a slot with anybody, and the pool counts as many as there are. */
static void check_accounts(void)
{
	uint64_t taken = 0, owned = 0;

	for (size_t i = 0; i < USERS; i++) {
		taken += world.users[i].address ? lb_range_size(room_of(&world.users[i])) : 0;
	}
	for (uint64_t slot = 0; slot < SLOTS; slot++) {
		owned += has_owner(slot * SLOT) ? SLOT : 0;
	}
	CHECK_EQUAL(owned, taken);
	CHECK_EQUAL(lb_bounce_pool_usage(&world.pool).used * SLOT, taken);
	CHECK(lb_bounce_pool_check(&world.pool));
}

/* What the device sees of its slots: its own bytes, and zeros. */
static void check_sees_only_its_own(const struct user *user)
{
	struct lb_range room = room_of(user);
	struct lb_range own = {user->address - BASE,
		user->address - BASE + kinds[user->kind].size};
	const uint8_t *original = world.ram + in_ram(user);
	size_t wrong = 0;

	for (uint64_t i = room.start; i < room.end; i++) {
		wrong += world.bytes[i] !=
			(lb_range_has(own, i) ? original[i - own.start] : 0);
	}
	CHECK_EQUAL(wrong, 0);
}

/* The bytes of the pool that are not in the range are as they were. */
static void check_rest(const struct world *before, struct lb_range changed)
{
	CHECK(!__builtin_memcmp(world.bytes, before->bytes, (size_t)changed.start));
	CHECK(!__builtin_memcmp(world.bytes + changed.end, before->bytes + changed.end,
		(size_t)(BYTES - changed.end)));
}

static void map(struct user *user, uint32_t kind, const struct world *before)
{
	enum lb_bounce_direction direction = (enum lb_bounce_direction)(world.next_mark % 3);
	struct lb_bounce_request request = {.size = kinds[kind].size, .direction = direction,
		.device = 1 + (uint64_t)(user - world.users), .align_mask = kinds[kind].align_mask,
		.alloc_align_mask = kinds[kind].alloc_align_mask};
	struct lb_range room;

	*user = (struct user){.kind = kind, .direction = direction, .mark = world.next_mark++};
	request.original = RAM + in_ram(user);
	if (lb_bounce_map(&world.pool, &request, &user->address)) {
		refusals++;
		check_rest(before, (struct lb_range){0, 0});
		return;
	}
	room = room_of(user);
	check_rest(before, room);
	check_sees_only_its_own(user);
	CHECK(!__builtin_memcmp(world.ram, before->ram, sizeof(world.ram)));
	__builtin_memset(world.bytes + room.start, user->mark, (size_t)lb_range_size(room));
}

/* Ends it in one of three ways; what comes back is what this device wrote, and nothing beside. */
static void end(struct user *user, unsigned int way, const struct world *before)
{
	static uint8_t expected[sizeof(world.ram)];
	struct lb_range room = room_of(user);

	__builtin_memcpy(expected, before->ram, sizeof(expected));
	if (way == 0) {
		CHECK_EQUAL(lb_bounce_unmap(&world.pool, user->address), LB_OK);
		if (user->direction != LB_BOUNCE_TO_DEVICE) {
			__builtin_memset(
				expected + in_ram(user), user->mark, kinds[user->kind].size);
		}
	} else if (way == 1) {
		CHECK_EQUAL(lb_bounce_discard(&world.pool, user->address), LB_OK);
	} else {
		CHECK_EQUAL(lb_bounce_abandon(&world.pool, user->address), LB_OK);
		CHECK_EQUAL(lb_bounce_pool_device_quiet(
				    &world.pool, 1 + (uint64_t)(user - world.users)),
			lb_range_size(room) / SLOT);
	}
	user->address = 0;
	CHECK(!__builtin_memcmp(world.ram, expected, sizeof(expected)));
	check_rest(before, room);
}

static void explore(unsigned int depth);

/* After a call: what must hold, what can come then, and back. */
static void go_on(unsigned int depth)
{
	calls_made++;
	check_accounts();
	explore(depth + 1);
	world = saved[depth];
}

static void explore(unsigned int depth)
{
	struct user *newcomer = NULL;

	if (depth == CALLS) {
		return;
	}
	saved[depth] = world;
	for (size_t i = 0; i < USERS; i++) {
		struct user *user = &world.users[i];

		if (!user->address) {
			newcomer = newcomer ? newcomer : user;
			continue;
		}
		for (unsigned int way = 0; way < 3; way++) {
			end(user, way, &saved[depth]);
			go_on(depth);
		}
	}
	for (uint32_t kind = 0; newcomer && kind < LB_ARRAY_COUNT(kinds); kind++) {
		map(newcomer, kind, &saved[depth]);
		go_on(depth);
	}
}

TEST(bounce_secrets, no_user_sees_what_another_left_in_any_order_of_calls)
{
	const struct lb_bounce_storage storage = {world.slots, SLOTS, &world.segment, 1};
	struct lb_bounce_config config = {
		.base = BASE, .size = BYTES, .scope = LB_BOUNCE_SYSTEM, .access = reach};

	calls_made = refusals = 0;
	for (unsigned int in_ram = 0; in_ram < 2; in_ram++) {
		config.in_ram = in_ram;
		world = (struct world){.next_mark = 0x81};
		__builtin_memset(world.bytes, 0x7f, sizeof(world.bytes));
		for (size_t i = 0; i < sizeof(world.ram); i++) {
			world.ram[i] = (uint8_t)(i * 3 % 120 + 1);
		}
		REQUIRE(!lb_bounce_pool_init(&world.pool, &config, &storage));
		explore(0);
	}
	CHECK(calls_made > (__STDC_HOSTED__ ? 5000 : 100));
	CHECK(refusals > 0);
}
