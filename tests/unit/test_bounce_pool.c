/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool: random tapes of maps, transfers and unmaps against a model that knows the owner of
 * every slot, over fake physical memory; and the rules about what a device may leave behind.
 */
#include "tests/harness/test.h"

#include "lifeboat/bounce_pool.h"

#define SLOT LB_BOUNCE_SLOT_BYTES
#define POOL_SLOTS 160 /* one whole segment and a short one */
#define POOL_BASE UINT64_C(0xab000000)
#define MEMORY_BYTES 65536U
#define MEMORY_BASE UINT64_C(0x200000000)

static uint8_t pool_memory[POOL_SLOTS * SLOT];
static uint8_t memory[MEMORY_BYTES];
static struct lb_bounce_slot slots[POOL_SLOTS];
static struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(POOL_SLOTS)];
static const struct lb_bounce_storage storage = {
	slots, POOL_SLOTS, segments, LB_ARRAY_COUNT(segments)};
static struct lb_bounce_pool pool;

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	if (address >= POOL_BASE && address - POOL_BASE < sizeof(pool_memory)) {
		LB_ASSERT(address - POOL_BASE + bytes <= sizeof(pool_memory));
		return pool_memory + (address - POOL_BASE);
	}
	LB_ASSERT(address >= MEMORY_BASE && address - MEMORY_BASE + bytes <= sizeof(memory));
	return memory + (address - MEMORY_BASE);
}

static const struct lb_bounce_config config = {.base = POOL_BASE, .size = sizeof(pool_memory),
	.scope = LB_BOUNCE_SYSTEM, .in_ram = true, .access = reach};

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(random_state >> 8) * below) >> 24);
}

static void fill(uint8_t *to, size_t bytes, uint8_t seed)
{
	for (size_t i = 0; i < bytes; i++) {
		to[i] = (uint8_t)(seed + i * 7);
	}
}

static void begin_in(bool in_ram)
{
	struct lb_bounce_config placed = config;

	placed.in_ram = in_ram;
	__builtin_memset(pool_memory, 0xee, sizeof(pool_memory));
	fill(memory, sizeof(memory), 1);
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &placed, &storage), LB_OK);
}

static void begin(void)
{
	begin_in(true);
}

static lb_phys_addr map(lb_phys_addr original, uint32_t size, enum lb_bounce_direction direction)
{
	const struct lb_bounce_request request = {
		.original = original, .size = size, .direction = direction, .device = 5};
	lb_phys_addr address = 0;

	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OK);
	return address;
}

static bool equals(lb_phys_addr address, size_t bytes, uint8_t seed)
{
	const uint8_t *found = reach(NULL, address, bytes);

	for (size_t i = 0; i < bytes; i++) {
		if (found[i] != (uint8_t)(seed + i * 7)) {
			return false;
		}
	}
	return true;
}

TEST(bounce_pool, carries_data_both_ways)
{
	lb_phys_addr to, from;

	begin();
	fill(memory, 5000, 9);
	to = map(MEMORY_BASE, 5000, LB_BOUNCE_TO_DEVICE);
	CHECK(equals(to, 5000, 9));
	from = map(MEMORY_BASE + 8192, 3000, LB_BOUNCE_FROM_DEVICE);
	fill(reach(NULL, from, 3000), 3000, 77);
	CHECK(!lb_bounce_unmap(&pool, from));
	CHECK(equals(MEMORY_BASE + 8192, 3000, 77));
	/* What the device is only to read does not come back. */
	fill(reach(NULL, to, 5000), 5000, 33);
	CHECK(!lb_bounce_unmap(&pool, to));
	CHECK(equals(MEMORY_BASE, 5000, 9));
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).used, 0);
	CHECK(lb_bounce_pool_check(&pool));
}

