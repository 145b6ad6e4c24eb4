/* SPDX-License-Identifier: MIT */
/*
 * page_table_walk: every translation that a machine's page tables hold, read in its RAM. Written
 * from the manuals for the two formats that machines of a drill run on (4 KiB pages, 48 bits); it
 * shares nothing with the core, whose tables it is to judge.
 */
#ifndef LIFEBOAT_LAB_PAGE_TABLE_WALK_H
#define LIFEBOAT_LAB_PAGE_TABLE_WALK_H

#include "lab/guest_ram.h"

/* What an entry translates: bytes from va on, to bytes from pa on. */
struct lab_translation {
	uint64_t va;
	lb_phys_addr pa;
	uint64_t bytes; /* 4 KiB, 2 MiB or 1 GiB */
	bool writable;  /* all levels together, by the kernel */
	bool executable;
	bool for_user;  /* x86-64 */
	bool cached;    /* as memory is: write-back, and on arm64 shared by the CPUs */
};

struct lab_page_walk {
	enum lb_page_format format; /* LB_PAGES_X86_4LEVEL or LB_PAGES_ARM64_4K */
	lb_phys_addr root;
	bool is_upper;              /* arm64: the root is that of the upper half (TTBR1_EL1) */
	/* In ascending order of position in the tables: x86-64 has its lower half first. */
	void (*visit)(void *context, const struct lab_translation *translation);
	void *context;
};

/* False if a table does not lie in RAM, or an entry is none that the manuals allow; what came
 * before it has been visited. */
bool lab_page_tables_walk(const struct lab_page_walk *walk, const struct lab_ram *memory);

#endif
