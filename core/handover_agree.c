/* SPDX-License-Identifier: MIT */
/*
 * handover: records that make sense one by one and contradict each other. Every record is taken
 * apart into spans of memory, each with what it says of them; two that overlap must agree.
 */
#include "core/handover_record.h"

/* What is said of a span: enum lb_handover_class, and further. */
enum said {
	SAID_POOL = LB_RANGE_METADATA + 1,
	SAID_COPIED,  /* the source of a backup */
	SAID_COPY,    /* where the backup is */
	SAID_COUNT,
};

struct span {
	struct lb_range range;
	enum said said;
};

#define BIT(said) (1U << (said))

/*
 * What may not be said of the same byte. Usable memory is nothing else, or the next kernel would
 * hand it out; what must keep its contents is not written by devices; and one place belongs to one
 * pool, and has one copy.
 */
static const uint16_t contradicts[SAID_COUNT] = {
	[LB_RANGE_USABLE] = BIT(LB_RANGE_PRESERVED) | BIT(LB_RANGE_CRASH) |
		BIT(LB_RANGE_DEVICE_WRITABLE) | BIT(LB_RANGE_FIRMWARE) | BIT(LB_RANGE_METADATA) |
		BIT(SAID_POOL) | BIT(SAID_COPY),
	[LB_RANGE_PRESERVED] =
		BIT(LB_RANGE_USABLE) | BIT(LB_RANGE_DEVICE_WRITABLE) | BIT(SAID_POOL),
	[LB_RANGE_CRASH] = BIT(LB_RANGE_USABLE),
	[LB_RANGE_DEVICE_WRITABLE] = BIT(LB_RANGE_USABLE) | BIT(LB_RANGE_PRESERVED) |
		BIT(LB_RANGE_METADATA) | BIT(SAID_COPY),
	[LB_RANGE_FIRMWARE] = BIT(LB_RANGE_USABLE),
	[LB_RANGE_METADATA] =
		BIT(LB_RANGE_USABLE) | BIT(LB_RANGE_DEVICE_WRITABLE) | BIT(SAID_POOL),
	[SAID_POOL] = BIT(LB_RANGE_USABLE) | BIT(LB_RANGE_PRESERVED) | BIT(LB_RANGE_METADATA) |
		BIT(SAID_POOL) | BIT(SAID_COPY),
	[SAID_COPIED] = BIT(SAID_COPIED),
	[SAID_COPY] = BIT(LB_RANGE_USABLE) | BIT(LB_RANGE_DEVICE_WRITABLE) | BIT(SAID_POOL) |
		BIT(SAID_COPY),
};

static struct span span_of(uint64_t start, uint64_t size, unsigned int said)
{
	LB_ASSERT(start <= UINT64_MAX - size); /* the record is sensible */
	LB_ASSERT(said < SAID_COUNT);
	return (struct span){{start, start + size}, (enum said)said};
}

/* Span number `index` of a sensible record; false: it has no more. */
static bool span_at(const struct lb_handover_record *record, size_t index, struct span *ret)
{
	const uint8_t *payload = record->payload;

	switch (record->type) {
	case LB_HANDOVER_RANGES: {
		struct lb_handover_range range;

		if (index >= record->bytes / sizeof(range)) {
			return false;
		}
		__builtin_memcpy(&range, payload + index * sizeof(range), sizeof(range));
		*ret = span_of(range.start, range.size, range.class);
		return true;
	}
	case LB_HANDOVER_BOUNCE_POOL: {
		struct lb_handover_bounce_pool pool;

		__builtin_memcpy(&pool, payload, sizeof(pool));
		*ret = span_of(pool.base, pool.size, SAID_POOL);
		return index == 0;
	}
	case LB_HANDOVER_BACKUP: {
		struct lb_handover_backup backup;

		__builtin_memcpy(&backup, payload, sizeof(backup));
		*ret = index ? span_of(backup.copy, backup.size, SAID_COPY)
			     : span_of(backup.source, backup.size, SAID_COPIED);
		return index < 2;
	}
	default:
		return false;
	}
}

/* One of a kind: a second would leave the reader to choose. */
static bool is_single(uint32_t type)
{
	return type == LB_HANDOVER_RSDP || type == LB_HANDOVER_CORE_HEADER;
}

static bool spans_agree(const struct span *a, const struct span *b)
{
	return !lb_range_overlaps(a->range, b->range) ||
		!(contradicts[a->said] & BIT(b->said));
}

bool lb_handover_agree(
	const struct lb_handover_record *earlier, const struct lb_handover_record *later)
{
	bool same = earlier == later;
	struct span a, b;

	LB_ASSERT(lb_handover_known(earlier->type) && lb_handover_known(later->type));
	if (!same && is_single(later->type) && earlier->type == later->type) {
		return false;
	}
	for (size_t i = 0; span_at(later, i, &a); i++) {
		for (size_t j = 0; (!same || j < i) && span_at(earlier, j, &b); j++) {
			if (!spans_agree(&a, &b)) {
				return false;
			}
		}
	}
	return true;
}
