/* SPDX-License-Identifier: MIT */
/*
 * linear_map: page tables that map RAM at a constant offset with the largest blocks that fit, and
 * that can make a region (the crash memory) inaccessible while everything else keeps its blocks.
 *
 *	struct lb_linear_config config = {
 *		.format = LB_PAGES_X86_4LEVEL, .va_offset = 0xffff888000000000};
 *
 *	lb_linear_map_init(&map, &config, &pages, NULL);
 *	lb_linear_map_add(&map, ram, LB_MAP_WRITE | LB_MAP_GLOBAL);
 *	lb_linear_map_protect(&map, crash, LB_PROTECT_INACCESSIBLE);
 *	...
 *	lb_linear_map_unprotect(&map, crash);
 *
 * Invariant: the tables are minimal. A table exists only where its span is not uniform (one
 * run of physical memory with the same attributes, aligned for a block), so the same contents
 * always give the same tables, in whatever order they came about; protect followed by unprotect
 * gives every table page back. With config.keep_split the splits stay in place.
 *
 * Table pages come from the caller (struct lb_table_pages), as physical addresses with a
 * translation, so that a test can use addresses that do not exist. A call counts the pages it
 * needs and takes them all before it changes anything: on LB_NO_STORAGE the map is as it was.
 *
 * Levels are counted from the base page: level 0 entries map base pages, level 1 entries 2 MiB
 * (4 KiB pages), 32 MiB (16 KiB) or 512 MiB (64 KiB), and so on up to the root.
 *
 * Sources: Intel SDM volume 3A (December 2023), chapter 4; Arm ARM DDI 0487 (J.a), D8 "The AArch64
 * Virtual Memory System Architecture"; block and contiguous sizes as Linux uses them
 * (arch/arm64/include/asm/pgtable-hwdef.h, 6.12).
 */
#ifndef LIFEBOAT_LINEAR_MAP_H
#define LIFEBOAT_LINEAR_MAP_H

#include "lifeboat/base.h"

#define LB_LEVELS_MAX 5

/*
 * The entry formats. x86-64: 4 KiB pages, 2 MiB and 1 GiB blocks, 48 or 57 bits of virtual
 * address. arm64 (stage 1, one translation table base register): 4 KiB granule with 2 MiB and 1
 * GiB blocks, 16 KiB with 32 MiB, 64 KiB with 512 MiB.
 */
enum lb_page_format {
	LB_PAGES_X86_4LEVEL,
	LB_PAGES_X86_5LEVEL,
	LB_PAGES_ARM64_4K,
	LB_PAGES_ARM64_16K,
	LB_PAGES_ARM64_64K,
};

/* What a mapping allows. 0 is readable, normal write-back memory, never written or executed. */
enum {
	LB_MAP_WRITE = 0x1,
	LB_MAP_EXECUTE = 0x2,
	/* x86: uncached (PCD and PWT); arm64: memory attribute 1; never executable */
	LB_MAP_DEVICE = 0x4,
	LB_MAP_GLOBAL = 0x8, /* survives a change of address space (x86 G; arm64 nG clear) */
	LB_MAP_FLAGS = 0xf,
};

/* MAIR_ELx for the entries above: attribute 0 normal write-back, 1 Device-nGnRE. */
#define LB_ARM64_MAIR UINT64_C(0x04ff)

enum lb_protection {
	LB_PROTECT_INACCESSIBLE, /* no access at all; the entry remembers what it was */
	LB_PROTECT_READ_ONLY,
};

struct lb_linear_config {
	enum lb_page_format format;
	uint8_t va_bits;     /* arm64: 0 means 48; 25 to 48. x86-64: 0 */
	bool contiguous;     /* arm64: set the contiguous bit on aligned groups of entries */
	bool keep_split;     /* never merge: edges between calls of add and of protect stay */
	/*
	 * arm64 without FEAT_BBM level 2: an entry that changes its size or its contiguous bit is
	 * made invalid first and flushed, then written. Whatever it maps is gone for that moment:
	 * the code, stack and tables in use must be reachable another way (see
	 * lb_linear_map_protect_plan, or build with the edges split already and keep_split).
	 */
	bool break_before_make;
	/*
	 * Largest block in bytes; 0 means whatever the format has. The base page size gives base
	 * pages only; 2 MiB suits an x86-64 CPU without 1 GiB pages (CPUID 0x80000001 EDX bit
	 * 26).
	 */
	uint64_t largest_block;
	uint64_t va_offset;  /* virtual = physical + va_offset, modulo 2^64; page aligned */
};

