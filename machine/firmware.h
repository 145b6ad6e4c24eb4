/* SPDX-License-Identifier: MIT */
/*
 * firmware: what the firmware and the boot loader told the kernel: their memory maps, their tables
 * and what they put into memory for it. Sizes are in bytes. What a log line tells is named with the
 * line and the kernel file that prints it; where no version stands, it is the same from 5.10 on.
 */
#ifndef LIFEBOAT_MACHINE_FIRMWARE_H
#define LIFEBOAT_MACHINE_FIRMWARE_H

#include "machine/source.h"

/* Types of the x86 memory map (arch/x86/include/asm/e820/types.h). */
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

/* Attributes that decide something here (the same section). */
#define LB_EFI_ATTR_WB (UINT64_C(1) << 3)
#define LB_EFI_ATTR_MORE_RELIABLE (UINT64_C(1) << 16)
#define LB_EFI_ATTR_SP (UINT64_C(1) << 18)
#define LB_EFI_ATTR_HOT_PLUGGABLE (UINT64_C(1) << 20)
#define LB_EFI_ATTR_RUNTIME (UINT64_C(1) << 63)

/* An entry of the firmware's map. Entries of one map do not overlap, or it is told. */
struct lb_efi_descriptor {
	struct lb_range range;
	enum lb_efi_type type;
	uint64_t attributes; /* bits of LB_EFI_ATTR_, and others as the specification has them */
};

/* A named place: an ACPI table ("FACP"), an EFI configuration table ("ESRT"), a node of the device
 * tree's reserved-memory. Empty, but at the address, when the source tells only that. */
struct lb_named_range {
	const char *name; /* never NULL */
	struct lb_range range;
};

/* A range with a number: NODE_DATA(n), a node's memory, an SRAT entry. */
struct lb_node_range {
	struct lb_range range;
	int node;     /* as Linux numbers nodes, not below 0; SRAT: -1 for one that it never used */
	bool hotplug; /* SRAT only */
};

/*
 * The x86 boot_params page, sys/kernel/boot_params/data (Documentation/arch/x86/boot.rst and
 * zero-page.rst tell what the fields mean). Addresses are physical; only ranges and e820 are
 * checked, the rest is whatever the loader wrote. All 0 unless present, but for the loader.
 */
struct lb_boot_params {
	bool present;                /* the page itself was read */
	char efi_signature[5];       /* "EL64", "EL32" or "" */
	unsigned int type_of_loader; /* or proc/sys/kernel/bootloader_type; 0 unknown */
	unsigned int loadflags;
	uint32_t code32_start;
	uint32_t kernel_alignment;
	uint32_t payload_offset; /* from the start of the protected-mode code */
	uint32_t payload_length;
	uint32_t init_size; /* what the kernel wants around it while it unpacks */
	uint64_t pref_address;
	uint64_t setup_data; /* address of the first node; 0: none */
	uint64_t cmdline_ptr;
	struct lb_range ramdisk; /* as the loader placed it, not page-rounded; empty: none */
	uint64_t efi_systab;
	uint64_t efi_memmap;
	uint32_t efi_memmap_size;
	uint32_t efi_memdesc_size;
	LB_LIST(struct lb_e820_entry, e820); /* at most 128 */
};

/* KASLR_FLAG of loadflags: the decompressor drew a place for the kernel. False where the page is
 * not shown (Documentation/arch/x86/boot.rst, loadflags bit 1). */
static inline bool lb_boot_params_drew(const struct lb_boot_params *params)
{
	return params->present && (params->loadflags & 2);
}

/* The x86 firmware's map, in the order of each source. Entries that overlap are told as a problem,
 * those of sys/firmware/memmap are refused. */
struct lb_machine_e820 {
	/* "BIOS-provided physical RAM map:" (arch/x86/kernel/e820.c, as all lines here): the log
	 * begins before the map, so that what stands nowhere in it was not printed. */
	bool heading;

	LB_LIST(struct lb_e820_entry, log);      /* "BIOS-e820:" */
	LB_LIST(struct lb_e820_entry, user);     /* "user:", after mem=, memmap= and the like */
	LB_LIST(struct lb_e820_entry, firmware); /* sys/firmware/memmap */
	LB_LIST(struct lb_e820_update, updates); /* "e820: update", "e820: remove" */
};

