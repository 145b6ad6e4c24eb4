/* SPDX-License-Identifier: MIT */
/*
 * pages: how a running Linux maps its RAM: in pages of which sizes, with which rights, what the
 * tables take, and how the crash memory stands in it. Read from the kernel's own page tables, in
 * /proc/kcore or a dump; no debug option of the kernel is needed.
 */
#ifndef LIFEBOAT_PLAN_PAGES_PAGES_H
#define LIFEBOAT_PLAN_PAGES_PAGES_H

#include "machine/core_file.h"
#include "plan/plan.h"

/* A size of page; arm64 has two of most, with and without the contiguous bit. */
struct lb_page_kind {
	uint64_t block;   /* bytes that an entry maps */
	uint64_t reach;   /* bytes that one TLB entry can cover: more than block if contiguous */
	uint64_t bytes;   /* of the memory that was looked at, mapped so */
};
#define LB_PAGE_KINDS_MAX 6

/* Sums over some memory, in bytes. */
struct lb_mapped {
	uint64_t bytes;      /* looked at */
	struct lb_page_kind kinds[LB_PAGE_KINDS_MAX]; /* largest reach first */
	size_t kind_count;
	uint64_t unmapped;   /* nothing is mapped at its address */
	uint64_t elsewhere;  /* what is mapped there is other memory: the tables contradict */
	uint64_t read_only;
	uint64_t executable;
	uint64_t uncached;   /* x86-64: any memory type but write-back */
	uint64_t shared;     /* without the encryption bit, where there is one */
};

struct lb_mapped_crash {
	struct lb_crash_range crash;
	struct lb_mapped mapped;
};

struct lb_pages {
	const char *input; /* the core file */
	enum lb_arch arch;
	const char *release; /* "" unknown */
	uint64_t page_size;
	unsigned int levels;
	unsigned int va_bits;
	uint64_t offset; /* virtual = physical + offset */
	const char *offset_source;
	bool encryption; /* entries have an encryption bit */

	struct lb_mapped ram; /* System RAM of the machine; without one all that the core holds */
	struct lb_mapped_crash crash[2];
	size_t crash_count;
	bool crash_known; /* a machine shows it */

	uint64_t tables;      /* that map this RAM, the root included */
	uint64_t table_bytes;
	uint64_t least_bytes; /* with the largest blocks that fit; 0: not known */
	uint64_t most_bytes;  /* with base pages only; 0: not known */
	/* Sentences without a full stop: why it is so, what it costs, what would change it. */
	const char *why[8];
	size_t why_count;

	struct lb_pages_private *private_;
};

/*
 * Reads. machine, which may be NULL, shows crash memory, CPU and command line of the same boot.
 * entries_max: how many table entries are looked at before the tables are given up; 0: 2^32. Ended
 * with lb_pages_free; core and machine must outlive it. Errors as of lb_kernel_tables_find, and
 * LB_INVALID for tables that make no sense.
 */
enum lb_status LB_MUST_CHECK lb_pages_read(const struct lb_core_file *core,
	const struct lb_machine *machine, uint64_t entries_max, struct lb_pages **ret,
	struct lb_machine_error *error);
void lb_pages_free(struct lb_pages *pages); /* NULL is fine */

#endif
