/* SPDX-License-Identifier: MIT */
/*
 * machine_fuzz: what the fuzz targets of the readers share: a machine made of files in memory,
 * and what must hold for every machine that lb_machine_open gives out.
 */
#ifndef LIFEBOAT_FUZZ_MACHINE_FUZZ_H
#define LIFEBOAT_FUZZ_MACHINE_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "machine/reader.h"
#include "machine/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static inline void fuzz_check_range(struct lb_range range)
{
	fuzz_require(range.start <= range.end);
}

#define FUZZ_CHECK_RANGES(machine, list)                                                         \
	for (size_t i_ = 0; i_ < (machine)->list##_count; i_++) {                                \
		fuzz_check_range((machine)->list[i_].range);                                     \
	}

/* The bounds that machine/memory.h, firmware.h and system.h promise. */
static inline void fuzz_check_figures(const struct lb_machine *machine)
{
	const uint64_t most = UINT64_C(1) << 52;

	fuzz_require(machine->memory.counted <= most && machine->cma.reserved <= most);
	fuzz_require(machine->boot.ramdisk_bytes <= most);
	fuzz_require(machine->kernel.image_bytes <= 5 * most);
	fuzz_require(machine->memory.kfence_bytes <= 8 * LB_GIB);
	fuzz_require(machine->boot.params.e820_count <= 128);
	fuzz_require(machine->cpu.count >= 0 && machine->cpu.possible >= 0);
	fuzz_require(!machine->efi.booted || machine->efi.known);
	fuzz_require(!machine->cma.reserved || machine->cma.reserved_known);
	fuzz_require(machine->kernel.page_size == 0 || machine->kernel.page_size == 4096 ||
		machine->kernel.page_size == 16384 || machine->kernel.page_size == 65536);
	fuzz_require(!machine->kernel.kaslr || machine->kernel.kaslr_known);
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		fuzz_require(machine->memory.iomem[i].depth <= 16);
	}
}

/* A line about crash memory has a range if and only if it says where that was reserved. */
static inline void fuzz_check_crash_line(const struct lb_crash_line *line)
{
	bool reserved = line->kind == LB_CRASH_LINE_MAIN || line->kind == LB_CRASH_LINE_LOW;

	fuzz_check_range(line->range);
	fuzz_require(*line->text != 0);
	fuzz_require(reserved || lb_range_empty(line->range));
}

/* Ranges are not inverted, texts are there and end, numbers are among those documented. */
static inline void fuzz_check_machine(const struct lb_machine *machine)
{
	size_t letters = strlen(machine->kernel.release) + strlen(machine->kernel.banner);

	FUZZ_CHECK_RANGES(machine, memory.iomem)
	FUZZ_CHECK_RANGES(machine, e820.log)
	FUZZ_CHECK_RANGES(machine, e820.user)
	FUZZ_CHECK_RANGES(machine, e820.firmware)
	FUZZ_CHECK_RANGES(machine, e820.updates)
	FUZZ_CHECK_RANGES(machine, efi.map)
	FUZZ_CHECK_RANGES(machine, efi.runtime_map)
	FUZZ_CHECK_RANGES(machine, efi.tables)
	FUZZ_CHECK_RANGES(machine, acpi.tables)
	FUZZ_CHECK_RANGES(machine, acpi.srat)
	FUZZ_CHECK_RANGES(machine, nodes.data)
	FUZZ_CHECK_RANGES(machine, nodes.memory)
	FUZZ_CHECK_RANGES(machine, fdt.reserved)
	FUZZ_CHECK_RANGES(machine, memblock.memory)
	FUZZ_CHECK_RANGES(machine, memblock.reserved)
	FUZZ_CHECK_RANGES(machine, boot.params.e820)
	fuzz_check_range(machine->dma.zone_dma.range);
	fuzz_check_range(machine->dma.zone_dma32.range);
	fuzz_check_range(machine->dma.zone_normal.range);
	fuzz_check_range(machine->boot.ramdisk);
	fuzz_check_range(machine->dma.swiotlb);
	fuzz_check_range(machine->boot.params.ramdisk);
	for (size_t i = 0; i < machine->memory.iomem_count; i++) {
		letters += strlen(machine->memory.iomem[i].name);
	}
	for (size_t i = 0; i < machine->fdt.reserved_count; i++) {
		letters += strlen(machine->fdt.reserved[i].name);
	}
	for (size_t i = 0; i < machine->efi.tables_count; i++) {
		letters += strlen(machine->efi.tables[i].name);
	}
	for (size_t i = 0; i < machine->crash.log_count; i++) {
		fuzz_check_crash_line(&machine->crash.log[i]);
	}
	for (size_t i = 0; i < machine->problems_count; i++) {
		letters += strlen(machine->problems[i].text);
		fuzz_require(machine->problems[i].position.source != NULL);
	}
	letters += machine->boot.cmdline ? strlen(machine->boot.cmdline) : 0;
	fuzz_require(letters < SIZE_MAX);
	fuzz_check_figures(machine);
	fuzz_require(machine->sources != 0);
}

/* A reader without files. */
static inline void fuzz_start(struct machine_reader *reader, struct lb_machine_error *error)
{
	fuzz_require(machine_reader_start(reader, "fuzz", error));
}

static inline void fuzz_add(struct machine_reader *reader, enum machine_kind kind,
	unsigned int index, const char *path, const uint8_t *data, size_t size)
{
	struct machine_file like = {.kind = kind, .index = index};

	tree_add(reader, &like, path, data, size);
}

/* An error says something, on one line; a machine is in order. */
static inline void fuzz_check_outcome(const struct machine_reader *reader)
{
	if (reader->status == LB_OK) {
		fuzz_check_machine(reader->machine);
	} else {
		fuzz_require(*reader->error->text && !strchr(reader->error->text, '\n'));
	}
}

static inline void fuzz_end(struct machine_reader *reader)
{
	free(reader->scratch);
	lb_machine_close(reader->machine);
}

/* One file, read as what it is called. */
static inline int fuzz_one_file(
	enum machine_kind kind, const char *path, const uint8_t *data, size_t size)
{
	struct lb_machine_error error;
	struct machine_reader reader;

	fuzz_start(&reader, &error);
	fuzz_add(&reader, kind, 0, path, data, size);
	machine_read_files(&reader);
	fuzz_check_outcome(&reader);
	fuzz_end(&reader);
	return 0;
}

#endif
