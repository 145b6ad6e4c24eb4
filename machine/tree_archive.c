/* SPDX-License-Identifier: MIT */
/*
 * A root that is a file: a tar, packed or not, read in one pass and never unpacked to disk; or
 * the boot log itself. Only files of interest are kept. Names are made relative, ".." is left
 * aside, links are not followed, and the unpacked bytes and the entries are counted.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/text.h"
#include "machine/tree.h"

#define BLOCK_BYTES (size_t)(128 * LB_KIB)
#define ENTRIES_MAX 1000000
#define PREFIX_PARTS_MAX 2 /* "sosreport-x/", or one folder more */
#define LOG_HEAD_BYTES 4096

struct unpacking {
	struct machine_reader *reader;
	struct archive *archive;
	const char *root;
	unsigned int entries;
};

static bool too_much(struct unpacking *unpacking)
{
	if ((uint64_t)archive_filter_bytes(unpacking->archive, 0) > LB_MACHINE_ARCHIVE_BYTES_MAX) {
		machine_fail(unpacking->reader, LB_INVALID, machine_at_line(unpacking->root, 0),
			"unpacks to more than %u MiB",
			(unsigned int)(LB_MACHINE_ARCHIVE_BYTES_MAX / LB_MIB));
		return true;
	}
	return false;
}

static void damaged(struct unpacking *unpacking)
{
	const char *text = archive_error_string(unpacking->archive);

	bool cut = text && strstr(text, "runcated");

	machine_fail(unpacking->reader, cut ? LB_TRUNCATED : LB_INVALID,
		machine_at_line(unpacking->root, 0), "entry %u of the archive: %.200s",
		unpacking->entries, text ? text : "damaged");
}

/* The name without what makes it absolute; NULL when it climbs. */
static const char *relative_name(const char *name)
{
	const char *part;

	for (;;) {
		if (*name == '/') {
			name++;
		} else if (name[0] == '.' && name[1] == '/') {
			name += 2;
		} else {
			break;
		}
	}
	for (part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (!strncmp(part, "..", 2) && (!part[2] || part[2] == '/')) {
			return NULL;
		}
	}
	return name;
}

/* Looks the name up with nothing, one and two folders taken off its front. */
static bool lookup(const char *name, struct machine_file *ret, bool *ret_optional)
{
	const char *at = name;

	for (int parts = 0; parts <= PREFIX_PARTS_MAX; parts++) {
		if (tree_lookup(at, ret, ret_optional)) {
			ret->prefix = (size_t)(at - name);
			return true;
		}
		at = strchr(at, '/');
		if (!at) {
			return false;
		}
		at++;
	}
	return false;
}

/* The data of the current entry; kept only if it is of interest. */
static void read_entry(struct unpacking *unpacking, const char *name, struct machine_file *like,
	bool optional)
{
	struct machine_reader *reader = unpacking->reader;
	size_t size = 0;

	for (;;) {
		const void *block;
		size_t length;
		la_int64_t offset;
		char *room;
		int status = archive_read_data_block(unpacking->archive, &block, &length, &offset);

		if (status == ARCHIVE_EOF) {
			break;
		}
		if (status < ARCHIVE_WARN) {
			damaged(unpacking);
			return;
		}
		if (too_much(unpacking)) {
			return;
		}
		if (!like) {
			continue;
		}
		if (offset < 0 || (uint64_t)offset + length > LB_MACHINE_FILE_BYTES_MAX) {
			if (!optional) {
				machine_fail(reader, LB_INVALID, machine_at_line(name, 0),
					"larger than %u MiB",
					(unsigned int)(LB_MACHINE_FILE_BYTES_MAX / LB_MIB));
				return;
			}
			like = NULL;
			continue;
		}
		room = tree_scratch(reader, (size_t)offset + length);
		if (!room) {
			return;
		}
		if ((size_t)offset > size) {
			memset(room + size, 0, (size_t)offset - size); /* a hole */
		}
		memcpy(room + offset, block, length);
		size = (size_t)lb_max(size, (uint64_t)offset + length);
	}
	if (like && size) {
		tree_add(reader, like, name, reader->scratch, size);
	}
}

static void take_entry(struct unpacking *unpacking, struct archive_entry *entry)
{
	const char *raw = archive_entry_pathname(entry);
	const char *name = raw ? relative_name(raw) : NULL;
	struct machine_file like;
	bool optional = false;
	bool wanted;

	if (raw && !name) {
		machine_remark(unpacking->reader,
			machine_at_line(unpacking->reader->machine->root, 0),
			"entry %u of the archive leads out of it (\"%.80s\") and is left aside",
			unpacking->entries, raw);
	}
	wanted = name && archive_entry_filetype(entry) == AE_IFREG &&
		!archive_entry_hardlink(entry) && strlen(name) < 512 &&
		lookup(name, &like, &optional);
	read_entry(unpacking, name, wanted ? &like : NULL, optional);
}

