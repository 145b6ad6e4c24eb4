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
 *
 * What holds for every header here, and is not said again:
 *   - results come last, are named ret_..., are never NULL unless the comment allows it, and are
 *     written only on success, unless they tell of the failure (a conflict, an offset);
 *   - a pointer to const is only read, and not kept after the call unless the comment says so;
 *   - arrays, buffers and names are the caller's, and must live as long as the object that was
 *     given them; nothing is allocated and there is no global state;
 *   - an object is used by one CPU at a time: the caller serialises;
 *   - sizes are bytes and addresses physical, unless the name says otherwise (va, bits, pages,
 *     nanoseconds);
 *   - an enum, a flag or a count from outside is checked where it comes in, so inside a switch over
 *     an enum has no default;
 *   - lb_..._check functions look at everything and are for tests, fuzzers and debug builds.
 */
#ifndef LIFEBOAT_BASE_H
#define LIFEBOAT_BASE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, as uint64_t, so that products of them do not overflow an int. */
#define LB_KIB (UINT64_C(1) << 10)
#define LB_MIB (UINT64_C(1) << 20)
#define LB_GIB (UINT64_C(1) << 30)
#define LB_TIB (UINT64_C(1) << 40)

/* For functions whose status decides what may be done next: ignoring it does not compile. */
#define LB_MUST_CHECK __attribute__((warn_unused_result))
/* Elements of an array; not of a pointer to its first one. */
#define LB_ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * What a call came to. Functions return LB_OK or the first reason that stopped them. LB_OK is 0, so
 * "if (status)" reads as "if it failed"; the other values are no interface: they may change.
 */
enum lb_status {
	LB_OK = 0,
	/*
	 * The caller's storage is full; nothing was changed. The same call with more storage, or
	 * after something was given back, can succeed.
	 */
	LB_NO_STORAGE,
	/*
	 * No range, region or record fits what was asked. The question was sensible, so the answer
	 * is about the machine: a search in another window may find something.
	 */
	LB_NOT_FOUND,
	/*
	 * An argument or a datum from outside makes no sense, by itself or beside another one. To
	 * ask again is no use.
	 */
	LB_INVALID,
	/* An address or size would pass the end of the address space or of what a format says. */
	LB_OUT_OF_RANGE,
	/* The range belongs to somebody else already; a ret_conflict says to whom. */
	LB_CONFLICT,
	/* The data end before they should: more of them may be all that is missing. */
	LB_TRUNCATED,
	/* Understood, and not offered: by another version, or on another machine, it may be. */
	LB_UNSUPPORTED,
	/* A checksum or digest does not match: the data were right once, and are not any more. */
	LB_CORRUPT,
};

/*
 * The status as one lower-case English phrase, without a full stop: "no storage left". Static;
 * never NULL, also for a number that is no status.
 */
const char *lb_status_text(enum lb_status status);

/* A physical address. Typed apart from sizes and virtual addresses by name. */
typedef uint64_t lb_phys_addr;

/*
 * [start, end): the first byte, and the first byte after. Empty when start == end. start <= end
 * always. The last byte of the 64-bit address space cannot be part of a range: LB_PHYS_ADDR_MAX
 * is the largest end, as PHYS_ADDR_MAX is in Linux's memblock (mm/memblock.c, 6.12).
 * Printed inclusive ("start-last"), as /proc/iomem does:
 *
 *	if (!lb_range_empty(range)) {
 *		lb_format(&text, "0x%llx-0x%llx", (unsigned long long)range.start,
 *			(unsigned long long)range.end - 1);
 *	}
 *
 * A range from outside becomes one through lb_add; from then on nobody checks it again.
 */
struct lb_range {
	lb_phys_addr start;
	lb_phys_addr end;
};
/* The largest end of a range; as a limit it means that there is none. */
#define LB_PHYS_ADDR_MAX UINT64_MAX

/*
 * Ranges as values. All of them take half-open ranges and answer without overflow for every pair of
 * start <= end, also at both ends of the address space:
 *
 *	lb_range_size((struct lb_range){0x1000, 0x3000}) is 0x2000
 *	lb_range_overlaps({0x1000, 0x3000}, {0x3000, 0x4000}) is false
 *	lb_range_contains({0x1000, 0x3000}, {0x2000, 0x3000}) is true
 *	lb_range_intersect({0x1000, 0x3000}, {0x2000, 0x9000}) is {0x2000, 0x3000}
 */

