/* SPDX-License-Identifier: MIT */
/*
 * /sys/firmware/fdt: the flattened device tree that the kernel was started with. Checked here;
 * initrd, EFI facts and command line are taken out, the rest is read through lb_fdt by whoever
 * needs it (Devicetree Specification 0.4, 3.6; Documentation/arch/arm/uefi.rst).
 */
#include <string.h>

#include "lifeboat/fdt.h"
#include "machine/reader.h"
#include "machine/text.h"

static bool chosen_number(
	const struct lb_fdt *fdt, lb_fdt_node chosen, const char *name, uint64_t *ret)
{
	struct lb_fdt_property property;

	return lb_fdt_property(fdt, chosen, name, &property) && lb_fdt_number(property, ret);
}

static void read_initrd(struct machine_reader *reader, struct machine_file *file,
	const struct lb_fdt *fdt, lb_fdt_node chosen)
{
	uint64_t start, end;

	if (!chosen_number(fdt, chosen, "linux,initrd-start", &start) ||
		!chosen_number(fdt, chosen, "linux,initrd-end", &end)) {
		return;
	}
	if (end < start) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 0),
			"/chosen: linux,initrd-end 0x%llx lies before linux,initrd-start 0x%llx",
			(unsigned long long)end, (unsigned long long)start);
		return;
	}
	reader->machine->boot.ramdisk = (struct lb_range){start, end};
}

static void read_bootargs(
	struct machine_reader *reader, const struct lb_fdt *fdt, lb_fdt_node chosen)
{
	struct lb_fdt_property property;
	char *trimmed;

	if (!lb_fdt_property(fdt, chosen, "bootargs", &property) || !property.length) {
		return;
	}
	if (!reader->machine->boot.cmdline) {
		reader->machine->boot.cmdline = machine_text(reader, (const char *)property.value,
			strnlen((const char *)property.value, property.length));
	}
	trimmed = machine_arena_text(reader->arena, (const char *)property.value,
		strnlen((const char *)property.value, property.length));
	if (trimmed) {
		trimmed[text_trimmed_length(trimmed)] = 0;
	}
	reader->tree_bootargs = trimmed;
}

/* What tells the kernel that EFI started it (drivers/firmware/efi/fdtparams.c). */
static void read_efi(struct machine_reader *reader, const struct lb_fdt *fdt, lb_fdt_node chosen)
{
	struct lb_machine *machine = reader->machine;
	lb_fdt_node hypervisor;
	uint64_t number;

	if (chosen_number(fdt, chosen, "linux,uefi-system-table", &number)) {
		machine->efi.booted = machine->efi.known = true;
	} else {
		reader->tree_without_efi = !lb_fdt_find(fdt, "/hypervisor", &hypervisor);
	}
	if (chosen_number(fdt, chosen, "linux,uefi-secure-boot", &number)) {
		/* efi_secureboot_mode_disabled, efi_secureboot_mode_enabled */
		machine->efi.secure_boot_known |= number == 2 || number == 3;
		machine->efi.secure_boot |= number == 3;
	}
}

void machine_read_fdt(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	struct lb_fdt fdt;
	lb_fdt_node chosen;
	size_t offset = 0;
	enum lb_status status;

	if (!file->size) {
		return;
	}
	status = lb_fdt_open(&fdt, file->data, file->size, &offset);
	if (status != LB_OK) {
		machine_fail(reader, status, machine_at_offset(file->path, offset),
			offset ? "the device tree is %s here"
			       : "expected a flattened device tree (0xd00dfeed); the file is %s",
			lb_status_text(status));
		return;
	}
	machine->fdt.blob = fdt.blob;
	machine->fdt.size = fdt.size;
	machine_found(reader, LB_SOURCE_FDT);
	if (!lb_fdt_find(&fdt, "/chosen", &chosen)) {
		return;
	}
	read_initrd(reader, file, &fdt, chosen);
	read_bootargs(reader, &fdt, chosen);
	read_efi(reader, &fdt, chosen);
}
