/* SPDX-License-Identifier: MIT */
/*
 * base: the words that every module of the core shares.
 *
 * Freestanding: needs nothing but the compiler's own headers, and memcpy, memmove, memset and
 * memcmp at link time (clang and gcc emit calls to them whatever the flags).
 *
 * Three kinds of failure, three ways to report them:
 *   a bug of the caller        -> LB_ASSERT (stops; never for data from outside)
 *   bad data from outside      -> enum lb_status, with a position where there is one
 *   not enough storage or room -> enum lb_status; the object is as it was before the call
 */
#ifndef LIFEBOAT_BASE_H
#define LIFEBOAT_BASE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LB_KIB (UINT64_C(1) << 10)
#define LB_MIB (UINT64_C(1) << 20)
#define LB_GIB (UINT64_C(1) << 30)
#define LB_TIB (UINT64_C(1) << 40)

#define LB_MUST_CHECK __attribute__((warn_unused_result))
#define LB_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a call came to. Functions return LB_OK or the first reason that stopped them. */
enum lb_status {
	LB_OK = 0,
	LB_NO_STORAGE,  /* the caller's storage is full; nothing was changed */
	LB_NOT_FOUND,   /* no range, region or record fits what was asked */
	LB_INVALID,     /* an argument or a datum from outside makes no sense */
	LB_OUT_OF_RANGE,/* an address or size would pass the end of the address space */
	LB_CONFLICT,    /* the range belongs to somebody else already */
	LB_TRUNCATED,   /* the data end before they should */
	LB_UNSUPPORTED, /* understood, and not offered */
	LB_CORRUPT,     /* a checksum or digest does not match */
};

/* The status as one lower-case English phrase, without a full stop. Never NULL. */
const char *lb_status_text(enum lb_status status);

/* A physical address. Typed apart from sizes and virtual addresses by name. */
typedef uint64_t lb_phys_addr;

/*
 * [start, end): the first byte, and the first byte after. Empty when start == end. start <= end
 * always. The last byte of the 64-bit address space cannot be part of a range: LB_PHYS_ADDR_MAX
 * is the largest end, as PHYS_ADDR_MAX is in Linux's memblock (mm/memblock.c, 6.12).
 * Printed inclusive ("start-last"), as /proc/iomem does.
 */
struct lb_range {
	lb_phys_addr start;
	lb_phys_addr end;
};
#define LB_PHYS_ADDR_MAX UINT64_MAX

static inline uint64_t lb_range_size(struct lb_range range)
{
	return range.end - range.start;
}

static inline bool lb_range_empty(struct lb_range range)
{
	return range.start >= range.end;
}

/* True if the two share at least one byte; an empty range shares none. */
static inline bool lb_range_overlaps(struct lb_range a, struct lb_range b)
{
	return !lb_range_empty(a) && !lb_range_empty(b) && a.start < b.end && b.start < a.end;
}

/* True if every byte of inner lies in outer; an empty inner lies in everything. */
static inline bool lb_range_contains(struct lb_range outer, struct lb_range inner)
{
	return lb_range_empty(inner) || (inner.start >= outer.start && inner.end <= outer.end);
}

static inline bool lb_range_has(struct lb_range range, lb_phys_addr address)
{
	return address >= range.start && address < range.end;
}

/* The shared bytes; {0, 0} when there are none. */
static inline struct lb_range lb_range_intersect(struct lb_range a, struct lb_range b)
{
	struct lb_range both = {a.start > b.start ? a.start : b.start,
		a.end < b.end ? a.end : b.end};

	return both.start < both.end ? both : (struct lb_range){0, 0};
}

/* Checked arithmetic: false, and *ret untouched, when the result does not fit in 64 bits. */
static inline bool LB_MUST_CHECK lb_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t sum;

	if (__builtin_add_overflow(a, b, &sum)) {
		return false;
	}
	*ret = sum;
	return true;
}

static inline bool LB_MUST_CHECK lb_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t product;

	if (__builtin_mul_overflow(a, b, &product)) {
		return false;
	}
	*ret = product;
	return true;
}

static inline bool lb_is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

/* align must be a power of two. */
static inline uint64_t lb_align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

/* False when the next multiple would pass 2^64 - 1. align must be a power of two. */
static inline bool LB_MUST_CHECK lb_align_up(uint64_t value, uint64_t align, uint64_t *ret)
{
	uint64_t sum;

	if (!lb_add(value, align - 1, &sum)) {
		return false;
	}
	*ret = lb_align_down(sum, align);
	return true;
}

static inline uint64_t lb_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t lb_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * A caller's bug stops the program at the spot. The core has no console: the program that links
 * it supplies this one function (the command line prints and aborts; a kernel panics).
 */
_Noreturn void lb_assert_failed(const char *expression, const char *file, int line);
#define LB_ASSERT(expression)                                                                    \
	((expression) ? (void)0 : lb_assert_failed(#expression, __FILE__, __LINE__))

#endif
