/* SPDX-License-Identifier: MIT */
/*
 * reserve_run: what the reservation step of every Linux version shares: reading a class of the
 * option with its message, searching with a journal entry, and writing the kernel's log lines.
 * Internal to policy/.
 */
#ifndef LIFEBOAT_POLICY_RESERVE_RUN_H
#define LIFEBOAT_POLICY_RESERVE_RUN_H

#include "policy/linux/crashkernel.h"
#include "lifeboat/format.h"
#include "policy/reserve.h"

/* What a proposal changes; all zero: nothing. */
struct reserve_proposal {
	uint64_t extra_low; /* added to a plain request that goes to low memory */
	uint64_t pud_size;  /* try multiples of this first, then give the rest back */
};

struct reserve_run {
	const struct lb_reserve_env *env;
	struct reserve_proposal proposal;
	const char *cmdline;
	size_t length;         /* of the part that the kernel keeps */
	struct lb_memory_map *map;
	struct lb_journal *journal;
	struct lb_searches *searches;
	struct lb_reservation *ret;
};

/* Where and how to look for one block. */
struct reserve_place {
	enum lb_crash_kind kind;
	const char *reason;      /* why this window; may be NULL */
	const char *size_why;    /* why so much; NULL: the command line says so */
	uint64_t size;
	uint64_t align;
	lb_phys_addr start, end; /* nothing is found when end <= start */
	bool bottom_up;
};

/* Appends a line of the kernel's log. Lines without the word "crashkernel" go to the journal
 * only: the log that people look at is what a search for that word shows. */
void reserve_log(struct reserve_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reserve_note(struct reserve_run *run, const char *reason);

/* Reads the last occurrence of the class; logs the parser's message, if there is one. */
struct lb_crashkernel_value reserve_read(
	struct reserve_run *run, enum lb_crashkernel_class class_);

/* Searches and reserves. LB_NOT_FOUND leaves *ret_start alone. */
enum lb_status LB_MUST_CHECK reserve_place(struct reserve_run *run,
	const struct reserve_place *place, lb_phys_addr *ret_start);

/*
 * The same for the main region, with what a proposal makes of it: *size may grow by extra_low if
 * the place is `low_plain`, a plain request that looks below low_max.
 */
enum lb_status LB_MUST_CHECK reserve_place_main(struct reserve_run *run,
	const struct reserve_place *place, bool low_plain, uint64_t *size, lb_phys_addr *ret_start);

/* lb_linux_reserve() with a proposal on top. */
enum lb_status LB_MUST_CHECK reserve_as(struct reserve_proposal proposal,
	const struct lb_reserve_env *env, const char *cmdline, struct lb_memory_map *map,
	struct lb_journal *journal, struct lb_searches *searches, struct lb_reservation *ret);

/* Takes exactly [offset, offset + size), if free and a multiple of align. */
enum lb_status LB_MUST_CHECK reserve_fixed(struct reserve_run *run, uint64_t offset,
	uint64_t size, uint64_t align);

/* The same in the words of a kernel that checks step by step: what to print where the place is not
 * memory, is taken, is not aligned. */
struct reserve_refusals {
	const char *not_memory, *taken, *unaligned; /* whole lines of the log */
};
enum lb_status LB_MUST_CHECK reserve_checked(struct reserve_run *run, uint64_t offset,
	uint64_t size, uint64_t align, const struct reserve_refusals *lines);

/* The kernel never comes up: no ranges, and nothing of its log is to be seen. */
void reserve_hang(struct reserve_run *run);

/* Gives a placed block back. */
void reserve_give_back(struct reserve_run *run, enum lb_crash_kind kind, lb_phys_addr start,
	uint64_t size);

/* Records a range of the answer. */
void reserve_answer(struct reserve_run *run, enum lb_crash_kind kind, lb_phys_addr start,
	uint64_t size);

/* Page-rounded as PAGE_ALIGN() does: past the end of 64 bits it wraps to 0. */
uint64_t reserve_page_align(const struct reserve_run *run, uint64_t size);

/* One architecture and age each; all set run->ret->outcome. Only LB_OK or LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK reserve_x86_before_6_7(struct reserve_run *run);
enum lb_status LB_MUST_CHECK reserve_arm64_before_6_7(struct reserve_run *run);
enum lb_status LB_MUST_CHECK reserve_riscv64_before_6_7(struct reserve_run *run);
enum lb_status LB_MUST_CHECK reserve_generic(struct reserve_run *run);

/* `,cma`: called with the size that was read, after the main reservation. */
enum lb_status LB_MUST_CHECK reserve_cma(struct reserve_run *run, uint64_t cma_size);

/* The size of low memory that goes with a main region above low_max, where none is given. */
uint64_t reserve_default_low(const struct reserve_run *run);

/* Why it is so much, for the search. */
const char *reserve_default_low_why(const struct reserve_run *run);

/* CRASH_ALIGN of the architecture. */
uint64_t reserve_align(enum lb_arch arch);

#endif
