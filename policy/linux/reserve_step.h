/* SPDX-License-Identifier: MIT */
/*
 * reserve_step: the single steps of a Linux reservation: search one window and take what is
 * found, take a given place, give back, print a line. Each step that searches is recorded
 * (lb_searches_add), so the rules above only say where to look and why.
 *
 * Internal to policy/linux/: the rules of the architectures use these steps, and nothing here
 * knows an architecture or a version.
 */
#ifndef LIFEBOAT_POLICY_LINUX_RESERVE_STEP_H
#define LIFEBOAT_POLICY_LINUX_RESERVE_STEP_H

#include "lifeboat/format.h"
#include "policy/linux/linux.h"

/*
 * One reservation under way. Everything it points to is the caller's, and outlives the run. The
 * steps change map and ret, and record in journal and searches; the rest stays as it is from the
 * first step to the last. cmdline has at least length bytes without a NUL among them.
 */
struct reserve_run {
	const struct lb_reserve_env *env;
	const struct lb_linux_row *row; /* of env's architecture and version */
	struct lb_linux_proposal proposal;
	const char *cmdline;
	/* Of the part of cmdline that the kernel keeps, in bytes (row->cmdline_bytes at most). */
	size_t length;
	/* What is free now; a step takes from it, and gives back what it took. */
	struct lb_memory_map *map;
	/* Who hears of each step, for explanations; both may be NULL. */
	struct lb_journal *journal;
	struct lb_searches *searches;
	struct lb_reservation *ret;
};

/*
 * Where and how to look for one block; sizes in bytes. As memblock_phys_alloc_range: the block
 * lies in [start, end) altogether, begins on a multiple of align, and is the highest that is free.
 * Where memory is mirrored (env->mirrored_first) mirrored memory comes first, then any
 * (mm/memblock.c, choose_memblock_flags, 5.10 to 7.3).
 */
struct reserve_place {
	enum lb_crash_kind kind;
	/* Why this window, in half a sentence; static; may be NULL. */
	const char *why;
	/* Why so much; static; NULL: the command line says so. */
	const char *size_why;
	uint64_t size;           /* 0: nothing is found */
	uint64_t align;          /* a power of two */
	lb_phys_addr start, end; /* nothing is found when end <= start */
	bool bottom_up;          /* the lowest place; else the highest */
};

/*
 * Appends a line of the kernel's log, as dmesg shows it: without level, time stamp and newline. A
 * line is kept whole, or not at all where LB_CRASH_LOG_LINES_MAX or LB_CRASH_LOG_BYTES are
 * reached: the journal still says what happened. format is lb_format()'s, which is not printf's
 * in full (lifeboat/format.h).
 */
void reserve_log(struct reserve_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reserve_log_text(struct reserve_run *run, const struct lb_text *line);

/* A decision without a search, for the journal alone: "the value does not begin with a number".
 * reason: static. */
void reserve_note(struct reserve_run *run, const char *reason);

/*
 * Searches, records and reserves. *ret_start: where the block begins, a multiple of place->align.
 * LB_NOT_FOUND leaves it alone, as a search that failed; the record then has the largest hole of
 * the window and what bounds it. LB_NO_STORAGE: the map is full; nothing is reserved.
 */
enum lb_status LB_MUST_CHECK reserve_place(struct reserve_run *run,
	const struct reserve_place *place, lb_phys_addr *ret_start);

/*
 * The same for the main region, with what a proposal makes of it: *size may grow by extra_low if
 * the place is `low_plain`, a plain request that looks below low_max; with pud_size whole PUDs
 * are tried in the same window first, and what they have too much is given back. A proposal that
 * finds nothing leaves the search as Linux does it, and a note in the journal. Without a proposal
 * (all zero) this is reserve_place(). Fails as reserve_place(); *size is as before then.
 */
enum lb_status LB_MUST_CHECK reserve_place_main(struct reserve_run *run,
	const struct reserve_place *place, bool low_plain, uint64_t *size, lb_phys_addr *ret_start);

/*
 * Takes exactly [offset, offset + size) for the main region: as one search, or, where the row has
 * refusals, by the checks of such a kernel, with its line of the log. LB_NOT_FOUND: refused, also
 * where the end passes 2^64. LB_NO_STORAGE: the map is full; nothing is reserved. offset and size
 * in bytes; size > 0. Kernels that search take the window [offset, offset + size) and so want the
 * offset aligned to row->fixed_align (arch/x86/kernel/setup.c, generic since 6.7); those with
 * refusals check memory, reservations and alignment one by one (arch/arm64/mm/init.c to 5.14).
 */
enum lb_status LB_MUST_CHECK reserve_given_place(
	struct reserve_run *run, uint64_t offset, uint64_t size);

/* The kernel never comes up: no ranges, and nothing of its log is to be seen, since it searches
 * before the console is up. Sets LB_OUTCOME_HANGS and LB_PART_MAIN. Which kernels do that, and with
 * what request, is the rules' to say (lb_linux_row.gives_up_high); the map keeps what was taken so
 * far. */
void reserve_hang(struct reserve_run *run);

/* Gives a placed block back, because the low memory that goes with it was not to be had. It must
 * have been placed in this run: releasing it needs no more room in the map than there was before,
 * so this cannot fail. */
void reserve_give_back(struct reserve_run *run, enum lb_crash_kind kind, lb_phys_addr start,
	uint64_t size);

/* Rounded up to env->page_size as PAGE_ALIGN() does: past the end of 64 bits it wraps to 0. */
uint64_t reserve_page_align(const struct reserve_run *run, uint64_t size);

#endif
