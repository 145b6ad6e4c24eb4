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
 * Before a change that must not fail at a bad moment, ask what it takes:
 *
 *	lb_linear_map_protect_plan(&map, crash, LB_PROTECT_INACCESSIBLE, &change);
 *	... have change.tables pages ready; run from outside [change.broken_va, + broken_size) ...
 *
 * Invariant: the tables are minimal. A table exists only where its span is not uniform (one
 * run of physical memory with the same attributes, aligned for a block), so the same contents
 * always give the same tables, in whatever order they came about; protect followed by unprotect
 * gives every table page back. With config.keep_split the splits stay in place.
 *
 * Example: 4 KiB pages, RAM [0, 4 GiB), crash memory of 256 MiB at 0x6f000000. The map is four 1
 * GiB blocks in two tables. Protecting splits the second block into 2 MiB blocks, in one more
 * table; as the region's edges are multiples of 2 MiB that is all. Unprotecting gives the table
 * back.
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

/* Levels of tables that any format has: x86-64 with five-level paging. */
#define LB_LEVELS_MAX 5

/*
 * The entry formats. x86-64: 4 KiB pages, 2 MiB and 1 GiB blocks, 48 or 57 bits of virtual
 * address. arm64 (stage 1, one translation table base register): 4 KiB granule with 2 MiB and 1
 * GiB blocks, 16 KiB with 32 MiB, 64 KiB with 512 MiB.
 *
 * What entries of each level map, and how many of arm64's may carry the contiguous bit together:
 *
 *	            level 0   level 1   level 2   contiguous   root
 *	x86, 4      4 KiB     2 MiB     1 GiB     -            512 GiB an entry
 *	x86, 5      4 KiB     2 MiB     1 GiB     -            256 TiB an entry
 *	arm64 4K    4 KiB     2 MiB     1 GiB     16, 16       by va_bits
 *	arm64 16K   16 KiB    32 MiB    -         128, 32      by va_bits
 *	arm64 64K   64 KiB    512 MiB   -         32, 32       by va_bits
 */
enum lb_page_format {
	LB_PAGES_X86_4LEVEL, /* CR4.LA57 clear: both halves under one root */
	LB_PAGES_X86_5LEVEL, /* CR4.LA57 set */
	LB_PAGES_ARM64_4K,   /* TCR_ELx.TG0 or TG1 says the granule; one half under each root */
	LB_PAGES_ARM64_16K,
	LB_PAGES_ARM64_64K,
};

/*
 * Bytes that one entry of the table above maps, or the group of entries that may carry the
 * contiguous bit together (one entry, where there are no groups). level: one whose entries may
 * map memory in this format; anything else is a bug of the caller.
 */
uint64_t lb_page_reach(enum lb_page_format format, unsigned int level, bool contiguous);

/* What a mapping allows. 0 is readable, normal write-back memory, never written or executed. */
enum {
	LB_MAP_WRITE = 0x1,
	LB_MAP_EXECUTE = 0x2, /* in the privileged mode; user mode never has access */
	/* x86: uncached (PCD and PWT); arm64: memory attribute 1; never executable */
	LB_MAP_DEVICE = 0x4,
	LB_MAP_GLOBAL = 0x8, /* survives a change of address space (x86 G; arm64 nG clear) */
	LB_MAP_FLAGS = 0xf,   /* all of them */
};

/* MAIR_ELx for the entries above: attribute 0 normal write-back, 1 Device-nGnRE. */
#define LB_ARM64_MAIR UINT64_C(0x04ff)

/* What protecting leaves. Flags that are not mentioned stay as they were. */
enum lb_protection {
	LB_PROTECT_INACCESSIBLE, /* no access at all; the entry remembers what it was */
	LB_PROTECT_READ_ONLY,    /* reads go on; a large block of it stays one */
};

/* Copied at init; the walker and the estimate take one of their own. */
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
	void *context; /* the caller's, passed to all three */
};