/* The flaw of CVE-2022-0854: stale bytes of another mapping must not reach the buffer. */
TEST(bounce_pool, a_partial_write_leaves_the_rest_of_the_buffer_as_it_was)
{
	lb_phys_addr secret, victim;

	begin();
	fill(memory, 2048, 200);
	secret = map(MEMORY_BASE, 2048, LB_BOUNCE_TO_DEVICE);
	CHECK(!lb_bounce_unmap(&pool, secret));
	fill(memory + 4096, 2048, 3);
	victim = map(MEMORY_BASE + 4096, 2048, LB_BOUNCE_FROM_DEVICE);
	CHECK_EQUAL(victim, secret);
	__builtin_memset(reach(NULL, victim, 100), 0x11, 100);
	CHECK(!lb_bounce_unmap(&pool, victim));
	CHECK_EQUAL(memory[4096 + 99], 0x11);
	for (size_t i = 100; i < 2048; i++) {
		CHECK_EQUAL(memory[4096 + i], (uint8_t)(3 + i * 7));
	}
}

TEST(bounce_pool, syncs_a_part_in_the_direction_of_the_mapping)
{
	lb_phys_addr both, from;

	begin();
	both = map(MEMORY_BASE + 10, 6000, LB_BOUNCE_BOTH);
	__builtin_memset(reach(NULL, both + 4000, 50), 0x22, 50);
	CHECK(!lb_bounce_sync_for_cpu(&pool, both + 4000, 50));
	CHECK_EQUAL(memory[10 + 4000], 0x22);
	CHECK_EQUAL(memory[10 + 4049], 0x22);
	CHECK_EQUAL(memory[10 + 4050], (uint8_t)(1 + 4060 * 7));
	memory[10 + 5999] = 0x44;
	CHECK(!lb_bounce_sync_for_device(&pool, both + 5999, 1));
	CHECK_EQUAL(*(uint8_t *)reach(NULL, both + 5999, 1), 0x44);
	CHECK_EQUAL(lb_bounce_sync_for_cpu(&pool, both + 5999, 2), LB_OUT_OF_RANGE);
	CHECK_EQUAL(lb_bounce_sync_for_cpu(&pool, both + 6000, 1), LB_NOT_FOUND);
	CHECK_EQUAL(lb_bounce_sync_for_cpu(&pool, POOL_BASE - 1, 1), LB_NOT_FOUND);
	CHECK_EQUAL(lb_bounce_unmap(&pool, both + 2048), LB_NOT_FOUND);
	from = map(MEMORY_BASE + 20000, 10, LB_BOUNCE_FROM_DEVICE);
	memory[20000] ^= 1;
	CHECK(!lb_bounce_sync_for_device(&pool, from, 10));
	CHECK(*(uint8_t *)reach(NULL, from, 1) != memory[20000]);
	CHECK(!lb_bounce_discard(&pool, from));
	CHECK(!lb_bounce_unmap(&pool, both));
	CHECK(lb_bounce_pool_check(&pool));
}

TEST(bounce_pool, refuses_what_makes_no_sense)
{
	struct lb_bounce_config other = config;
	struct lb_bounce_request request = {.original = MEMORY_BASE, .size = 0};
	struct lb_bounce_storage few = storage;
	lb_phys_addr address;

	begin();
	few.slot_count--;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_INVALID);
	request.size = 128 * SLOT + 1;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_INVALID);
	request.size = 10;
	request.align_mask = 5;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_INVALID);
	request.align_mask = 0;
	request.boundary_mask = 7;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_INVALID);
	request.boundary_mask = 0;
	request.dma_last = POOL_BASE - 1;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OUT_OF_RANGE);
	request.dma_last = 0;
	request.original = UINT64_MAX - 5;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_INVALID);
	other.base++;
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &other, &storage), LB_INVALID);
	other = config;
	other.large_bytes = SLOT - 1;
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &other, &storage), LB_INVALID);
	other.large_bytes = config.size + SLOT;
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &other, &storage), LB_INVALID);
	other = config;
	other.base = 0 - (uint64_t)SLOT;
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &other, &storage), LB_INVALID);
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &config, &few), LB_NO_STORAGE);
}

/* The model: which mapping has each slot, and what each mapping must hold. */
#define MAPPINGS 24

struct mapping {
	struct lb_bounce_request request;
	lb_phys_addr address; /* 0: not mapped */
	uint8_t image[16384]; /* what the pool holds for it */
};

