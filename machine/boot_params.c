/* SPDX-License-Identifier: MIT */
/*
 * /sys/kernel/boot_params/data: the page that the loader or the EFI stub handed to an x86 kernel
 * (Documentation/arch/x86/zero-page.rst and boot.rst; offsets from arch/x86/include/uapi/asm/
 * bootparam.h, unchanged since 3.x).
 */
#include "machine/bytes.h"
#include "machine/reader.h"

#include <string.h>

#define HEADER_MAGIC_AT 0x202
#define E820_COUNT_AT 0x1e8
#define E820_AT 0x2d0
#define E820_ENTRY_BYTES 20
#define E820_MAX 128
#define PAGE_BYTES 4096

static enum lb_e820_type e820_type(uint32_t raw)
{
	switch (raw) {
	case LB_E820_RAM:
	case LB_E820_RESERVED:
	case LB_E820_ACPI:
	case LB_E820_NVS:
	case LB_E820_UNUSABLE:
	case LB_E820_PMEM:
	case LB_E820_PRAM:
	case LB_E820_SOFT_RESERVED:
		return (enum lb_e820_type)raw;
	default:
		return LB_E820_OTHER;
	}
}

static void read_e820(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_boot_params *params = &reader->machine->boot.params;
	const uint8_t *page = (const uint8_t *)file->data;
	unsigned int count = page[E820_COUNT_AT];

	if (count > E820_MAX) {
		machine_fail(reader, LB_INVALID, machine_at_offset(file->path, E820_COUNT_AT),
			"%u e820 entries, expected at most %u", count, E820_MAX);
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		size_t at = E820_AT + i * E820_ENTRY_BYTES;
		uint64_t start = bytes_64(page + at);
		uint64_t size = bytes_64(page + at + 8);
		uint64_t end;

		if (!lb_add(start, size, &end)) {
			machine_fail(reader, LB_INVALID, machine_at_offset(file->path, at),
				"an e820 entry passes the end of the address space");
			return;
		}
		if (size) {
			MACHINE_APPEND(reader, params->e820,
				{{start, end}, e820_type(bytes_32(page + at + 16))});
		}
	}
}

static void read_ramdisk(struct machine_reader *reader, struct machine_file *file)
{
	const uint8_t *page = (const uint8_t *)file->data;
	uint64_t start = bytes_32(page + 0x218) | (uint64_t)bytes_32(page + 0xc0) << 32;
	uint64_t size = bytes_32(page + 0x21c) | (uint64_t)bytes_32(page + 0xc4) << 32;
	uint64_t end;

	if (!lb_add(start, size, &end)) {
		machine_fail(reader, LB_INVALID, machine_at_offset(file->path, 0x218),
			"the initrd passes the end of the address space");
		return;
	}
	if (start && size) {
		reader->machine->boot.params.ramdisk = (struct lb_range){start, end};
	}
}

static void read_efi_info(struct lb_boot_params *params, const uint8_t *page)
{
	if (!memcmp(page + 0x1c0, "EL64", 4) || !memcmp(page + 0x1c0, "EL32", 4)) {
		memcpy(params->efi_signature, page + 0x1c0, 4);
	}
	params->efi_systab = bytes_32(page + 0x1c4) | (uint64_t)bytes_32(page + 0x1d8) << 32;
	params->efi_memdesc_size = bytes_32(page + 0x1c8);
	params->efi_memmap = bytes_32(page + 0x1d0) | (uint64_t)bytes_32(page + 0x1dc) << 32;
	params->efi_memmap_size = bytes_32(page + 0x1d4);
}

void machine_read_boot_params(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_boot_params *params = &reader->machine->boot.params;
	const uint8_t *page = (const uint8_t *)file->data;

	if (!file->size) {
		return;
	}
	if (file->size != PAGE_BYTES) {
		machine_fail(reader, file->size < PAGE_BYTES ? LB_TRUNCATED : LB_INVALID,
			machine_at_offset(file->path, lb_min(file->size, PAGE_BYTES)),
			"expected a page of %u bytes", PAGE_BYTES);
		return;
	}
	read_efi_info(params, page);
	/* The EFI stub of 6.6 and newer and the PVH entry build the page themselves and leave
	 * the header out; some map of memory there must be. */
	if (memcmp(page + HEADER_MAGIC_AT, "HdrS", 4) && !*params->efi_signature &&
		!page[E820_COUNT_AT]) {
		machine_fail(reader, LB_INVALID, machine_at_offset(file->path, HEADER_MAGIC_AT),
			"expected \"HdrS\", the mark of a Linux setup header");
		return;
	}
	params->type_of_loader = page[0x210];
	params->loadflags = page[0x211];
	params->code32_start = bytes_32(page + 0x214);
	params->cmdline_ptr = bytes_32(page + 0x228) | (uint64_t)bytes_32(page + 0xc8) << 32;
	params->kernel_alignment = bytes_32(page + 0x230);
	params->payload_offset = bytes_32(page + 0x248);
	params->payload_length = bytes_32(page + 0x24c);
	params->setup_data = bytes_64(page + 0x250);
	params->pref_address = bytes_64(page + 0x258);
	params->init_size = bytes_32(page + 0x260);
	read_ramdisk(reader, file);
	read_e820(reader, file);
	params->present = true;
	reader->looks_x86 = true;
	machine_found(reader, LB_SOURCE_BOOT_PARAMS);
}
