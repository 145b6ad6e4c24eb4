/* SPDX-License-Identifier: MIT */
/*
 * page_table_judge: the page tables of a machine that stands still, judged twice: by QEMU, which
 * translates as its CPU would (gva2gpa; on x86-64 info mem too, which knows what may be written),
 * and by the core's walker on the same memory.
 */
#ifndef LIFEBOAT_LAB_PAGE_TABLE_JUDGE_H
#define LIFEBOAT_LAB_PAGE_TABLE_JUDGE_H

#include "lab/guest_ram.h"

#define LAB_PAGE_TABLES_SAMPLES 10240

struct lab_page_tables {
	enum lb_page_format format;
	lb_phys_addr root;
	uint64_t linear;       /* virtual address of physical 0 */
	struct lb_range crash; /* sampled more densely, edges and all; may be empty */
};

struct lab_page_tables_verdict {
	size_t samples;
	size_t mapped;      /* of these, by QEMU's word */
	size_t writable;    /* of these; x86-64 only */
	size_t different;
	uint64_t first_va;  /* where they first differ */
	char first[128];    /* "QEMU: ..., walker: ..." */
	size_t crash_samples;
	size_t crash_mapped; /* samples in the crash region that QEMU translates */
};

/* Asks about LAB_PAGE_TABLES_SAMPLES addresses. The machine must stand still. */
bool lab_page_tables_judge(const struct lab_page_tables *tables, const struct lab_ram *memory,
	struct lab_qmp *qmp, struct lab_page_tables_verdict *ret, struct lab_error *error);

#endif