static struct mapping mappings[MAPPINGS];
static int owners[POOL_SLOTS]; /* 0 free, n mapping n - 1, -1 quarantined */

static void check_rules(const struct lb_bounce_request *request, lb_phys_addr address)
{
	lb_phys_addr last = address + request->size - 1;

	CHECK((address & request->align_mask) == (request->original & request->align_mask));
	CHECK(!request->dma_last || last <= request->dma_last);
	CHECK(!request->boundary_mask ||
		(address & ~request->boundary_mask) == (last & ~request->boundary_mask));
	CHECK(address >= POOL_BASE && last < POOL_BASE + sizeof(pool_memory));
	CHECK((address - POOL_BASE) / (SLOT * 128) == (last - POOL_BASE) / (SLOT * 128));
}

/* Slots that a mapping at the address takes: whole blocks of its allocation alignment. */
static struct lb_range slots_of(const struct lb_bounce_request *request, lb_phys_addr address)
{
	uint64_t block = lb_max(request->alloc_align_mask + 1, SLOT);
	lb_phys_addr start = lb_align_down(address, block);
	lb_phys_addr end = lb_align_down(address + request->size + block - 1, block);

	return (struct lb_range){(start - POOL_BASE) / SLOT, (end - POOL_BASE) / SLOT};
}

/* Tries every address of the pool that could do. */
static bool room_exists(const struct lb_bounce_request *request)
{
	uint64_t low = request->original & request->align_mask;
	uint64_t block = lb_max(request->alloc_align_mask + 1, SLOT);

	for (uint64_t slot = 0; slot < POOL_SLOTS; slot++) {
		lb_phys_addr start = POOL_BASE + slot * SLOT;
		lb_phys_addr address = start + (low & (block - 1));
		lb_phys_addr last = address + request->size - 1;
		struct lb_range taken;
		bool free = true;

		if (start & (block - 1) || (address & request->align_mask) != low ||
			(request->dma_last && last > request->dma_last) ||
			(request->boundary_mask && (address & ~request->boundary_mask) !=
				(last & ~request->boundary_mask))) {
			continue;
		}
		taken = slots_of(request, address);
		free = taken.end <= POOL_SLOTS && (taken.end - 1) / 128 == taken.start / 128;
		for (uint64_t i = taken.start; free && i < taken.end; i++) {
			free = !owners[i];
		}
		if (free) {
			return true;
		}
	}
	return false;
}

static struct lb_bounce_request random_request(void)
{
	static const uint64_t masks[] = {0, 0, 0xfff, 0x1ff, 0x3fff};
	static const uint64_t alloc_masks[] = {0, 0, 0, 0xfff, 0x3fff};
	struct lb_bounce_request request = {.size = 1 + next_random(next_random(3) ? 3000 : 16384),
		.direction = (enum lb_bounce_direction)next_random(3),
		.device = 1 + next_random(3), .align_mask = masks[next_random(5)],
		.alloc_align_mask = alloc_masks[next_random(5)]};

	request.original = MEMORY_BASE + next_random(MEMORY_BYTES - request.size);
	if (next_random(4) == 0) {
		request.dma_last = POOL_BASE + sizeof(pool_memory) / 2;
	}
	if (next_random(4) == 0) {
		request.boundary_mask = 0x7fff;
	}
	return request;
}

/* The device can reach whole slots: around the mapped bytes nobody's data may lie. */
static void check_padding(const struct lb_bounce_request *request, lb_phys_addr address)
{
	struct lb_range taken = slots_of(request, address);
	size_t first = (size_t)(address - POOL_BASE);
	size_t foreign = 0;

	for (size_t i = (size_t)taken.start * SLOT; i < (size_t)taken.end * SLOT; i++) {
		foreign += (i < first || i >= first + request->size) && pool_memory[i];
	}
	CHECK_EQUAL(foreign, 0);
}

