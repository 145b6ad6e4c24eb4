/* SPDX-License-Identifier: MIT */
/*
 * machine: what a Linux machine says about itself.
 *
 * A machine is read from a root: `/`, a snapshot folder, a tar (.gz .xz .zst) of one, a
 * sosreport, packed or not, or a file that is a boot log (docs/snapshot.md). Every source is
 * optional; what was found is recorded, and so is what the sources disagree about. Everything
 * here is a checked type: ranges are half-open and not inverted, text is NUL-terminated, numbers
 * fit. All memory belongs to the machine and goes with lb_machine_close.
 */
#ifndef LIFEBOAT_MACHINE_MACHINE_H
#define LIFEBOAT_MACHINE_MACHINE_H

#include "lifeboat/arch.h"
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
	LB_SOURCE_COUNT
};

/* Where in the input something stands: "dmesg:123". */
struct lb_position {
	const char *source; /* path inside the root */
	unsigned int line;  /* 1-based; 0: not a text */
	uint64_t offset;    /* of binary sources */
};

/* /proc/iomem, in file order; depth 0 is the top level. Siblings rise and do not overlap,
 * children lie in their parents. Empty when the file shows zeros. */
struct lb_iomem_entry {
	struct lb_range range;
	unsigned int depth;
	const char *name;
};

enum lb_e820_type {
	LB_E820_RAM = 1,
	LB_E820_RESERVED = 2,
	LB_E820_ACPI = 3,
	LB_E820_NVS = 4,
	LB_E820_UNUSABLE = 5,
	LB_E820_PMEM = 7,
	LB_E820_PRAM = 12,
	LB_E820_SOFT_RESERVED = 0xefffffff, /* as Linux numbers it */
	LB_E820_OTHER = 0xff,
};

struct lb_e820_entry {
	struct lb_range range;
	enum lb_e820_type type;
};

/* A change to the e820 map that the log tells of ("e820: update [..] usable ==> reserved",
 * "e820: remove [..] usable"), in order; to is 0 for remove, and from is 0 where the kernel
 * removes whatever is there. */
struct lb_e820_update {
	struct lb_range range;
	enum lb_e820_type from;
	enum lb_e820_type to;
};

/* EFI memory types (UEFI specification 2.10, section 7.2). */
enum lb_efi_type {
	LB_EFI_RESERVED,
	LB_EFI_LOADER_CODE,
	LB_EFI_LOADER_DATA,
	LB_EFI_BOOT_CODE,
	LB_EFI_BOOT_DATA,
	LB_EFI_RUNTIME_CODE,
	LB_EFI_RUNTIME_DATA,
	LB_EFI_CONVENTIONAL,
	LB_EFI_UNUSABLE,
	LB_EFI_ACPI_RECLAIM,
	LB_EFI_ACPI_NVS,
	LB_EFI_MMIO,
	LB_EFI_MMIO_PORT,
	LB_EFI_PAL_CODE,
	LB_EFI_PERSISTENT,
	LB_EFI_UNACCEPTED,
};
#define LB_EFI_ATTR_WB (UINT64_C(1) << 3)
#define LB_EFI_ATTR_MORE_RELIABLE (UINT64_C(1) << 16)
#define LB_EFI_ATTR_SP (UINT64_C(1) << 18)
#define LB_EFI_ATTR_HOT_PLUGGABLE (UINT64_C(1) << 20)
#define LB_EFI_ATTR_RUNTIME (UINT64_C(1) << 63)

struct lb_efi_descriptor {
	struct lb_range range;
	enum lb_efi_type type;
	uint64_t attributes;
};

/* A range with a number: NODE_DATA(n), a node's memory, an SRAT entry. */
struct lb_node_range {
	struct lb_range range;
	int node;
	bool hotplug; /* SRAT only */
};

/* A named place: an ACPI table ("FACP"), an EFI configuration table ("ESRT"), "mem: reserved by
 * OF". size 0 when the source tells only the address. */
struct lb_named_range {
	const char *name;
	struct lb_range range;
};

/* A line of the boot log without time stamp, syslog prefix, quoting and caller column. */
struct lb_log_line {
	const char *text;
	unsigned int line; /* 1-based in the file */
};

/* The x86 boot_params page (Documentation/arch/x86/boot.rst, zero-page.rst), and what the log
 * or sysctl tell of the same. present: the page itself was read. */
struct lb_boot_params {
	bool present;
	char efi_signature[5]; /* "EL64", "EL32" or "" */
	unsigned int type_of_loader;
	unsigned int loadflags;
	uint32_t code32_start;
	uint32_t kernel_alignment;
	uint32_t payload_offset;
	uint32_t payload_length;
	uint32_t init_size;
	uint64_t pref_address;
	uint64_t setup_data;     /* address of the first node; 0: none */
	uint64_t cmdline_ptr;
	struct lb_range ramdisk; /* as the loader placed it, not page-rounded; empty: none */
	uint64_t efi_systab;
	uint64_t efi_memmap;
	uint32_t efi_memmap_size;
	uint32_t efi_memdesc_size;
	const struct lb_e820_entry *e820;
	size_t e820_count;
};

/* Where sources contradict each other or themselves, or a line of the log was lost; the reading
 * goes on. The text is one line of printable ASCII. */
struct lb_problem {
	struct lb_position position;
	const char *text;
};

struct lb_memblock_region {
	struct lb_range range;
	int node;          /* -1: not said */
	const char *flags; /* "NONE", "NOMAP", ... ; "" on kernels that do not print them */
};

