/* SPDX-License-Identifier: MIT */
/* scrub_binary: device tree, boot_params, EFI map, SRAT: what no reader looks at becomes zero. */
#include "lifeboat/fdt.h"
#include "machine/bytes.h"
#include "machine/scrub.h"
#include "machine/scrub_words.h"
#include "machine/text.h"

#include <string.h>

#define FDT_HEADER_BYTES 40
#define FDT_RESERVATION_BYTES 16

/* Properties that say where memory is and how it may be used (Devicetree Specification 0.4;
 * Documentation/devicetree/bindings/reserved-memory and .../chosen.txt). */
static bool is_kept_property(const char *name)
{
	static const char *const names[] = {"#address-cells", "#size-cells", "reg", "ranges",
		"dma-ranges", "dma-coherent", "device_type", "status", "compatible", "no-map",
		"reusable", "size", "alignment", "alloc-ranges", "linux,cma-default",
		"linux,dma-default", "hotpluggable", "numa-node-id", "distance-matrix",
		"linux,initrd-start", "linux,initrd-end", "linux,uefi-system-table",
		"linux,uefi-mmap-start", "linux,uefi-mmap-size", "linux,uefi-mmap-desc-size",
		"linux,uefi-mmap-desc-ver", "linux,uefi-secure-boot", "linux,elfcorehdr",
		"linux,usable-memory-range", "linux,usable-memory", "linux,booted-from-kexec",
		"mmu-type", "riscv,isa", "riscv,isa-base", "linux,kho-fdt", "linux,kho-scratch"};

	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (!strcmp(name, names[i])) {
			return true;
		}
	}
	return false;
}

static bool zero(char *value, size_t length)
{
	bool changed = false;

	for (size_t i = 0; i < length; i++) {
		changed |= value[i] != 0;
		value[i] = 0;
	}
	return changed;
}

/* Nodes come in file order, so the walk goes down first and then along. */
static void scrub_node(
	const struct lb_fdt *fdt, lb_fdt_node node, char *blob, struct lb_left_out *left_out)
{
	struct lb_fdt_property property;
	uint32_t cursor = 0;
	lb_fdt_node child;

	while (lb_fdt_next_property(fdt, node, &cursor, &property)) {
		char *value = blob + (property.value - fdt->blob);

		if (!strcmp(property.name, "bootargs")) {
			left_out->options += scrub_command_line(value, property.length);
		} else if (!is_kept_property(property.name)) {
			left_out->properties += zero(value, property.length);
		}
	}
	if (!lb_fdt_first_child(fdt, node, &child)) {
		return;
	}
	do {
		scrub_node(fdt, child, blob, left_out);
	} while (lb_fdt_next_sibling(fdt, child, &child));
}

/* What no block of the tree covers. */
static void zero_gaps(const struct lb_fdt *fdt, char *blob)
{
	struct lb_range ignored;
	uint32_t entries = 0;
	size_t end;

	while (lb_fdt_reservation(fdt, entries, &ignored)) {
		entries++;
	}
	end = fdt->reservations + (entries + 1) * FDT_RESERVATION_BYTES;
	for (size_t at = FDT_HEADER_BYTES; at < fdt->size; at++) {
		bool covered = (at >= fdt->reservations && at < end) ||
			(at >= fdt->structure && at - fdt->structure < fdt->structure_size) ||
			(at >= fdt->strings && at - fdt->strings < fdt->strings_size);

		blob[at] = covered ? blob[at] : 0;
	}
}

void scrub_fdt(struct machine_file *file, struct lb_left_out *left_out)
{
	struct lb_fdt fdt;

	if (lb_fdt_open(&fdt, file->data, file->size, NULL) == LB_OK) {
		file->size = fdt.size;
		zero_gaps(&fdt, file->data);
		scrub_node(&fdt, lb_fdt_root(&fdt), file->data, left_out);
	}
}

/* Left: screen_info, acpi_rsdp_addr, the high halves of addresses, efi_info, counts and
 * secure_boot, the setup header, the e820 table up to its last entry. Not left: EDID, disk
 * signatures and device paths (EDD), and whatever a loader forgot there. */
void scrub_boot_params(struct machine_file *file)
{
	static const struct {
		size_t start, end;
	} kept[] = {{0x0, 0x40}, {0x70, 0x78}, {0xc0, 0xcc}, {0x1c0, 0x1e0}, {0x1e8, 0x1e9},
		{0x1ec, 0x1ed}, {0x1ef, 0x1f0}, {0x1f1, 0x268}};
	size_t entries = file->size > 0x1e8 ? (unsigned char)file->data[0x1e8] : 0;
	size_t at = 0;

	for (size_t i = 0; i < LB_ARRAY_COUNT(kept); i++) {
		for (; at < kept[i].start && at < file->size; at++) {
			file->data[at] = 0;
		}
		at = kept[i].end;
	}
	for (; at < file->size; at++) {
		if (at < 0x2d0 || at >= 0x2d0 + 20 * entries) {
			file->data[at] = 0;
		}
	}
}

/* The figure behind a name in the header of an efi-memmap. */
static bool header_figure(const char *text, const char *name, uint64_t *ret)
{
	const char *at = strstr(text, name);

	at = at ? at + strlen(name) : "";
	return text_number(&at, ret);
}

/* Of each descriptor type, physical start, pages and attributes; between and behind them lies what
 * the firmware's memory happened to hold. */
void scrub_efi_memmap(struct machine_file *file)
{
	static const char gap[] = "\n\n";
	char *body = strstr(file->data, gap);
	uint64_t stride, bytes;

	if (!body || !header_figure(file->data, "\ndescriptor-size: ", &stride) || !stride ||
		!header_figure(file->data, "\nsize: ", &bytes)) {
		file->size = 0;
		return;
	}
	body += strlen(gap);
	bytes = lb_min(bytes, file->size - (size_t)(body - file->data));
	file->size = (size_t)(body - file->data) + bytes;
	for (uint64_t i = 0; i < bytes; i++) {
		uint64_t at = i % stride;
		bool kept = at < 4 || (at >= 8 && at < 16) || (at >= 24 && at < 40);

		body[i] = kept ? body[i] : 0;
	}
}

/* The table's own length, and no names of who made it; the sum of all bytes stays what it was. */
void scrub_srat(struct machine_file *file)
{
	unsigned char sum = 0;

	if (file->size < 36) {
		return;
	}
	file->size = (size_t)lb_min(file->size, bytes_32((const uint8_t *)file->data + 4));
	for (size_t i = 10; i < 36 && i < file->size; i++) {
		sum = (unsigned char)(sum + (unsigned char)file->data[i]);
		file->data[i] = 0;
	}
	file->data[9] = (char)(unsigned char)(sum + (unsigned char)file->data[9]);
}
