/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool by its contract: every request on every small pool goes where the header says, a
 * device sees the mapped bytes and zeros and nothing else, every part of a mapping is copied in its
 * direction and no byte beside it, and a pool that was sealed is given back when its devices are
 * quiet. All of memory is compared after every call.
 */
#include "tests/harness/test.h"

#include "lifeboat/bounce_pool.h"
#include "tests/prop/material.h"

#define SLOT UINT64_C(2048)
#define SLOTS 8
#define POOL_BYTES (SLOTS * SLOT)
#define RAM_BASE UINT64_C(0x100000000)
#define RAM_BYTES (POOL_BYTES + 0x2000)

static uint8_t ram[RAM_BYTES];
static uint8_t pool_bytes[POOL_BYTES];
static uint8_t expected_ram[RAM_BYTES];
static uint8_t expected_pool[POOL_BYTES];
static lb_phys_addr pool_base;
static struct lb_bounce_pool pool;
static struct lb_bounce_slot slots[SLOTS];
static struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(SLOTS)];
static const struct lb_bounce_storage storage = {
	slots, SLOTS, segments, LB_ARRAY_COUNT(segments)};

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	if (address - pool_base < POOL_BYTES) {
		LB_ASSERT(bytes <= POOL_BYTES - (address - pool_base));
		return pool_bytes + (address - pool_base);
	}
	LB_ASSERT(address - RAM_BASE < RAM_BYTES && bytes <= RAM_BYTES - (address - RAM_BASE));
	return ram + (address - RAM_BASE);
}

/* A pool full of somebody else's bytes, and memory in which each byte is known by its place. */
static void begin_in(bool in_ram, lb_phys_addr base, uint64_t large_bytes)
{
	struct lb_bounce_config config = {.base = base, .size = POOL_BYTES,
		.scope = LB_BOUNCE_SYSTEM, .in_ram = in_ram, .large_bytes = large_bytes,
		.access = reach};

	pool_base = base;
	for (size_t i = 0; i < RAM_BYTES; i++) {
		ram[i] = (uint8_t)(i * 7 + i / 251 + 1) | 1;
	}
	__builtin_memset(pool_bytes, 0xe6, sizeof(pool_bytes));
	__builtin_memcpy(expected_ram, ram, sizeof(ram));
	__builtin_memcpy(expected_pool, pool_bytes, sizeof(pool_bytes));
	CHECK_EQUAL(lb_bounce_pool_init(&pool, &config, &storage), LB_OK);
}

static void begin(lb_phys_addr base, uint64_t large_bytes)
{
	begin_in(true, base, large_bytes);
}

static void check_memory(void)
{
	CHECK(!__builtin_memcmp(ram, expected_ram, sizeof(ram)));
	CHECK(!__builtin_memcmp(pool_bytes, expected_pool, sizeof(pool_bytes)));
	CHECK(lb_bounce_pool_check(&pool));
}

/* Takes the slots of the pattern, one mapping each, and leaves the others free. */
static void occupy(unsigned int pattern)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		struct lb_bounce_request request = {.original = RAM_BASE, .size = 1, .device = 9};
		lb_phys_addr address = 0;

		CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OK);
		CHECK_EQUAL(address, pool_base + i * SLOT);
	}
	for (unsigned int i = 0; i < SLOTS; i++) {
		if (!(pattern >> i & 1)) {
			CHECK_EQUAL(lb_bounce_discard(&pool, pool_base + i * SLOT), LB_OK);
		}
	}
	__builtin_memcpy(expected_pool, pool_bytes, sizeof(pool_bytes));
}

/* Where a request would go, by its own words. */
struct place {
	enum lb_status status;
	unsigned int first;
	unsigned int count;
	lb_phys_addr address;
};

