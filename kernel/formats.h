/* SPDX-License-Identifier: MIT */
/*
 * formats: the page-table formats that this kernel does not run on. The core builds a map in each;
 * the CPU's own translation is the judge.
 */
#ifndef LIFEBOAT_KERNEL_FORMATS_H
#define LIFEBOAT_KERNEL_FORMATS_H

#include "lifeboat/linear_map.h"

/* Builds, protects `region` in, and checks every format that the CPU has; one proof for all. */
void formats_prove(struct lb_range region);

/* One format, as the architecture tries it. */
struct formats_trial {
	const char *name;
	enum lb_page_format format;
	uint64_t page;      /* bytes of a base page, and of a table */
	uint64_t va_offset;
	bool contiguous;    /* arm64: the contiguous bit, and break before make */
	bool touches;       /* the CPU is asked by reading and writing the memory itself */
};

/* Architecture: the index-th format that the CPU has beside the one in use; false at the end. */
bool arch_format(size_t index, struct formats_trial *ret);

/* Architecture: has the CPU translate through these tables, and stops that again. */
void arch_format_begin(const struct formats_trial *trial, lb_phys_addr root);
void arch_format_end(void);

/* Architecture: the CPU, under the tables, finds at an address what the core's walker found. */
bool arch_format_agrees(uint64_t va, const struct lb_mapping *expected);

#endif
