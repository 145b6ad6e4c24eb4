/* SPDX-License-Identifier: MIT */
/* guest_ram: see guest_ram.h. A page that was never touched is a hole in the memfd, and zero: holes
 * are skipped, so that 64 GiB of RAM cost no more than what of it is used. */
#include "lab/guest_ram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)
#define RAM_NAME "lifeboat-ram"

struct extent {
	uint64_t offset;
	uint64_t length;
	uint8_t *bytes;
};

struct lab_ram_copy {
	struct extent *extents;
	size_t count;
	size_t capacity;
};

static bool parse_line(const char *line, struct lab_ram_piece *ret)
{
	uint64_t first;
	uint64_t last;
	const char *name = strstr(line, "ram): " RAM_NAME);
	const char *offset = name ? strchr(name, '@') : NULL;
	size_t length = strcspn(line, "\r\n");

	if (!name || name >= line + length ||
		sscanf(line, " %" SCNx64 "-%" SCNx64 " ", &first, &last) != 2 || last < first ||
		last == LB_PHYS_ADDR_MAX) {
		return false;
	}
	ret->range = (struct lb_range){first, last + 1};
	ret->offset = 0;
	if (offset && offset < line + length) {
		ret->offset = strtoull(offset + 1, NULL, 16);
	}
	return true;
}

/* Several address spaces are listed, all with the same RAM: the first one counts. */
size_t lab_ram_parse(const char *text, struct lab_ram_piece pieces[LAB_RAM_PIECES_MAX])
{
	size_t count = 0;

	for (const char *line = text; *line;) {
		struct lab_ram_piece piece;
		const char *end = strchr(line, '\n');

		if (parse_line(line, &piece)) {
			if (count && piece.range.start < pieces[count - 1].range.end) {
				break;
			}
			if (count == LAB_RAM_PIECES_MAX) {
				break;
			}
			pieces[count++] = piece;
		}
		if (!end) {
			break;
		}
		line = end + 1;
	}
	return count;
}

static bool pieces_fit(const struct lab_ram *memory)
{
	for (size_t i = 0; i < memory->piece_count; i++) {
		const struct lab_ram_piece *piece = &memory->pieces[i];
		uint64_t end;

		if (!lb_add(piece->offset, lb_range_size(piece->range), &end) ||
			end > memory->size) {
			return false;
		}
	}
	return memory->piece_count != 0;
}

bool lab_ram_open(struct lab_ram *memory, const struct lab_qemu *qemu, uint64_t size,
	struct lab_qmp *qmp, struct lab_error *error)
{
	char *text = malloc(LAB_QMP_ANSWER_BYTES);

	*memory = (struct lab_ram){.descriptor = qemu->memory, .size = size};
	if (!text) {
		lab_fail(error, "out of memory");
		return false;
	}
	if (!lab_qmp_human(qmp, "info mtree -f", text, LAB_QMP_ANSWER_BYTES, error)) {
		free(text);
		return false;
	}
	memory->piece_count = lab_ram_parse(text, memory->pieces);
	free(text);
	if (!pieces_fit(memory)) {
		lab_fail(error, "QEMU does not say where its RAM lies");
		return false;
	}
	memory->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		memory->descriptor, 0);
	if (memory->bytes == MAP_FAILED) {
		memory->bytes = NULL;
		lab_fail(error, "cannot map the machine's memory: %s", strerror(errno));
		return false;
	}
	return true;
}

void lab_ram_close(struct lab_ram *memory)
{
	if (memory->bytes) {
		munmap(memory->bytes, memory->size);
	}
	memory->bytes = NULL;
}

void *lab_ram_at(const struct lab_ram *memory, lb_phys_addr address, uint64_t bytes)
{
	struct lb_range wanted = {.start = address};

	if (!bytes || !lb_add(address, bytes, &wanted.end)) {
		return NULL;
	}
	for (size_t i = 0; i < memory->piece_count; i++) {
		const struct lab_ram_piece *piece = &memory->pieces[i];

		if (lb_range_contains(piece->range, wanted)) {
			return memory->bytes + piece->offset + (address - piece->range.start);
		}
	}
	return NULL;
}

/* The next run of the memfd that has been written. False: none from offset on. */
static bool next_data(const struct lab_ram *memory, uint64_t *offset, uint64_t *ret_length)
{
	off_t start = lseek(memory->descriptor, (off_t)*offset, SEEK_DATA);
	off_t end;

	if (start < 0) {
		return false;
	}
	end = lseek(memory->descriptor, start, SEEK_HOLE);
	if (end < 0) {
		end = (off_t)memory->size;
	}
	*offset = (uint64_t)start;
	*ret_length = (uint64_t)(end - start);
	return true;
}

bool lab_ram_visit(const struct lab_ram *memory, struct lb_range range,
	bool (*visit)(void *context, lb_phys_addr at, const uint8_t *bytes, uint64_t length),
	void *context)
{
	for (size_t i = 0; i < memory->piece_count; i++) {
		const struct lab_ram_piece *piece = &memory->pieces[i];
		struct lb_range part = lb_range_intersect(piece->range, range);
		uint64_t offset = part.start - piece->range.start + piece->offset;
		uint64_t end = offset + lb_range_size(part);
		uint64_t length;

		while (offset < end && next_data(memory, &offset, &length) && offset < end) {
			length = lb_min(length, end - offset);
			if (!visit(context, offset - piece->offset + piece->range.start,
				    memory->bytes + offset, length)) {
				return false;
			}
			offset += length;
		}
	}
	return true;
}

