/* SPDX-License-Identifier: MIT */
/*
 * look_disks: from the dump's directory down to the drivers of its disks, by sysfs: /sys/dev/block,
 * "slaves" of a mapped device, "driver/module" of what a disk hangs on.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "machine/dump_target.h"
#include "machine/look.h"
#include "machine/text.h"

#define DEPTH_MAX 8
#define NAME_BYTES 64
#define DRIVERS_MAX 64

static void add_driver(struct machine_reader *reader, char *name)
{
	struct lb_machine_target *target = &reader->machine->target;

	for (char *at = name; *at; at++) {
		*at = *at == '-' ? '_' : *at;
	}
	for (size_t i = 0; i < target->drivers_count; i++) {
		if (!strcmp(target->drivers[i].name, name)) {
			return;
		}
	}
	if (target->drivers_count < DRIVERS_MAX) {
		MACHINE_APPEND(reader, target->drivers, {machine_text(reader, name, strlen(name))});
	}
}

/* The modules of all devices from this one up; what is built in has none. */
static void add_drivers_above(struct machine_reader *reader, const char *device)
{
	char whole[PATH_MAX];

	if (!realpath(device, whole)) {
		return;
	}
	for (char *slash = strrchr(whole, '/'); slash && slash != whole;
		slash = strrchr(whole, '/')) {
		char path[LOOK_PATH_MAX], name[NAME_BYTES];

		if (look_path(path, whole, "/driver/module") &&
			look_link_name(path, name, sizeof(name))) {
			add_driver(reader, name);
		}
		*slash = 0;
	}
}

/* The first line of a small file; "" if there is none. */
static void first_line(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "re");

	*ret = 0;
	if (file) {
		if (!fgets(ret, (int)size, file)) {
			*ret = 0;
		}
		fclose(file);
	}
}

static unsigned int layer_of(const char *device)
{
	static const struct {
		const char *prefix;
		unsigned int layer;
	} kinds[] = {{"LVM-", LB_LAYER_LVM}, {"CRYPT-", LB_LAYER_CRYPT},
		{"mpath-", LB_LAYER_MULTIPATH}};
	char path[LOOK_PATH_MAX], uuid[NAME_BYTES];

	if (look_path(path, device, "/dm/uuid")) {
		const char *at = uuid;

		first_line(path, uuid, sizeof(uuid));
		/* A partition of a mapped device: "part1-mpath-...". */
		if (text_starts(uuid, "part") && strchr(uuid, '-')) {
			at = strchr(uuid, '-') + 1;
		}
		for (size_t i = 0; i < LB_ARRAY_COUNT(kinds); i++) {
			if (text_starts(at, kinds[i].prefix)) {
				return kinds[i].layer;
			}
		}
	}
	return look_path(path, device, "/md/level") && look_written(path) ? LB_LAYER_RAID : 0;
}

/* A device, and all that it lies on. */
static void descend(
	struct machine_reader *reader, const char *root, const char *device, unsigned int depth)
{
	char path[LOOK_PATH_MAX];
	struct dirent *entry;
	bool mapped = false;
	DIR *slaves = look_path(path, device, "/slaves") ? opendir(path) : NULL;

	reader->machine->target.layers |= layer_of(device);
	while (slaves && depth < DEPTH_MAX && (entry = readdir(slaves))) {
		if (*entry->d_name != '.' &&
			look_path(path, root, "/sys/class/block/%s", entry->d_name)) {
			mapped = true;
			descend(reader, root, path, depth + 1);
		}
	}
	if (slaves) {
		closedir(slaves);
	}
	if (!mapped) {
		add_drivers_above(reader, device);
	}
}

/* The directory, or what there is of it: it may be made on the day of the first dump. */
static bool existing(char path[LOOK_PATH_MAX], const char *root, const char *directory,
	struct stat *status)
{
	if (!look_path(path, root, "%s", directory)) {
		return false;
	}
	while (stat(path, status)) {
		char *slash = strrchr(path, '/');

		if (!slash || slash < path + strlen(root)) {
			return false;
		}
		slash[slash == path] = 0;
		if (slash == path) {
			return !stat(path, status);
		}
	}
	return true;
}

/* "/dev/nvme0n1p3 /home btrfs rw,...": the device in sysfs by its name, or by where that leads. */
static bool device_of_mount(char device[LOOK_PATH_MAX], const char *root, const char *line)
{
	char path[LOOK_PATH_MAX], link[NAME_BYTES];
	const char *name;

	if (!text_starts(line, "/dev/") || !look_path(path, root, "%s", line)) {
		return false;
	}
	name = look_link_name(path, link, sizeof(link)) ? link : strrchr(line, '/') + 1;
	return look_path(device, root, "/sys/class/block/%s", name) && look_written(device);
}

/* Of several mounts that of the longest mount point, and of these the last, counts. */
static bool find_mounted(char ret[LOOK_PATH_MAX], const char *root, const char *directory)
{
	char path[LOOK_PATH_MAX], device[LOOK_PATH_MAX], line[2 * LOOK_PATH_MAX];
	FILE *mounts = look_path(path, root, "/proc/mounts") ? fopen(path, "re") : NULL;
	size_t best = 0;
	bool found = false;

	while (mounts && fgets(line, sizeof(line), mounts)) {
		char *mount = strchr(line, ' ');
		size_t covered;

		if (!mount) {
			continue;
		}
		*mount++ = 0;
		mount[strcspn(mount, " \n")] = 0;
		covered = machine_mount_covers(directory, mount);
		if (covered && covered >= best) {
			best = covered;
			found = device_of_mount(device, root, line);
			memcpy(ret, device, found ? strlen(device) + 1 : 0);
		}
	}
	if (mounts) {
		fclose(mounts);
	}
	return found;
}

static void look_at_directory(struct machine_reader *reader, const char *root)
{
	struct lb_machine_target *target = &reader->machine->target;
	char path[LOOK_PATH_MAX], device[LOOK_PATH_MAX];
	struct statvfs room;
	struct stat status;

	if (!target->directory || *target->directory != '/' ||
		!existing(path, root, target->directory, &status)) {
		return;
	}
	if (!statvfs(path, &room)) {
		target->free_known =
			lb_mul(room.f_bavail, room.f_frsize, &target->free_bytes);
	}
	/* btrfs has device numbers of its own; tmpfs has no device at all. */
	if ((look_path(device, root, "/sys/dev/block/%u:%u", major(status.st_dev),
		     minor(status.st_dev)) &&
		    look_written(device)) ||
		find_mounted(device, root, target->directory)) {
		target->layers_known = true;
		descend(reader, root, device, 0);
	}
}

/* The module of the interface that the default route goes through: "eth0 00000000 ...". */
static void look_at_network(struct machine_reader *reader, const char *root)
{
	char path[LOOK_PATH_MAX], line[256];
	FILE *routes = look_path(path, root, "/proc/net/route") ? fopen(path, "re") : NULL;

	while (routes && fgets(line, sizeof(line), routes)) {
		size_t length = strcspn(line, "\t ");
		const char *destination = line + length;

		text_skip_blanks(&destination);
		if (text_starts(destination, "00000000") &&
			look_path(path, root, "/sys/class/net/%.*s/device", (int)length, line)) {
			add_drivers_above(reader, path);
		}
	}
	if (routes) {
		fclose(routes);
	}
}

void look_at_disks(struct machine_reader *reader, const char *root)
{
	const struct lb_machine_target *target = &reader->machine->target;

	if (target->kind == LB_TARGET_NFS || target->kind == LB_TARGET_SSH) {
		look_at_network(reader, root);
	} else {
		look_at_directory(reader, root);
	}
}
