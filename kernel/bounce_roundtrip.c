/* SPDX-License-Identifier: MIT */
/*
 * bounce_roundtrip: all CPUs at once map, transfer and unmap, through all pools: with every mix of
 * masks, sizes, offsets and directions, as scatter lists, and with real devices. In the mixes and
 * lists the CPU stands for the device, which needs 100 ms for a transfer.
 */
#include "bounce_parts.h"

#include "arch.h"
#include "console.h"
#include "cpu.h"
#include "memory.h"
#include "panic.h"
#include "report.h"

#define AREA_BYTES (8 * PAGE_BYTES)
#define GUARD 64 /* bytes that are looked at before and behind what is mapped */
#define NEAR_BYTES PAGE_BYTES
#define PATIENCE_US 1000000

static const uint32_t sizes[] = {1, 3, 511, 2048, 2049, 5000};
static const uint32_t offsets[] = {0, 1, 0x234, 0xfff};
static const uint64_t align_masks[] = {0, 0x7ff, 0xfff};
static const uint64_t alloc_align_masks[] = {0, 0xfff};
static const uint64_t boundary_masks[] = {0, 0xfff, 0xffff};
#define DIRECTIONS (LB_BOUNCE_BOTH + 1)

/* One CPU's part. */
struct worker {
	lb_phys_addr far;   /* AREA_BYTES that no device reaches */
	lb_phys_addr near;  /* NEAR_BYTES that each does */
	uint64_t mappings;
	uint64_t refused;   /* what can be in no slot */
	uint64_t lists;
	uint64_t transfers;
	uint64_t wrong;
};

static struct worker workers[CPUS_MAX];
static struct lb_bounce_pool *const pools_of_all[] = {
	&bounce_pools[BOUNCE_RAM].pool, &bounce_pools[BOUNCE_WINDOW].pool};
static struct lb_bounce_pools pools = {.pools = pools_of_all};
static struct {
	const struct edu *edu;
	uint32_t busy; /* one transfer at a time */
} devices[EDU_DEVICES_MAX];
static size_t device_count;

/* A mix of everything, by its number. */
struct mix {
	struct lb_bounce_device device;
	struct lb_bounce_transfer transfer;
};

static size_t draw(size_t *number, size_t count)
{
	size_t drawn = *number % count;

	*number /= count;
	return drawn;
}

/* False: there is no such number. */
static bool mix_of(size_t number, const struct worker *worker, struct mix *ret)
{
	const struct edu *edu = devices[draw(&number, device_count)].edu;

	ret->device = (struct lb_bounce_device){.id = edu->function, .dma_mask = edu->last};
	ret->device.align_mask = align_masks[draw(&number, LB_ARRAY_COUNT(align_masks))];
	ret->device.alloc_align_mask =
		alloc_align_masks[draw(&number, LB_ARRAY_COUNT(alloc_align_masks))];
	ret->device.boundary_mask = boundary_masks[draw(&number, LB_ARRAY_COUNT(boundary_masks))];
	ret->transfer = (struct lb_bounce_transfer){.cpu = this_cpu()->index};
	ret->transfer.size = sizes[draw(&number, LB_ARRAY_COUNT(sizes))];
	ret->transfer.original =
		worker->far + PAGE_BYTES + offsets[draw(&number, LB_ARRAY_COUNT(offsets))];
	ret->transfer.direction = (enum lb_bounce_direction)draw(&number, DIRECTIONS);
	return !number;
}

/* What the CPU puts there, and what a device does. */
static uint8_t own_byte(size_t i)
{
	return (uint8_t)(i * 7 + this_cpu()->index);
}

static uint8_t device_byte(size_t i)
{
	return (uint8_t)~own_byte(i);
}

static void fill(lb_phys_addr start, uint64_t bytes, uint8_t (*value)(size_t i))
{
	uint8_t *at = phys_pointer(start);

	for (size_t i = 0; i < bytes; i++) {
		at[i] = value(i);
	}
}

/* `bytes` values from value(from) on. */
static bool holds(const volatile uint8_t *at, size_t bytes, uint8_t (*value)(size_t i), size_t from)
{
	for (size_t i = 0; i < bytes; i++) {
		if (at[i] != value(from + i)) {
			return false;
		}
	}
	return true;
}

/* Where these bytes are for the device: what it would see, and may write. */
static volatile uint8_t *seen_by_device(lb_phys_addr address)
{
	const struct bounce *window = &bounce_pools[BOUNCE_WINDOW];

	return bounce_at(window, address);
}

static bool keeps_masks(const struct mix *mix, lb_phys_addr address)
{
	lb_phys_addr last = address + mix->transfer.size - 1;
	uint64_t boundary = mix->device.boundary_mask;

	return !((address ^ mix->transfer.original) & mix->device.align_mask) &&
		last <= mix->device.dma_mask && (!boundary || !((address ^ last) & ~boundary));
}

/* What must keep its place in a block, and reaches over its end, can never be mapped. */
static bool can_be_mapped(const struct mix *mix)
{
	uint64_t boundary = mix->device.boundary_mask;
	uint64_t place = mix->transfer.original & mix->device.align_mask & boundary;

	return !boundary || place + mix->transfer.size <= boundary + 1;
}

