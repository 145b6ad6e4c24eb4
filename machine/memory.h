/* SPDX-License-Identifier: MIT */
/*
 * memory: what the kernel says of the machine's memory: which there is, who holds it, and what it
 * set aside.
 */
#ifndef LIFEBOAT_MACHINE_MEMORY_H
#define LIFEBOAT_MACHINE_MEMORY_H

#include "machine/firmware.h"

/* /proc/iomem, in file order; depth 0 is the top level. Siblings rise and do not overlap,
 * children lie in their parents. Empty when the file shows zeros. */
enum lb_iomem_kind {
	LB_IOMEM_OTHER,
	LB_IOMEM_RAM,      /* "System RAM" */
	LB_IOMEM_RESERVED, /* "reserved"; "Reserved" on x86-64 and riscv64 */
	LB_IOMEM_KERNEL_CODE,
	LB_IOMEM_KERNEL_DATA,
	LB_IOMEM_KERNEL_BSS,
	LB_IOMEM_CRASH,    /* "Crash kernel", the main region and the low one alike */
};

struct lb_iomem_entry {
	struct lb_range range;
	unsigned int depth;
	enum lb_iomem_kind kind;
	const char *name; /* as printed */
};

struct lb_memblock_region {
	struct lb_range range;
	int node;            /* -1: not said */
	bool nomap;          /* flag NOMAP; false on kernels that print no flags (before 6.5) */
	bool driver_managed; /* flag DRV_MNG, likewise */
};

struct lb_machine_memory {
	LB_LIST(struct lb_iomem_entry, iomem);
	LB_LIST(struct lb_range, nosave); /* "Registered nosave memory" */
	uint64_t total;                   /* MemTotal in bytes; 0 unknown */
	uint64_t counted;                 /* all RAM in bytes, B of "Memory: AK/BK"; 0 unknown */
	uint64_t kfence_bytes;            /* KFENCE's pool, at most 8 GiB; 0: not in the log */
	uint64_t block_size;              /* of memory hotplug, in bytes; 0 unknown */
};

/* sys/kernel/debug/memblock, rising; empty unless the kernel keeps it (ARCH_KEEP_MEMBLOCK). */
struct lb_machine_memblock {
	LB_LIST(struct lb_memblock_region, memory);
	LB_LIST(struct lb_memblock_region, reserved);
};

struct lb_machine_nodes {
	LB_LIST(struct lb_node_range, data);   /* NODE_DATA, where each node's own record is */
	LB_LIST(struct lb_node_range, memory); /* "Early memory node ranges" */
};

struct lb_machine_cma {
	bool known, built; /* meminfo shows CmaTotal: the kernel is built with CMA */
	uint64_t total;    /* CmaTotal in bytes */
	bool reserved_known;
	uint64_t reserved; /* in bytes, "0K cma-reserved" of the "Memory:" line */
	LB_LIST(struct lb_range, areas); /* "cma: Reserved N MiB at ..." */
};

enum lb_crash_line_kind {
	LB_CRASH_LINE_OTHER,   /* says neither */
	LB_CRASH_LINE_MAIN,    /* the main region was reserved */
	LB_CRASH_LINE_LOW,     /* a region below the DMA limit was reserved beside it */
	LB_CRASH_LINE_REFUSED, /* something failed or was not understood */
};

/* A line of the boot log about crash kernel memory. */
struct lb_crash_line {
	const char *text; /* as printed, without time stamp */
	enum lb_crash_line_kind kind;
	struct lb_range range; /* of _MAIN and _LOW, else empty */
	bool names_option;     /* the word crashkernel is in it */
};

/* Crash kernel memory as the running kernel has it. */
struct lb_machine_crash {
	bool size_known;
	uint64_t size;                 /* sys/kernel/kexec_crash_size, in bytes */
	LB_LIST(struct lb_range, cma); /* crashkernel=,cma as sysfs shows it */
	LB_LIST(struct lb_crash_line, log);
};

/* A line below the log's "Zone ranges:". */
struct lb_zone {
	bool shown;
	struct lb_range range; /* empty: the zone is, or its line makes no sense */
};

/* What devices can reach. */
struct lb_machine_dma {
	struct lb_zone zone_dma, zone_dma32, zone_normal;
	struct lb_range swiotlb; /* where the log says the bounce pool is; empty: unknown */
	uint64_t swiotlb_slabs;  /* io_tlb_nslabs, of 2 KiB each; 0 unknown */
	bool iommu_active;       /* an IOMMU took devices, and does not pass them through */
};

#endif