static bool suits(const struct lb_bounce_request *request, unsigned int pattern, unsigned int first,
	unsigned int count, lb_phys_addr address)
{
	lb_phys_addr last = address + request->size - 1;

	for (unsigned int i = first; i < first + count; i++) {
		if (i >= SLOTS || pattern >> i & 1) {
			return false;
		}
	}
	return (address & request->align_mask) == (request->original & request->align_mask) &&
		(!request->dma_last || last <= request->dma_last) &&
		(!request->boundary_mask || address / (request->boundary_mask + 1) ==
				last / (request->boundary_mask + 1));
}

static struct place model_place(
	const struct lb_bounce_request *request, unsigned int pattern, unsigned int kept)
{
	uint64_t block = lb_max(request->alloc_align_mask + 1, SLOT);
	uint64_t skip = request->original & request->align_mask & (block - 1);
	struct place place = {.count = (unsigned int)((skip + request->size + block - 1) /
					block * block / SLOT)};
	bool small = place.count * SLOT <= LB_BOUNCE_SMALL_BYTES;

	if (request->boundary_mask && request->size > request->boundary_mask + 1) {
		place.status = LB_INVALID;
		return place;
	}
	if (request->dma_last && (request->dma_last < pool_base ||
		request->dma_last - pool_base + 1 < request->size)) {
		place.status = LB_OUT_OF_RANGE;
		return place;
	}
	for (unsigned int i = 0; i < SLOTS; i++) {
		unsigned int limit = small ? SLOTS - kept : SLOTS;

		place.first = small ? i : SLOTS - 1 - i;
		place.address = pool_base + place.first * SLOT + skip;
		if ((pool_base + place.first * SLOT) % block == 0 &&
			place.first + place.count <= limit &&
			suits(request, pattern, place.first, place.count, place.address)) {
			place.status = LB_OK;
			return place;
		}
	}
	place.status = LB_NO_STORAGE;
	return place;
}

static void copy_in(const struct lb_bounce_request *request, const struct place *place)
{
	__builtin_memset(expected_pool + place->first * SLOT, 0, place->count * SLOT);
	__builtin_memcpy(expected_pool + (place->address - pool_base),
		ram + (request->original - RAM_BASE), request->size);
}

static void try_request(
	const struct lb_bounce_request *request, unsigned int pattern, unsigned int kept)
{
	struct place place = model_place(request, pattern, kept);
	uint64_t failures = lb_bounce_pool_usage(&pool).failures;
	lb_phys_addr address = 77;

	CHECK_EQUAL(lb_bounce_map(&pool, request, &address), place.status);
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).failures,
		failures + (place.status == LB_NO_STORAGE));
	if (place.status) {
		CHECK_EQUAL(address, 77);
		check_memory();
		return;
	}
	CHECK_EQUAL(address, place.address);
	copy_in(request, &place);
	check_memory();
	CHECK_EQUAL(lb_bounce_discard(&pool, address), LB_OK);
	check_memory();
}

static const uint32_t sizes[] = {1, 100, 2047, 2048, 2049, 4096, 6145, 8192, 8193, 12288, 16384};
static const uint64_t align_masks[] = {0, 1, 0x7ff, 0xfff, 0x1fff};
static const uint64_t alloc_masks[] = {0, 0x7ff, 0xfff, 0x1fff};
static const uint64_t boundaries[] = {0, 0x7ff, 0xfff, 0x1fff, 0x3fff};
static const uint64_t offsets[] = {0, 1, 0x7ff, 0x800, 0xabc, 0x17ff};

static struct lb_bounce_request numbered(unsigned int code)
{
	const uint64_t lasts[] = {0, 0, pool_base - 1, pool_base + 99, pool_base + 2 * SLOT,
		pool_base + POOL_BYTES - 1};

	return (struct lb_bounce_request){.size = sizes[code % 11],
		.align_mask = align_masks[code / 11 % 5],
		.alloc_align_mask = alloc_masks[code / 55 % 4],
		.boundary_mask = boundaries[code / 220 % 5],
		.original = RAM_BASE + offsets[code / 1100 % 6],
		.dma_last = lasts[code / 6600 % 6],
		.direction = (enum lb_bounce_direction)(code % 3), .device = 1};
}