/* Beside other CPUs a pool may be full: then again, and how long that took is counted. */
static enum lb_status map(struct mix *mix, struct lb_bounce_mapped *ret)
{
	uint64_t begin = arch_ticks();
	enum lb_status status = lb_bounce_route_map(&pools, &mix->device, &mix->transfer, ret);

	while (status == LB_NO_STORAGE && mix->transfer.waited < PATIENCE_US) {
		mix->transfer.waited = 1 + ticks_to_microseconds(arch_ticks() - begin);
		status = lb_bounce_route_map(&pools, &mix->device, &mix->transfer, ret);
	}
	return status;
}

/* Gets what is to travel ready, with a guard around it. */
static void prepare(lb_phys_addr original, size_t size)
{
	fill(original - GUARD, size + 2 * GUARD, own_byte);
}

/* A device that reads all of it, and writes what comes first. False: it reads something else. */
static bool act_as_device(lb_phys_addr address, size_t size, size_t written)
{
	volatile uint8_t *bytes = seen_by_device(address);
	bool right = holds(bytes, size, own_byte, GUARD);

	for (size_t i = 0; i < written; i++) {
		bytes[i] = device_byte(i + GUARD);
	}
	return right;
}

/* What the device wrote has come back, and nothing else has changed. */
static bool came_back(lb_phys_addr original, size_t size, size_t written)
{
	const uint8_t *bytes = phys_pointer(original);

	return holds(bytes - GUARD, GUARD, own_byte, 0) &&
		holds(bytes, written, device_byte, GUARD) &&
		holds(bytes + written, size - written + GUARD, own_byte, GUARD + written);
}

static bool mix_is_right(struct mix *mix)
{
	lb_phys_addr original = mix->transfer.original;
	size_t size = mix->transfer.size;
	size_t written = mix->transfer.direction == LB_BOUNCE_TO_DEVICE ? 0 : (size + 1) / 2;
	struct lb_bounce_mapped mapped;
	bool right;

	prepare(original, size);
	if (map(mix, &mapped) != LB_OK) {
		return false;
	}
	right = mapped.pool && keeps_masks(mix, mapped.address) &&
		act_as_device(mapped.address, size, written);
	return lb_bounce_route_unmap(&mapped) == LB_OK && right &&
		came_back(original, size, written);
}

/* Each CPU tries its share. */
static void try_mixes(struct worker *worker)
{
	struct mix mix;

	for (size_t i = this_cpu()->index; mix_of(i, worker, &mix); i += cpu_count) {
		struct lb_bounce_mapped mapped;

		if (can_be_mapped(&mix)) {
			worker->wrong += !mix_is_right(&mix);
			worker->mappings++;
		} else {
			worker->wrong += lb_bounce_route_map(&pools, &mix.device, &mix.transfer,
				&mapped) == LB_OK;
			worker->refused++;
		}
	}
}

/* Five pieces, one of them where every device reaches it. */
#define PIECES 5
#define NEAR_PIECE 2

static void make_pieces(const struct worker *worker, struct lb_bounce_piece pieces[PIECES])
{
	static const uint32_t starts[PIECES] = {0x80, 0x7ff, GUARD + 3, 0x2000, 0x4fff};
	static const uint32_t lengths[PIECES] = {1, 512, 2000, 4096, 3000};

	for (size_t i = 0; i < PIECES; i++) {
		lb_phys_addr area = i == NEAR_PIECE ? worker->near : worker->far;

		pieces[i] = (struct lb_bounce_piece){
			.original = area + starts[i], .size = lengths[i]};
		prepare(pieces[i].original, pieces[i].size);
	}
}

static bool list_is_right(const struct worker *worker, const struct edu *edu)
{
	const struct lb_bounce_device device = {.id = edu->function, .dma_mask = edu->last};
	struct lb_bounce_piece pieces[PIECES];
	struct lb_bounce_list list = {.pieces = pieces, .count = PIECES,
		.direction = LB_BOUNCE_BOTH, .cpu = this_cpu()->index};
	struct lb_bounce_span spans[PIECES];
	size_t count = 0;
	bool right = true;

	make_pieces(worker, pieces);
	if (lb_bounce_list_map(&pools, &device, &list, &count) != LB_OK ||
		lb_bounce_list_merge(&device, &list, spans, PIECES, &count) != LB_OK) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		right = right && (pieces[i].mapped.pool == NULL) == (i == NEAR_PIECE) &&
			spans[i].size == pieces[i].size &&
			act_as_device(spans[i].address, spans[i].size, spans[i].size);
	}
	right = lb_bounce_list_unmap(&list) == LB_OK && right && count == PIECES;
	for (size_t i = 0; i < PIECES; i++) {
		right = right && came_back(pieces[i].original, pieces[i].size, pieces[i].size);
	}
	return right;
}

