/* SPDX-License-Identifier: MIT */
/*
 * A root that is a folder: a snapshot, an unpacked sosreport, or "/". The known paths are tried
 * one by one. In a folder from somewhere else a link may not lead out of it, and nothing but
 * regular files is opened.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/text.h"
#include "machine/tree.h"

#define READ_AT_ONCE (size_t)(64 * LB_KIB)
/* A file of /proc/sys refuses to be read into more than 4 MiB (fs/proc/proc_sysctl.c). */
#define READ_AT_MOST (size_t)(1 * LB_MIB)
#define KNOWN_BYTES 96
#define NESTED_MAX 256 /* names that are tried */

struct folder {
	struct machine_reader *reader;
	int fd;
	const char *prefix; /* "" or "sosreport-x/" */
};

/* Without openat2 (before 5.6, or kept from us by a sandbox) links are not followed at all. */
static int open_without_links(int folder, const char *path, int flags)
{
	char part[256];
	int current = dup(folder);

	while (current >= 0) {
		size_t length = strcspn(path, "/");
		bool last = !path[length];
		int next;

		if (length >= sizeof(part)) {
			errno = ENAMETOOLONG;
			next = -1;
		} else {
			memcpy(part, path, length);
			part[length] = 0;
			next = openat(current, part,
				O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_DIRECTORY));
		}
		close(current);
		if (last) {
			return next;
		}
		current = next;
		path += length + 1;
	}
	return -1;
}

static int open_inside(const struct folder *folder, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (folder->reader->live) {
		return openat(folder->fd, path, flags | O_CLOEXEC);
	}
	fd = syscall(SYS_openat2, folder->fd, path, &how, sizeof(how));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
		return open_without_links(folder->fd, path, flags);
	}
	return (int)fd;
}

/* The whole file into the scratch buffer; -1 when it cannot be read, -2 when it is too large. */
static ssize_t read_whole(struct machine_reader *reader, int fd, size_t expected)
{
	size_t used = 0;

	if (expected > LB_MACHINE_FILE_BYTES_MAX) {
		return -2;
	}
	for (;;) {
		char *room = tree_scratch(reader, lb_max(expected + 1, used + READ_AT_ONCE));
		ssize_t got;

		if (!room) {
			return -1;
		}
		got = read(fd, room + used, lb_min(reader->scratch_size - used, READ_AT_MOST));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return -1;
		}
		if (!got) {
			return (ssize_t)used;
		}
		used += (size_t)got;
		if (used > LB_MACHINE_FILE_BYTES_MAX) {
			return -2;
		}
	}
}

/* A live system is asked for more than everybody may read; what lacks is told where it matters. */
static void note_unreadable(const struct folder *folder, const char *path, const char *why)
{
	struct machine_reader *reader = folder->reader;
	char shown[512];

	if (folder->reader->live || reader->unreadable_count++) {
		return;
	}
	snprintf(shown, sizeof(shown), "%s%s", folder->prefix, path);
	reader->unreadable = machine_text(reader, shown, strlen(shown));
	reader->unreadable_why = why;
}

/* By what errno says of it. */
static void note_not_opened(const struct folder *folder, const char *path)
{
	bool led_away = errno == EXDEV || errno == ELOOP;

	if (errno != ENOENT && errno != ENOTDIR) {
		note_unreadable(folder, path,
			led_away ? "a link that is not followed" : strerror(errno));
	}
}

static void tell_unreadable(struct machine_reader *reader)
{
	if (!reader->unreadable_count) {
		return;
	}
	machine_remark(reader, machine_at_line(reader->unreadable, 0),
		"%s: left aside, as if it was not there%s", reader->unreadable_why,
		reader->unreadable_count > 1 ? ", and so are others" : "");
}

