/* SPDX-License-Identifier: MIT */
/*
 * bounce_pool from real threads, under ThreadSanitizer: random maps, syncs and ends of all sizes.
 * Each thread writes what is its own into the pool, so a slot with two owners shows by itself.
 */
#include <pthread.h>

#include "tests/harness/test.h"

#include "lifeboat/bounce_pool.h"

#define SLOT LB_BOUNCE_SLOT_BYTES
#define THREADS 4
#define SLOTS 320 /* two segments and a short one */
#define STEPS 20000
#define HELD 24
#define BUFFER_BYTES 70000
#define BASE UINT64_C(0x100000)
#define RAM UINT64_C(0x40000000)
#define RAM_EACH UINT64_C(0x100000)

static uint8_t pool_bytes[SLOTS * SLOT];
static uint8_t ram[THREADS][BUFFER_BYTES];
static struct lb_bounce_slot slots[SLOTS];
static struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(SLOTS)];
static const struct lb_bounce_storage storage = {
	slots, SLOTS, segments, LB_ARRAY_COUNT(segments)};
static struct lb_bounce_pool pool;

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	(void)bytes;
	return address >= RAM ? &ram[(address - RAM) / RAM_EACH][(address - RAM) % RAM_EACH]
			      : pool_bytes + (address - BASE);
}

struct worker {
	pthread_t thread;
	unsigned int number;
	uint32_t random;
	lb_phys_addr held[HELD];
	uint32_t bytes[HELD];
	uint32_t mapped, refused, abandoned, wrong;
};

static uint32_t next_random(struct worker *worker, uint32_t below)
{
	worker->random = worker->random * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(worker->random >> 8) * below) >> 24);
}

/* What the device of this worker writes, and what lies in its memory. */
static uint8_t mark(const struct worker *worker)
{
	return (uint8_t)(worker->number + 1);
}

static bool is_marked(const struct worker *worker, lb_phys_addr address, uint32_t bytes)
{
	const uint8_t *data = reach(NULL, address, bytes);

	for (uint32_t i = 0; i < bytes; i++) {
		if (data[i] != mark(worker)) {
			return false;
		}
	}
	return true;
}

static void begin_mapping(struct worker *worker, unsigned int place)
{
	static const uint32_t sizes[] = {512, 4096, 9000, 65536};
	uint32_t bytes = 1 + next_random(worker, sizes[next_random(worker, 4)]);
	const struct lb_bounce_request request = {
		.original = RAM + worker->number * RAM_EACH + next_random(worker, 4000),
		.size = bytes, .direction = LB_BOUNCE_BOTH, .device = worker->number + 1,
		.align_mask = next_random(worker, 2) ? 0xfff : 0, .cpu = worker->number};

	if (lb_bounce_map(&pool, &request, &worker->held[place])) {
		worker->refused++;
		return;
	}
	worker->bytes[place] = bytes;
	worker->mapped++;
	worker->wrong += !is_marked(worker, worker->held[place], bytes);
}

static void end_mapping(struct worker *worker, unsigned int place)
{
	lb_phys_addr address = worker->held[place];
	uint32_t bytes = worker->bytes[place];
	uint32_t part = next_random(worker, bytes);

	worker->bytes[place] = 0;
	worker->wrong += !is_marked(worker, address, bytes) ||
		lb_bounce_sync_for_cpu(&pool, address + part, bytes - part) ||
		lb_bounce_sync_for_device(&pool, address, part);
	if (!next_random(worker, 1000)) {
		worker->wrong += lb_bounce_abandon(&pool, address) != LB_OK;
		worker->abandoned++;
		return;
	}
	worker->wrong += lb_bounce_unmap(&pool, address) != LB_OK;
}

static void *work(void *context)
{
	struct worker *worker = context;

	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int place = next_random(worker, HELD);

		if (worker->bytes[place]) {
			end_mapping(worker, place);
		} else {
			begin_mapping(worker, place);
		}
	}
	for (unsigned int i = 0; i < HELD; i++) {
		if (worker->bytes[i]) {
			end_mapping(worker, i);
		}
	}
	return NULL;
}

static struct worker workers[THREADS];

TEST(bounce_threads, four_threads_share_a_pool)
{
	const struct lb_bounce_config config = {.base = BASE, .size = sizeof(pool_bytes),
		.scope = LB_BOUNCE_SYSTEM, .large_bytes = 64 * SLOT, .access = reach};
	uint32_t abandoned = 0;
	struct lb_bounce_usage usage;

	REQUIRE(!lb_bounce_pool_init(&pool, &config, &storage));
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.number = i, .random = i + 1};
		__builtin_memset(ram[i], mark(&workers[i]), sizeof(ram[i]));
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(workers[i].thread, NULL));
		CHECK_EQUAL(workers[i].wrong, 0);
		CHECK(workers[i].mapped > STEPS / 10);
		abandoned += workers[i].abandoned;
	}
	usage = lb_bounce_pool_usage(&pool);
	CHECK_EQUAL(usage.used, 0);
	CHECK(abandoned && usage.quarantined >= abandoned);
	CHECK(lb_bounce_pool_check(&pool));
	for (unsigned int i = 0; i < THREADS; i++) {
		(void)lb_bounce_pool_device_quiet(&pool, i + 1);
	}
	CHECK_EQUAL(lb_bounce_pool_usage(&pool).free, SLOTS);
	CHECK(lb_bounce_pool_check(&pool));
}