#define REQUESTS (6600 * 6)

TEST(bounce_contract, every_request_goes_where_the_header_says)
{
	/* Aligned to 2, 4 and 16 KiB. */
	static const lb_phys_addr bases[] = {0x800800, 0x801000, 0x804000};
	unsigned int step = __STDC_HOSTED__ ? 13 : 1601;

	for (unsigned int code = 0; code < REQUESTS; code += step) {
		struct lb_bounce_request request;

		begin_in(code & 1, bases[code % 3], 0);
		occupy(code * 37 % 256 & code * 11 % 256);
		request = numbered(code);
		try_request(&request, code * 37 % 256 & code * 11 % 256, 0);
	}
}

TEST(bounce_contract, small_mappings_leave_the_top_alone)
{
	for (unsigned int kept = 0; kept <= SLOTS; kept++) {
		for (unsigned int code = kept; code < REQUESTS;
			code += __STDC_HOSTED__ ? 1499 : 6007) {
			struct lb_bounce_request request;

			begin(0x804000, kept * SLOT);
			request = numbered(code);
			try_request(&request, 0, kept);
		}
	}
}

/* A mapping near the end of its slots, with room on either side that nobody may touch. */
static lb_phys_addr map_sample(enum lb_bounce_direction direction, uint32_t size)
{
	struct lb_bounce_request request = {.original = RAM_BASE + 0x7ff - size / 2, .size = size,
		.direction = direction, .device = 3, .align_mask = 0x7ff};
	struct place place;
	lb_phys_addr address = 0;

	begin_in(size & 1, 0x804000, 0);
	place = model_place(&request, 0, 0);
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OK);
	copy_in(&request, &place);
	check_memory();
	return address;
}

/* The device, or the CPU, writes all of the slots of the sample. */
static void scribble(bool device, uint8_t value)
{
	if (device) {
		__builtin_memset(pool_bytes, value, 2 * SLOT);
		__builtin_memset(expected_pool, value, 2 * SLOT);
	} else {
		__builtin_memset(ram, value, 2 * SLOT);
		__builtin_memset(expected_ram, value, 2 * SLOT);
	}
}

static void check_sync(enum lb_bounce_direction direction, uint32_t size, int64_t offset,
	size_t bytes, bool for_cpu)
{
	lb_phys_addr address = map_sample(direction, size);
	lb_phys_addr at = address + (uint64_t)offset;
	size_t in_pool = (size_t)(at - pool_base);
	size_t in_ram = (size_t)(0x7ff - size / 2) + (size_t)offset;
	enum lb_status expected = offset < 0 || offset >= (int64_t)size ? LB_NOT_FOUND
		: bytes > size - (uint64_t)offset                       ? LB_OUT_OF_RANGE
									: LB_OK;
	bool copies = !expected &&
		direction != (for_cpu ? LB_BOUNCE_TO_DEVICE : LB_BOUNCE_FROM_DEVICE);

	scribble(for_cpu, 0x5f);
	CHECK_EQUAL(for_cpu ? lb_bounce_sync_for_cpu(&pool, at, bytes)
			    : lb_bounce_sync_for_device(&pool, at, bytes),
		expected);
	if (copies && for_cpu) {
		__builtin_memset(expected_ram + in_ram, 0x5f, bytes);
	} else if (copies) {
		__builtin_memset(expected_pool + in_pool, 0x5f, bytes);
	}
	check_memory();
}

TEST(bounce_contract, every_part_of_a_mapping_is_copied_in_its_direction)
{
	static const uint32_t parts[] = {1, 2, 7};

	for (size_t s = 0; s < LB_ARRAY_COUNT(parts); s++) {
		for (int64_t offset = -1; offset <= (int64_t)parts[s]; offset++) {
			for (size_t bytes = 0; bytes <= parts[s] + 1; bytes++) {
				for (int way = 0; way < 6; way++) {
					check_sync((enum lb_bounce_direction)(way / 2), parts[s],
						offset, bytes, way % 2);
				}
			}
		}
	}
}

