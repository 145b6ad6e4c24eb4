/* SPDX-License-Identifier: MIT */
/*
 * table_pool: table pages for tests of the linear map, at physical addresses that do not exist. A
 * page is full of garbage when it is taken and when it was given back; giving twice, and reaching
 * for a page that nobody took, are caught.
 */
#ifndef LIFEBOAT_TESTS_UNIT_TABLE_POOL_H
#define LIFEBOAT_TESTS_UNIT_TABLE_POOL_H

#include "lifeboat/linear_map.h"

#define TABLE_POOL_BYTES (1U << 20)
#define TABLE_POOL_BASE UINT64_C(0x7ff00000000)

/* The formats, and the sizes in bytes that matter in each. */
#define TABLE_FORMATS 5
struct table_format {
	enum lb_page_format format;
	uint32_t page;
	uint32_t group; /* a contiguous group of pages */
	uint64_t block; /* level 1 */
	uint64_t upper; /* level 2 */
	uint64_t va_offset;
};

extern const struct table_format table_formats[TABLE_FORMATS];

struct table_pool {
	uint32_t page_bytes;
	uint32_t taken;
	uint32_t limit; /* take() fails when this many pages are taken */
	bool used[TABLE_POOL_BYTES / 4096];
	/* If not NULL: called before a page is given back. */
	void (*on_give)(lb_phys_addr table);
};

extern struct table_pool table_pool;
extern uint8_t table_memory[TABLE_POOL_BYTES];
extern const struct lb_table_pages table_pages;

/* No page taken, pages of that size, as many as there is memory for. */
void table_pool_reset(uint32_t page_bytes);

/* Which page of the pool the address lies in. */
uint32_t table_pool_index(lb_phys_addr table);

#endif