static void tape_map(int index)
{
	struct mapping *mapping = &mappings[index];
	struct lb_bounce_request request = random_request();
	bool room = room_exists(&request);
	lb_phys_addr address;
	enum lb_status status = lb_bounce_map(&pool, &request, &address);
	struct lb_range taken;

	CHECK_EQUAL(status, room ? LB_OK : LB_NO_STORAGE);
	if (status) {
		return;
	}
	check_rules(&request, address);
	taken = slots_of(&request, address);
	for (uint64_t i = taken.start; i < taken.end; i++) {
		CHECK_EQUAL(owners[i], 0);
		owners[i] = index + 1;
	}
	mapping->request = request;
	mapping->address = address;
	check_padding(&request, address);
	CHECK(!__builtin_memcmp(reach(NULL, address, request.size),
		reach(NULL, request.original, request.size), request.size));
	/* A device that writes wherever it can: whatever shows of that later is seen. */
	for (size_t i = (size_t)taken.start * SLOT; i < (size_t)taken.end * SLOT; i++) {
		size_t in_mapping = i - (size_t)(address - POOL_BASE);

		pool_memory[i] = in_mapping < request.size ? pool_memory[i] : 0xc0;
	}
	if (request.direction != LB_BOUNCE_TO_DEVICE) {
		/* And a part of what it should. */
		fill(reach(NULL, address, request.size), next_random(request.size + 1),
			(uint8_t)next_random(256));
	}
	__builtin_memcpy(mapping->image, reach(NULL, address, request.size), request.size);
}

static void tape_end(int index, bool abandon)
{
	struct mapping *mapping = &mappings[index];
	const struct lb_bounce_request *request = &mapping->request;
	struct lb_range taken = slots_of(request, mapping->address);

	/* Nobody else wrote where this device was writing. */
	CHECK(!__builtin_memcmp(
		reach(NULL, mapping->address, request->size), mapping->image, request->size));
	if (abandon) {
		CHECK_EQUAL(lb_bounce_abandon(&pool, mapping->address), LB_OK);
	} else {
		CHECK_EQUAL(lb_bounce_unmap(&pool, mapping->address), LB_OK);
		CHECK(request->direction == LB_BOUNCE_TO_DEVICE ||
			!__builtin_memcmp(reach(NULL, request->original, request->size),
				mapping->image, request->size));
	}
	for (uint64_t i = taken.start; i < taken.end; i++) {
		CHECK_EQUAL(owners[i], index + 1);
		owners[i] = abandon ? -(int)request->device : 0;
	}
	mapping->address = 0;
}

static void tape_quiet(uint64_t device)
{
	uint32_t expected = 0;

	for (size_t i = 0; i < POOL_SLOTS; i++) {
		if (owners[i] == -(int)device) {
			owners[i] = 0;
			expected++;
		}
	}
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, device), expected);
}

static void check_counts(void)
{
	uint32_t used = 0, quarantined = 0;

	for (size_t i = 0; i < POOL_SLOTS; i++) {
		used += owners[i] > 0;
		quarantined += owners[i] < 0;
	}
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).used, used);
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).quarantined, quarantined);
	CHECK(lb_bounce_pool_check(&pool));
}

static void play_tape(uint32_t seed)
{
	uint32_t quarantined;

	random_state = seed;
	begin_in(seed % 2);
	__builtin_memset(owners, 0, sizeof(owners));
	for (int i = 0; i < MAPPINGS; i++) {
		mappings[i].address = 0;
	}
	for (unsigned int i = 0; i < 300; i++) {
		int index = (int)next_random(MAPPINGS);

		if (!mappings[index].address) {
			tape_map(index);
		} else if (next_random(3)) {
			tape_end(index, next_random(8) == 0);
		}
		if (next_random(40) == 0) {
			tape_quiet(1 + next_random(3));
		}
		check_counts();
	}
	for (int i = 0; i < MAPPINGS; i++) {
		if (mappings[i].address) {
			tape_end(i, false);
		}
	}
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).used, 0);
	quarantined = lb_bounce_pool_usage(&pool).quarantined;
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, LB_BOUNCE_ALL_DEVICES), quarantined);
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).quarantined, 0);
	CHECK(lb_bounce_pool_check(&pool));
}

TEST(bounce_pool, agrees_with_a_model_that_knows_every_slots_owner)
{
	for (uint32_t seed = 1; seed < 40; seed++) {
		play_tape(seed);
	}
}