/*
 * Where table pages come from. One table page is one base page of the format, aligned to its
 * size.
 */
struct lb_table_pages {
	/* A page of any contents; false when there is none left. */
	bool (*take)(void *context, lb_phys_addr *ret_table);
	/* A page that take() handed out and that no entry refers to any more (after the flush). */
	void (*give)(void *context, lb_phys_addr table);
	/* A pointer through which the page can be read and written until it is given back. */
	void *(*access)(void *context, lb_phys_addr table);
	void *context;
};

/*
 * What a map that a CPU is using needs. NULL in lb_linear_map_init: not in use (being built).
 *   flush: entries for [va, va + size) have changed; when it returns, no CPU holds an old
 *     translation of them, nor walks through a table that they referred to, and the new ones are
 *     in effect (arm64: DSB ISHST, TLBI, DSB ISH, ISB; x86-64: INVLPG or CR4.PGE on each CPU).
 *     size may be anything up to the whole map; a large one is best done as "everything".
 *   order: stores to a new table are visible to table walks before the next store is (arm64: DSB
 *     ISHST). NULL where the CPU does that by itself (x86-64).
 */
struct lb_linear_live {
	void (*flush)(void *context, uint64_t va, uint64_t size);
	void (*order)(void *context);
	void *context;
};

/* The shape of a format; private to core/linear_map*.c. */
struct lb_linear_geometry {
	uint8_t page_shift;
	uint8_t index_bits;              /* bits of virtual address that one full table decodes */
	uint8_t levels;
	uint8_t va_bits;
	/* highest level whose entries may be blocks, as configured */
	uint8_t block_level_max;
	/* log2 of entries in a contiguous group; 0: none */
	uint8_t contiguous_shift[LB_LEVELS_MAX];
};

struct lb_linear_map {
	struct lb_linear_config config;
	struct lb_linear_geometry geometry;
	struct lb_table_pages pages;
	struct lb_linear_live live;
	bool is_live;
	lb_phys_addr root; /* for CR3 or TTBRx_ELy */
	uint64_t tables;   /* table pages in use, the root included */
};

/*
 * An empty map: takes one page for the root. live may be NULL.
 * LB_INVALID: the configuration makes no sense. LB_NO_STORAGE: no page.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_init(struct lb_linear_map *map,
	const struct lb_linear_config *config, const struct lb_table_pages *pages,
	const struct lb_linear_live *live);

/* From now on the map is in use by a CPU; NULL: no longer. */
void lb_linear_map_set_live(struct lb_linear_map *map, const struct lb_linear_live *live);

/* Gives every table page back, the root included. The map must not be in use. */
void lb_linear_map_free(struct lb_linear_map *map);

/*
 * Maps the range at virtual = physical + va_offset. flags: LB_MAP_*.
 * LB_INVALID: range empty or not page aligned, or flags unknown or contradictory.
 * LB_OUT_OF_RANGE: outside what the format can express. LB_CONFLICT: some of it is mapped already.
 * LB_NO_STORAGE: not enough table pages.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_add(
	struct lb_linear_map *map, struct lb_range range, uint32_t flags);

/* The same at another virtual address (the kernel image, an identity map). */
enum lb_status LB_MUST_CHECK lb_linear_map_add_at(
	struct lb_linear_map *map, uint64_t va, struct lb_range range, uint32_t flags);

