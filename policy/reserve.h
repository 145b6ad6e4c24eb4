/* SPDX-License-Identifier: MIT */
/*
 * reserve: what a Linux kernel does with `crashkernel=` once memory is known: read the option,
 * search, reserve, and print. Everything before that moment (what is free) is in the memory map
 * that the caller brings; everything that differs between versions and architectures is here.
 *
 * Freestanding; no globals. Sources: kernel/crash_core.c (to 6.8), kernel/crash_reserve.c (from
 * 6.9), arch/x86/kernel/setup.c, arch/arm64/mm/init.c, arch/riscv/mm/init.c, mm/cma.c.
 */
#ifndef LIFEBOAT_POLICY_RESERVE_H
#define LIFEBOAT_POLICY_RESERVE_H

#include "lifeboat/arch.h"
#include "lifeboat/journal.h"
#include "lifeboat/memory_map.h"

/* What the kernel knows about itself and the machine when it reserves. */
struct lb_reserve_env {
	enum lb_arch arch;
	uint32_t version;         /* LB_LINUX(6, 12, 107) */
	uint64_t system_ram;      /* what the range form compares with: memblock_phys_mem_size() */
	lb_phys_addr low_max;     /* end of low memory: x86 4G, arm64 DMA limit, riscv dma32 */
	lb_phys_addr high_max;    /* end of high crash memory */
	uint64_t swiotlb_bytes;   /* bounce pool the kernel plans at this moment (x86 low size) */
	uint32_t page_size;
	uint64_t cma_align;       /* pageblock bytes, for `,cma`; 0: kernel built without CMA */
	bool xen_pv;              /* x86: Xen PV domain refuses */
	bool mirrored_first;      /* kernelcore=mirror with mirrored memory */
	bool avoid_hotplug;       /* movable_node */
	bool memory_encrypted;    /* SME or SEV is active; asked by linux-swiotlb-added only */
};

enum lb_crash_kind { LB_CRASH, LB_CRASH_LOW, LB_CRASH_CMA };

/* "crash", "crash_low", "crash_cma". */
const char *lb_crash_kind_name(enum lb_crash_kind kind);

struct lb_crash_range {
	enum lb_crash_kind kind;
	struct lb_range range;
};

enum lb_outcome {
	LB_OUTCOME_NOT_REQUESTED, /* no crashkernel= at all */
	LB_OUTCOME_REJECTED,      /* the kernel did not understand it (or found it too big: 6.12) */
	LB_OUTCOME_FAILED,        /* understood, and found no room */
	LB_OUTCOME_RESERVED,
	LB_OUTCOME_HANGS,         /* the kernel would never come up */
};

/* "not_requested", "rejected", "failed", "reserved", "hangs". */
const char *lb_outcome_name(enum lb_outcome outcome);

#define LB_CRASH_RANGES_MAX 6 /* main, low, four of CMA */
#define LB_CRASH_LOG_LINES_MAX 12
#define LB_CRASH_LOG_BYTES 1024

/* The answer. Compares bytewise after lb_reservation_clear: unused parts are zero. */
struct lb_reservation {
	enum lb_outcome outcome;
	size_t range_count;
	struct lb_crash_range ranges[LB_CRASH_RANGES_MAX]; /* main first, then low, then CMA */
	/* What the kernel prints about it, without time stamps: lines, each NUL-terminated, one
	 * after the other in log; line_count of them. Only lines with the word "crashkernel", as a
	 * search of the boot log shows them: some messages of the parser lack it (or misspell it)
	 * up to 6.16, and CMA areas speak as "cma:". Of a boot that hangs nothing is to be seen. */
	size_t line_count;
	size_t log_bytes;
	char log[LB_CRASH_LOG_BYTES];
	/* The request as understood, for explanations. */
	uint64_t size;       /* of the main region, bytes; 0 unknown or none */
	uint64_t low_size;   /* asked or implied; 0 none */
	uint64_t cma_size;
	lb_phys_addr offset; /* 0: automatic */
	bool high;           /* `,high` decided */
};

/* All bytes zero: LB_OUTCOME_NOT_REQUESTED. */
void lb_reservation_clear(struct lb_reservation *reservation);

/* How many bytes of a command line the kernel keeps (COMMAND_LINE_SIZE - 1); it reads no more. */
size_t lb_linux_cmdline_max(enum lb_arch arch);

/*
 * Reserves in map as that kernel would, for the whole command line `cmdline` (NUL-terminated, any
 * bytes). The map changes only by what is reserved. LB_NO_STORAGE: the map's storage is full
 * (map unchanged). LB_UNSUPPORTED: no rule for this architecture. Versions before 5.10 are read as
 * 5.10, versions after 7.3 as 7.3. A request that is there and without effect (`,low` alone, a
 * suffix that this kernel does not act on) is LB_OUTCOME_REJECTED. The journal
 * (may be NULL) hears every search and refusal.
 */
enum lb_status LB_MUST_CHECK lb_linux_reserve(const struct lb_reserve_env *env,
	const char *cmdline, struct lb_memory_map *map, struct lb_journal *journal,
	struct lb_reservation *ret);

#endif