/* Bytes in the range. start <= end is the caller's promise: otherwise the result is nonsense. */
static inline uint64_t lb_range_size(struct lb_range range)
{
	return range.end - range.start;
}

/* True if the range has no byte; also for one that was put together the wrong way round. */
static inline bool lb_range_empty(struct lb_range range)
{
	return range.start >= range.end;
}

/*
 * True if the two share at least one byte; an empty range shares none. Ranges that touch
 * (a.end == b.start) do not overlap.
 */
static inline bool lb_range_overlaps(struct lb_range a, struct lb_range b)
{
	return !lb_range_empty(a) && !lb_range_empty(b) && a.start < b.end && b.start < a.end;
}

/* True if every byte of inner lies in outer; an empty inner lies in everything, wherever it is. */
static inline bool lb_range_contains(struct lb_range outer, struct lb_range inner)
{
	return lb_range_empty(inner) || (inner.start >= outer.start && inner.end <= outer.end);
}

/* True if the byte at the address lies in the range; end itself does not. */
static inline bool lb_range_has(struct lb_range range, lb_phys_addr address)
{
	return address >= range.start && address < range.end;
}

/* The shared bytes; {0, 0} when there are none, so that an empty result compares equal. */
static inline struct lb_range lb_range_intersect(struct lb_range a, struct lb_range b)
{
	struct lb_range both = {a.start > b.start ? a.start : b.start,
		a.end < b.end ? a.end : b.end};

	return both.start < both.end ? both : (struct lb_range){0, 0};
}

/*
 * Checked arithmetic, for every number that comes from outside: false, and *ret untouched, when
 * the result does not fit in 64 bits. ret may point to an operand:
 *
 *	if (!lb_add(range.start, size, &range.end)) {
 *		return LB_OUT_OF_RANGE;
 *	}
 */
static inline bool LB_MUST_CHECK lb_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t sum;

	if (__builtin_add_overflow(a, b, &sum)) {
		return false;
	}
	*ret = sum;
	return true;
}

/* a * b; as lb_add. */
static inline bool LB_MUST_CHECK lb_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t product;

	if (__builtin_mul_overflow(a, b, &product)) {
		return false;
	}
	*ret = product;
	return true;
}

/* 0 is none: an alignment of 0 must be turned into 1 before it is tested. */
static inline bool lb_is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

/*
 * Rounding. lb_align_down cannot fail; lb_align_up can, and says so: an address from outside that
 * is rounded up in silence becomes 0.
 *
 *	lb_align_down(0x1fff, 0x1000) is 0x1000
 *	lb_align_up(0x1001, 0x1000, &up) gives 0x2000
 *	lb_align_up(UINT64_MAX, 0x1000, &up) is false
 */

/* The highest multiple of align that is not above value. align must be a power of two. */
static inline uint64_t lb_align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

/*
 * The lowest multiple of align that is not below value. False, and *ret untouched, when it would
 * pass 2^64 - 1. align must be a power of two.
 */
static inline bool LB_MUST_CHECK lb_align_up(uint64_t value, uint64_t align, uint64_t *ret)
{
	uint64_t sum;

	if (!lb_add(value, align - 1, &sum)) {
		return false;
	}
	*ret = lb_align_down(sum, align);
	return true;
}

/* The smaller and the larger of two; functions, so that arguments are evaluated once. */
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
 * it supplies this one function (the command line prints and aborts; a kernel panics). It must
 * not return: the code after an assertion relies on it. Data from outside never reach one, and
 * assertions stay in every build: each is a comparison that somebody would otherwise debug.
 * expression, file: static texts.
 */
_Noreturn void lb_assert_failed(const char *expression, const char *file, int line);
/* The expression is always evaluated, and must have no effect that the code relies on. */
#define LB_ASSERT(expression)                                                                    \
	((expression) ? (void)0 : lb_assert_failed(#expression, __FILE__, __LINE__))

#endif
