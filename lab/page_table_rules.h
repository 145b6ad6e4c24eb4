/* SPDX-License-Identifier: MIT */
/*
 * page_table_rules: what must be true of all translations of a kernel that has closed its crash
 * region, held against all that its tables say, and against the firmware's map:
 *   - no virtual address, wherever, leads into the crash region;
 *   - the rest of RAM is in the linear map, all of it, writable and not executable, and nothing
 *     else is;
 *   - with the fewest blocks: 1 GiB, else 2 MiB, else 4 KiB;
 *   - what the kernel runs, it cannot write through the same address; and where it runs, neither
 *     its constants, nor can it reach the pages that fence its stacks;
 *   - nothing is for user mode: there is none.
 */
#ifndef LIFEBOAT_LAB_PAGE_TABLE_RULES_H
#define LIFEBOAT_LAB_PAGE_TABLE_RULES_H

#include "lab/page_table_judge.h"

#define LAB_BLOCK_SIZES 3

struct lab_page_rules_verdict {
	uint64_t translations;
	uint64_t blocks[LAB_BLOCK_SIZES]; /* in the linear map: 4 KiB, 2 MiB, 1 GiB */
	uint64_t pages;                   /* of 4 KiB, of RAM outside the crash region */
	uint64_t broken;                  /* how often a rule was broken */
	char first[160];                  /* how, the first time */
};

/* The machine must stand still. */
void lab_page_rules_judge(const struct lab_page_tables *tables, const struct lab_ram *memory,
	struct lab_page_rules_verdict *ret);

#endif