/* Every offset class, mask and size class in a pool where everything is somebody's data. */
TEST(bounce_pool, a_mapping_shows_the_device_nothing_of_its_former_user)
{
	static const uint64_t masks[] = {0, 0x1ff, 0xfff, 0x3fff};
	static const uint32_t sizes[] = {1, 100, 2047, 2048, 2049, 4095, 4096, 9000};

	for (size_t i = 0; i < 4 * 4 * LB_ARRAY_COUNT(sizes); i++) {
		struct lb_bounce_request request = {.size = sizes[i / 16],
			.align_mask = masks[i % 4], .alloc_align_mask = masks[i / 4 % 4]};

		for (uint64_t offset = 0; offset < 0x4000; offset += 0xff7) {
			lb_phys_addr address;
			size_t touched = 0;

			request.original = MEMORY_BASE + offset;
			begin_in(offset & 1); /* fills the pool with 0xee */
			REQUIRE(!lb_bounce_map(&pool, &request, &address));
			check_rules(&request, address);
			check_padding(&request, address);
			CHECK(!__builtin_memcmp(reach(NULL, address, request.size),
				memory + offset, request.size));
			for (size_t slot = 0; slot < POOL_SLOTS; slot++) {
				touched += pool_memory[slot * SLOT + SLOT - 1] != 0xee;
			}
			CHECK(touched <= lb_range_size(slots_of(&request, address)));
		}
	}
}

/* A pool of eight segments, of which only the bookkeeping is looked at. */
#define WIDE_SLOTS (8 * LB_BOUNCE_SEGMENT_SLOTS)
#define WIDE_MAPS (WIDE_SLOTS / 2)

static struct lb_bounce_slot wide_slots[WIDE_SLOTS];
static struct lb_bounce_segment wide_segments[LB_BOUNCE_SEGMENTS(WIDE_SLOTS)];
static const struct lb_bounce_storage wide_storage = {
	wide_slots, WIDE_SLOTS, wide_segments, LB_ARRAY_COUNT(wide_segments)};
static lb_phys_addr wide_maps[WIDE_MAPS];
static uint8_t wide_bytes[2][LB_BOUNCE_SEGMENT_SLOTS * SLOT];

static void *reach_anything(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	LB_ASSERT(bytes <= sizeof(wide_bytes[0]));
	return wide_bytes[address >= MEMORY_BASE];
}

static void begin_wide(uint64_t large_bytes)
{
	const struct lb_bounce_config wide = {.base = POOL_BASE,
		.size = (uint64_t)WIDE_SLOTS * SLOT, .scope = LB_BOUNCE_SYSTEM,
		.large_bytes = large_bytes, .access = reach_anything};

	REQUIRE(!lb_bounce_pool_init(&pool, &wide, &wide_storage));
}

static bool can_map(uint32_t size)
{
	const struct lb_bounce_request request = {
		.original = MEMORY_BASE, .size = size, .device = 9};
	lb_phys_addr address;

	return !lb_bounce_map(&pool, &request, &address) && !lb_bounce_discard(&pool, address);
}

static enum lb_status map_small(lb_phys_addr *ret)
{
	const struct lb_bounce_request request = {
		.original = MEMORY_BASE, .size = 4096, .device = 5};

	return lb_bounce_map(&pool, &request, ret);
}

TEST(bounce_pool, small_mappings_that_come_and_go_leave_room_for_large_ones)
{
	random_state = 3;
	begin_wide(0);
	for (size_t i = 0; i < WIDE_MAPS / 2; i++) {
		REQUIRE(!map_small(&wide_maps[i]));
	}
	for (unsigned int step = 0; step < 4000; step++) {
		size_t one = next_random(WIDE_MAPS / 2);
		size_t other = next_random(WIDE_MAPS / 2);

		/* Half of the pool is held, in an order that no allocator can foresee. */
		REQUIRE(!lb_bounce_discard(&pool, wide_maps[one]));
		if (other != one) {
			REQUIRE(!lb_bounce_discard(&pool, wide_maps[other]));
			REQUIRE(!map_small(&wide_maps[other]));
		}
		REQUIRE(!map_small(&wide_maps[one]));
		if (step % 50 == 0) {
			REQUIRE(can_map(32 * 1024) && can_map(64 * 1024));
			REQUIRE(can_map(256 * 1024));
		}
	}
	CHECK(lb_bounce_pool_check(&pool));
}

