/* SPDX-License-Identifier: MIT */
/* unpack: libarchive behind bounds. */
#include "machine/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "machine/tree.h"

#define BLOCK_BYTES (size_t)(128 * LB_KIB)
#define ENTRIES_MAX 1000000
#define FILTERS_MAX 2 /* one way of packing, and the bytes themselves */

static void damaged(struct unpack *unpack)
{
	const char *text = archive_error_string(unpack->archive);
	bool cut = text && strstr(text, "runcated");
	struct lb_position position = machine_at_line(unpack->name, 0);
	enum lb_status status = cut ? LB_TRUNCATED : LB_INVALID;

	text = text ? text : "damaged";
	if (!unpack->entries || unpack_is_bare(unpack)) {
		machine_fail(unpack->reader, status, position, "%.200s", text);
	} else {
		machine_fail(unpack->reader, status, position, "entry %u of the archive: %.200s",
			unpack->entries, text);
	}
}

static bool start(struct unpack *unpack, struct machine_reader *reader, const char *name)
{
	*unpack = (struct unpack){
		.reader = reader, .archive = archive_read_new(), .name = name};
	if (!unpack->archive) {
		machine_fail(reader, LB_NO_STORAGE, machine_at_line(name, 0),
			"out of memory: libarchive cannot begin");
		return false;
	}
	archive_read_support_filter_gzip(unpack->archive);
	archive_read_support_filter_xz(unpack->archive);
	archive_read_support_filter_bzip2(unpack->archive);
	archive_read_support_filter_zstd(unpack->archive);
	archive_read_support_format_raw(unpack->archive);
	return true;
}

/* What was opened, by libarchive's status. */
static bool opened(struct unpack *unpack, int status)
{
	if (archive_filter_count(unpack->archive) > FILTERS_MAX) {
		machine_fail(unpack->reader, LB_INVALID, machine_at_line(unpack->name, 0),
			"packed more than once");
		return false;
	}
	if (status != ARCHIVE_OK && unpack_is_packed(unpack)) {
		damaged(unpack);
	}
	return status == ARCHIVE_OK;
}

bool unpack_open(struct unpack *unpack, struct machine_reader *reader, const char *name, int fd)
{
	if (!start(unpack, reader, name)) {
		return false;
	}
	archive_read_support_format_tar(unpack->archive);
	return opened(unpack, archive_read_open_fd(unpack->archive, fd, BLOCK_BYTES));
}

bool unpack_open_bytes(struct unpack *unpack, struct machine_reader *reader, const char *name,
	const void *data, size_t size)
{
	return start(unpack, reader, name) &&
		opened(unpack, archive_read_open_memory(unpack->archive, data, size));
}

void unpack_close(struct unpack *unpack)
{
	archive_read_free(unpack->archive);
}

bool unpack_is_packed(const struct unpack *unpack)
{
	return archive_filter_code(unpack->archive, 0) != ARCHIVE_FILTER_NONE;
}

bool unpack_is_bare(const struct unpack *unpack)
{
	return (archive_format(unpack->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_RAW;
}

static bool too_much(struct unpack *unpack)
{
	if ((uint64_t)archive_filter_bytes(unpack->archive, 0) > LB_MACHINE_ARCHIVE_BYTES_MAX) {
		machine_fail(unpack->reader, LB_INVALID, machine_at_line(unpack->name, 0),
			"unpacks to more than %u MiB",
			(unsigned int)(LB_MACHINE_ARCHIVE_BYTES_MAX / LB_MIB));
		return true;
	}
	return false;
}

bool unpack_next(struct unpack *unpack, struct archive_entry **ret)
{
	while (unpack->reader->status == LB_OK) {
		int status = archive_read_next_header(unpack->archive, ret);

		if (status == ARCHIVE_EOF) {
			return false;
		}
		if (status < ARCHIVE_WARN && status != ARCHIVE_RETRY) {
			damaged(unpack);
			return false;
		}
		if (++unpack->entries > ENTRIES_MAX) {
			machine_fail(unpack->reader, LB_INVALID, machine_at_line(unpack->name, 0),
				"more than %u entries", ENTRIES_MAX);
			return false;
		}
		if (!too_much(unpack) && status != ARCHIVE_RETRY) {
			return true;
		}
	}
	return false;
}

/* Puts a block where it belongs; what lies between it and the last one is a hole. */
static bool place(struct unpack *unpack, const void *block, size_t length, uint64_t offset,
	size_t *size)
{
	char *room = tree_scratch(unpack->reader, (size_t)offset + length);

	if (!room) {
		return false;
	}
	if (offset > *size) {
		memset(room + *size, 0, (size_t)offset - *size);
	}
	memcpy(room + offset, block, length);
	*size = (size_t)lb_max(*size, offset + length);
	return true;
}

enum unpack_result unpack_read(struct unpack *unpack, bool keep, size_t *ret_size)
{
	*ret_size = 0;
	for (;;) {
		const void *block;
		size_t length;
		la_int64_t offset;
		int status = archive_read_data_block(unpack->archive, &block, &length, &offset);

		if (status == ARCHIVE_EOF) {
			return UNPACK_WHOLE;
		}
		if (status < ARCHIVE_WARN) {
			damaged(unpack);
			return UNPACK_FAILED;
		}
		if (too_much(unpack)) {
			return UNPACK_FAILED;
		}
		if (!keep) {
			continue;
		}
		if (offset < 0 || (uint64_t)offset + length > LB_MACHINE_FILE_BYTES_MAX) {
			return UNPACK_TOO_LARGE;
		}
		if (!place(unpack, block, length, (uint64_t)offset, ret_size)) {
			return UNPACK_FAILED;
		}
	}
}