static void read_entries(struct unpacking *unpacking)
{
	struct archive_entry *entry;
	int status;

	while (unpacking->reader->status == LB_OK) {
		status = archive_read_next_header(unpacking->archive, &entry);
		if (status == ARCHIVE_EOF) {
			return;
		}
		if (status < ARCHIVE_WARN && status != ARCHIVE_RETRY) {
			damaged(unpacking);
			return;
		}
		if (++unpacking->entries > ENTRIES_MAX) {
			machine_fail(unpacking->reader, LB_INVALID,
				machine_at_line(unpacking->root, 0), "more than %u entries",
				ENTRIES_MAX);
			return;
		}
		if (!too_much(unpacking) && status != ARCHIVE_RETRY) {
			take_entry(unpacking, entry);
		}
	}
}

/* Text that holds what only a boot log holds. */
static bool looks_like_a_log(const char *data, size_t size)
{
	static const char *const marks[] = {"Linux version ", "Command line: ", "BIOS-e820: ",
		"Early memory node ranges"};

	if (memchr(data, 0, (size_t)lb_min(size, LOG_HEAD_BYTES))) {
		return false;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(marks); i++) {
		if (memmem(data, size, marks[i], strlen(marks[i]))) {
			return true;
		}
	}
	return false;
}

static void read_as_log(struct machine_reader *reader, const char *root, size_t size)
{
	struct machine_file like = {.kind = MACHINE_LOG};
	const char *name = strrchr(root, '/');
	size_t used = 0;
	char *room;
	int fd;

	if (size > LB_MACHINE_FILE_BYTES_MAX) {
		machine_fail(reader, LB_INVALID, machine_at_line(root, 0),
			"neither a tar (.gz, .xz, .zst) nor a boot log of up to %u MiB",
			(unsigned int)(LB_MACHINE_FILE_BYTES_MAX / LB_MIB));
		return;
	}
	room = tree_scratch(reader, size + 1);
	fd = open(root, O_RDONLY | O_CLOEXEC);
	while (room && fd >= 0 && used < size) {
		ssize_t got = read(fd, room + used, size - used);

		if (got <= 0) {
			break;
		}
		used += (size_t)got;
	}
	if (fd >= 0) {
		close(fd);
	}
	if (!room || !looks_like_a_log(room, used)) {
		machine_fail(reader, LB_INVALID, machine_at_line(root, 0),
			"neither a folder, nor a tar (.gz, .xz, .zst), nor a boot log");
		return;
	}
	tree_add(reader, &like, name ? name + 1 : root, room, used);
}

void tree_load_archive(struct machine_reader *reader, const char *root)
{
	struct unpacking unpacking = {.reader = reader, .root = root};
	struct stat status;
	bool is_log = false;

	if (stat(root, &status) || !S_ISREG(status.st_mode)) {
		machine_fail(reader, LB_INVALID, machine_at_line(root, 0),
			"expected a folder or a regular file");
		return;
	}
	if (access(root, R_OK)) {
		machine_fail(reader, LB_NOT_FOUND, machine_at_line(root, 0), "%s",
			strerror(errno));
		return;
	}
	unpacking.archive = archive_read_new();
	if (!unpacking.archive) {
		machine_fail(reader, LB_NO_STORAGE, machine_at_line(root, 0), "out of memory");
		return;
	}
	archive_read_support_filter_gzip(unpacking.archive);
	archive_read_support_filter_xz(unpacking.archive);
	archive_read_support_filter_zstd(unpacking.archive);
	archive_read_support_format_tar(unpacking.archive);
	/* The form is guessed while opening; that fails when nothing looks like a tar header. */
	if (archive_read_open_filename(unpacking.archive, root, BLOCK_BYTES) == ARCHIVE_OK) {
		read_entries(&unpacking);
	} else if (archive_filter_code(unpacking.archive, 0) != ARCHIVE_FILTER_NONE) {
		machine_fail(reader, LB_INVALID, machine_at_line(root, 0),
			"packed, and not a tar inside: %.200s",
			archive_error_string(unpacking.archive));
	} else {
		is_log = true;
	}
	archive_read_free(unpacking.archive);
	if (is_log) {
		read_as_log(reader, root, (size_t)status.st_size);
	}
}