struct lb_machine_efi {
	/* Booted through EFI: "efi: EFI v.." and the like, boot_params, the device tree. booted is
	 * false unless known. */
	bool known, booted;

	/* The firmware's variable SecureBoot (UEFI specification 2.10, 3.3), mokutil's answer in a
	 * sosreport, "Secure boot enabled" (arch/x86/kernel/setup.c; "secureboot: " before it in
	 * distributions), or linux,uefi-secure-boot of the device tree. */
	bool secure_boot_known, secure_boot;

	bool mentioned; /* some line of the log has "efi:" or "EFI v" in it */
	bool edk2;      /* "efi: EFI v2.7 by EDK II" (drivers/firmware/efi/efi.c) */

	/* The log has the line of tables, "efi: ACPI 2.0=0x.. SMBIOS=0x.." (drivers/firmware/efi/
	 * efi.c), so that a table that is not in it is known to be missing: */
	bool rng_known;
	bool rng_table; /* "RNG=0x..": the stub had random numbers of the firmware's */

	/* The whole firmware map, in its own order; empty: not shown. From the firmware's bytes
	 * (snapshot: efi-memmap), else from efi=debug lines (arch/x86/platform/efi/efi.c, drivers/
	 * firmware/efi/efi-init.c). */
	LB_LIST(struct lb_efi_descriptor, map);

	LB_LIST(struct lb_efi_descriptor, runtime_map); /* sys/firmware/efi/runtime-map */

	/* "ACPI 2.0", "ESRT", "MEMATTR", "RNG" ...: addresses only. The log's line of tables, else
	 * sys/firmware/efi/systab. */
	LB_LIST(struct lb_named_range, tables);
};

struct lb_machine_acpi {
	/* "ACPI: FACP 0x.. 000074" (drivers/acpi/acpica/tbprint.c): the firmware's tables in its
	 * order; those that were loaded later, at virtual addresses, are not among them. */
	LB_LIST(struct lb_named_range, tables);
	bool qemu; /* "(v01 BOCHS ": QEMU made them (hw/acpi/aml-build.c, ACPI_BUILD_APPNAME6) */

	/* Memory affinity in table order, enabled or not: sys/firmware/acpi/tables/SRAT, else
	 * "ACPI: SRAT: Node" (drivers/acpi/numa/srat.c). */
	LB_LIST(struct lb_node_range, srat);
};

/* The flattened device tree. */
struct lb_machine_fdt {
	const uint8_t *blob; /* sys/firmware/fdt, checked by lb_fdt_open; NULL none */
	size_t size;         /* of blob */

	/* "OF: reserved mem: 0x.." (drivers/of/of_reserved_mem.c): regions with their node's name
	 * (6.2 on), "pool" for a CMA pool, "allocated" for what the kernel placed itself. */
	LB_LIST(struct lb_named_range, reserved);
};

/* What the boot loader or the EFI stub handed to the kernel. */
struct lb_machine_boot {
	/* As booted: proc/cmdline, else bootargs of the device tree, else "Kernel command line: "
	 * (init/main.c), which may be cut. NULL unknown. */
	const char *cmdline;
	bool cmdline_may_be_cut; /* it is the last of these, and one line shows it (x86: two) */
	bool cmdline_seen_twice; /* a file and the log say the same, or both lines of an x86 log */

	struct lb_boot_params params;

	/* The initrd: linux,initrd-start and -end of the device tree, else "RAMDISK: [mem ..]"
	 * (arch/x86/kernel/setup.c), else boot_params. Empty unknown. */
	struct lb_range ramdisk;

	/* What it filled: "Freeing initrd memory: 964K" (init/initramfs.c), in whole pages; the
	 * last line counts. At most 2^52; 0 unknown. */
	uint64_t ramdisk_bytes;

	/* What the loader left in RAM for the kernel: the odd parts of "reserve setup_data:" lines
	 * (arch/x86/kernel/e820.c; machine/derive.c tells which parts they are). */
	LB_LIST(struct lb_range, setup_data);
};

#endif
