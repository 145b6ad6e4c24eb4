/* SPDX-License-Identifier: MIT */
/*
 * firmware: what the firmware and the boot loader told the kernel: their memory maps, their tables
 * and what they put into memory for it.
 */
#ifndef LIFEBOAT_MACHINE_FIRMWARE_H
#define LIFEBOAT_MACHINE_FIRMWARE_H

#include "machine/source.h"

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

/* A named place: an ACPI table ("FACP"), an EFI configuration table ("ESRT"), "mem: reserved by
 * OF". size 0 when the source tells only the address. */
struct lb_named_range {
	const char *name;
	struct lb_range range;
};

/* A range with a number: NODE_DATA(n), a node's memory, an SRAT entry. */
struct lb_node_range {
	struct lb_range range;
	int node;
	bool hotplug; /* SRAT only */
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

/* The x86 firmware's map, in the order of each source. */
struct lb_machine_e820 {
	bool heading; /* "BIOS-provided physical RAM map:": the log begins before the map */
	LB_LIST(struct lb_e820_entry, log);      /* "BIOS-e820:" */
	LB_LIST(struct lb_e820_entry, user);     /* "user:" after mem=/memmap= */
	LB_LIST(struct lb_e820_entry, firmware); /* sys/firmware/memmap */
	LB_LIST(struct lb_e820_update, updates);
};

struct lb_machine_efi {
	bool known, booted; /* booted through EFI */
	bool secure_boot;
	bool mentioned;     /* by any line of the log */
	bool edk2;          /* "efi: EFI v2.7 by EDK II": the firmware is built from it */
	bool rng_known;     /* the log's line of EFI tables is there, and tells of the next */
	bool rng_table;     /* "RNG=0x..": the firmware gave random numbers (arm64, riscv64) */
	LB_LIST(struct lb_efi_descriptor, map); /* the whole firmware map; empty: not shown */
	LB_LIST(struct lb_efi_descriptor, runtime_map);
	LB_LIST(struct lb_named_range, tables); /* "ACPI 2.0", "ESRT", "MEMATTR", "RNG" ... */
};

struct lb_machine_acpi {
	LB_LIST(struct lb_named_range, tables); /* from the log, firmware order */
	LB_LIST(struct lb_node_range, srat);    /* SRAT memory affinity, table order */
};

/* The flattened device tree. */
struct lb_machine_fdt {
	const uint8_t *blob; /* whole, header checked; NULL none */
	size_t size;         /* of blob, in bytes */
	LB_LIST(struct lb_named_range, reserved); /* "OF: reserved mem:" lines */
};

/* What the boot loader or the EFI stub handed to the kernel. */
struct lb_machine_boot {
	const char *cmdline;     /* as booted; NULL unknown */
	struct lb_boot_params params;
	struct lb_range ramdisk; /* "RAMDISK: [mem ..]" (x86); linux,initrd-* of the fdt */
	uint64_t ramdisk_bytes;  /* "Freeing initrd memory: 964K", whole pages; 0 unknown */
	LB_LIST(struct lb_range, setup_data); /* "reserve setup_data" */
};

#endif
