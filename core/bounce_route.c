/* SPDX-License-Identifier: MIT */
/* bounce_route: the decision, and single transfers. */
#include "lifeboat/bounce_route.h"

#include "core/bounce_slots.h"

#define RANKS 3 /* how near a pool is: the device's, its bus's, the system's */

static bool makes_sense(
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer)
{
	uint64_t end;

	return transfer->size && lb_add(transfer->original, transfer->size, &end) &&
		(unsigned int)transfer->direction <= LB_BOUNCE_BOTH && device->dma_mask &&
		device->id != LB_BOUNCE_ALL_DEVICES && lb_bounce_is_mask(device->boundary_mask) &&
		lb_bounce_is_mask(device->align_mask) &&
		lb_bounce_is_mask(device->alloc_align_mask) &&
		lb_bounce_is_mask(device->line_mask);
}

static bool in_a_pool(
	const struct lb_bounce_pools *pools, const struct lb_bounce_transfer *transfer)
{
	struct lb_range range = {transfer->original, transfer->original + transfer->size};

	for (size_t i = 0; i < pools->count; i++) {
		const struct lb_bounce_config *config = &pools->pools[i]->config;

		if (lb_range_overlaps(range, (struct lb_range){config->base,
						     config->base + config->size})) {
			return true;
		}
	}
	return false;
}

/* What keeps it from being asked at all. */
static enum lb_bounce_obstacle first_obstacle(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer)
{
	if (!makes_sense(device, transfer)) {
		return LB_OBSTACLE_NONSENSE;
	}
	if (in_a_pool(pools, transfer)) {
		return LB_OBSTACLE_IN_POOL;
	}
	return device->max_bytes && transfer->size > device->max_bytes ? LB_OBSTACLE_TOO_LONG
								       : LB_OBSTACLE_NONE;
}

/* The transfer does not fill whole blocks of mask + 1 bytes: something else lies beside it. */
static bool shares_block(const struct lb_bounce_transfer *transfer, uint64_t mask)
{
	return (transfer->original | transfer->size) & mask;
}

static enum lb_bounce_why why_not_directly(
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer)
{
	lb_phys_addr last = transfer->original + (transfer->size - 1);

	LB_ASSERT(last >= transfer->original);
	if (device->own_pool) {
		return LB_WHY_RESTRICTED;
	}
	if (device->force) {
		return LB_WHY_FORCED;
	}
	if (device->must_share && !transfer->shared) {
		return LB_WHY_ENCRYPTED;
	}
	if (last > device->dma_mask) {
		return LB_WHY_DEVICE_REACH;
	}
	if (device->bus_last && last > device->bus_last) {
		return LB_WHY_BUS_REACH;
	}
	if (device->boundary_mask && (transfer->original ^ last) & ~device->boundary_mask) {
		return LB_WHY_BOUNDARY;
	}
	if (shares_block(transfer, device->alloc_align_mask)) {
		return LB_WHY_GRANULE;
	}
	return transfer->direction != LB_BOUNCE_TO_DEVICE &&
			shares_block(transfer, device->line_mask)
		? LB_WHY_CACHE_LINE
		: LB_WHY_NOT;
}

/* How near a pool is to the device; RANKS: it is not for it. */
static unsigned int rank_of(
	const struct lb_bounce_pool *pool, const struct lb_bounce_device *device)
{
	const struct lb_bounce_config *config = &pool->config;

	if (device->own_pool) {
		return pool == device->own_pool ? 0 : RANKS;
	}
	switch (config->scope) {
	case LB_BOUNCE_DEVICE:
		return config->scope_id == device->id ? 0 : RANKS;
	case LB_BOUNCE_BUS:
		return config->scope_id == device->bus_id ? 1 : RANKS;
	case LB_BOUNCE_SYSTEM:
		return 2;
	}
	return RANKS;
}

/* The pools that are for the device, nearest first: *cursor begins at 0. */
static bool next_pool(const struct lb_bounce_pools *pools, const struct lb_bounce_device *device,
	size_t *cursor, size_t *ret_pool)
{
	while (*cursor < RANKS * pools->count) {
		size_t rank = *cursor / pools->count;
		size_t index = *cursor % pools->count;

		++*cursor;
		if (rank_of(pools->pools[index], device) == rank) {
			*ret_pool = index;
			return true;
		}
	}
	return false;
}

static enum lb_status request_for(const struct lb_bounce_device *device,
	const struct lb_bounce_transfer *transfer, struct lb_bounce_request *ret)
{
	if (transfer->size > UINT32_MAX) {
		return LB_INVALID;
	}
	*ret = (struct lb_bounce_request){.original = transfer->original,
		.size = (uint32_t)transfer->size, .direction = transfer->direction,
		.device = device->id,
		.dma_last = device->bus_last ? lb_min(device->dma_mask, device->bus_last)
					     : device->dma_mask,
		.align_mask = device->align_mask, .alloc_align_mask = device->alloc_align_mask,
		.boundary_mask = device->boundary_mask, .cpu = transfer->cpu,
		.waited = transfer->waited};
	return LB_OK;
}

/* What keeps the transfer from going through this pool, full or not. */
static enum lb_bounce_obstacle obstacle_of(const struct lb_bounce_pool *pool,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer)
{
	struct lb_bounce_request request;