/* Ends of a mapping: only unmap copies back, only what was mapped, only from the device. */
TEST(bounce_contract, every_end_of_a_mapping)
{
	for (int way = 0; way < 9; way++) {
		enum lb_bounce_direction direction = (enum lb_bounce_direction)(way / 3);
		lb_phys_addr address = map_sample(direction, 9);
		lb_phys_addr inside = address + 1;

		scribble(true, 0xc4);
		CHECK_EQUAL(lb_bounce_unmap(&pool, inside), LB_NOT_FOUND);
		CHECK_EQUAL(lb_bounce_discard(&pool, inside), LB_NOT_FOUND);
		CHECK_EQUAL(lb_bounce_abandon(&pool, inside), LB_NOT_FOUND);
		check_memory();
		if (way % 3 == 0) {
			CHECK_EQUAL(lb_bounce_unmap(&pool, address), LB_OK);
			if (direction != LB_BOUNCE_TO_DEVICE) {
				__builtin_memset(expected_ram + 0x7ff - 4, 0xc4, 9);
			}
		} else {
			CHECK_EQUAL(way % 3 == 1 ? lb_bounce_discard(&pool, address)
						 : lb_bounce_abandon(&pool, address),
				LB_OK);
		}
		check_memory();
		CHECK_EQUAL(lb_bounce_unmap(&pool, address), LB_NOT_FOUND);
		CHECK_EQUAL(lb_bounce_sync_for_cpu(&pool, address, 1), LB_NOT_FOUND);
		CHECK_EQUAL(lb_bounce_sync_for_device(&pool, address, 1), LB_NOT_FOUND);
		check_memory();
	}
}

/* Each request that makes no sense, and the pools that none can be made of. */
TEST(bounce_contract, what_makes_no_sense_is_refused)
{
	struct lb_bounce_request good = {.original = RAM_BASE, .size = 100, .device = 1};
	struct lb_bounce_config config;
	struct lb_bounce_storage few = storage;
	struct lb_bounce_pool other;
	lb_phys_addr address = 77;

	begin(0x804000, 0);
	config = pool.config;
	for (unsigned int i = 0; i < 10; i++) {
		struct lb_bounce_request bad = good;

		bad.size = i == 0 ? 0 : i == 1 ? 256 * 1024 + 1 : i == 2 ? UINT32_MAX : bad.size;
		bad.align_mask = i == 3 ? 2 : 0;
		bad.alloc_align_mask = i == 4 ? 0x1001 : i == 5 ? 256 * 1024 * 2 - 1 : 0;
		bad.boundary_mask = i == 6 ? 0xffe : i == 7 ? 63 : 0;
		bad.device = i == 8 ? LB_BOUNCE_ALL_DEVICES : 1;
		bad.direction = i == 9 ? (enum lb_bounce_direction)3 : LB_BOUNCE_BOTH;
		CHECK_EQUAL(lb_bounce_map(&pool, &bad, &address), LB_INVALID);
		CHECK_EQUAL(address, 77);
	}
	for (unsigned int i = 0; i < 8; i++) {
		struct lb_bounce_config bad = config;

		bad.base += i == 0 ? 1 : i == 1 ? SLOT / 2 : 0;
		bad.size = i == 2 ? 0 : i == 3 ? SLOT + 1 : bad.size;
		bad.base = i == 4 ? 0 - SLOT : bad.base;
		bad.scope = i == 5 ? (enum lb_bounce_scope)0 : i == 6 ? (enum lb_bounce_scope)4
								     : bad.scope;
		bad.large_bytes = i == 7 ? POOL_BYTES + SLOT : 0;
		CHECK_EQUAL(lb_bounce_pool_init(&other, &bad, &storage), LB_INVALID);
	}
	few.slot_count--;
	CHECK_EQUAL(lb_bounce_pool_init(&other, &config, &few), LB_NO_STORAGE);
	few = storage;
	few.segment_count--;
	CHECK_EQUAL(lb_bounce_pool_init(&other, &config, &few), LB_NO_STORAGE);
	check_memory();
}

