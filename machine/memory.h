/* SPDX-License-Identifier: MIT */
/*
 * memory: what the kernel says of the machine's memory: which there is, who holds it, and what it
 * set aside. Sizes are in bytes. What a log line tells is named with the line and the kernel file
 * that prints it; where no version stands, it is the same from 5.10 on.
 */
#ifndef LIFEBOAT_MACHINE_MEMORY_H
#define LIFEBOAT_MACHINE_MEMORY_H

#include "machine/firmware.h"

/* What the names of /proc/iomem that matter mean. */
enum lb_iomem_kind {
	LB_IOMEM_OTHER,
	LB_IOMEM_RAM,      /* "System RAM" */
	LB_IOMEM_RESERVED, /* "reserved"; "Reserved" on x86-64 and riscv64 */
	LB_IOMEM_KERNEL_CODE,
	LB_IOMEM_KERNEL_DATA,
	LB_IOMEM_KERNEL_BSS,
	LB_IOMEM_CRASH,    /* "Crash kernel", the main region and the low one alike */
};

/* An entry of /proc/iomem, in file order. Siblings rise and do not overlap, children lie in their
 * parents, as far as the file shows who is whose child (MAX_IORES_LEVEL, kernel/resource.c). */
struct lb_iomem_entry {
	struct lb_range range;
	unsigned int depth; /* 0 is the top level; at most 16 */
	enum lb_iomem_kind kind;
	const char *name; /* as printed */
};

/* A line of sys/kernel/debug/memblock. */
struct lb_memblock_region {
	struct lb_range range;
	int node;            /* -1: not said */
	bool nomap;          /* flag NOMAP; false on kernels that print no flags (before 6.5) */
	bool driver_managed; /* flag DRV_MNG, likewise */
};

struct lb_machine_memory {
	LB_LIST(struct lb_iomem_entry, iomem); /* empty when the file shows zeros */

	/* "Registered nosave memory: [mem ..]" (kernel/power/snapshot.c): what is no RAM between
	 * RAM, as printed, in the order of the log. */
	LB_LIST(struct lb_range, nosave);

	uint64_t total; /* MemTotal of proc/meminfo: without what was reserved early; 0 unknown */

	/* Of it what the kernel has for itself: Slab, KernelStack, PageTables, SecPageTables and
	 * Percpu of proc/meminfo; 0 unknown. */
	uint64_t kernel_bytes;

	/* All RAM that the kernel was given: B of "Memory: AK/BK available" (mm/page_alloc.c,
	 * mem_init_print_info; mm/mm_init.c from 6.4 on). At most 2^52; 0 unknown. */
	uint64_t counted;

	/* What of it was free then: A of the same line. More is given to it later: MemTotal is less
	 * only where a balloon took memory away. 0 unknown. */
	uint64_t available;

	/* What of it memblock had reserved or did not map when the buddy allocator took over: "NK
	 * reserved" of the same line and its "cma-reserved", together. 0 is a figure, too. */
	bool reserved_known;
	uint64_t reserved;

	/* KFENCE's pool: "kfence: initialized - using N bytes" (mm/kfence/core.c, 5.12 on). At most
	 * 8 GiB; 0: no such line. */
	uint64_t kfence_bytes;

	/* Of memory hotplug: sys/devices/system/memory/block_size_bytes, or "x86/mm: Memory block
	 * size:" (arch/x86/mm/init_64.c). 0 unknown. */
	uint64_t block_size;
};

/* sys/kernel/debug/memblock/{memory,reserved} (mm/memblock.c): rising, without overlap. Empty where
 * the kernel does not keep it (ARCH_KEEP_MEMBLOCK: x86-64) or debugfs is not readable. */
struct lb_machine_memblock {
	LB_LIST(struct lb_memblock_region, memory);
	LB_LIST(struct lb_memblock_region, reserved);
};

