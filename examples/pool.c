/* SPDX-License-Identifier: MIT */
/*
 * pool: bounce pools from their places on the command line to the capture kernel that takes one
 * over, in the order of docs/adopting.md, step 10. The machine exists only here: its memory is two
 * arrays, its devices are memset.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lifeboat/bounce_option.h"
#include "lifeboat/bounce_route.h"

#define SLOTS 512
#define FAR UINT64_C(0x180000000) /* memory that 32 bits do not reach */
#define FAR_BYTES 0x10000
#define WINDOW UINT64_C(0x0c000000) /* of the sound card: no RAM */
#define WINDOW_SLOTS 32
#define DISK 0x18
#define SOUND 0x28
#define SECOND UINT64_C(1000000000) /* in nanoseconds */

static uint64_t far_memory[FAR_BYTES / 8];
static uint64_t pool_memory[SLOTS * LB_BOUNCE_SLOT_BYTES / 8];
static uint64_t window_memory[WINDOW_SLOTS * LB_BOUNCE_SLOT_BYTES / 8];
static lb_phys_addr pool_base;

static struct lb_bounce_slot slots[2][SLOTS];
static struct lb_bounce_segment segments[2][LB_BOUNCE_SEGMENTS(SLOTS)];
static struct lb_bounce_pool system_pool, sound_pool;
static struct lb_bounce_pool *const all[] = {&system_pool, &sound_pool};
static const struct lb_bounce_pools pools = {all, LB_ARRAY_COUNT(all)};

static const struct lb_bounce_device disk = {
	.id = DISK, .dma_mask = UINT32_MAX, .max_bytes = 0x4000, .align_mask = 0x1ff};
static const struct lb_bounce_device sound = {.id = SOUND, .dma_mask = 0x0fffffff};

/* A kernel would panic. */
static void must(enum lb_status status, const char *what)
{
	if (status != LB_OK) {
		printf("%s: %s\n", what, lb_status_text(status));
		exit(1);
	}
}

/* A kernel has a linear map for this. */
static void *reach(void *context, lb_phys_addr address, size_t bytes)
{
	(void)context;
	(void)bytes;
	if (address - pool_base < sizeof(pool_memory)) {
		return (char *)pool_memory + (address - pool_base);
	}
	if (address - WINDOW < sizeof(window_memory)) {
		return (char *)window_memory + (address - WINDOW);
	}
	return (char *)far_memory + (address - FAR);
}

/* 1. Where they are: one by the command line, one where a device has memory of its own. */
static void make_pools(const char *option)
{
	const struct lb_bounce_storage storage[] = {
		{slots[0], SLOTS, segments[0], LB_ARRAY_COUNT(segments[0])},
		{slots[1], SLOTS, segments[1], LB_ARRAY_COUNT(segments[1])}};
	struct lb_bounce_config config = {.scope = LB_BOUNCE_SYSTEM, .in_ram = true,
		.large_bytes = 128 * LB_BOUNCE_SLOT_BYTES, .access = reach};
	const struct lb_bounce_config window = {.base = WINDOW, .size = sizeof(window_memory),
		.scope = LB_BOUNCE_DEVICE, .scope_id = SOUND, .access = reach};
	struct lb_bounce_option_error error;
	struct lb_bounce_option placed;

	must(lb_bounce_option_parse(lb_slice_of(option), &placed, &error), "swiotlb=");
	pool_base = config.base = placed.pool.start;
	config.size = lb_range_size(placed.pool);
	must(lb_bounce_pool_init(&system_pool, &config, &storage[0]), "system's pool");
	must(lb_bounce_pool_init(&sound_pool, &window, &storage[1]), "sound card's pool");
	printf("pool of the system   0x%" PRIx64 "-0x%" PRIx64 "\n", placed.pool.start,
		placed.pool.end - 1);
}

/* 2. Whether a transfer bounces, where, and why. */
static void tell(const char *who, const struct lb_bounce_device *device, lb_phys_addr original)
{
	const struct lb_bounce_transfer transfer = {
		.original = original, .size = 4096, .direction = LB_BOUNCE_FROM_DEVICE};
	struct lb_bounce_route route = lb_bounce_route(&pools, device, &transfer);

	printf("%s at 0x%-11" PRIx64 " %s: %s\n", who, original,
		route.way == LB_BOUNCE_DIRECT ? "directly"
		: route.way == LB_BOUNCE_IMPOSSIBLE
			? lb_bounce_obstacle_text(route.obstacle)
			: route.pool ? "by its own pool" : "by the system's pool",
		lb_bounce_why_text(route.why));
}

