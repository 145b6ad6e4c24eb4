/* SPDX-License-Identifier: MIT */
/*
 * A root that is a file or comes through a pipe: a tar, packed or not, or the boot log itself. Only
 * files of interest are kept. Names are made relative, ".." is left aside, links are not followed.
 */
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine/text.h"
#include "machine/tree.h"
#include "machine/unpack.h"

#define PREFIX_PARTS_MAX 2 /* "sosreport-x/", or one folder more */
#define LOG_HEAD_BYTES 4096

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
static bool lookup(const char *name, struct machine_file *ret)
{
	const char *at = name;

	for (int parts = 0; parts <= PREFIX_PARTS_MAX; parts++) {
		if (tree_lookup(at, ret)) {
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
static void read_entry(
	struct unpack *unpack, const char *name, const struct machine_file *like)
{
	size_t size;
	enum unpack_result result = unpack_read(unpack, like != NULL, &size);

	if (result == UNPACK_TOO_LARGE && like->optional) {
		unpack_read(unpack, false, &size);
	} else if (result == UNPACK_TOO_LARGE) {
		tree_too_large(unpack->reader, name);
	} else if (result == UNPACK_WHOLE && like && size) {
		tree_add(unpack->reader, like, name, unpack->reader->scratch, size);
	}
}

static void take_entry(struct unpack *unpack, struct archive_entry *entry)
{
	const char *raw = archive_entry_pathname(entry);
	const char *name = raw ? relative_name(raw) : NULL;
	struct machine_file like;
	bool wanted;

	if (raw && !name) {
		machine_remark(unpack->reader, machine_at_line(unpack->name, 0),
			"entry %u of the archive leads out of it (\"%.80s\") and is left aside",
			unpack->entries, raw);
	}
	wanted = name && archive_entry_filetype(entry) == AE_IFREG &&
		!archive_entry_hardlink(entry) && strlen(name) < 512 &&
		lookup(name, &like);
	read_entry(unpack, name, wanted ? &like : NULL);
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

static void refuse(struct unpack *unpack)
{
	machine_fail(unpack->reader, LB_INVALID, machine_at_line(unpack->name, 0),
		unpack_is_packed(unpack)
			? "packed, and neither a tar nor a boot log inside"
			: "neither a folder, nor a tar, nor a boot log, also packed (.gz .xz "
			  ".bz2 .zst)");
}

/* Bytes that are no tar, packed or not. */
static void read_as_log(struct unpack *unpack)
{
	static const struct machine_file like = {.kind = MACHINE_LOG};
	const char *name = strrchr(unpack->name, '/');
	size_t size;
	enum unpack_result result = unpack_read(unpack, true, &size);

	if (result == UNPACK_TOO_LARGE) {
		machine_fail(unpack->reader, LB_INVALID, machine_at_line(unpack->name, 0),
			"%s more than %u MiB, and no tar",
			unpack_is_packed(unpack) ? "unpacks to" : "it holds",
			(unsigned int)(LB_MACHINE_FILE_BYTES_MAX / LB_MIB));
	} else if (result == UNPACK_WHOLE && looks_like_a_log(unpack->reader->scratch, size)) {
		tree_add(unpack->reader, &like, name ? name + 1 : unpack->name,
			unpack->reader->scratch, size);
	} else if (result == UNPACK_WHOLE) {
		refuse(unpack);
	}
}

void tree_load_stream(struct machine_reader *reader, int fd)
{
	struct archive_entry *entry;
	struct unpack unpack;

	if (!unpack_open(&unpack, reader, reader->machine->name, fd)) {
		if (reader->status == LB_OK) {
			refuse(&unpack);
		}
	} else {
		while (unpack_next(&unpack, &entry)) {
			if (unpack_is_bare(&unpack)) {
				read_as_log(&unpack);
			} else {
				take_entry(&unpack, entry);
			}
		}
	}
	unpack_close(&unpack);
}

void tree_load_file(struct machine_reader *reader, const char *root)
{
	int fd = open(root, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		machine_fail(reader, LB_NOT_FOUND, machine_at_line(root, 0), "%s",
			strerror(errno));
		return;
	}
	tree_load_stream(reader, fd);
	close(fd);
}

void tree_unpack_log(struct machine_reader *reader, struct machine_file *file)
{
	struct archive_entry *entry;
	enum unpack_result result = UNPACK_FAILED;
	struct unpack unpack;
	size_t size = 0;

	if (unpack_open_bytes(&unpack, reader, file->path, file->data, file->size) &&
		unpack_is_packed(&unpack) && unpack_next(&unpack, &entry)) {
		result = unpack_read(&unpack, true, &size);
	}
	if (result == UNPACK_TOO_LARGE && file->optional) {
		file->size = 0;
	} else if (result == UNPACK_TOO_LARGE) {
		tree_too_large(reader, file->path);
	} else if (result == UNPACK_WHOLE) {
		file->data = tree_keep(reader, file->path, reader->scratch, size);
		file->size = size;
	}
	unpack_close(&unpack);
}
