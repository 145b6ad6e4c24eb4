/* SPDX-License-Identifier: MIT */
/*
 * /sys/firmware/acpi/tables/SRAT: which memory is near which node (ACPI specification 6.5,
 * 5.2.16). All memory entries of non-zero length are kept, in table order and whether enabled or
 * not: the x86 decompressor cuts its slots at every one of them.
 */
#include <string.h>

#include "machine/bytes.h"
#include "machine/reader.h"

#define HEADER_BYTES 48
#define TYPE_PROCESSOR 0
#define TYPE_MEMORY 1
#define TYPE_X2APIC 2
#define TYPE_GICC 3
#define TABLE_BYTES_MAX (UINT32_C(4) << 20) /* 100 000 processors fit */
#define MEMORY_BYTES 40
#define FLAG_ENABLED 1
#define FLAG_HOTPLUG 2
#define DOMAINS_MAX 1024

/* Linux numbers nodes by the order in which their domains first appear in enabled entries
 * (acpi_map_pxm_to_node, drivers/acpi/numa/srat.c). */
struct domains {
	uint32_t numbers[DOMAINS_MAX];
	int count;
};

static int node_of(struct domains *domains, uint32_t domain, bool may_add)
{
	for (int i = 0; i < domains->count; i++) {
		if (domains->numbers[i] == domain) {
			return i;
		}
	}
	if (!may_add || domains->count == DOMAINS_MAX) {
		return -1;
	}
	domains->numbers[domains->count] = domain;
	return domains->count++;
}

static void note_processor(struct domains *domains, const uint8_t *entry, size_t length)
{
	switch (entry[0]) {
	case TYPE_PROCESSOR:
		if (length >= 16 && (bytes_32(entry + 4) & FLAG_ENABLED)) {
			node_of(domains, entry[2] | (bytes_32(entry + 8) & 0xffffff00), true);
		}
		break;
	case TYPE_X2APIC:
		if (length >= 24 && (bytes_32(entry + 12) & FLAG_ENABLED)) {
			node_of(domains, bytes_32(entry + 4), true);
		}
		break;
	case TYPE_GICC:
		if (length >= 18 && (bytes_32(entry + 10) & FLAG_ENABLED)) {
			node_of(domains, bytes_32(entry + 2), true);
		}
		break;
	default:
		break;
	}
}

static bool add_memory(struct machine_reader *reader, struct domains *domains,
	const uint8_t *entry)
{
	uint64_t start = bytes_64(entry + 8);
	uint64_t size = bytes_64(entry + 16);
	uint32_t flags = bytes_32(entry + 28);
	uint64_t end;
	int node;

	if (!lb_add(start, size, &end)) {
		return false;
	}
	node = node_of(domains, bytes_32(entry + 2), flags & FLAG_ENABLED);
	if (size) {
		MACHINE_APPEND(reader, reader->machine->acpi.srat,
			{{start, end}, node, (flags & FLAG_HOTPLUG) != 0});
	}
	return true;
}

static void read_entries(
	struct machine_reader *reader, struct machine_file *file, size_t size, bool memory,
	struct domains *domains)
{
	const uint8_t *table = (const uint8_t *)file->data;
	size_t at = HEADER_BYTES;

	while (at < size && reader->status == LB_OK) {
		size_t length = size - at < 2 ? 0 : table[at + 1];

		if (length < 2 || length > size - at ||
			(table[at] == TYPE_MEMORY && length < MEMORY_BYTES)) {
			machine_fail(reader, LB_INVALID, machine_at_offset(file->path, at),
				"the affinity entry has a length that cannot be");
			return;
		}
		if (!memory) {
			note_processor(domains, table + at, length);
		} else if (table[at] == TYPE_MEMORY &&
			!add_memory(reader, domains, table + at)) {
			machine_fail(reader, LB_INVALID, machine_at_offset(file->path, at),
				"the memory entry passes the end of the address space");
			return;
		}
		at += length;
	}
}

void machine_read_srat(struct machine_reader *reader, struct machine_file *file)
{
	const uint8_t *table = (const uint8_t *)file->data;
	struct domains domains = {.count = 0};
	uint8_t sum = 0;
	uint32_t size;

	if (!file->size) {
		return;
	}
	if (file->size < HEADER_BYTES) {
		machine_fail(reader, LB_TRUNCATED, machine_at_offset(file->path, file->size),
			"expected an ACPI table of at least %u bytes", HEADER_BYTES);
		return;
	}
	size = bytes_32(table + 4);
	if (memcmp(table, "SRAT", 4) || size < HEADER_BYTES || size > TABLE_BYTES_MAX) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 0),
			"expected an ACPI table that begins with \"SRAT\" and its length, up to %u",
			TABLE_BYTES_MAX);
		return;
	}
	if (size > file->size) {
		machine_fail(reader, LB_TRUNCATED, machine_at_offset(file->path, file->size),
			"the table says that it has %u bytes", size);
		return;
	}
	for (uint32_t i = 0; i < size; i++) {
		sum = (uint8_t)(sum + table[i]);
	}
	if (sum) {
		machine_problem(reader, machine_at_line(file->path, 0),
			"the checksum of the table is wrong");
	}
	/* Processors are parsed before memory, so they number the nodes first. */
	read_entries(reader, file, size, false, &domains);
	read_entries(reader, file, size, true, &domains);
	machine_found(reader, LB_SOURCE_SRAT);
}
