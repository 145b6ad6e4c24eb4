/* SPDX-License-Identifier: MIT */
/*
 * page_table_judge: the page tables of a machine that stands still, read in three ways that must
 * agree: by QEMU, which translates as its CPU would (gva2gpa, address by address; on x86-64 also
 * info mem, which lists all that is mapped and what may be written); by the core's walker on the
 * same memory; and, for the whole list, by the lab's own walk.
 */
#ifndef LIFEBOAT_LAB_PAGE_TABLE_JUDGE_H
#define LIFEBOAT_LAB_PAGE_TABLE_JUDGE_H

#include "lab/guest_ram.h"

/* Besides every page of the crash region. */
#define LAB_PAGE_TABLES_SAMPLES 10240
#define LAB_FIRMWARE_RAM_MAX 64
#define LAB_GUARDS_MAX 64
#define LAB_IMAGE_VIRTUAL UINT64_C(0xffffffff80000000) /* of the reference kernel */

struct lab_page_tables {
	enum lb_page_format format;
	lb_phys_addr root;
	lb_phys_addr lower_root; /* arm64: of the lower half; 0: none */
	uint64_t linear;         /* virtual address of physical 0 */
	struct lb_range crash;   /* may be empty */
	struct lb_range ram[LAB_FIRMWARE_RAM_MAX]; /* what the firmware said, ascending */
	size_t ram_count;
	struct lb_range read_only; /* of the image; may be empty */
	struct lb_range guards[LAB_GUARDS_MAX]; /* pages that fence stacks */
	size_t guard_count;
};

struct lab_page_tables_verdict {
	size_t samples;
	size_t mapped;      /* of these, by QEMU's word */
	size_t writable;    /* of these; x86-64 only */
	size_t listed;      /* ranges of "info mem", all of them compared; x86-64 only */
	size_t different;
	uint64_t first_va;  /* where they first differ */
	char first[160];    /* "QEMU: ..., walker: ..." */
	size_t crash_samples;
	size_t crash_mapped; /* samples in the crash region that QEMU translates */
};

/* The machine must stand still. */
bool lab_page_tables_judge(const struct lab_page_tables *tables, const struct lab_ram *memory,
	struct lab_qmp *qmp, struct lab_page_tables_verdict *ret, struct lab_error *error);

#endif