TEST(bounce_contract, the_pool_has_its_own_addresses_and_no_others)
{
	begin(0x804000, 0);
	CHECK(lb_bounce_pool_has(&pool, pool_base));
	CHECK(lb_bounce_pool_has(&pool, pool_base + POOL_BYTES - 1));
	CHECK(!lb_bounce_pool_has(&pool, pool_base - 1));
	CHECK(!lb_bounce_pool_has(&pool, pool_base + POOL_BYTES));
	CHECK(!lb_bounce_pool_has(&pool, 0) && !lb_bounce_pool_has(&pool, UINT64_MAX));
}

/* Three slots, two devices, every sequence of five calls. State of a slot: 0 free, 1 and 2 used
 * by that device, 3 and 4 in quarantine for device 1 and 2. */
#define LIFE_SLOTS 3
#define LIFE_CALLS 7

static unsigned int life[LIFE_SLOTS];

static void life_map(unsigned int device)
{
	struct lb_bounce_request request = {.original = RAM_BASE, .size = 64, .device = device};
	struct place place = {.count = 1};
	lb_phys_addr address = 77;
	unsigned int slot = 0;

	while (slot < LIFE_SLOTS && life[slot]) {
		slot++;
	}
	CHECK_EQUAL(lb_bounce_map(&pool, &request, &address),
		slot < LIFE_SLOTS ? LB_OK : LB_NO_STORAGE);
	if (slot < LIFE_SLOTS) {
		place.first = slot;
		place.address = pool_base + slot * SLOT;
		CHECK_EQUAL(address, place.address);
		copy_in(&request, &place);
		life[slot] = device;
	}
}

/* Ends the lowest mapping that there is. */
static void life_end(bool abandon)
{
	unsigned int slot = 0;
	lb_phys_addr address;

	while (slot < LIFE_SLOTS && (!life[slot] || life[slot] > 2)) {
		slot++;
	}
	address = pool_base + (slot < LIFE_SLOTS ? slot : 0) * SLOT;
	CHECK_EQUAL(abandon ? lb_bounce_abandon(&pool, address) : lb_bounce_unmap(&pool, address),
		slot < LIFE_SLOTS ? LB_OK : LB_NOT_FOUND);
	if (slot < LIFE_SLOTS) {
		life[slot] = abandon ? life[slot] + 2 : 0;
	}
}

/* devices: a bit each. */
static void life_quiet(unsigned int devices, uint64_t id)
{
	uint32_t freed = 0;

	for (unsigned int i = 0; i < LIFE_SLOTS; i++) {
		if (life[i] > 2 && devices >> (life[i] - 2) & 1) {
			life[i] = 0;
			freed++;
			__builtin_memset(expected_pool + i * SLOT, 0, SLOT);
		}
	}
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, id), freed);
}

static void life_call(unsigned int call)
{
	switch (call) {
	case 0:
	case 1:
		life_map(call + 1);
		return;
	case 2:
	case 3:
		life_end(call == 3);
		return;
	case 4:
	case 5:
		life_quiet(1U << (call - 3), call - 3);
		return;
	default:
		life_quiet(6, LB_BOUNCE_ALL_DEVICES);
	}
}