/*
 * What a map that a CPU is using needs. NULL in lb_linear_map_init: not in use (being built).
 *   flush: entries for [va, va + size) have changed; when it returns, no CPU holds an old
 *     translation of them, nor walks through a table that they referred to, and the new ones are
 *     in effect (arm64: DSB ISHST, TLBI, DSB ISH, ISB; x86-64: INVLPG or CR4.PGE on each CPU).
 *     size may be anything up to the whole map; a large one is best done as "everything".
 *   (Without the flush an old translation can be used for as long as the CPU likes; Intel SDM 3A,
 *   4.10.4.2 to 4.10.4.4; Arm ARM D8.14.)
 *   order: stores to a new table are visible to table walks before the next store is (arm64: DSB
 *     ISHST). NULL where the CPU does that by itself (x86-64).
 *
 * A flush for x86-64 with one CPU: INVLPG clears global entries too, for one page or block at a
 * time.
 *
 *	static void flush(void *context, uint64_t va, uint64_t size)
 *	{
 *		if (size > 64 * 4096) {
 *			... clear and set CR4.PGE, which drops everything ...
 *			return;
 *		}
 *		for (uint64_t at = 0; at < size; at += 4096) {
 *			__asm__ volatile("invlpg (%0)" : : "r"(va + at) : "memory");
 *		}
 *	}
 *
 * With more CPUs each has to do that and to say that it has, before flush returns.
 */
struct lb_linear_live {
	void (*flush)(void *context, uint64_t va, uint64_t size);
	void (*order)(void *context);
	void *context;
};

/* The shape of a format; private to core/linear_map*.c. */
struct lb_linear_geometry {
	uint8_t page_shift;              /* log2 of the base page */
	uint8_t index_bits;              /* bits of virtual address that one full table decodes */
	uint8_t levels;                  /* of tables, 2 to LB_LEVELS_MAX */
	uint8_t va_bits;                 /* that the root decodes; above them all are alike */
	/* highest level whose entries may be blocks, as configured */
	uint8_t block_level_max;
	/* log2 of entries in a contiguous group; 0: none */
	uint8_t contiguous_shift[LB_LEVELS_MAX];
};

/*
 * A map. root and tables may be read; everything else is the core's. Invariant: `tables` counts the
 * pages that were taken and not given back; no entry is malformed; a block's address is a multiple
 * of its size.
 */
struct lb_linear_map {
	struct lb_linear_config config;
	struct lb_linear_geometry geometry;
	struct lb_table_pages pages;
	struct lb_linear_live live; /* only while is_live */
	bool is_live;      /* a CPU uses it */
	lb_phys_addr root; /* for CR3 or TTBRx_ELy */
	uint64_t tables;   /* table pages in use, the root included */
};

/*
 * An empty map: takes one page for the root. config, pages and live (which may be NULL) are copied;
 * what their contexts point to must last as long as the map.
 *   LB_INVALID     the configuration makes no sense: an unknown format, va_bits that it has not,
 *                  contiguous or break_before_make on x86-64, a va_offset that is not page aligned,
 *                  a largest_block below a page
 *   LB_NO_STORAGE  no page
 */
enum lb_status LB_MUST_CHECK lb_linear_map_init(struct lb_linear_map *map,
	const struct lb_linear_config *config, const struct lb_table_pages *pages,
	const struct lb_linear_live *live);

/*
 * From now on the map is in use by a CPU; NULL: no longer. To be called before the root goes into
 * CR3 or TTBRx_ELy, and after it has left every CPU.
 */
void lb_linear_map_set_live(struct lb_linear_map *map, const struct lb_linear_live *live);

/*
 * Gives every table page back, the root included; lb_linear_map_init may follow. The map must not
 * be in use (a bug of the caller if it is).
 */
void lb_linear_map_free(struct lb_linear_map *map);

/*
 * Maps the range at virtual = physical + va_offset. flags: LB_MAP_*.
 * It takes the largest blocks that both addresses are aligned for, and merges with neighbours.
 *   LB_INVALID       range empty or not page aligned, or flags unknown or contradictory
 *                    (LB_MAP_DEVICE with LB_MAP_EXECUTE)
 *   LB_OUT_OF_RANGE  outside what the format can express
 *   LB_CONFLICT      some of it is mapped already, whatever as
 *   LB_NO_STORAGE    not enough table pages
 */
enum lb_status LB_MUST_CHECK lb_linear_map_add(
	struct lb_linear_map *map, struct lb_range range, uint32_t flags);

