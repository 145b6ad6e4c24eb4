/* SPDX-License-Identifier: MIT */
/*
 * linux: what a Linux kernel does with `crashkernel=` once memory is known: read the option,
 * search, reserve, and print. Everything before that moment (what is free) is in the memory map
 * that the caller brings.
 *
 * What differs between architectures and ages of the kernel stands in rows, one for each age of
 * each architecture. A row begins where something changed and holds until the next begins. Who
 * wants to know a fact about a kernel asks its row; nobody compares architectures or versions
 * again. A new architecture is a table of rows in linux.c, its way to search in a file of its
 * own, and the entry in lb_arch_name(); the compiler names the two switches that lack it, and the
 * tests of the rows (tests/unit/test_linux_rows.c) what a row lacks.
 *
 *	const struct lb_linux_row *row = lb_linux_row(LB_ARCH_ARM64, LB_LINUX(6, 1, 100));
 *
 *	if (row && row->knows_high && !row->default_low) {
 *		... acts on `,high`, and reserves low memory only where `,low` asks for it ...
 *	}
 *
 * Freestanding; no globals. Sources: kernel/crash_core.c (to 6.8), kernel/crash_reserve.c (from
 * 6.9), arch/x86/kernel/setup.c, arch/arm64/mm/init.c, arch/riscv/mm/init.c, mm/cma.c; the
 * versions of changes that came into stable series are in linux.c, beside their rows.
 */
#ifndef LIFEBOAT_POLICY_LINUX_LINUX_H
#define LIFEBOAT_POLICY_LINUX_LINUX_H

#include "policy/reservation.h"

struct reserve_run;
struct reserve_request;

/* What a kernel says about its reservation; each age of an architecture has its own words. */
enum lb_linux_line {
	LB_LINE_RESERVED,     /* the main region stands; size bytes at start */
	LB_LINE_LOW_RESERVED, /* the low region stands; size bytes at start */
	LB_LINE_LOW_FAILED,   /* no room for the low region of size bytes */
	LB_LINE_NO_ROOM,      /* no room for the main region of size bytes */
};

/* Appends that line to the answer's log. start and size in bytes, as the line needs them. */
typedef void lb_linux_say(struct reserve_run *run, enum lb_linux_line line, lb_phys_addr start,
	uint64_t size);

/*
 * Searches for the main region of a request without an offset, and reserves it. request may learn
 * from the search that low memory goes with it. LB_NOT_FOUND: no room, or the kernel hangs
 * (outcome LB_OUTCOME_HANGS). LB_NO_STORAGE: nothing is reserved.
 */
typedef enum lb_status lb_linux_search(
	struct reserve_run *run, struct reserve_request *request, lb_phys_addr *ret_start);

/* What is printed where the place that was asked for is refused, whole lines without arguments. */
struct lb_linux_refusals {
	const char *not_memory; /* not all of it is memory */
	const char *taken;      /* some of it is reserved */
	const char *unaligned;  /* it does not begin on a multiple of row->fixed_align */
};

/*
 * One age of one architecture. A field that is false or 0 is what most ages do, so that a row
 * names what is special; `grep 'low_margin' policy/linux` shows who has it and who acts on it.
 * Fields that only one code base reads (arm64 up to 6.6: low_margin) are without effect in the
 * others. Sizes and alignments in bytes; alignments are
 * powers of two.
 */
struct lb_linux_row {
	enum lb_arch arch;
	uint32_t since; /* LB_LINUX(); the first row of an architecture also holds before it */

	/* Limits. */
	size_t cmdline_bytes; /* COMMAND_LINE_SIZE - 1: what is kept of the line, and read */
	uint64_t align;       /* CRASH_ALIGN: of regions that are searched for */
	uint64_t fixed_align; /* of the offset in SIZE@OFFSET */
	lb_phys_addr low_end; /* where the first search for low memory ends; 0: at env->low_max */
	uint64_t default_low; /* low memory where `,low` does not say; 0: none */
	bool pool_in_low;     /* at least the bounce pool and 8 MiB, default_low or not */
	const char *default_low_why; /* in words, for searches; NULL with default_low 0 */

	/* Which forms it acts on, and how it reads them. */
	bool reserves;        /* false: no crash kernel memory at all */
	bool knows_high;      /* SIZE,high, and SIZE,low with it */
	bool knows_cma;       /* SIZE,cma */
	bool plain_gives_way; /* `,high` counts where the plain value is of no use; elsewhere only
	                       * where there is no plain value at all */
	bool low_read_late;   /* `,low` is read when the main region lies above low memory, and
	                       * then with a plain value too */
	bool rounds_to_page;  /* the size, before it searches */
	bool below_ram;       /* refuses a size that is not below env->system_ram */
	bool refuses_xen_pv;  /* reserves nothing in a Xen PV domain */

	/* How it searches. */
	bool searches_again; /* in a second window where the first has no room, or a third */
	bool splits_windows; /* the windows are low and high memory; else the second holds all */
	bool gives_up_high;  /* `,high` fails where low and high memory end at the same address;
	                      * elsewhere the kernel takes its second window for its first */
	lb_phys_addr low_from; /* a region from here on has low memory with it; 0: low_max */
	bool low_margin;     /* a region that begins less than its low memory's size below low_max
	                      * counts as above it */
	lb_linux_search *search;

	/* What it says. */
	lb_linux_say *say;
	const char *given_place_line; /* a given place is refused; NULL: as LB_LINE_NO_ROOM */
	const struct lb_linux_refusals *refusals; /* it checks a given place step by step, and
	                                           * says nothing else; NULL: one search */
	bool says_first_mib; /* a word crashkernel= makes it keep the first MiB, and say so */
};

/* The row of a kernel: a version (LB_LINUX()) after the last row is read as that row. NULL for
 * LB_ARCH_UNKNOWN. */
const struct lb_linux_row *lb_linux_row(enum lb_arch arch, uint32_t version);

/* All rows of an architecture, oldest first; *ret_count of them, 0 for LB_ARCH_UNKNOWN. */
const struct lb_linux_row *lb_linux_rows(enum lb_arch arch, size_t *ret_count);

/*
 * Reserves in map as that kernel would, for the whole command line `cmdline` (NUL-terminated, any
 * bytes). The map changes only by what is reserved. LB_NO_STORAGE: the map's storage is full
 * (map unchanged). LB_UNSUPPORTED: no rows for this architecture. A request that is there and
 * without effect (`,low` alone, a suffix that this kernel does not act on) is LB_OUTCOME_REJECTED.
 * journal and searches (may be NULL) hear every search and what came of it; searches begins
 * empty, and is so after a failure. Asserts env->low_max <= env->high_max.
 */
enum lb_status LB_MUST_CHECK lb_linux_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_searches *searches, struct lb_reservation *ret);

/* What a change that was proposed makes of a reservation; all zero: nothing. Sizes in bytes. */
struct lb_linux_proposal {
	uint64_t extra_low; /* added to a plain request that goes to low memory */
	uint64_t pud_size;  /* a power of two: try multiples of it first, give the rest back */
};

/* lb_linux_reserve() with a proposal on top. */
enum lb_status LB_MUST_CHECK lb_linux_reserve_with(struct lb_linux_proposal proposal,
	const struct lb_reserve_env *env, const char *cmdline, struct lb_memory_map *map,
	struct lb_journal *journal, struct lb_searches *searches, struct lb_reservation *ret);

#endif
