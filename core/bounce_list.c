/* SPDX-License-Identifier: MIT */
/* bounce_route: scatter lists. */
#include "core/bounce_slots.h"
#include "lifeboat/bounce_route.h"

/* Gives back the first `count` pieces of a list that was not mapped to its end. */
static void undo(const struct lb_bounce_list *list, size_t count)
{
	LB_ASSERT(count < list->count);
	for (size_t i = 0; i < count; i++) {
		const struct lb_bounce_mapped *mapped = &list->pieces[i].mapped;

		if (mapped->pool && lb_bounce_discard(mapped->pool, mapped->address)) {
			LB_ASSERT(!"what was mapped a moment ago is mapped");
		}
	}
}

enum lb_status lb_bounce_list_map(const struct lb_bounce_pools *pools,
	const struct lb_bounce_device *device, struct lb_bounce_list *list, size_t *ret_failed)
{
	struct lb_bounce_transfer transfer = {.direction = list->direction,
		.shared = list->shared, .cpu = list->cpu, .waited = list->waited};

	for (size_t i = 0; i < list->count; i++) {
		struct lb_bounce_piece *piece = &list->pieces[i];
		enum lb_status status;

		transfer.original = piece->original;
		transfer.size = piece->size;
		status = lb_bounce_route_map(pools, device, &transfer, &piece->mapped);
		if (status) {
			undo(list, i);
			*ret_failed = i;
			return status;
		}
	}
	return LB_OK;
}

static bool all_mapped(const struct lb_bounce_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct lb_bounce_piece *piece = &list->pieces[i];
		const struct lb_bounce_mapped *mapped = &piece->mapped;

		if (mapped->pool && !lb_bounce_is_mapped(mapped->pool, mapped->address,
					    (size_t)piece->size)) {
			return false;
		}
	}
	return true;
}

/* Does it to every bounced piece, if all are mapped. */
static enum lb_status for_all(const struct lb_bounce_list *list,
	enum lb_status (*act)(const struct lb_bounce_piece *piece))
{
	enum lb_status status = all_mapped(list) ? LB_OK : LB_NOT_FOUND;

	for (size_t i = 0; i < list->count && !status; i++) {
		if (list->pieces[i].mapped.pool) {
			status = act(&list->pieces[i]);
		}
	}
	return status;
}

static enum lb_status unmap(const struct lb_bounce_piece *piece)
{
	return lb_bounce_unmap(piece->mapped.pool, piece->mapped.address);
}

static enum lb_status sync_for_cpu(const struct lb_bounce_piece *piece)
{
	return lb_bounce_sync_for_cpu(
		piece->mapped.pool, piece->mapped.address, (size_t)piece->size);
}

static enum lb_status sync_for_device(const struct lb_bounce_piece *piece)
{
	return lb_bounce_sync_for_device(
		piece->mapped.pool, piece->mapped.address, (size_t)piece->size);
}

enum lb_status lb_bounce_list_unmap(const struct lb_bounce_list *list)
{
	return for_all(list, unmap);
}

enum lb_status lb_bounce_list_sync_for_cpu(const struct lb_bounce_list *list)
{
	return for_all(list, sync_for_cpu);
}

enum lb_status lb_bounce_list_sync_for_device(const struct lb_bounce_list *list)
{
	return for_all(list, sync_for_device);
}

/* Whether the device may be given both as one. */
static bool joins(const struct lb_bounce_device *device, const struct lb_bounce_span *span,
	const struct lb_bounce_piece *piece)
{
	lb_phys_addr last = piece->mapped.address + (piece->size - 1);

	LB_ASSERT(span->size && piece->size);
	return span->address + span->size == piece->mapped.address &&
		(!device->max_bytes || span->size + piece->size <= device->max_bytes) &&
		(!device->boundary_mask || !((span->address ^ last) & ~device->boundary_mask));
}

enum lb_status lb_bounce_list_merge(const struct lb_bounce_device *device,
	const struct lb_bounce_list *list, struct lb_bounce_span *spans, size_t capacity,
	size_t *ret_count)
{
	bool direct = false; /* the last span */
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct lb_bounce_piece *piece = &list->pieces[i];

		if (direct && !piece->mapped.pool && joins(device, &spans[count - 1], piece)) {
			spans[count - 1].size += piece->size;
			continue;
		}
		if (count == capacity) {
			return LB_NO_STORAGE;
		}
		spans[count++] = (struct lb_bounce_span){piece->mapped.address, piece->size};
		direct = !piece->mapped.pool;
	}
	LB_ASSERT(count <= list->count);
	*ret_count = count;
	return LB_OK;
}
