/* SPDX-License-Identifier: MIT */
/*
 * kernel_tables: the page tables of the Linux in a core file, and where in them its linear map is.
 *
 * VMCOREINFO (kernel/vmcore_info.c from 6.9 on, kernel/crash_core.c before; arch_crash_save_
 * vmcoreinfo of x86-64 and arm64) tells: SYMBOL(swapper_pg_dir), and to find it in physical memory
 * NUMBER(phys_base) or NUMBER(kimage_voffset); PAGESIZE; NUMBER(pgtable_l5_enabled),
 * NUMBER(sme_mask); NUMBER(VA_BITS), NUMBER(TCR_EL1_T1SZ) (5.12 on), NUMBER(PHYS_OFFSET).
 */
#ifndef LIFEBOAT_PLAN_PAGES_KERNEL_TABLES_H
#define LIFEBOAT_PLAN_PAGES_KERNEL_TABLES_H

#include "lifeboat/foreign_map.h"
#include "machine/core_file.h"

/* The last table that was read of each level: none is read twice in a row. */
struct lb_table_reader {
	const struct lb_core_file *core;
	size_t page_size;
	uint8_t *pages[LB_LEVELS_MAX];        /* page_size bytes each */
	lb_phys_addr addresses[LB_LEVELS_MAX]; /* of what is in them; UINT64_MAX: nothing */
	uint64_t read[LB_LEVELS_MAX]; /* how many tables of the level were read */
	lb_phys_addr failed;          /* the last table that could not be read */
};

struct lb_kernel_tables {
	struct lb_foreign_map map; /* reads through reader: it must not be moved */
	struct lb_table_reader reader;
	uint64_t offset; /* of the linear map: virtual = physical + offset, modulo 2^64 */
	const char *offset_source;
	char release[96]; /* OSRELEASE; "" unknown */
};

/*
 * Finds them. On success lb_kernel_tables_end follows, before the core is closed.
 *   LB_NOT_FOUND    VMCOREINFO does not tell what is needed, or memory that is needed is not in
 *                   the file
 *   LB_INVALID      what it tells makes no sense
 *   LB_UNSUPPORTED  tables that are not read: riscv64; arm64 with 4 or 16 KiB pages and more than
 *                   48 bits (LPA2)
 *   LB_NO_STORAGE
 */
enum lb_status LB_MUST_CHECK lb_kernel_tables_find(const struct lb_core_file *core,
	struct lb_kernel_tables *ret, struct lb_machine_error *error);
void lb_kernel_tables_end(struct lb_kernel_tables *tables);

#endif