	if (pool->config.shared != device->must_share) {
		return LB_OBSTACLE_KIND;
	}
	if (request_for(device, transfer, &request)) {
		return LB_OBSTACLE_SIZE;
	}
	switch (lb_bounce_possible(pool, &request)) {
	case LB_OK:
		return LB_OBSTACLE_NONE;
	case LB_OUT_OF_RANGE:
		return LB_OBSTACLE_REACH;
	default:
		return LB_OBSTACLE_SIZE;
	}
}

/*
 * The next pool, nearest first, that would do; false: no other. The route then says what was wrong
 * with the first of those that were looked at.
 */
static bool next_fit(const struct lb_bounce_pools *pools, const struct lb_bounce_device *device,
	const struct lb_bounce_transfer *transfer, size_t *cursor, struct lb_bounce_route *route)
{
	enum lb_bounce_obstacle first = LB_OBSTACLE_NO_POOL;
	size_t pool;

	while (next_pool(pools, device, cursor, &pool)) {
		enum lb_bounce_obstacle obstacle = obstacle_of(
			pools->pools[pool], device, transfer);

		if (!obstacle) {
			LB_ASSERT(pool < pools->count);
			route->way = LB_BOUNCE_VIA_POOL;
			route->pool = pool;
			return true;
		}
		first = first == LB_OBSTACLE_NO_POOL ? obstacle : first;
	}
	route->obstacle = first;
	return false;
}

struct lb_bounce_route lb_bounce_route(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer)
{
	struct lb_bounce_route route = {.way = LB_BOUNCE_IMPOSSIBLE,
		.obstacle = first_obstacle(pools, device, transfer)};
	size_t cursor = 0;

	if (route.obstacle) {
		return route;
	}
	route.why = why_not_directly(device, transfer);
	if (!route.why) {
		route.way = LB_BOUNCE_DIRECT;
	} else {
		(void)next_fit(pools, device, transfer, &cursor, &route);
	}
	return route;
}

/* Through the nearest pool that would do and has room. */
static enum lb_status map_via_pool(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer,
	struct lb_bounce_mapped *ret)
{
	struct lb_bounce_route route = {0};
	enum lb_status status = LB_NOT_FOUND;
	size_t cursor = 0;

	while (next_fit(pools, device, transfer, &cursor, &route)) {
		struct lb_bounce_pool *pool = pools->pools[route.pool];
		struct lb_bounce_request request;
		lb_phys_addr address;

		status = request_for(device, transfer, &request);
		LB_ASSERT(!status); /* else the pool would not do */
		status = lb_bounce_map(pool, &request, &address);
		if (!status) {
			*ret = (struct lb_bounce_mapped){address, pool};
			return LB_OK;
		}
		LB_ASSERT(status == LB_NO_STORAGE);
	}
	return status;
}

enum lb_status lb_bounce_route_map(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, const struct lb_bounce_transfer *transfer,
	struct lb_bounce_mapped *ret)
{
	if (first_obstacle(pools, device, transfer)) {
		return LB_INVALID;
	}
	if (why_not_directly(device, transfer)) {
		return map_via_pool(pools, device, transfer, ret);
	}
	*ret = (struct lb_bounce_mapped){transfer->original, NULL};
	return LB_OK;
}

enum lb_status lb_bounce_route_unmap(const struct lb_bounce_mapped *mapped)
{
	return mapped->pool ? lb_bounce_unmap(mapped->pool, mapped->address) : LB_OK;
}

const char *lb_bounce_why_text(enum lb_bounce_why why)
{
	static const char *const texts[] = {
		[LB_WHY_NOT] = "goes directly",
		[LB_WHY_RESTRICTED] = "the device may use its own pool only",
		[LB_WHY_FORCED] = "bouncing is forced",
		[LB_WHY_ENCRYPTED] = "the device cannot read private memory",
		[LB_WHY_DEVICE_REACH] = "beyond what the device can name",
		[LB_WHY_BUS_REACH] = "beyond what its bus carries",
		[LB_WHY_BOUNDARY] = "crosses a boundary of the device",
		[LB_WHY_GRANULE] = "shares a granule of the IOMMU with other data",
		[LB_WHY_CACHE_LINE] = "shares a cache line with other data",
	};

	return (size_t)why < LB_ARRAY_COUNT(texts) ? texts[why] : "unknown reason";
}

const char *lb_bounce_obstacle_text(enum lb_bounce_obstacle obstacle)
{
	static const char *const texts[] = {
		[LB_OBSTACLE_NONE] = "nothing in the way",
		[LB_OBSTACLE_NONSENSE] = "the request makes no sense",
		[LB_OBSTACLE_IN_POOL] = "the data lie in a bounce pool",
		[LB_OBSTACLE_TOO_LONG] = "longer than the device takes in one piece",
		[LB_OBSTACLE_NO_POOL] = "no bounce pool is for this device",
		[LB_OBSTACLE_KIND] = "the pool is not of the kind that the device can use",
		[LB_OBSTACLE_REACH] = "the device cannot reach the pool",
		[LB_OBSTACLE_SIZE] = "too large for a segment of the pool",
	};

	return (size_t)obstacle < LB_ARRAY_COUNT(texts) ? texts[obstacle] : "unknown obstacle";
}
