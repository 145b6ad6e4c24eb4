/* SPDX-License-Identifier: MIT */
/* handover: the known record types, their layout (held in place by asserts) and their sense. */
#include "core/handover_record.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures are written as they lie");

#define AT(structure, field, offset)                                                             \
	_Static_assert(offsetof(struct structure, field) == (offset), #structure "." #field)
#define SIZE(structure, bytes) _Static_assert(sizeof(struct structure) == (bytes), #structure)

SIZE(lb_handover_header, 64);
AT(lb_handover_header, byte_order, 8);
AT(lb_handover_header, format, 12);
AT(lb_handover_header, header_bytes, 14);
AT(lb_handover_header, total_bytes, 16);
AT(lb_handover_header, record_count, 24);
AT(lb_handover_header, crc, 28);
AT(lb_handover_header, generation, 32);
AT(lb_handover_header, writer, 40);
AT(lb_handover_header, address, 56);
SIZE(lb_handover_record_header, 16);
AT(lb_handover_record_header, version, 4);
AT(lb_handover_record_header, flags, 6);
AT(lb_handover_record_header, bytes, 8);
AT(lb_handover_record_header, crc, 12);
SIZE(lb_handover_range, 24);
AT(lb_handover_range, class, 16);
SIZE(lb_handover_bounce_pool, 48);
AT(lb_handover_bounce_pool, slot_bytes, 16);
AT(lb_handover_bounce_pool, flags, 24);
AT(lb_handover_bounce_pool, scope_id, 32);
SIZE(lb_handover_rsdp, 8);
SIZE(lb_handover_iommu, 24);
AT(lb_handover_iommu, kind, 16);
SIZE(lb_handover_device, 40);
AT(lb_handover_device, pool_base, 16);
AT(lb_handover_device, kind, 32);
SIZE(lb_handover_core_header, 16);
SIZE(lb_handover_backup, 24);

bool lb_handover_known(uint32_t type)
{
	return type >= LB_HANDOVER_RANGES && type <= LB_HANDOVER_LAST;
}

static bool fits(uint64_t start, uint64_t size)
{
	uint64_t end;

	return size && lb_add(start, size, &end);
}

static bool sensible_range(const struct lb_handover_range *range)
{
	return fits(range->start, range->size) && range->class >= LB_RANGE_USABLE &&
		range->class <= LB_RANGE_METADATA;
}

static bool sensible_ranges(const uint8_t *payload, size_t bytes, size_t *ret_error_offset)
{
	struct lb_handover_range range;

	if (!bytes || bytes % sizeof(range)) {
		*ret_error_offset = bytes - bytes % sizeof(range);
		return false;
	}
	for (size_t at = 0; at < bytes; at += sizeof(range)) {
		__builtin_memcpy(&range, payload + at, sizeof(range));
		if (!sensible_range(&range)) {
			*ret_error_offset = at;
			return false;
		}
	}
	return true;
}

static bool sensible_pool(const struct lb_handover_bounce_pool *pool)
{
	const uint32_t flags = LB_POOL_IN_RAM | LB_POOL_HOT | LB_POOL_SHARED;

	return pool->base && fits(pool->base, pool->size) && lb_is_power_of_two(pool->slot_bytes) &&
		pool->segment_slots && !(pool->flags & ~flags) &&
		pool->scope >= LB_BOUNCE_SYSTEM && pool->scope <= LB_BOUNCE_DEVICE &&
		pool->slots_used <= pool->size / pool->slot_bytes;
}

/*
 * The payload as a structure: copied, because the bytes' alignment is not the compiler's
 * business.
 */
#define AS(structure, name, payload)                                                             \
	struct structure name;                                                                   \
	__builtin_memcpy(&name, payload, sizeof(name))

static bool sensible_structure(uint32_t type, const void *payload)
{
	switch ((enum lb_handover_type)type) {
	case LB_HANDOVER_BOUNCE_POOL: {
		AS(lb_handover_bounce_pool, pool, payload);
		return sensible_pool(&pool);
	}
	case LB_HANDOVER_RSDP: {
		AS(lb_handover_rsdp, rsdp, payload);
		return rsdp.address;
	}
	case LB_HANDOVER_IOMMU: {
		AS(lb_handover_iommu, iommu, payload);
		return iommu.kind >= 1 && iommu.kind <= 3 && iommu.translating <= 1;
	}
	case LB_HANDOVER_DEVICE: {
		AS(lb_handover_device, device, payload);
		return device.kind >= 1 && device.kind <= 2 && device.bus_master <= 1;
	}
	case LB_HANDOVER_CORE_HEADER: {
		AS(lb_handover_core_header, core, payload);
		return fits(core.address, core.size);
	}
	case LB_HANDOVER_BACKUP: {
		AS(lb_handover_backup, backup, payload);
		return fits(backup.source, backup.size) && fits(backup.copy, backup.size);
	}
	case LB_HANDOVER_RANGES:
		break;
	}
	return false;
}

static size_t structure_bytes(uint32_t type)
{
	static const uint8_t bytes[] = {
		[LB_HANDOVER_BOUNCE_POOL] = sizeof(struct lb_handover_bounce_pool),
		[LB_HANDOVER_RSDP] = sizeof(struct lb_handover_rsdp),
		[LB_HANDOVER_IOMMU] = sizeof(struct lb_handover_iommu),
		[LB_HANDOVER_DEVICE] = sizeof(struct lb_handover_device),
		[LB_HANDOVER_CORE_HEADER] = sizeof(struct lb_handover_core_header),
		[LB_HANDOVER_BACKUP] = sizeof(struct lb_handover_backup),
	};

	return bytes[type];
}

bool lb_handover_sensible(
	uint32_t type, const void *payload, size_t bytes, size_t *ret_error_offset)
{
	LB_ASSERT(lb_handover_known(type));
	if (type == LB_HANDOVER_RANGES) {
		return sensible_ranges(payload, bytes, ret_error_offset);
	}
	*ret_error_offset = 0;
	return bytes == structure_bytes(type) && sensible_structure(type, payload);
}

uint16_t lb_handover_flags(enum lb_handover_type type, const void *payload, size_t bytes)
{
	const uint8_t *from = payload;

	if (type == LB_HANDOVER_RSDP || type == LB_HANDOVER_CORE_HEADER) {
		return 0;
	}
	for (size_t at = 0; type == LB_HANDOVER_RANGES && at < bytes;
		at += sizeof(struct lb_handover_range)) {
		AS(lb_handover_range, range, from + at);
		if (range.class != LB_RANGE_USABLE && range.class != LB_RANGE_FIRMWARE) {
			return LB_HANDOVER_MUST_UNDERSTAND;
		}
	}
	return type == LB_HANDOVER_RANGES ? 0 : LB_HANDOVER_MUST_UNDERSTAND;
}

const char *lb_handover_type_name(uint32_t type)
{
	static const char *const names[] = {
		[LB_HANDOVER_RANGES] = "ranges",
		[LB_HANDOVER_BOUNCE_POOL] = "bounce pool",
		[LB_HANDOVER_RSDP] = "rsdp",
		[LB_HANDOVER_IOMMU] = "iommu",
		[LB_HANDOVER_DEVICE] = "device left running",
		[LB_HANDOVER_CORE_HEADER] = "core header",
		[LB_HANDOVER_BACKUP] = "backup",
	};

	return lb_handover_known(type) ? names[type] : "unknown";
}
