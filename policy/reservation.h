/* SPDX-License-Identifier: MIT */
/*
 * reservation: the question that every policy is asked, and the answer that every policy gives.
 *
 * The answer is what a machine would show (outcome, ranges, log lines) with the request as it was
 * understood. How it was found are its searches (struct lb_searches): each place that was tried,
 * why there, and what came of it. Explanations, pictures and findings read them; nobody derives
 * them again from log lines or from the names in the journal.
 *
 *	struct lb_reservation answer;
 *	struct lb_searches searches;
 *	enum lb_status status = lb_linux_reserve(
 *		&env, "ro crashkernel=512M,high", &map, &journal, &searches, &answer);
 *
 *	if (status == LB_OK && answer.outcome == LB_OUTCOME_FAILED) {
 *		const struct lb_search *last = lb_searches_last(&searches, answer.failed);
 *		... last->window, last->size and last->refusal say what was not to be had ...
 *	}
 *
 * Freestanding; no globals; all storage is the caller's.
 */
#ifndef LIFEBOAT_POLICY_RESERVATION_H
#define LIFEBOAT_POLICY_RESERVATION_H

#include "lifeboat/arch.h"
#include "lifeboat/journal.h"
#include "lifeboat/memory_map.h"

struct lb_linux_auto;

/*
 * What the kernel knows about itself and the machine at the moment at which it reserves. All
 * sizes in bytes, all addresses physical, ends exclusive. For lifeboat's own policy too: it reads
 * the limits, the pool and the encryption, and leaves what is Linux's alone.
 */
struct lb_reserve_env {
	enum lb_arch arch;
	uint32_t version;         /* LB_LINUX(6, 12, 107); of a vendor's kernel the upstream version
	                           * whose reservation it has (policy/linux/vendor.h) */
	const struct lb_linux_auto *automatic; /* crashkernel=auto; NULL: malformed. Static */
	uint64_t system_ram;      /* what the range form compares with: memblock_phys_mem_size() */
	lb_phys_addr low_max;     /* end of low memory: x86 4G, arm64 DMA limit, riscv dma32 */
	lb_phys_addr high_max;    /* end of high crash memory; >= low_max */
	uint64_t swiotlb_bytes;   /* bounce pool the kernel plans at this moment (x86 low size) */
	uint32_t page_size;       /* a power of two; 0: 4096 */
	uint64_t cma_align;       /* pageblock bytes, for `,cma`; 0: kernel built without CMA */
	bool xen_pv;              /* x86: Xen PV domain refuses */
	bool mirrored_first;      /* kernelcore=mirror with mirrored memory */
	bool avoid_hotplug;       /* movable_node */
	bool memory_encrypted;    /* by whatever; for linux-swiotlb-added and lifeboat */
};

/* The parts of crash kernel memory, as a machine shows them. */
enum lb_crash_kind {
	LB_CRASH,     /* the main region: the capture kernel lives here */
	LB_CRASH_LOW, /* within reach of devices that address 32 bits (arm64: the DMA limit) */
	LB_CRASH_CMA, /* used by the first kernel for movable pages, taken by the capture kernel */
};

/* "crash", "crash_low", "crash_cma": stable, for machines. Asserts a valid kind. */
const char *lb_crash_kind_name(enum lb_crash_kind kind);

/* A part and where it lies. Parts of different kinds never overlap. */
struct lb_crash_range {
	enum lb_crash_kind kind;
	struct lb_range range; /* never empty */
};

/* What becomes of a request. */
enum lb_outcome {
	LB_OUTCOME_NOT_REQUESTED, /* no crashkernel= at all, or one that declines */
	LB_OUTCOME_REJECTED,      /* the kernel did not understand it (or found it too big: 6.12) */
	LB_OUTCOME_FAILED,        /* understood, and found no room */
	LB_OUTCOME_RESERVED,
	LB_OUTCOME_HANGS,         /* the kernel would never come up */
};

/* "not_requested", "rejected", "failed", "reserved", "hangs". Asserts a valid outcome. */
const char *lb_outcome_name(enum lb_outcome outcome);

