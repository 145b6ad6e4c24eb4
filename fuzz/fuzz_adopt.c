/* SPDX-License-Identifier: MIT */
/*
 * fuzz_adopt: a pool taken over from a record that another kernel wrote, or an attacker: the bytes
 * are the record, and then what is done with the pool. Only the record's memory is touched, and
 * none of it before its devices are quiet if the record says that it is hot.
 */
#include <stdlib.h>
#include <string.h>

#include "lifeboat/bounce_pool.h"

#define SLOTS 256
#define POOL_BYTES (SLOTS * (uint64_t)LB_BOUNCE_SLOT_BYTES)
#define RAM UINT64_C(0xffff000000000000)
#define RAM_BYTES 8192
#define HOT_MAX 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lb_handover_bounce_pool record;
static uint64_t pool_words[POOL_BYTES / 8];
static uint64_t ram_words[RAM_BYTES / 8];
static struct lb_bounce_slot slots[SLOTS];
static struct lb_bounce_segment segments[LB_BOUNCE_SEGMENTS(SLOTS)];
static bool touchable;

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	if (address >= RAM && address - RAM < RAM_BYTES) {
		require(bytes <= RAM_BYTES - (address - RAM));
		return (uint8_t *)ram_words + (address - RAM);
	}
	require(touchable && address >= record.base && address - record.base < record.size);
	require(bytes <= record.size - (address - record.base));
	return (uint8_t *)pool_words + (address - record.base);
}

/* Each byte is a call. */
static void use(struct lb_bounce_pool *pool, const uint8_t *calls, size_t count)
{
	lb_phys_addr last = record.base;

	for (size_t i = 0; i < count; i++) {
		struct lb_bounce_request request = {.original = RAM + calls[i],
			.size = 1 + calls[i] % 64U * 100, .device = calls[i] & 3,
			.direction = (enum lb_bounce_direction)(calls[i] % 3),
			.align_mask = calls[i] & 64 ? 0xfff : 0};

		switch (calls[i] & 7) {
		case 0:
			(void)!lb_bounce_unmap(pool, last);
			break;
		case 1:
			(void)!lb_bounce_abandon(pool, last);
			break;
		case 2:
			(void)!lb_bounce_sync_for_cpu(pool, last + calls[i], calls[i]);
			break;
		case 3:
			touchable = true;
			(void)lb_bounce_pool_device_quiet(
				pool, calls[i] & 64 ? LB_BOUNCE_ALL_DEVICES : calls[i] >> 3);
			break;
		default:
			(void)!lb_bounce_map(pool, &request, &last);
			break;
		}
		require(lb_bounce_pool_check(pool));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lb_bounce_storage storage = {
		slots, SLOTS, segments, LB_ARRAY_COUNT(segments)};
	const struct lb_bounce_config config = {.access = reach};
	struct lb_bounce_hot_device hot[HOT_MAX] = {{1, 5}, {2, 0}, {3, 7}};
	struct lb_bounce_pool pool;
	enum lb_status status;

	if (size < sizeof(record) + 1) {
		return 0;
	}
	memcpy(&record, data, sizeof(record));
	touchable = !(record.flags & LB_POOL_HOT);
	status = lb_bounce_pool_can_adopt(&record, &storage);
	require(status == LB_OK || status == LB_INVALID || status == LB_NO_STORAGE);
	/* Where the record's memory is, is the caller's to check. */
	if (status || record.base + record.size > RAM) {
		return 0;
	}
	if (!lb_bounce_pool_adopt(
		    &pool, &record, &config, &storage, hot, data[sizeof(record)] % (HOT_MAX + 1))) {
		require(lb_bounce_pool_check(&pool));
		require(record.flags & LB_POOL_HOT
				? lb_bounce_pool_usage(&pool).free == 0
				: lb_bounce_pool_usage(&pool).quarantined == 0);
		use(&pool, data + sizeof(record) + 1, size - sizeof(record) - 1);
	}
	return 0;
}
