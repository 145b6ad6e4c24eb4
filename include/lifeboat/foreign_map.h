/* SPDX-License-Identifier: MIT */
/*
 * foreign_map: page tables that somebody else wrote, an operating system for itself, as a dump or
 * /proc/kcore has them. Nothing is believed of them; lb_linear_map_walk (lifeboat/linear_map.h) is
 * for tables of the core's own making, which remember what was protected.
 *
 *	struct lb_foreign_map map = {.format = LB_PAGES_X86_4LEVEL, .root = cr3,
 *		.access = read_table, .context = &dump};
 *
 *	for (va = first; va < end; va += mapping.block) {
 *		if (lb_foreign_map_walk(&map, va, &mapping) == LB_OK && mapping.present) {
 *			...
 *
 * Bits that CPUs ignore mean nothing here, and an entry that is not valid maps nothing, whatever
 * else stands in it.
 *
 * Sources: Intel SDM volume 3A (December 2023), chapter 4; AMD APM volume 2 (24593), 7.10 "Secure
 * Memory Encryption"; Arm ARM DDI 0487 (J.a), D8.
 */
#ifndef LIFEBOAT_FOREIGN_MAP_H
#define LIFEBOAT_FOREIGN_MAP_H

#include "lifeboat/linear_map.h"

/* Copied by nobody: the caller's, only read. */
struct lb_foreign_map {
	enum lb_page_format format;
	/* arm64: of virtual addresses; 0 means 48; 25 to 48, with pages of 64 KiB to 52. With 4
	 * and 16 KiB more than 48 means other entries (FEAT_LPA2), which are not read. x86-64: 0 */
	uint8_t va_bits;
	bool upper; /* arm64: the root is that of the upper half (TTBR1_EL1) */
	/* x86-64: the bit of an entry that is no address but says "encrypted" (CPUID 0x8000001f
	 * EBX), as a mask; 0: there is none */
	uint64_t encryption;
	lb_phys_addr root; /* of the first entry */
	/* The entries of a table, in the byte order of the CPU that runs this; NULL: they cannot be
	 * read. Valid until the next call. level: of its entries, 0 those of base pages. */
	const uint64_t *(*access)(void *context, lb_phys_addr table, unsigned int level);
	void *context;
};

/* What a virtual address leads to. */
struct lb_foreign_mapping {
	bool present;
	lb_phys_addr pa; /* of this very byte; 0 unless present, as all below but block and level */
	uint64_t block;  /* bytes that the entry maps, or leaves unmapped */
	uint8_t level;   /* of the entry that decided */
	/* LB_MAP_*: what all levels together allow the kernel. LB_MAP_DEVICE on x86-64: any memory
	 * type but write-back; on arm64 never, because there MAIR_EL1 decides. */
	uint32_t flags;
	bool contiguous; /* arm64: the entry carries the contiguous bit */
	bool encrypted;  /* the entry carries the encryption bit */
};

/* Bytes of a base page; 0: no such format. */
uint64_t lb_foreign_map_page(enum lb_page_format format);

/* Levels of tables from the root down to base pages; 0 where the map makes no sense. */
unsigned int lb_foreign_map_levels(const struct lb_foreign_map *map);

/*
 * Walks as the CPU would.
 *   LB_UNSUPPORTED   no such format, or va_bits that it has not
 *   LB_OUT_OF_RANGE  va cannot be translated by these tables
 *   LB_NOT_FOUND     a table cannot be read
 *   LB_INVALID       an entry that the manuals do not allow
 */
enum lb_status LB_MUST_CHECK lb_foreign_map_walk(
	const struct lb_foreign_map *map, uint64_t va, struct lb_foreign_mapping *ret);

#endif