static void load_file(const struct folder *folder, const char *path,
	const struct machine_file *like)
{
	struct machine_reader *reader = folder->reader;
	struct machine_file file = *like;
	char shown[512];
	struct stat status;
	ssize_t size = -1;
	int fd = open_inside(folder, path, O_RDONLY | O_NONBLOCK);

	if (fd < 0) {
		note_not_opened(folder, path);
		return;
	}
	snprintf(shown, sizeof(shown), "%s%s", folder->prefix, path);
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		note_unreadable(folder, path, "not a file");
	} else {
		size = read_whole(reader, fd, (size_t)status.st_size);
		if (size == -1) {
			note_unreadable(folder, path, strerror(errno));
		}
	}
	close(fd);
	if (size == -2 && !file.optional) {
		tree_too_large(reader, shown);
	}
	if (size > 0) {
		file.prefix = strlen(folder->prefix);
		tree_add(reader, &file, shown, reader->scratch, (size_t)size);
	}
}

/* All files of sys/firmware/memmap/N or runtime-map/N. */
static void load_numbered(const struct folder *folder, const char *parent)
{
	struct dirent *entry;
	DIR *numbers;
	int fd = open_inside(folder, parent, O_RDONLY | O_DIRECTORY);

	if (fd < 0) {
		return;
	}
	numbers = fdopendir(fd);
	if (!numbers) {
		close(fd);
		return;
	}
	while (folder->reader->status == LB_OK && (entry = readdir(numbers))) {
		const char *at = entry->d_name;
		uint64_t index;

		if (!text_decimal(&at, &index) || *at || index > TREE_INDEX_MAX) {
			continue;
		}
		for (size_t i = 0; i < tree_numbered_count; i++) {
			struct machine_file like = {
				.kind = tree_numbered[i].kind, .index = (unsigned int)index};
			char path[96];

			if (strcmp(tree_numbered[i].folder, parent)) {
				continue;
			}
			snprintf(path, sizeof(path), "%s%u%s", parent, (unsigned int)index,
				tree_numbered[i].name);
			load_file(folder, path, &like);
		}
	}
	closedir(numbers);
}

/* All files of a folder that count. */
static void load_files_of(const struct folder *folder, const struct tree_folder *known)
{
	const struct machine_file like = {
		.kind = known->kind, .rank = known->rank, .optional = true};
	int fd = open_inside(folder, known->folder, O_RDONLY | O_DIRECTORY);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!names) {
		if (fd >= 0) {
			close(fd);
		}
		return;
	}
	for (size_t i = 0; i < TREE_FOLDER_FILES_MAX && (entry = readdir(names)); i++) {
		char path[KNOWN_BYTES + sizeof(entry->d_name)];

		if (folder->reader->status == LB_OK && tree_is_name_in(entry->d_name, known)) {
			snprintf(path, sizeof(path), "%s%s", known->folder, entry->d_name);
			load_file(folder, path, &like);
		}
	}
	closedir(names);
}

/* Names that only a snapshot or a report has mean nothing in "/". */
static bool of_a_live_system(const char *path)
{
	return text_starts(path, "proc/") || text_starts(path, "sys/") ||
		text_starts(path, "var/") || text_starts(path, "etc/");
}

/* A known path, of a log as it ends where it is packed. "": nothing else is looked for packed. */
static void known_path(char path[KNOWN_BYTES], const struct tree_path *known, size_t ending)
{
	*path = 0;
	if (!ending || known->kind == MACHINE_LOG) {
		snprintf(path, KNOWN_BYTES, "%s%s", known->path, tree_packed[ending]);
	}
}

static void load_path(const struct folder *folder, const struct tree_path *known)
{
	struct machine_file like = {
		.kind = known->kind, .rank = known->rank, .optional = known->optional};

	for (size_t i = 0; i < TREE_PACKED_COUNT && folder->reader->status == LB_OK; i++) {
		char path[KNOWN_BYTES];

		known_path(path, known, i);
		if (*path) {
			load_file(folder, path, &like);
		}
	}
}