/* Which part of the request found no room. */
enum lb_crash_part {
	LB_PART_NONE, /* everything that was searched for was found, or nothing was */
	LB_PART_MAIN, /* the main region; with LB_OUTCOME_HANGS too */
	LB_PART_LOW,  /* the main region had room, the memory below low_max that goes with it had
	               * none; the main region was given back */
	LB_PART_CMA,  /* less than `,cma` asks for; the outcome may well be LB_OUTCOME_RESERVED */
};

/* "none", "main", "low", "cma". Asserts a valid part. */
const char *lb_crash_part_name(enum lb_crash_part part);

#define LB_CRASH_RANGES_MAX 6 /* main, low, four of CMA */
#define LB_CRASH_LOG_LINES_MAX 12
#define LB_CRASH_LOG_BYTES 1024

/*
 * The answer. Invariants: range_count is 0 unless outcome is LB_OUTCOME_RESERVED, but for CMA,
 * which a kernel takes although its main region failed; each range is reserved in the map; failed
 * is LB_PART_MAIN or LB_PART_LOW exactly if outcome is LB_OUTCOME_FAILED or LB_OUTCOME_HANGS.
 * After lb_reservation_clear unused parts are zero. About 1.3 KiB, without pointers to the
 * caller's memory: copy it freely.
 */
struct lb_reservation {
	enum lb_outcome outcome;
	size_t range_count;
	struct lb_crash_range ranges[LB_CRASH_RANGES_MAX]; /* main first, then low, then CMA */
	/* What the kernel prints about it, without time stamps: lines, each NUL-terminated, one
	 * after the other in log; line_count of them. Only lines with the word "crashkernel", as a
	 * search of the boot log shows them: some messages of the parser lack it (or misspell it)
	 * up to 6.16, and CMA areas speak as "cma:". Of a boot that hangs nothing is to be seen. */
	size_t line_count;
	size_t log_bytes;
	char log[LB_CRASH_LOG_BYTES];
	/* The request as understood, for explanations; no part of what a machine shows. */
	uint64_t asked;      /* for the main region, as the command line has it; 0 unknown, none */
	uint64_t size;       /* the same, rounded up to a page where the policy does so */
	uint64_t align;      /* of the main region's start, bytes, in the search that decided; 0:
	                      * nothing was searched */
	uint64_t low_size;   /* asked or implied; 0 none */
	uint64_t cma_size;
	lb_phys_addr offset; /* 0: automatic */
	bool high;           /* `,high` decided */
	bool declined;       /* the value is understood and asks for nothing: it says 0, or has no
	                      * size for this much RAM */
	bool unmatched;      /* declined because no range of a list holds this much RAM, which may
	                      * be an oversight; a size of 0 is not */
	bool low_implied;    /* low_size is the policy's own figure; its search says which */
	enum lb_crash_part failed;
	/* A bounce pool for the capture kernel that the policy itself sized and placed inside the
	 * ranges; empty where that is left to the capture kernel, as every Linux does. */
	struct lb_range bounce_pool;
	const char *bounce_source; /* where its size comes from, static; NULL: no such pool */
};

/* All bytes zero: LB_OUTCOME_NOT_REQUESTED. */
void lb_reservation_clear(struct lb_reservation *reservation);

/* Appends a range that is reserved in the map already. size > 0, in bytes. Asserts that there is
 * room: LB_CRASH_RANGES_MAX. */
void lb_reservation_add(struct lb_reservation *reservation, enum lb_crash_kind kind,
	lb_phys_addr start, uint64_t size);

/*
 * Whether a machine would show the same: outcome, ranges and log lines. How the request was
 * understood and searched for does not count, so boots that get to one answer in different ways
 * are one answer (docs/decisions/0008-searches-beside-the-answer.md).
 */
bool lb_reservation_same(const struct lb_reservation *a, const struct lb_reservation *b);

/* What one search came to. A search ends in one of the first three; only a found one can be
 * given back later. */
enum lb_search_result {
	LB_SEARCH_FOUND,      /* found and kept, but for given_back */
	LB_SEARCH_NOT_FOUND,  /* no place in the window */
	LB_SEARCH_REFUSED,    /* the one place that was asked for is not to be had */
	LB_SEARCH_GIVEN_BACK, /* found, then released: another part of the request had no room */
};