TEST(bounce_pool, what_is_kept_for_large_mappings_survives_a_pool_full_of_small_ones)
{
	uint64_t kept = 2 * LB_BOUNCE_SEGMENT_SLOTS * (uint64_t)SLOT;
	lb_phys_addr large;
	size_t count = 0;

	random_state = 4;
	begin_wide(kept);
	while (count < WIDE_MAPS && !map_small(&wide_maps[count])) {
		CHECK(wide_maps[count] + 4096 <= POOL_BASE + WIDE_SLOTS * (uint64_t)SLOT - kept);
		count++;
	}
	CHECK_EQUAL(count, 6 * LB_BOUNCE_SEGMENT_SLOTS / 2);
	for (size_t held = count; held > WIDE_MAPS / 2;) {
		size_t i = next_random((uint32_t)count);

		if (wide_maps[i]) {
			REQUIRE(!lb_bounce_discard(&pool, wide_maps[i]));
			wide_maps[i] = 0;
			held--;
		}
	}
	for (unsigned int i = 0; i < 8; i++) {
		const struct lb_bounce_request request = {
			.original = MEMORY_BASE, .size = 64 * 1024, .device = 9};

		CHECK(can_map(32 * 1024));
		CHECK_EQUAL(lb_bounce_map(&pool, &request, &large), LB_OK);
	}
	CHECK(lb_bounce_pool_check(&pool));
}

/* Loaded while nothing is mapped; the crash comes when something is. */
TEST(bounce_pool, what_is_sealed_at_load_holds_at_a_later_crash)
{
	static uint64_t stream[64];
	const struct lb_handover_origin origin = {.generation = 1, .writer = "test"};
	const struct lb_handover_device devices[] = {
		{.id = 5, .dma_mask = UINT32_MAX, .drain_nanoseconds = 300, .kind = 1},
		{.id = 6, .dma_mask = UINT32_MAX, .drain_nanoseconds = 0, .kind = 1},
	};
	const struct lb_handover_device stranger = {.id = 7, .kind = 1};
	struct lb_bounce_request request = {.original = MEMORY_BASE, .size = 100};
	struct lb_handover_writer writer;
	struct lb_handover_view view;
	struct lb_handover_record record;
	struct lb_bounce_hot_device hot[2];
	lb_phys_addr address;
	size_t bytes, at, count, cursor = 0;

	begin();
	REQUIRE(!lb_handover_begin(&writer, stream, sizeof(stream), &origin));
	REQUIRE(!lb_handover_add(&writer, LB_HANDOVER_DEVICE, &stranger, sizeof(stranger)));
	REQUIRE(!lb_bounce_pool_seal(&pool, devices, 2, &writer));
	REQUIRE(!lb_handover_finish(&writer, &bytes));
	address = map(MEMORY_BASE, 100, LB_BOUNCE_FROM_DEVICE);
	/* The next kernel. */
	REQUIRE(!lb_handover_verify(stream, bytes, &view, &at));
	REQUIRE(lb_handover_find(&view, LB_HANDOVER_BOUNCE_POOL, &cursor, &record));
	CHECK_EQUAL(lb_bounce_hot_devices(&view, POOL_BASE, hot, 1, &count), LB_NO_STORAGE);
	REQUIRE(!lb_bounce_hot_devices(&view, POOL_BASE, hot, 2, &count));
	REQUIRE(count == 2 && hot[0].id == 5 && hot[1].id == 6);
	REQUIRE(!lb_bounce_pool_adopt(
		&pool, record.payload, &config, &storage, hot, count));
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_NO_STORAGE);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, 5), 300);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, 6), LB_BOUNCE_DRAIN_UNKNOWN);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, 7), 0);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES), LB_BOUNCE_DRAIN_UNKNOWN);
	/* Six can only be reset; five has to have its time. */
	CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 6, UINT64_MAX), 0);
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 6), 0);
	CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 5, 299), 0);
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_NO_STORAGE);
	CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 5, 300), POOL_SLOTS);
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OK);
	CHECK(lb_bounce_pool_check(&pool));
}

