/* SPDX-License-Identifier: MIT */
/*
 * initrd_list: the files of a capture initrd that a dump may depend on, from what lsinitrd (dracut)
 * or lsinitramfs (initramfs-tools) prints: one path a line, or what "ls -l" has before it.
 */
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

/* Fields before the path: mode, links, user, group, size, month, day, time. */
#define LONG_FIELDS 8
/* The same of unsquashfs: mode, owner and group, size, date, time. */
#define SQUASH_FIELDS 5
#define NAME_BYTES_MAX 56
#define RELEASES_MAX 16
#define ITEMS_MAX 20000

/* Programs without which one or another way of writing a dump ends. */
static const char *const programs[] = {"makedumpfile", "ssh", "scp", "mount.nfs", "mount.nfs4",
	"cryptsetup", "systemd-cryptsetup", "lvm", "multipath", "multipathd", "mdadm",
	"vmcore-dmesg", "kdump.sh", "kdump-save", "kdump-config"};

bool lb_initrd_has(const struct lb_machine_initrd *initrd, const char *name, bool module)
{
	for (size_t i = 0; i < initrd->items_count; i++) {
		if (initrd->items[i].module == module && !strcmp(initrd->items[i].name, name)) {
			return true;
		}
	}
	for (size_t i = 0; module && i < initrd->builtin_count; i++) {
		if (!strcmp(initrd->builtin[i].name, name)) {
			return true;
		}
	}
	return false;
}

/* The kernel has '_' where a file may have '-'. */
static void take_name(char *ret, const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		ret[i] = name[i] == '-' ? '_' : name[i];
	}
}

static void add(struct machine_reader *reader, const char *name, size_t length, bool module)
{
	struct lb_machine_initrd *initrd = &reader->machine->initrd;
	char text[NAME_BYTES_MAX + 1] = "";

	if (!length || length > NAME_BYTES_MAX || initrd->items_count >= ITEMS_MAX) {
		return;
	}
	if (module) {
		take_name(text, name, length);
	} else {
		memcpy(text, name, length);
	}
	if (!lb_initrd_has(initrd, text, module)) {
		MACHINE_APPEND(reader, initrd->items, {machine_text(reader, text, length), module});
	}
}

static void add_release(struct machine_reader *reader, const char *at, size_t length)
{
	struct lb_machine_initrd *initrd = &reader->machine->initrd;

	for (size_t i = 0; i < initrd->releases_count; i++) {
		if (strlen(initrd->releases[i].name) == length &&
			!memcmp(initrd->releases[i].name, at, length)) {
			return;
		}
	}
	if (length && text_is_digit(*at) && initrd->releases_count < RELEASES_MAX) {
		MACHINE_APPEND(reader, initrd->releases, {machine_text(reader, at, length)});
	}
}

static size_t find(const char *text, size_t length, const char *part)
{
	const char *found = memmem(text, length, part, strlen(part));

	return found ? (size_t)(found - text) : length;
}

void machine_initrd_builtin(struct machine_reader *reader, const char *at, size_t length)
{
	struct lb_machine_initrd *initrd = &reader->machine->initrd;
	char text[NAME_BYTES_MAX + 1] = "";

	if (length && length <= NAME_BYTES_MAX && initrd->builtin_count < ITEMS_MAX) {
		take_name(text, at, length);
		MACHINE_APPEND(reader, initrd->builtin, {machine_text(reader, text, length)});
	}
}

/* "usr/lib/modules/6.1.0-50-amd64/kernel/fs/nfs/nfs.ko.xz" */
static void add_module(struct machine_reader *reader, const char *path, size_t length)
{
	static const char folder[] = "lib/modules/";
	size_t at = find(path, length, folder) + strlen(folder);
	size_t release, name;

	if (at >= length) {
		return;
	}
	release = strcspn(path + at, "/");
	name = length;
	while (name && path[name - 1] != '/') {
		name--;
	}
	if (at + release < name && find(path + name, length - name, ".ko") < length - name) {
		add_release(reader, path + at, release);
		add(reader, path + name, find(path + name, length - name, ".ko"), true);
	}
}

void machine_initrd_file(struct machine_reader *reader, const char *path, size_t length)
{
	size_t name = length;

	while (name && path[name - 1] != '/') {
		name--;
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(programs); i++) {
		if (strlen(programs[i]) == length - name &&
			!memcmp(programs[i], path + name, length - name)) {
			add(reader, programs[i], strlen(programs[i]), false);
			return;
		}
	}
	add_module(reader, path, length);
}

/* Where the path begins; NULL: the line is none of a listing. */
static const char *path_in(const char *line)
{
	const char *at = line;
	int fields = LONG_FIELDS;

	if (!strchr("-dlcbps", *line) || strspn(line + 1, "rwxsStT-") < 9) {
		/* a path alone */
		return strpbrk(line, " \t:") || !*line ? NULL : line;
	}
	for (int i = 0; i < fields; i++) {
		at += strcspn(at, " \t");
		text_skip_blanks(&at);
		if (i == 0 && memchr(at, '/', strcspn(at, " \t"))) {
			fields = SQUASH_FIELDS;
		}
	}
	return *at ? at : NULL;
}

bool machine_initrd_is_packed_root(const char *path)
{
	return text_starts(path, "squash-root.img") || text_starts(path, "squashfs-root.img") ||
		text_starts(path, "erofs-root.img") || text_starts(path, "squash/root.img");
}

void machine_read_initrd_list(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_initrd *initrd = &reader->machine->initrd;
	char *at = file->data;
	bool packed = false, unpacked = false;
	char *line;

	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		const char *path = path_in(line);

		if (path) {
			packed |= machine_initrd_is_packed_root(path);
			unpacked |= text_starts(path, "squashfs-root/");
			machine_initrd_file(reader, path, find(path, strlen(path), " -> "));
		}
	}
	/* A message that there is no such file is no empty initrd. */
	initrd->known = initrd->items_count > 0 && (!packed || unpacked);
	initrd->path = file->path;
}