static bool add_extent(
	struct lab_ram_copy *copy, const struct lab_ram *memory, struct extent extent)
{
	if (copy->count == copy->capacity) {
		size_t capacity = copy->capacity ? 2 * copy->capacity : 64;
		struct extent *grown = realloc(copy->extents, capacity * sizeof(*grown));

		if (!grown) {
			return false;
		}
		copy->extents = grown;
		copy->capacity = capacity;
	}
	extent.bytes = malloc(extent.length);
	if (!extent.bytes) {
		return false;
	}
	memcpy(extent.bytes, memory->bytes + extent.offset, extent.length);
	copy->extents[copy->count++] = extent;
	return true;
}

struct lab_ram_copy *lab_ram_copy_make(
	const struct lab_ram *memory, struct lab_error *error)
{
	struct lab_ram_copy *copy = calloc(1, sizeof(*copy));
	uint64_t offset = 0;
	uint64_t length;

	while (copy && offset < memory->size && next_data(memory, &offset, &length)) {
		if (!add_extent(copy, memory, (struct extent){offset, length, NULL})) {
			lab_ram_copy_free(copy);
			copy = NULL;
		}
		offset += length;
	}
	if (!copy) {
		lab_fail(error, "out of memory for a copy of the machine's memory");
	}
	return copy;
}

void lab_ram_copy_free(struct lab_ram_copy *copy)
{
	for (size_t i = 0; copy && i < copy->count; i++) {
		free(copy->extents[i].bytes);
	}
	if (copy) {
		free(copy->extents);
	}
	free(copy);
}

void *lab_ram_copy_at(const struct lab_ram_copy *copy, const struct lab_ram *memory,
	lb_phys_addr address, uint64_t bytes)
{
	const uint8_t *now = lab_ram_at(memory, address, bytes);
	struct lb_range wanted;

	if (!now) {
		return NULL;
	}
	wanted.start = (uint64_t)(now - memory->bytes);
	wanted.end = wanted.start + bytes;
	for (size_t i = 0; i < copy->count; i++) {
		const struct extent *extent = &copy->extents[i];

		if (lb_range_contains((struct lb_range){extent->offset,
				    extent->offset + extent->length}, wanted)) {
			return extent->bytes + (wanted.start - extent->offset);
		}
	}
	return NULL;
}

uint64_t lab_ram_pages(const struct lab_ram *memory)
{
	struct stat status;

	/* st_blocks counts 512 bytes each (stat(2)). */
	return fstat(memory->descriptor, &status) ? 0 : (uint64_t)status.st_blocks * 512 / PAGE;
}

/* What the page was; the extents and the walk both ascend, so *at only goes forward. */
static const uint8_t *page_before(
	const struct lab_ram_copy *copy, size_t *at, uint64_t offset)
{
	static const uint8_t zeros[PAGE];

	while (*at < copy->count &&
		copy->extents[*at].offset + copy->extents[*at].length <= offset) {
		++*at;
	}
	if (*at < copy->count && copy->extents[*at].offset <= offset) {
		return copy->extents[*at].bytes + (offset - copy->extents[*at].offset);
	}
	return zeros;
}

static lb_phys_addr offset_address(const struct lab_ram *memory, uint64_t offset)
{
	for (size_t i = 0; i < memory->piece_count; i++) {
		const struct lab_ram_piece *piece = &memory->pieces[i];

		if (offset >= piece->offset &&
			offset - piece->offset < lb_range_size(piece->range)) {
			return piece->range.start + (offset - piece->offset);
		}
	}
	return LB_PHYS_ADDR_MAX; /* RAM that no address reaches (shadowed by firmware) */
}

static bool is_allowed(const struct lb_range *allowed, size_t count, lb_phys_addr page)
{
	for (size_t i = 0; i < count; i++) {
		if (lb_range_has(allowed[i], page)) {
			return true;
		}
	}
	return false;
}

static void note_change(struct lab_ram_change *change, lb_phys_addr page, const uint8_t *was,
	const uint8_t *is)
{
	size_t at = 0;

	while (was[at] == is[at]) {
		at++;
	}
	if (!change->pages_changed || page + at < change->first) {
		change->first = page + at;
	}
	change->pages_changed++;
}

bool lab_ram_compare(const struct lab_ram *memory, const struct lab_ram_copy *before,
	const struct lb_range *allowed, size_t allowed_count, struct lab_ram_change *ret,
	struct lab_error *error)
{
	uint64_t offset = 0;
	uint64_t length;
	size_t at = 0;

	*ret = (struct lab_ram_change){0};
	while (offset < memory->size && next_data(memory, &offset, &length)) {
		for (uint64_t end = offset + length; offset < end; offset += PAGE) {
			const uint8_t *was = page_before(before, &at, offset);
			const uint8_t *is = memory->bytes + offset;
			lb_phys_addr page = offset_address(memory, offset);
			bool same = !memcmp(was, is, PAGE);

			if (is_allowed(allowed, allowed_count, page)) {
				ret->pages_inside += !same;
				ret->pages_allowed++;
				continue;
			}
			ret->pages_compared++;
			if (!same) {
				note_change(ret, page, was, is);
			}
		}
	}
	if (!ret->pages_compared) {
		lab_fail(error, "the machine's memory is empty");
	}
	return ret->pages_compared != 0;
}
