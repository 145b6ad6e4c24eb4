/* SPDX-License-Identifier: MIT */
/* build: what the terms of one size are made from. */
#ifndef LIFEBOAT_PLAN_SIZE_BUILD_H
#define LIFEBOAT_PLAN_SIZE_BUILD_H

#include "plan/size/compute.h"

/* What a kernel takes beyond its image, by architecture; bytes. Measured, see docs/size.md. */
struct lb_size_row {
	struct lb_size_sum early;    /* before it has an allocator: log, hash tables, page tables */
	struct lb_size_sum services; /* until the first process runs: slabs, stacks, drivers */
	struct lb_size_sum per_cpu;  /* for each possible CPU */
	uint64_t section;            /* of sparsemem, for which struct page is made */
	uint64_t sections_apart;     /* how many more have memory: the other end of the region, on
	                              * x86-64 the first megabyte */
	const char *source;
};

struct lb_size_build {
	const struct lb_size_input *input;
	struct lb_size *size;
	struct lb_size_row row;
	enum lb_pool_use pool;
	struct lb_size_sum reserved; /* what struct page is made for; found by iteration */
	bool failed; /* memory ran out */
};

/* The row of the architecture, page size and kernel (LB_LINUX(); 0: not known). */
struct lb_size_row lb_size_row_of(enum lb_arch arch, uint32_t page_size, uint32_t version);

/* What the kernel and its images take. Both assert that there is room for the terms. */
void lb_size_list_kernel(struct lb_size_build *build);

/* What the programs that write the dump take, and what the kernel keeps for them. */
void lb_size_list_programs(struct lb_size_build *build);

/* Appends a term; formula as for printf. What is 0 at most is left out. */
void lb_size_add(struct lb_size_build *build, const struct lb_size_term *term,
	const char *formula, ...) __attribute__((format(printf, 3, 4)));

/* The sum at a moment of the terms so far. Stays at 2^64 - 1 when it passes that. */
struct lb_size_sum lb_size_sum_at(const struct lb_size *size, enum lb_size_moment moment);

/* a + b and a * b, 2^64 - 1 where they do not fit: of untrusted figures that are only compared. */
uint64_t lb_size_plus(uint64_t a, uint64_t b);
uint64_t lb_size_times(uint64_t a, uint64_t b);

#endif