/* "found", "not_found", "refused", "given_back". Asserts a valid result. */
const char *lb_search_result_name(enum lb_search_result result);

/*
 * One attempt to find memory for one region. Invariants, asserted where it is recorded: found is
 * not empty exactly if result is FOUND or GIVEN_BACK, and lies in window; refusal is set exactly
 * if it is neither; given_back lies in found, and is all of it exactly if result is GIVEN_BACK.
 * All texts are static strings, phrases without a full
 * stop, NULL where there is nothing to say.
 */
struct lb_search {
	enum lb_crash_kind kind;    /* the region that it was for */
	enum lb_search_result result;
	bool given_place;           /* window is the place that was asked for, not searched */
	bool bottom_up;             /* the lowest place counts; else the highest */
	const char *owner;          /* "crash kernel", or the name of a claim; never NULL */
	const char *why;            /* why in this window */
	const char *size_why;       /* why so much; NULL: the command line says so */
	struct lb_range window;     /* the place ends in it too; empty: nothing to search in */
	uint64_t size;              /* bytes looked for */
	uint64_t align;             /* of the start, bytes; a power of two */
	struct lb_range found;      /* FOUND, GIVEN_BACK: size bytes in the window */
	struct lb_range given_back; /* what of found was released later: all, a part, nothing */
	const char *given_back_why;
	const char *refusal;        /* NOT_FOUND, REFUSED: what refused it */
	struct lb_range in_the_way; /* NOT_FOUND, REFUSED: the memory, or the lack of it, that is
	                             * in the way, as far as one range can be named; else empty */
	const char *holder;         /* the claim that holds it; NULL: not the policy's to know */
};

/*
 * All searches of one reservation, in their order. Two examples, x86-64 6.12 and lifeboat:
 *
 *	crashkernel=1088M,high crashkernel=1088M,low
 *	  crash      4 GiB-64 TiB  1088 MiB  given_back  without low memory it is of no use
 *	  crash_low  0-4 GiB       1088 MiB  not_found   no free hole is large enough
 *	  the answer: LB_OUTCOME_FAILED, LB_PART_LOW, no ranges
 *
 *	crashkernel=256M
 *	  crash      4 GiB-64 TiB   256 MiB  found       above low memory, to spare it
 *	  crash_low  0-4 GiB         64 MiB  found       size: what this kernel uses itself
 *	  the answer: LB_OUTCOME_RESERVED, LB_PART_NONE, both ranges, bounce_pool is the second
 *
 * The bound is never reached below 2^63 bytes of
 * memory: four for the main region (two windows, each by PUD first), one for low memory, and two
 * windows for each of at most 4 areas and 51 halvings of CMA. One that finds no room here is
 * counted all the same.
 */
#define LB_SEARCHES_MAX 128
struct lb_searches {
	size_t count;
	size_t dropped; /* searches that found no room in list */
	struct lb_search list[LB_SEARCHES_MAX];
};

/* No searches. searches may be NULL, here and in the two that follow: then nothing is kept, and
 * the journal is told all the same. */
void lb_searches_clear(struct lb_searches *searches);

/*
 * Records a search and its result, and tells the journal (may be NULL) the same: a SEARCH of the
 * window unless the place was given, then ALLOCATE or REFUSE. This and lb_searches_give_back are
 * the only writers of both, so the two cannot disagree. search->result: FOUND, NOT_FOUND or
 * REFUSED.
 */
void lb_searches_add(struct lb_searches *searches, struct lb_journal *journal,
	const struct lb_search *search);

/*
 * Records that range, found by an earlier search of that owner, was released, and tells the
 * journal. The search counts as GIVEN_BACK once nothing of what it found is left.
 */
void lb_searches_give_back(struct lb_searches *searches, struct lb_journal *journal,
	const char *owner, struct lb_range range, const char *reason);

/* The last search for that part, which is the one that decided; NULL: there was none (always for
 * LB_PART_NONE). searches must not be NULL. Valid until searches changes. */
const struct lb_search *lb_searches_last(
	const struct lb_searches *searches, enum lb_crash_part part);

/* The region that a part is about. Asserts a part other than LB_PART_NONE. */
enum lb_crash_kind lb_crash_part_kind(enum lb_crash_part part);

#endif