static void check_life(void)
{
	struct lb_handover_bounce_pool record;
	uint32_t used = 0, waiting = 0;

	for (unsigned int i = 0; i < LIFE_SLOTS; i++) {
		used += life[i] == 1 || life[i] == 2;
		waiting += life[i] > 2;
	}
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).used, used);
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).quarantined, waiting);
	lb_bounce_pool_export(&pool, &record);
	CHECK_EQUAL(record.slots_used, used + waiting);
	CHECK_EQUAL(record.flags, LB_POOL_IN_RAM | (used + waiting ? LB_POOL_HOT : 0));
	CHECK_EQUAL(record.base, pool_base);
	CHECK_EQUAL(record.size, LIFE_SLOTS * SLOT);
	check_memory();
}

TEST(bounce_contract, every_five_calls_of_a_slots_life)
{
	unsigned int step = __STDC_HOSTED__ ? 1 : 43;

	for (unsigned int code = 0; code < 7 * 7 * 7 * 7 * 7; code += step) {
		struct lb_bounce_config config;

		if (code % (64 * step) == 0) {
			begin(0x804000, 0);
		}
		config = pool.config;
		config.size = LIFE_SLOTS * SLOT;
		REQUIRE(!lb_bounce_pool_init(&pool, &config, &storage));
		__builtin_memset(life, 0, sizeof(life));
		for (unsigned int i = 0, rest = code; i < 5; i++, rest /= LIFE_CALLS) {
			life_call(rest % LIFE_CALLS);
		}
		check_life();
	}
}

/* Sealing, and the next kernel. */
static uint64_t stream[256];

static size_t seal(const struct lb_handover_device *devices, size_t count)
{
	const struct lb_handover_origin origin = {.generation = 1, .writer = "test"};
	struct lb_handover_writer writer;
	size_t bytes = 0;

	CHECK_EQUAL(lb_handover_begin(&writer, stream, sizeof(stream), &origin), LB_OK);
	CHECK_EQUAL(lb_bounce_pool_seal(&pool, devices, count, &writer), LB_OK);
	CHECK_EQUAL(lb_handover_finish(&writer, &bytes), LB_OK);
	return bytes;
}

static const struct lb_handover_device devices[] = {
	{.id = 11, .kind = 1, .drain_nanoseconds = 100}, {.id = 12, .kind = 2},
	{.id = 13, .kind = 1, .drain_nanoseconds = 5000}};

static void adopt(size_t count, struct lb_bounce_hot_device *hot)
{
	size_t bytes = seal(devices, count);
	struct lb_bounce_config config = pool.config;
	struct lb_handover_record record;
	struct lb_handover_view view;
	size_t at, cursor = 0, hot_count = 9;

	REQUIRE(!lb_handover_verify(stream, bytes, &view, &at));
	REQUIRE(lb_handover_find(&view, LB_HANDOVER_BOUNCE_POOL, &cursor, &record));
	for (size_t room = 0; room < count; room++) {
		CHECK_EQUAL(lb_bounce_hot_devices(&view, pool_base, hot, room, &hot_count),
			LB_NO_STORAGE);
		CHECK_EQUAL(hot_count, 9);
	}
	REQUIRE(!lb_bounce_hot_devices(&view, pool_base, hot, count, &hot_count));
	CHECK_EQUAL(hot_count, count);
	CHECK_EQUAL(lb_bounce_hot_devices(&view, pool_base + SLOT, hot, 0, &hot_count), LB_OK);
	CHECK_EQUAL(hot_count, 0);
	REQUIRE(!lb_bounce_pool_adopt(&pool, record.payload, &config, &storage, hot, count));
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).quarantined, SLOTS);
	check_memory();
}

/* All the pool comes back at once: when the last of its devices is quiet, in whatever order. */
TEST(bounce_contract, a_sealed_pool_waits_for_all_its_devices_in_every_order)
{
	static const uint8_t orders[6][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t o = 0; o < LB_ARRAY_COUNT(orders); o++) {
		struct lb_bounce_request request = {.original = RAM_BASE, .size = 1, .device = 1};
		struct lb_bounce_hot_device hot[3];
		lb_phys_addr address;

		begin(0x804000, 0);
		adopt(3, hot);
		CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 999), 0);
		for (size_t i = 0; i < 3; i++) {
			CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_NO_STORAGE);
			check_memory();
			CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, devices[orders[o][i]].id),
				i == 2 ? SLOTS : 0);
		}
		__builtin_memset(expected_pool, 0, sizeof(expected_pool));
		check_memory();
		CHECK_EQUAL(lb_bounce_map(&pool, &request, &address), LB_OK);
	}
}

