/* SPDX-License-Identifier: MIT */
/*
 * The firmware's memory map as bytes: the file efi-memmap of a snapshot, which lifeboat writes
 * itself (docs/snapshot.md), and the table list of /sys/firmware/efi/systab.
 */
#include "machine/bytes.h"
#include "machine/reader.h"
#include "machine/text.h"

#define DESCRIPTOR_BYTES_MIN 40
#define DESCRIPTOR_BYTES_MAX 256
#define EFI_PAGE 4096

bool machine_efi_descriptor(const uint8_t *raw, struct lb_efi_descriptor *ret)
{
	uint64_t start = bytes_64(raw + 8);
	uint64_t bytes, end;

	if (!lb_mul(bytes_64(raw + 24), EFI_PAGE, &bytes) || !lb_add(start, bytes, &end)) {
		return false;
	}
	*ret = (struct lb_efi_descriptor){
		.range = {start, end},
		.type = (enum lb_efi_type)bytes_32(raw),
		.attributes = bytes_64(raw + 32),
	};
	return true;
}

/* "NAME: NUMBER" */
static bool header_number(char **at, char *end, const char *name, uint64_t *ret)
{
	const char *p;
	char *line;

	if (!text_next_line(at, end, &line)) {
		return false;
	}
	p = line;
	return text_skip(&p, name) && text_skip(&p, ": ") && text_number(&p, ret) && !*p;
}

void machine_read_efi_memmap(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	char *at = file->data;
	char *end = file->data + file->size;
	uint64_t address, stride, size;
	char *line;

	if (!text_next_line(&at, end, &line) || strcmp(line, "lifeboat efi-memmap 1") ||
		!header_number(&at, end, "address", &address) ||
		!header_number(&at, end, "descriptor-size", &stride) ||
		!header_number(&at, end, "size", &size) || !text_next_line(&at, end, &line) ||
		*line) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 1),
			"expected the header \"lifeboat efi-memmap 1\", address, descriptor-size, "
			"size and an empty line");
		return;
	}
	if (stride < DESCRIPTOR_BYTES_MIN || stride > DESCRIPTOR_BYTES_MAX || size % stride) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 3),
			"expected descriptors of %u to %u bytes and a size that they divide",
			DESCRIPTOR_BYTES_MIN, DESCRIPTOR_BYTES_MAX);
		return;
	}
	if (size > (uint64_t)(end - at)) {
		machine_fail(reader, LB_TRUNCATED, machine_at_offset(file->path, file->size),
			"expected %llu bytes of descriptors", (unsigned long long)size);
		return;
	}
	for (uint64_t i = 0; i < size / stride && reader->status == LB_OK; i++) {
		struct lb_efi_descriptor descriptor;
		const char *raw = at + i * stride;

		if (!machine_efi_descriptor((const uint8_t *)raw, &descriptor)) {
			machine_fail(reader, LB_INVALID,
				machine_at_offset(file->path, (uint64_t)(raw - file->data)),
				"a descriptor passes the end of the address space");
			return;
		}
		MACHINE_APPEND(reader, machine->efi.map,
			{descriptor.range, descriptor.type, descriptor.attributes});
	}
	machine_found(reader, LB_SOURCE_EFI_MAP_RAW);
}

/* "ACPI20=0xbfb7e014" a line */
void machine_read_efi_systab(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine *machine = reader->machine;
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line) && number++ < 64) {
		const char *equals = strchr(line, '=');
		const char *value = equals ? equals + 1 : "";
		uint64_t address;

		if (!*line) {
			continue;
		}
		if (!equals || !text_hex(&value, &address) || *value) {
			machine_remark(reader, machine_at_line(file->path, number),
				"expected \"NAME=0xADDRESS\"");
			continue;
		}
		machine->efi.booted = machine->efi.known = true;
		MACHINE_APPEND(reader, machine->efi.tables,
			{machine_text(reader, line, (size_t)(equals - line)),
				{address, address}});
	}
}