/* Both in the order of the log. */
struct lb_machine_nodes {
	/* Where each node's own record is: "NODE_DATA(0) allocated" (arch/x86/mm/numa.c; mm/numa.c
	 * from 6.12 on) or "NUMA: NODE_DATA" (drivers/base/arch_numa.c up to 6.11), which names no
	 * node: they are counted. */
	LB_LIST(struct lb_node_range, data);

	/* "  node   0: [mem ..]" below "Early memory node ranges" (mm/page_alloc.c, free_area_init;
	 * mm/mm_init.c from 6.4 on): memblock's memory in whole pages. */
	LB_LIST(struct lb_node_range, memory);
};

struct lb_machine_cma {
	bool known, built; /* proc/meminfo shows CmaTotal: the kernel is built with CMA */
	uint64_t total;    /* CmaTotal; 0 unless built */

	/* "0K cma-reserved" of the "Memory:" line (see memory.counted); 0 is a figure, too. */
	bool reserved_known;
	uint64_t reserved;

	/* "cma: Reserved 64 MiB at 0x.." (mm/cma.c), in the order of the log: the first is the
	 * default area. */
	LB_LIST(struct lb_range, areas);

	/* Those that consist of several ranges, "cma: Reserved 64 MiB in 2 ranges" (6.16 on): their
	 * sum; where they are is not said. */
	uint64_t scattered;
};

enum lb_crash_line_kind {
	LB_CRASH_LINE_OTHER,   /* says neither */
	LB_CRASH_LINE_MAIN,    /* the main region was reserved */
	LB_CRASH_LINE_LOW,     /* a region below the DMA limit was reserved beside it */
	LB_CRASH_LINE_REFUSED, /* something failed or was not understood */
};

/* A line of the boot log about crash kernel memory (the architectures' own setup code up to 6.6,
 * kernel/crash_core.c to 6.8, kernel/crash_reserve.c since). machine/log_crash.c has the words. */
struct lb_crash_line {
	const char *text; /* as printed, without time stamp */
	enum lb_crash_line_kind kind;
	struct lb_range range; /* of _MAIN and _LOW, else empty */
	bool names_option;     /* the word crashkernel is in it */
};

/* Crash kernel memory as the running kernel has it. */
struct lb_machine_crash {
	bool is_capture_kernel; /* what is shown is a capture kernel's own boot */
	bool size_known;
	uint64_t size; /* sys/kernel/kexec_crash_size; from 6.5 on with the low region. 0: none */

	/* sys/kernel/kexec_crash_loaded: a capture kernel is loaded. */
	bool loaded_known, loaded;

	/* The parts of crashkernel=,cma: sys/kernel/kexec/crash_cma_ranges (kernel/kexec_core.c,
	 * 6.19 on). */
	LB_LIST(struct lb_range, cma);

	LB_LIST(struct lb_crash_line, log); /* in the order of the log */
};

#define LB_OTHER_BOOTS_MAX 4

/* Another boot of the same machine in the same log, by another kernel or the same: the lines of its
 * firmware's map are the same. */
struct lb_other_boot {
	const char *release; /* of its kernel */
	const char *cmdline;
	struct lb_range ramdisk; /* its initrd, as the log has it; empty unknown */
	LB_LIST(struct lb_crash_line, crash);
};

/* A line below the log's "Zone ranges:" (mm/page_alloc.c, free_area_init; mm/mm_init.c from 6.4
 * on). */
struct lb_zone {
	bool shown;
	struct lb_range range; /* empty: the zone is, or its line makes no sense */
};

/* What devices can reach. */
struct lb_machine_dma {
	struct lb_zone zone_dma, zone_dma32, zone_normal;

	/* The bounce pool: "software IO TLB: mapped" (kernel/dma/swiotlb.c). Empty: unknown. */
	struct lb_range swiotlb;

	uint64_t swiotlb_slabs; /* its size in slabs of 2 KiB, from debugfs; 0 unknown */

	/* An IOMMU took devices (": Adding to iommu group") and does not pass them through ("iommu:
	 * Default domain type: "; both drivers/iommu/iommu.c). */
	bool iommu_active;
};

#endif