static bool transfer(
	const struct edu *edu, lb_phys_addr original, enum lb_bounce_direction direction)
{
	struct mix mix = {.device = {.id = edu->function, .dma_mask = edu->last},
		.transfer = {.original = original, .size = BOUNCE_SENT, .direction = direction,
			.cpu = this_cpu()->index}};
	struct lb_bounce_mapped mapped;
	bool done;

	if (map(&mix, &mapped) != LB_OK) {
		return false;
	}
	if (direction == LB_BOUNCE_TO_DEVICE) {
		edu_start_to_device(edu, mapped.address, BOUNCE_SENT);
	} else {
		edu_start_from_device(edu, mapped.address, BOUNCE_SENT);
	}
	done = edu_wait(edu);
	return lb_bounce_route_unmap(&mapped) == LB_OK && done;
}

/* Into a real device and out of it, at an offset that no other CPU has; the device is this CPU's
 * meanwhile. */
static bool device_is_right(const struct worker *worker, size_t i)
{
	lb_phys_addr from = worker->far + PAGE_BYTES + this_cpu()->index;
	lb_phys_addr to = from + PAGE_BYTES + 0x101;
	const uint8_t *bytes = phys_pointer(to);
	bool right;

	prepare(from, BOUNCE_SENT);
	fill(to - GUARD, BOUNCE_SENT + 2 * GUARD, device_byte);
	while (__atomic_exchange_n(&devices[i].busy, 1, __ATOMIC_ACQUIRE)) {
		arch_relax();
	}
	right = transfer(devices[i].edu, from, LB_BOUNCE_TO_DEVICE) &&
		transfer(devices[i].edu, to, LB_BOUNCE_FROM_DEVICE);
	__atomic_store_n(&devices[i].busy, 0, __ATOMIC_RELEASE);
	return right && holds(bytes - GUARD, GUARD, device_byte, 0) &&
		holds(bytes, BOUNCE_SENT, own_byte, GUARD) &&
		holds(bytes + BOUNCE_SENT, GUARD, device_byte, GUARD + BOUNCE_SENT);
}

static void work(void *unused)
{
	struct worker *worker = &workers[this_cpu()->index];

	(void)unused;
	try_mixes(worker);
	for (size_t i = 0; i < device_count; i++) {
		worker->wrong += !list_is_right(worker, devices[i].edu);
		worker->lists++;
	}
	worker->wrong += !device_is_right(worker, this_cpu()->index % device_count);
	worker->transfers += 2;
}

static void find_devices(void)
{
	device_count = 0;
	for (size_t i = 0; i < BOUNCE_POOLS; i++) {
		for (size_t j = 0; j < bounce_pools[i].device_count; j++) {
			devices[device_count++].edu = &bounce_pools[i].devices[j];
		}
	}
	pools.count = bounce_pools[BOUNCE_WINDOW].device_count ? BOUNCE_POOLS : 1;
}

static void find_memory(void)
{
	const struct lb_range reached = {0, bounce_pools[BOUNCE_RAM].devices[0].last + 1};
	const struct bounce *furthest = &bounce_pools[pools.count - 1];

	for (uint32_t i = 0; i < cpu_count; i++) {
		workers[i].far = bounce_far_memory(furthest, AREA_BYTES);
		workers[i].near = memory_take(NEAR_BYTES, PAGE_BYTES, reached, "buffer");
	}
}

/* For people. */
static void print_use(const struct bounce *bounce)
{
	struct lb_bounce_usage usage = lb_bounce_pool_usage(&bounce->pool);

	print("bounce pool at 0x%llx: high-water mark %u of %u slots, %llu failures, longest wait "
	      "%llu us\n", (unsigned long long)bounce->pool.config.base, usage.high_water,
		bounce->pool.slot_count, (unsigned long long)usage.failures,
		(unsigned long long)usage.longest_wait);
}

static bool is_idle(const struct bounce *bounce)
{
	return lb_bounce_pool_check(&bounce->pool) && !lb_bounce_pool_usage(&bounce->pool).used;
}

void bounce_prove_roundtrip(void)
{
	struct worker all = {0};
	bool idle = true;
	bool done;

	find_devices();
	find_memory();
	done = cpu_run_all(work, NULL);
	for (uint32_t i = 0; i < cpu_count; i++) {
		all.mappings += workers[i].mappings;
		all.refused += workers[i].refused;
		all.lists += workers[i].lists;
		all.transfers += workers[i].transfers;
		all.wrong += workers[i].wrong;
	}
	for (size_t i = 0; i < pools.count; i++) {
		idle = is_idle(&bounce_pools[i]) && idle;
		print_use(&bounce_pools[i]);
	}
	report_proof(LB_DRILL_PROOF_BOUNCE_ROUNDTRIP,
		done && idle && !all.wrong && all.mappings && all.refused,
		"%u CPUs at once, %zu pools, %zu devices: %llu mixes of masks, sizes, offsets and "
		"directions, %llu more refused that fit nowhere, %llu scatter lists, %llu "
		"transfers of the devices; %llu of all are not right, byte by byte", cpu_count,
		pools.count, device_count, (unsigned long long)all.mappings,
		(unsigned long long)all.refused, (unsigned long long)all.lists,
		(unsigned long long)all.transfers, (unsigned long long)all.wrong);
}