TEST(bounce_pool, sealing_writes_all_its_records_or_none)
{
	static uint64_t stream[64];
	const struct lb_handover_origin origin = {.generation = 1, .writer = "test"};
	const struct lb_handover_device devices[] = {{.id = 5, .kind = 1}, {.id = 6, .kind = 3}};
	struct lb_handover_writer writer;

	begin();
	REQUIRE(!lb_handover_begin(&writer, stream, sizeof(stream), &origin));
	CHECK_EQUAL(lb_bounce_pool_seal(&pool, devices, 2, &writer), LB_INVALID);
	CHECK(writer.used == 64 && !writer.records);
	writer.bytes = 64 + 64 + 55;
	CHECK_EQUAL(lb_bounce_pool_seal(&pool, devices, 1, &writer), LB_NO_STORAGE);
	CHECK(writer.used == 64 && !writer.records);
}

TEST(bounce_pool, a_hot_pool_is_adopted_in_quarantine)
{
	struct lb_handover_bounce_pool record;
	struct lb_bounce_request request = {.original = MEMORY_BASE, .size = 100};
	struct lb_bounce_hot_device hot[] = {{.id = 5}, {.id = 6}};
	lb_phys_addr address;

	begin();
	address = map(MEMORY_BASE, 100, LB_BOUNCE_FROM_DEVICE);
	lb_bounce_pool_export(&pool, &record);
	CHECK_EQUAL(record.flags, LB_POOL_IN_RAM | LB_POOL_HOT);
	CHECK_EQUAL(record.slots_used, 1);
	/* The next kernel. The device is still writing. */
	REQUIRE(!lb_bounce_pool_adopt(&pool, &record, &config, &storage, hot, 2));
	*(uint8_t *)reach(NULL, address, 1) = 0x99;
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_NO_STORAGE);
	CHECK_EQUAL(pool_memory[0], 0x99); /* nothing was cleared under the device */
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 7), 0);
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 5), 0);
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_NO_STORAGE);
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 6), POOL_SLOTS);
	for (size_t i = 0; i < sizeof(pool_memory); i++) {
		CHECK_EQUAL(pool_memory[i], 0);
	}
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OK);
	CHECK(lb_bounce_pool_check(&pool));
}

TEST(bounce_pool, an_idle_pool_is_adopted_ready_and_an_unknown_one_waits_for_all)
{
	struct lb_bounce_storage few = {slots, POOL_SLOTS - 1, segments, LB_ARRAY_COUNT(segments)};
	struct lb_handover_bounce_pool record;

	begin();
	lb_bounce_pool_export(&pool, &record);
	CHECK_EQUAL(record.flags, LB_POOL_IN_RAM);
	REQUIRE(!lb_bounce_pool_adopt(&pool, &record, &config, &storage, NULL, 0));
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).quarantined, 0);
	for (size_t i = 0; i < sizeof(pool_memory); i++) {
		CHECK_EQUAL(pool_memory[i], 0); /* the kernel before left data in it */
	}
	record.flags |= LB_POOL_HOT;
	REQUIRE(!lb_bounce_pool_adopt(&pool, &record, &config, &storage, NULL, 0));
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 1), 0);
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, LB_BOUNCE_ALL_DEVICES), POOL_SLOTS);
	CHECK_EQUAL(lb_bounce_pool_can_adopt(&record, &storage), LB_OK);
	CHECK_EQUAL(lb_bounce_pool_can_adopt(&record, &few), LB_NO_STORAGE);
	record.base++;
	CHECK_EQUAL(lb_bounce_pool_can_adopt(&record, &storage), LB_INVALID);
	record.base = 0 - record.size;
	CHECK_EQUAL(lb_bounce_pool_can_adopt(&record, &storage), LB_INVALID);
	record.base = POOL_BASE;
	record.slot_bytes = 4096;
	CHECK_EQUAL(lb_bounce_pool_adopt(&pool, &record, &config, &storage, NULL, 0),
		LB_INVALID);
}