/* Telling a device to stop is enough once its writes have had time to land; if that is known. */
TEST(bounce_contract, a_stopped_device_is_quiet_after_its_drain_time)
{
	static const uint64_t waits[] = {0, 99, 100, 4999, 5000, UINT64_MAX};

	for (size_t w = 0; w < LB_ARRAY_COUNT(waits); w++) {
		struct lb_bounce_hot_device hot[3];
		uint64_t wait = waits[w];

		begin(0x804000, 0);
		adopt(3, hot);
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, 11), 100);
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, 13), 5000);
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, 12), LB_BOUNCE_DRAIN_UNKNOWN);
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, 999), 0);
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES),
			LB_BOUNCE_DRAIN_UNKNOWN);
		CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 12, wait), 0);
		CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 12), 0);
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES), 5000);
		CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 11, wait), 0);
		CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 13, wait),
			wait >= 5000 ? SLOTS : 0);
		if (wait >= 5000) {
			__builtin_memset(expected_pool, 0, sizeof(expected_pool));
		}
		check_memory();
	}
}

/* Nobody is named: only the word that every device is quiet helps. */
TEST(bounce_contract, a_hot_pool_without_names_waits_for_everybody)
{
	struct lb_bounce_hot_device hot[1];

	begin(0x804000, 0);
	adopt(0, hot);
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 11), 0);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES), LB_BOUNCE_DRAIN_UNKNOWN);
	CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, LB_BOUNCE_ALL_DEVICES, UINT64_MAX - 1), 0);
	check_memory();
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, LB_BOUNCE_ALL_DEVICES), SLOTS);
	__builtin_memset(expected_pool, 0, sizeof(expected_pool));
	check_memory();
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, LB_BOUNCE_ALL_DEVICES), 0);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES), 0);
}

/* How long the device of an abandoned mapping takes nobody said: to stop it is not enough. */
TEST(bounce_contract, an_abandoned_mapping_waits_for_the_word_that_its_device_is_quiet)
{
	struct lb_bounce_request request = {.original = RAM_BASE, .size = 1, .device = 7};
	lb_phys_addr address;

	begin(0x804000, 0);
	REQUIRE(!lb_bounce_map(&pool, &request, &address));
	REQUIRE(!lb_bounce_abandon(&pool, address));
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, 8), 0);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, 7), LB_BOUNCE_DRAIN_UNKNOWN);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES), LB_BOUNCE_DRAIN_UNKNOWN);
	CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 7, UINT64_MAX - 1), 0);
	CHECK_EQUAL(lb_bounce_pool_device_quiet(&pool, 7), 1);
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, 7), 0);
}