/*
 * Takes accesses away from a range of the linear map (that is, at physical + va_offset). Splits
 * only the blocks at its edges. Protecting a second time changes how; what the range was before
 * the first time is remembered. Other addresses of the same memory (lb_linear_map_add_at) are left
 * alone. LB_NOT_FOUND: some of it is not mapped; others as above.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_protect(
	struct lb_linear_map *map, struct lb_range range, enum lb_protection how);

/* Gives the range back what protect took, wherever it did; merges (not with keep_split). */
enum lb_status LB_MUST_CHECK lb_linear_map_unprotect(
	struct lb_linear_map *map, struct lb_range range);

/* What protecting a range would do to the map. */
struct lb_linear_change {
	uint64_t tables; /* table pages it takes */
	/*
	 * With break_before_make: the virtual span that would be unmapped for moments, from the
	 * first block that has to be split to the last; size 0 if none has to be. (Merging breaks
	 * the block that results: unprotect does, protect only where it completes a read-only
	 * block.)
	 */
	uint64_t broken_va;
	uint64_t broken_size;
};

enum lb_status LB_MUST_CHECK lb_linear_map_protect_plan(const struct lb_linear_map *map,
	struct lb_range range, enum lb_protection how, struct lb_linear_change *ret);

/* What a map costs. Arrays are indexed by level (0: base pages). */
struct lb_linear_cost {
	uint64_t table_bytes;                /* all tables, the root included */
	uint64_t tables[LB_LEVELS_MAX];      /* tables whose entries are of this level */
	uint64_t leaves[LB_LEVELS_MAX];      /* entries of this level that map memory */
	uint64_t contiguous[LB_LEVELS_MAX];  /* leaves that carry the contiguous bit */
};

/* How the crash region could be made protectable; PROTECTED is what lb_linear_map_protect does. */
enum lb_linear_strategy {
	LB_LINEAR_UNPROTECTED, /* largest blocks everywhere, the region included */
	LB_LINEAR_PROTECTED,   /* blocks split at the region's edges only */
	/* base pages for the region, widened to 1 GiB (or one upper table) */
	LB_LINEAR_PUD_REMAP,
	LB_LINEAR_BASE_PAGES,  /* base pages for all RAM (what rodata=full does on arm64) */
};

/*
 * What a map of memory[] would cost, computed without building it, in time proportional to count.
 * memory: ascending, disjoint, page aligned. region: the crash region, page aligned, inside
 * memory; empty: none. LB_INVALID / LB_OUT_OF_RANGE as for lb_linear_map_add.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_estimate(const struct lb_linear_config *config,
	const struct lb_range *memory, size_t count, struct lb_range region,
	enum lb_linear_strategy strategy, struct lb_linear_cost *ret);

/* The cost of a built map, by looking at every table. */
void lb_linear_map_measure(const struct lb_linear_map *map, struct lb_linear_cost *ret);

/* True if every invariant holds: tables minimal (unless keep_split), entries well formed, tables
 * counted rightly. For tests, fuzzers and the drill. */
bool lb_linear_map_check(const struct lb_linear_map *map);

enum lb_mapping_state {
	LB_MAPPING_NONE,         /* nothing is mapped */
	LB_MAPPING_INACCESSIBLE, /* mapped once, protected now */
	LB_MAPPING_PRESENT,
};

/* What the walker found. */
struct lb_mapping {
	enum lb_mapping_state state;
	lb_phys_addr pa;   /* of this very byte; 0 with LB_MAPPING_NONE */
	uint64_t block;    /* bytes that the entry maps (or leaves unmapped) */
	uint8_t level;
	uint32_t flags;    /* LB_MAP_*: what is allowed now */
	bool is_protected; /* lb_linear_map_protect is in effect */
	bool contiguous;
};

/*
 * Walks the tables as the CPU would, with a decoder of its own (it shares no code with the
 * builder): format and va_bits as in the configuration, root and access as in the map.
 * LB_INVALID: a malformed entry; LB_OUT_OF_RANGE: va cannot be translated by these tables.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_walk(const struct lb_linear_config *config,
	const struct lb_table_pages *pages, lb_phys_addr root, uint64_t va, struct lb_mapping *ret);

#endif
