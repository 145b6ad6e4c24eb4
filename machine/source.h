/* SPDX-License-Identifier: MIT */
/* source: where a fact of a machine comes from, and where sources fail to agree. */
#ifndef LIFEBOAT_MACHINE_SOURCE_H
#define LIFEBOAT_MACHINE_SOURCE_H

#include "lifeboat/base.h"

/* One per kind of source; also the bit number in lb_machine.sources. */
enum lb_source {
	LB_SOURCE_IOMEM,            /* proc/iomem with addresses */
	LB_SOURCE_IOMEM_ZEROED,     /* proc/iomem as an unprivileged reader sees it */
	LB_SOURCE_CMDLINE,          /* proc/cmdline */
	LB_SOURCE_VERSION,          /* proc/version or uname */
	LB_SOURCE_MEMINFO,
	LB_SOURCE_CPUINFO,
	LB_SOURCE_LOG,              /* the boot log (dmesg, journal, var/log/dmesg) */
	LB_SOURCE_FIRMWARE_MEMMAP,  /* sys/firmware/memmap */
	LB_SOURCE_FDT,              /* sys/firmware/fdt */
	LB_SOURCE_BOOT_PARAMS,      /* sys/kernel/boot_params/data */
	LB_SOURCE_MEMBLOCK,         /* sys/kernel/debug/memblock/{memory,reserved} */
	LB_SOURCE_EFI_MAP_LOG,      /* efi=debug lines in the log */
	LB_SOURCE_EFI_MAP_RAW,      /* the firmware's map read back (snapshot: efi-memmap) */
	LB_SOURCE_EFI_RUNTIME_MAP,  /* sys/firmware/efi/runtime-map */
	LB_SOURCE_SRAT,             /* sys/firmware/acpi/tables/SRAT */
	LB_SOURCE_SWIOTLB,          /* sys/kernel/debug/swiotlb/io_tlb_nslabs */
	LB_SOURCE_CRASH_SIZE,       /* sys/kernel/kexec_crash_size */
	LB_SOURCE_CRASH_CMA,        /* sys/kernel/kexec/crash_cma_ranges, 6.19 on */
	LB_SOURCE_MODULES,          /* proc/modules */
	LB_SOURCE_COUNT
};

/* Where in the input something stands: "dmesg:123". */
struct lb_position {
	const char *source; /* path inside the root */
	unsigned int line;  /* 1-based; 0: not a text */
	uint64_t offset;    /* of binary sources */
};

/* What a problem does to an answer. */
enum lb_problem_class {
	/* What is read may be of two boots, of two machines, or damaged: nothing that rests on it
	 * is sure. Also whatever is not proved to be harmless. */
	LB_PROBLEM_CONTRADICTION,
	/* What is read is right; what was left aside is not missed. */
	LB_PROBLEM_HARMLESS,
};

/* Where sources contradict each other or themselves, or a line of the log was lost; the reading
 * goes on. The text is one line of printable ASCII. */
struct lb_problem {
	struct lb_position position;
	const char *text;
	enum lb_problem_class class_;
};

/* A list of the machine: X, and X_count entries; NULL and 0 when no source shows it. */
#define LB_LIST(type, name)                                                                      \
	const type *name;                                                                        \
	size_t name##_count

#endif
