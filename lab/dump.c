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

static bool write_segment(const struct lab_ram *memory, const struct lb_core_segment *segment,
	struct dump *dump)
{
	struct lb_range range = {segment->range.start, segment->range.start + segment->file_bytes};

	dump->shift = segment->file_offset - segment->range.start;
	dump->end = lb_max(dump->end, segment->file_offset + segment->file_bytes);
	return lab_ram_visit(memory, range, write_run, dump);
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
		written = write_segment(memory, &segment, &dump);
	}
	written = written && ftruncate(dump.file, (off_t)dump.end) == 0 &&
		write_at(dump.file, header.data, header.bytes, 0);
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
