/* SPDX-License-Identifier: MIT */
/* dump: see dump.h. */
#include "lab/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PHNUM_AT 56 /* e_phnum in Elf64_Ehdr */
#define OFFSET_AT 8 /* p_offset in Elf64_Phdr */
#define ALIGNMENT 4096

struct dump {
	int file;
	uint64_t shift; /* file offset minus physical address */
	uint64_t end;
};

static bool write_at(int file, const uint8_t *bytes, uint64_t length, uint64_t offset)
{
	while (length) {
		ssize_t written = pwrite(file, bytes, length, (off_t)offset);

		if (written <= 0) {
			return false;
		}
		bytes += written;
		length -= (uint64_t)written;
		offset += (uint64_t)written;
	}
	return true;
}

static bool write_run(void *context, lb_phys_addr at, const uint8_t *bytes, uint64_t length)
{
	const struct dump *dump = context;

	return write_at(dump->file, bytes, length, at + dump->shift);
}

/* The room that the header has in front of all that it describes. */
static size_t header_room(const struct lb_core_header *header)
{
	return (header->bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static bool write_segment(const struct lab_ram *memory, const struct lb_core_segment *segment,
	size_t room, struct dump *dump)
{
	struct lb_range range = {segment->range.start, segment->range.start + segment->file_bytes};
	uint64_t offset;
	uint64_t end;

	if (!lb_add(segment->file_offset, room, &offset) ||
		!lb_add(offset, segment->file_bytes, &end)) {
		errno = EFBIG;
		return false;
	}
	dump->shift = offset - segment->range.start;
	dump->end = lb_max(dump->end, end);
	return lab_ram_visit(memory, range, write_run, dump);
}

/* As it is in memory, but for where in the file its segments are. */
static bool write_header(int file, const struct lb_core_header *header)
{
	uint8_t *copy = malloc(header->bytes);
	bool written;

	if (!copy) {
		return false;
	}
	memcpy(copy, header->data, header->bytes);
	for (uint32_t i = 0; i < header->segment_count; i++) {
		uint8_t *at = copy + header->segment_offset + (size_t)i * LB_CORE_PHDR_BYTES +
			OFFSET_AT;
		uint64_t offset;

		memcpy(&offset, at, sizeof(offset));
		offset += header_room(header);
		memcpy(at, &offset, sizeof(offset));
	}
	written = write_at(file, copy, header->bytes, 0);
	free(copy);
	return written;
}

bool lab_dump_open(const struct lab_ram *memory, lb_phys_addr at, struct lb_core_header *ret,
	struct lab_error *error)
{
	const uint8_t *bytes = lab_ram_at(memory, at, LB_CORE_EHDR_BYTES);
	uint16_t segments;
	size_t length;
	size_t offset = 0;

	if (bytes) {
		memcpy(&segments, bytes + PHNUM_AT, sizeof(segments));
		length = LB_CORE_EHDR_BYTES + (size_t)segments * LB_CORE_PHDR_BYTES;
		bytes = lab_ram_at(memory, at, length);
	}
	if (!bytes || lb_core_header_parse(bytes, length, ret, &offset) != LB_OK) {
		lab_fail(error, "there is no core header at 0x%" PRIx64, at);
		return false;
	}
	return true;
}

bool lab_dump_write(const struct lab_ram *memory, lb_phys_addr header_at, const char *path,
	struct lab_error *error)
{
	struct lb_core_header header;
	struct dump dump = {.end = 0};
	bool written;

	if (!lab_dump_open(memory, header_at, &header, error)) {
		return false;
	}
	dump.file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	written = dump.file >= 0;
	for (uint32_t i = 0; written && i < header.segment_count; i++) {
		struct lb_core_segment segment;

		lb_core_header_segment(&header, i, &segment);
		written = write_segment(memory, &segment, header_room(&header), &dump);
	}
	written = written && ftruncate(dump.file, (off_t)dump.end) == 0 &&
		write_header(dump.file, &header);
	if (!written) {
		lab_fail(error, "cannot write %s: %s", path, strerror(errno));
	}
	if (dump.file >= 0) {
		close(dump.file);
		if (!written) {
			unlink(path);
		}
	}
	return written;
}

/* A dump that was written, as it is read again. */
struct reading {
	int file;
	struct lb_core_segment segment; /* by the file's own header */
	lb_phys_addr differs;           /* the first address; LB_PHYS_ADDR_MAX: none does */
};

static bool same_in_file(int file, const uint8_t *bytes, uint64_t length, uint64_t offset)
{
	uint8_t found[65536];

	while (length) {
		ssize_t got = pread(file, found, lb_min(length, sizeof(found)), (off_t)offset);

		if (got <= 0 || memcmp(found, bytes, (size_t)got)) {
			return false;
		}
		bytes += got;
		length -= (uint64_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

static bool compare_run(void *context, lb_phys_addr at, const uint8_t *bytes, uint64_t length)
{
	struct reading *reading = context;
	const struct lb_core_segment *segment = &reading->segment;

	if (!same_in_file(reading->file, bytes, length,
		    segment->file_offset + (at - segment->range.start))) {
		reading->differs = at;
	}
	return reading->differs == LB_PHYS_ADDR_MAX;
}

/* One segment of the header in memory, and the file's. */
static void compare_segment(const struct lab_ram *memory, const struct lb_core_segment *expected,
	struct reading *reading)
{
	const struct lb_core_segment *found = &reading->segment;
	struct lb_range range = {
		expected->range.start, expected->range.start + expected->file_bytes};

	if (found->kind != expected->kind || found->flags != expected->flags ||
		found->range.start != expected->range.start || found->va != expected->va ||
		found->range.end != expected->range.end ||
		found->file_bytes != expected->file_bytes) {
		reading->differs = expected->range.start;
		return;
	}
	lab_ram_visit(memory, range, compare_run, reading);
}

static void compare_file(const struct lab_ram *memory, const struct lb_core_header *header,
	uint8_t *bytes, struct reading *reading)
{
	struct lb_core_segment expected;
	struct lb_core_header found;
	size_t ignored = 0;

	if (pread(reading->file, bytes, header->bytes, 0) != (ssize_t)header->bytes ||
		lb_core_header_parse(bytes, header->bytes, &found, &ignored) != LB_OK ||
		found.segment_count != header->segment_count) {
		reading->differs = 0;
		return;
	}
	for (uint32_t i = 0; i < header->segment_count; i++) {
		lb_core_header_segment(header, i, &expected);
		lb_core_header_segment(&found, i, &reading->segment);
		if (reading->differs == LB_PHYS_ADDR_MAX) {
			compare_segment(memory, &expected, reading);
		}
	}
}

bool lab_dump_compare(const struct lab_ram *memory, lb_phys_addr header_at, const char *path,
	struct lab_error *error)
{
	struct reading reading = {.differs = LB_PHYS_ADDR_MAX};
	struct lb_core_header header;
	uint8_t *bytes;

	if (!lab_dump_open(memory, header_at, &header, error)) {
		return false;
	}
	bytes = malloc(header.bytes);
	reading.file = open(path, O_RDONLY | O_CLOEXEC);
	if (!bytes || reading.file < 0) {
		reading.differs = 0;
	} else {
		compare_file(memory, &header, bytes, &reading);
	}
	if (reading.file >= 0) {
		close(reading.file);
	}
	free(bytes);
	if (reading.differs != LB_PHYS_ADDR_MAX) {
		lab_fail(error, "%s does not hold what is in memory, first at 0x%" PRIx64, path,
			reading.differs);
	}
	return reading.differs == LB_PHYS_ADDR_MAX;
}