static void load_known(const struct folder *folder)
{
	for (size_t i = 0; i < tree_paths_count; i++) {
		if (!folder->reader->live || of_a_live_system(tree_paths[i].path)) {
			load_path(folder, &tree_paths[i]);
		}
	}
	for (size_t i = 0; i < tree_folders_count; i++) {
		load_files_of(folder, &tree_folders[i]);
	}
	load_numbered(folder, "sys/firmware/memmap/");
	load_numbered(folder, "sys/firmware/efi/runtime-map/");
}

/* True if one of the known paths is there. */
static bool has_known(const struct folder *folder)
{
	for (size_t i = 0; i < tree_paths_count * TREE_PACKED_COUNT; i++) {
		char path[KNOWN_BYTES];
		int fd;

		known_path(path, &tree_paths[i / TREE_PACKED_COUNT], i % TREE_PACKED_COUNT);
		fd = *path ? open_inside(folder, path, O_PATH) : -1;
		if (fd >= 0) {
			close(fd);
			return true;
		}
	}
	return false;
}

/* A folder below the root that is a machine: the first is loaded, of the others their being there
 * is remembered. */
static void load_below(const struct folder *folder)
{
	const struct machine_file there = {
		.kind = MACHINE_NONE, .prefix = strlen(folder->prefix)};

	if (!folder->reader->files_count) {
		load_known(folder);
	} else if (has_known(folder)) {
		tree_add(folder->reader, &there, folder->prefix, "", 0);
	}
}

/* A report that was unpacked one level too high: DIRECTORY/sosreport-x/proc/... */
static void load_nested(const struct folder *above)
{
	struct dirent **names;
	int count = scandirat(above->fd, ".", &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char prefix[300];
		struct folder folder = {.reader = above->reader, .prefix = prefix};

		if (names[i]->d_name[0] != '.' && i < NESTED_MAX &&
			above->reader->status == LB_OK) {
			folder.fd = openat(above->fd, names[i]->d_name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (folder.fd >= 0) {
				snprintf(prefix, sizeof(prefix), "%s/", names[i]->d_name);
				load_below(&folder);
				close(folder.fd);
			}
		}
		free(names[i]);
	}
	if (count >= 0) {
		free(names);
	}
}

static bool is_boot_log(const struct folder *folder, const char *name)
{
	static const char banner[] = "Linux version ";
	char text[READ_AT_ONCE];
	int fd = open_inside(folder, name, O_RDONLY | O_NONBLOCK);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0) {
		close(fd);
	}
	return size > 0 && memmem(text, (size_t)size, banner, strlen(banner));
}

/* Boot logs under names that people gave them may be of any machine, so none is chosen. */
static void name_logs(const struct folder *folder, const char *root)
{
	struct dirent **names;
	int count = scandirat(folder->fd, ".", &names, NULL, alphasort);
	char text[400] = "";
	size_t used = 0;

	for (int i = 0; i < count; i++) {
		size_t length = strlen(names[i]->d_name);

		if (i < NESTED_MAX && used + length + 3 < sizeof(text) &&
			is_boot_log(folder, names[i]->d_name)) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
				used ? ", " : "", names[i]->d_name);
		}
		free(names[i]);
	}
	if (count >= 0) {
		free(names);
	}
	if (used) {
		machine_fail(folder->reader, LB_INVALID, machine_at_line(root, 0),
			"no file of a known name, and boot logs under names of their own: give "
			"the path of the one that is meant: %s", text);
	}
}

void tree_load_folder(struct machine_reader *reader, const char *root)
{
	struct folder folder = {.reader = reader, .prefix = ""};

	folder.fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder.fd < 0) {
		machine_fail(reader, LB_NOT_FOUND, machine_at_line(root, 0), "%s",
			strerror(errno));
		return;
	}
	load_known(&folder);
	if (!reader->files_count && !reader->live) {
		load_nested(&folder);
	}
	if (!reader->files_count && !reader->live && reader->status == LB_OK) {
		name_logs(&folder, root);
	}
	tell_unreadable(reader);
	close(folder.fd);
}