/*
 * The same at another virtual address (the kernel image, an identity map). Protecting the memory in
 * the linear map does not reach here: a second address is a second way in, so think before.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_add_at(
	struct lb_linear_map *map, uint64_t va, struct lb_range range, uint32_t flags);

/*
 * Takes accesses away from a range of the linear map (that is, at physical + va_offset). Splits
 * only the blocks at its edges. Protecting a second time changes how; what the range was before
 * the first time is remembered. Other addresses of the same memory (lb_linear_map_add_at) are left
 * alone. Whoever relies on the protection sees to it that there are none, and that no device can
 * write there. Only table pages for the splits are taken: none if the region is made of whole
 * blocks. LB_NOT_FOUND: some of it is not mapped; others as above.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_protect(
	struct lb_linear_map *map, struct lb_range range, enum lb_protection how);

/*
 * Gives the range back what protect took, wherever it did; merges (not with keep_split). What was
 * not protected stays as it is. Errors as for protect: LB_NO_STORAGE too, because a part of a
 * protected block is split first. For the range that was protected, or more, it takes no page.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_unprotect(
	struct lb_linear_map *map, struct lb_range range);

/* What protecting a range would do to the map. */
struct lb_linear_change {
	uint64_t tables; /* table pages it takes, at most LB_LEVELS_MAX - 1 at each edge */
	/*
	 * With break_before_make: the virtual span that would be unmapped for moments, from the
	 * first block that has to be split to the last; size 0 if none has to be. (Merging breaks
	 * the block that results: unprotect does, protect only where it completes a read-only
	 * block.)
	 */
	uint64_t broken_va;
	uint64_t broken_size;
};

/* Pure: the map stays as it is. Errors as for lb_linear_map_protect, but for LB_NO_STORAGE. */
enum lb_status LB_MUST_CHECK lb_linear_map_protect_plan(const struct lb_linear_map *map,
	struct lb_range range, enum lb_protection how, struct lb_linear_change *ret);

/* What a map costs. Arrays are indexed by level (0: base pages). */
struct lb_linear_cost {
	uint64_t table_bytes;                /* all tables, the root included */
	uint64_t tables[LB_LEVELS_MAX];      /* tables whose entries are of this level */
	uint64_t leaves[LB_LEVELS_MAX];      /* entries of this level that map memory */
	uint64_t contiguous[LB_LEVELS_MAX];  /* leaves that carry the contiguous bit */
};

/*
 * How the crash region could be made protectable; PROTECTED is what lb_linear_map_protect does. The
 * others are what kernels have done or do, to compare with: arm64 of Linux up to 6.x maps the
 * region, or all memory, with base pages (arch/arm64/mm/mmu.c, map_mem).
 */
enum lb_linear_strategy {
	LB_LINEAR_UNPROTECTED, /* largest blocks everywhere, the region included */
	LB_LINEAR_PROTECTED,   /* blocks split at the region's edges only */
	/* base pages for the region, widened to 1 GiB (or one upper table) */
	LB_LINEAR_PUD_REMAP,
	LB_LINEAR_BASE_PAGES,  /* base pages for all RAM (what rodata=full does on arm64) */
};

/*
 * What a map of memory[] would cost, computed without building it, in time proportional to count.
 * memory: ascending, disjoint, page aligned; ranges that touch count as one. region: the crash
 * region, page aligned, inside memory; empty: none. The figures are those that
 * lb_linear_map_measure would find in a map that was built so. LB_INVALID / LB_OUT_OF_RANGE as
 * for lb_linear_map_add.
 */
enum lb_status LB_MUST_CHECK lb_linear_map_estimate(const struct lb_linear_config *config,
	const struct lb_range *memory, size_t count, struct lb_range region,
	enum lb_linear_strategy strategy, struct lb_linear_cost *ret);

/* The cost of a built map, by looking at every table: time grows with the number of tables. */
void lb_linear_map_measure(const struct lb_linear_map *map, struct lb_linear_cost *ret);

/*
 * True if every invariant holds: tables minimal (unless keep_split), entries well formed, tables
 * counted rightly. For tests, fuzzers and the drill.
 */
bool lb_linear_map_check(const struct lb_linear_map *map);

/* What a virtual address leads to. */
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
	uint8_t level;     /* of the entry that decided */
	uint32_t flags;    /* LB_MAP_*: what is allowed now */
	bool is_protected; /* lb_linear_map_protect is in effect */
	bool contiguous;   /* arm64: the entry carries the contiguous bit */
};

/*
 * Walks the tables as the CPU would, with a decoder of its own (it shares no code with the
 * builder): format and va_bits as in the configuration, root and access as in the map.
 * Nothing is believed of the tables but that access() can reach what entries refer to.
 *   LB_INVALID       a malformed entry, or a configuration that is none
 *   LB_OUT_OF_RANGE  va cannot be translated by these tables
 */
enum lb_status LB_MUST_CHECK lb_linear_map_walk(const struct lb_linear_config *config,
	const struct lb_table_pages *pages, lb_phys_addr root, uint64_t va, struct lb_mapping *ret);

#endif