/* 3. A transfer. */
static void receive(void)
{
	const struct lb_bounce_transfer transfer = {.original = FAR + 0x200, .size = 4096,
		.direction = LB_BOUNCE_FROM_DEVICE};
	struct lb_bounce_mapped mapped;

	must(lb_bounce_route_map(&pools, &disk, &transfer, &mapped), "map");
	memset(reach(NULL, mapped.address, 4096), 'd', 1000); /* the disk writes */
	must(lb_bounce_route_unmap(&mapped), "unmap");
	printf("received             \"%.3s\", and byte 1000 is still %d\n",
		(const char *)far_memory + 0x200, ((const char *)far_memory)[0x200 + 1000]);
}

/* 4. A scatter list: pieces that touch and go directly are one for the device. */
static void send_list(void)
{
	struct lb_bounce_piece pieces[] = {{.original = 0x100000, .size = 0x1000},
		{.original = 0x101000, .size = 0x1000}, {.original = FAR, .size = 0x200}};
	struct lb_bounce_list list = {.pieces = pieces, .count = LB_ARRAY_COUNT(pieces),
		.direction = LB_BOUNCE_TO_DEVICE};
	struct lb_bounce_span spans[LB_ARRAY_COUNT(pieces)];
	size_t failed, count;

	must(lb_bounce_list_map(&pools, &disk, &list, &failed), "list");
	must(lb_bounce_list_merge(&disk, &list, spans, LB_ARRAY_COUNT(spans), &count), "merge");
	printf("list of %zu pieces     %zu for the disk, the first of %" PRIu64 " bytes\n",
		list.count, count, spans[0].size);
	must(lb_bounce_list_unmap(&list), "list");
}

/* 5. When the capture kernel is loaded: what holds at any later crash. */
static size_t seal(uint64_t *records, size_t bytes)
{
	const struct lb_handover_device device = {.id = DISK, .dma_mask = UINT32_MAX,
		.drain_nanoseconds = SECOND, .kind = 1, .bus_master = 1};
	const struct lb_handover_origin origin = {.generation = 1, .writer = "example"};
	struct lb_handover_writer writer;
	size_t written;

	must(lb_handover_begin(&writer, records, bytes, &origin), "handover");
	must(lb_bounce_pool_seal(&system_pool, &device, 1, &writer), "seal");
	must(lb_handover_finish(&writer, &written), "handover");
	return written;
}

/* 6. In the capture kernel: nothing is touched before the disk was stopped and drained. */
static void adopt(const uint64_t *records, size_t bytes)
{
	const struct lb_bounce_storage storage = {
		slots[0], SLOTS, segments[0], LB_ARRAY_COUNT(segments[0])};
	const struct lb_bounce_config config = {.access = reach};
	struct lb_bounce_hot_device hot[4];
	struct lb_handover_record record;
	struct lb_handover_view view;
	size_t offset, cursor = 0, count;

	must(lb_handover_verify(records, bytes, &view, &offset), "verify");
	if (!lb_handover_find(&view, LB_HANDOVER_BOUNCE_POOL, &cursor, &record)) {
		return;
	}
	must(lb_bounce_pool_can_adopt(record.payload, &storage), "can it be adopted?");
	must(lb_bounce_hot_devices(&view, pool_base, hot, LB_ARRAY_COUNT(hot), &count), "devices");
	must(lb_bounce_pool_adopt(&system_pool, record.payload, &config, &storage, hot, count),
		"adopt");
	printf("adopted              %" PRIu32 " slots in quarantine, drain %" PRIu64 " ns\n",
		lb_bounce_pool_usage(&system_pool).quarantined,
		lb_bounce_pool_drain(&system_pool, DISK));
	/* Bus mastering of the disk is off now. */
	printf("too early            %" PRIu32 " slots free\n",
		lb_bounce_pool_device_stopped(&system_pool, DISK, SECOND / 2));
	printf("drained              %" PRIu32 " slots free\n",
		lb_bounce_pool_device_stopped(&system_pool, DISK, SECOND));
}

int main(void)
{
	static uint64_t records[512];

	make_pools("512@0x40000000");
	tell("disk", &disk, 0x100000);
	tell("disk", &disk, FAR);
	tell("sound card", &sound, FAR);
	memset(far_memory, 7, sizeof(far_memory));
	receive();
	send_list();
	printf("ever used            %" PRIu32 " slots\n",
		lb_bounce_pool_usage(&system_pool).ever_used);
	adopt(records, seal(records, sizeof(records)));
	return 0;
}