/* lb_machine.X and lb_machine.X_count for each list. */
#define LB_LIST(type, name)                                                                      \
	const type *name;                                                                        \
	size_t name##_count

struct lb_machine {
	const char *root;     /* as the caller named it */
	uint32_t sources;     /* bit set of 1 << enum lb_source */
	enum lb_arch arch;
	const char *release;  /* "6.1.0-50-cloud-amd64"; "" unknown */
	const char *banner;   /* the "Linux version ..." line; "" unknown */
	const char *cmdline;  /* as booted; NULL unknown */
	uint32_t page_size;   /* 4096, 16384, 65536; 0 unknown */
	uint64_t mem_total;   /* MemTotal in bytes; 0 unknown */
	bool cma_known, cma;  /* meminfo shows CmaTotal: the kernel is built with CMA */
	uint64_t cma_total;   /* CmaTotal in bytes */
	uint64_t block_size;  /* of memory hotplug; 0 unknown */
	int cpu_count;        /* online, from cpuinfo or the log; 0 unknown */
	int possible_cpus;    /* nr_cpu_ids in the log; 0 unknown */
	bool gbpages_known, gbpages;   /* CPU flag pdpe1gb */
	bool la57_known, la57;         /* five-level paging in use */
	bool efi_known, efi;           /* booted through EFI */
	bool secure_boot;
	bool hypervisor;               /* a hypervisor is named in log or cpuinfo */
	bool xen_pv;
	bool sme, sev, sev_es, sev_snp, tdx, realm; /* memory encryption that the log names */
	bool iommu_active;             /* an IOMMU took devices, and does not pass them through */

	/* Randomisation of the kernel's place, as far as the machine tells. */
	bool kaslr_known, kaslr;       /* on or off, in this boot */
	bool efi_rng_table;            /* "RNG=0x.." in the EFI table line (arm64, riscv64) */

	LB_LIST(struct lb_iomem_entry, iomem);
	LB_LIST(struct lb_e820_entry, e820_log);      /* "BIOS-e820:" */
	LB_LIST(struct lb_e820_entry, e820_user);     /* "user:" after mem=/memmap= */
	LB_LIST(struct lb_e820_entry, e820_firmware); /* sys/firmware/memmap */
	LB_LIST(struct lb_e820_update, e820_updates);
	LB_LIST(struct lb_range, setup_data);         /* "reserve setup_data" */
	LB_LIST(struct lb_efi_descriptor, efi_map);   /* the whole firmware map; empty: not shown */
	LB_LIST(struct lb_efi_descriptor, efi_runtime_map);
	LB_LIST(struct lb_named_range, efi_tables);   /* "ACPI 2.0", "ESRT", "MEMATTR", "RNG" ... */
	LB_LIST(struct lb_named_range, acpi_tables);  /* from the log, firmware order */
	LB_LIST(struct lb_node_range, srat);          /* SRAT memory affinity, table order */
	LB_LIST(struct lb_node_range, node_data);
	LB_LIST(struct lb_node_range, node_memory);   /* "Early memory node ranges" */
	LB_LIST(struct lb_range, nosave);
	LB_LIST(struct lb_range, cma_areas);          /* "cma: Reserved N MiB at ..." */
	LB_LIST(struct lb_named_range, dt_reserved);  /* "OF: reserved mem:" lines */
	LB_LIST(struct lb_range, crash_cma);          /* crashkernel=,cma as sysfs shows it */
	LB_LIST(struct lb_memblock_region, memblock_memory);
	LB_LIST(struct lb_memblock_region, memblock_reserved);
	LB_LIST(struct lb_log_line, log);
	LB_LIST(char *, crash_log);                   /* about crashkernel, as printed */
	LB_LIST(struct lb_problem, problems);

	struct lb_boot_params boot_params;
	struct lb_range ramdisk;       /* "RAMDISK: [mem ..]" (x86); linux,initrd-* of the fdt */
	struct lb_range swiotlb;       /* where the log says the bounce pool is; empty: unknown */
	uint64_t swiotlb_slabs;        /* io_tlb_nslabs; 0 unknown */
	bool crash_size_known;
	uint64_t crash_size;           /* sys/kernel/kexec_crash_size */
	const uint8_t *fdt;            /* whole blob, header checked; NULL none */
	size_t fdt_size;

	struct lb_machine_private *private_; /* owner of all memory above */
};

struct lb_machine_error {
	char text[512]; /* one line: source, line or offset, what was expected */
};

/* Bounds on what is read; a root that passes one is refused with LB_INVALID. */
#define LB_MACHINE_FILE_BYTES_MAX (UINT64_C(64) << 20)   /* one file of interest */
#define LB_MACHINE_ARCHIVE_BYTES_MAX (UINT64_C(4) << 30) /* unpacked, all entries together */

/*
 * Reads the machine that root shows. root is "/" for this machine. On failure *ret is NULL and
 * error->text says what to the reader: LB_NOT_FOUND (no such root, not for us to read, or nothing
 * of use in it), LB_INVALID (a source that makes no sense), LB_TRUNCATED, LB_NO_STORAGE.
 */
enum lb_status LB_MUST_CHECK lb_machine_open(
	const char *root, struct lb_machine **ret, struct lb_machine_error *error);
void lb_machine_close(struct lb_machine *machine); /* NULL is fine */

static inline bool lb_machine_has(const struct lb_machine *machine, enum lb_source source)
{
	return machine->sources & (UINT32_C(1) << source);
}

#endif
