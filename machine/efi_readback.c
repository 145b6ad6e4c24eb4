/* SPDX-License-Identifier: MIT */
/* efi_readback: finds the place, reads the bytes, checks that they are a map. */
#include "machine/efi_readback.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lifeboat/fdt.h"
#include "machine/bytes.h"
#include "machine/core_file.h"
#include "machine/tree.h"

#define MAP_BYTES_MAX (uint64_t)LB_MIB
#define HEADER_BYTES_MAX 128

struct place {
	uint64_t address;
	uint64_t size;
	uint64_t stride;
};

/* efi_info of boot_params, offsets 0x1c8, 0x1d0, 0x1d4 and 0x1dc (see boot_params.c). */
static bool place_of_boot_params(struct machine_reader *reader, struct place *ret)
{
	const struct machine_file *file = machine_find(reader, MACHINE_BOOT_PARAMS);
	const uint8_t *page;

	if (!file || file->size < 0x200) {
		return false;
	}
	page = (const uint8_t *)file->data;
	if (memcmp(page + 0x1c0, "EL64", 4) && memcmp(page + 0x1c0, "EL32", 4)) {
		return false;
	}
	*ret = (struct place){
		.address = bytes_32(page + 0x1d0) | (uint64_t)bytes_32(page + 0x1dc) << 32,
		.size = bytes_32(page + 0x1d4),
		.stride = bytes_32(page + 0x1c8),
	};
	return true;
}

static bool place_of_fdt(struct machine_reader *reader, struct place *ret)
{
	static const char *const names[] = {
		"linux,uefi-mmap-start", "linux,uefi-mmap-size", "linux,uefi-mmap-desc-size"};
	const struct machine_file *file = machine_find(reader, MACHINE_FDT);
	uint64_t *const values[] = {&ret->address, &ret->size, &ret->stride};
	struct lb_fdt_property property;
	lb_fdt_node chosen;
	struct lb_fdt fdt;

	if (!file || lb_fdt_open(&fdt, file->data, file->size, NULL) != LB_OK ||
		!lb_fdt_find(&fdt, "/chosen", &chosen)) {
		return false;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(names); i++) {
		if (!lb_fdt_property(&fdt, chosen, names[i], &property) ||
			!lb_fdt_number(property, values[i])) {
			return false;
		}
	}
	return true;
}

static bool read_core(const char *path, const struct place *place, void *ret)
{
	struct lb_machine_error error;
	struct lb_core_file *core;
	bool done;

	if (lb_core_file_open(path, &core, &error) != LB_OK) {
		return false;
	}
	done = lb_core_file_read(core, place->address, ret, (size_t)place->size);
	lb_core_file_close(core);
	return done;
}

/* Memory as a file: the offset is the address. */
static bool read_memory(const char *path, const struct place *place, void *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t used = 0;

	while (fd >= 0 && used < place->size) {
		ssize_t got = pread(fd, (char *)ret + used, place->size - used,
			(off_t)(place->address + used));

		if (got <= 0) {
			break;
		}
		used += (uint64_t)got;
	}
	if (fd >= 0) {
		close(fd);
	}
	return used == place->size;
}

/* A map tiles memory with aligned pieces of known types; other bytes hardly ever do. */
static bool is_a_map(const uint8_t *bytes, const struct place *place)
{
	for (uint64_t at = 0; at < place->size; at += place->stride) {
		struct lb_efi_descriptor descriptor;
		uint32_t type = bytes_32(bytes + at);

		/* 0x70000000 and up belong to firmware and loaders (UEFI 2.10, 7.2). */
		if (!machine_efi_descriptor(bytes + at, &descriptor) ||
			(type > LB_EFI_UNACCEPTED && type < 0x70000000) ||
			descriptor.range.start % 4096 || lb_range_empty(descriptor.range)) {
			return false;
		}
	}
	return true;
}

void efi_readback(struct machine_reader *reader, const char *kcore, const char *memory)
{
	static const struct machine_file like = {.kind = MACHINE_EFI_MEMMAP};
	struct place place;
	char *room;
	int header;

	if (!place_of_boot_params(reader, &place) && !place_of_fdt(reader, &place)) {
		return;
	}
	if (!place.address || place.address > INT64_MAX - MAP_BYTES_MAX || !place.size ||
		place.size > MAP_BYTES_MAX || place.stride < 40 ||
		place.stride > 256 || place.size % place.stride) {
		return;
	}
	room = tree_scratch(reader, HEADER_BYTES_MAX + (size_t)place.size);
	if (!room) {
		return;
	}
	header = snprintf(room, HEADER_BYTES_MAX,
		"lifeboat efi-memmap 1\naddress: %#llx\ndescriptor-size: %llu\nsize: %llu\n\n",
		(unsigned long long)place.address, (unsigned long long)place.stride,
		(unsigned long long)place.size);
	if (!read_core(kcore, &place, room + header) &&
		!read_memory(memory, &place, room + header)) {
		return;
	}
	if (!is_a_map((const uint8_t *)room + header, &place)) {
		machine_remark(reader, machine_at_line("efi-memmap", 0),
			"the firmware's map is announced at %#llx, but what is there is none",
			(unsigned long long)place.address);
		return;
	}
	tree_add(reader, &like, "efi-memmap", room, (size_t)header + (size_t)place.size);
}