/* As many devices as a handover has room for, and not only the first few. */
TEST(bounce_contract, many_devices_are_named_and_waited_for)
{
	enum { MANY = 20 };
	struct lb_handover_device many[MANY];
	struct lb_bounce_hot_device hot[MANY];
	struct lb_bounce_config config;
	struct lb_handover_record record;
	struct lb_handover_view view;
	size_t at, bytes, cursor = 0, count = 0;

	for (size_t i = 0; i < MANY; i++) {
		many[i] = (struct lb_handover_device){
			.id = 100 + i, .kind = 1, .drain_nanoseconds = 10 * (i + 1)};
	}
	begin(0x804000, 0);
	config = pool.config;
	bytes = seal(many, MANY);
	REQUIRE(!lb_handover_verify(stream, bytes, &view, &at));
	REQUIRE(lb_handover_find(&view, LB_HANDOVER_BOUNCE_POOL, &cursor, &record));
	REQUIRE(!lb_bounce_hot_devices(&view, pool_base, hot, MANY, &count));
	CHECK_EQUAL(count, MANY);
	REQUIRE(!lb_bounce_pool_adopt(&pool, record.payload, &config, &storage, hot, count));
	CHECK_EQUAL(lb_bounce_pool_drain(&pool, LB_BOUNCE_ALL_DEVICES), 10 * MANY);
	for (size_t i = 0; i < MANY; i++) {
		CHECK_EQUAL(lb_bounce_pool_drain(&pool, 100 + i), 10 * (i + 1));
		CHECK_EQUAL(lb_bounce_pool_device_stopped(&pool, 100 + i, 10 * (i + 1)),
			i + 1 == MANY ? SLOTS : 0);
	}
}

/* A pool that nobody used is cleared before it is used: its bytes are the dead kernel's. */
TEST(bounce_contract, an_idle_pool_is_cleared_when_it_is_taken_over)
{
	struct lb_handover_bounce_pool record;
	struct lb_bounce_config config;

	begin(0x804000, 0);
	lb_bounce_pool_export(&pool, &record);
	CHECK_EQUAL(record.flags & LB_POOL_HOT, 0);
	config = pool.config;
	REQUIRE(!lb_bounce_pool_adopt(&pool, &record, &config, &storage, NULL, 0));
	__builtin_memset(expected_pool, 0, sizeof(expected_pool));
	check_memory();
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).free, SLOTS);
}

/* Records of another geometry, each field alone: refused before anything is touched. */
TEST(bounce_contract, a_pool_of_another_geometry_is_left_alone)
{
	for (unsigned int i = 0; i < 10; i++) {
		struct lb_handover_bounce_pool record;
		struct lb_bounce_config config;
		struct lb_bounce_storage few = storage;
		struct lb_bounce_pool other = {.slot_count = 42};
		enum lb_status expected = i >= 8 ? LB_NO_STORAGE : LB_INVALID;

		begin(0x804000, 0);
		lb_bounce_pool_export(&pool, &record);
		config = pool.config;
		record.slot_bytes = i == 0 ? 4096 : i == 1 ? 0 : record.slot_bytes;
		record.segment_slots = i == 2 ? 64 : i == 3 ? 0 : record.segment_slots;
		record.base += i == 4 ? 1024 : 0;
		record.size = i == 5 ? 0 : i == 6 ? SLOT + 1024 : record.size;
		record.base = i == 7 ? 0 - SLOT : record.base;
		few.slot_count -= i == 8;
		few.segment_count -= i == 9;
		CHECK_EQUAL(lb_bounce_pool_can_adopt(&record, &few), expected);
		CHECK_EQUAL(lb_bounce_pool_adopt(&other, &record, &config, &few, NULL, 0),
			expected);
		CHECK_EQUAL(other.slot_count, 42);
		check_memory();
	}
}

/* A stream with too little room for the record and its devices is as if nothing was added. */
TEST(bounce_contract, a_seal_that_does_not_fit_adds_nothing)
{
	begin(0x804000, 0);
	for (size_t room = 64; room < 400; room += 8) {
		const struct lb_handover_origin origin = {.writer = "test"};
		size_t needed = 64 + 64 + 3 * 56;
		struct lb_handover_writer writer, kept;

		REQUIRE(!lb_handover_begin(&writer, stream, room, &origin));
		kept = writer;
		CHECK_EQUAL(lb_bounce_pool_seal(&pool, devices, 3, &writer),
			room < needed ? LB_NO_STORAGE : LB_OK);
		CHECK_EQUAL(writer.records, room < needed ? 0 : 4);
		CHECK(room >= needed || !__builtin_memcmp(&writer, &kept, sizeof(kept)));
	}
}
