/* SPDX-License-Identifier: MIT */
/* snapshot: loads a root, scrubs its files, packs them under the names of a snapshot. */
#include "machine/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/pack.h"
#include "machine/scrub.h"
#include "machine/tree.h"

struct writing {
	struct machine_reader reader;
	struct pack *pack;
	struct lb_snapshot *snapshot;
	char listing[4096]; /* of the README */
	size_t listed;
	char crash_path[65536];
	size_t crash_path_size;
};

/* The name of a kind in a snapshot: that of the best rank. */
static const char *name_of_kind(enum machine_kind kind)
{
	for (size_t i = 0; i < tree_paths_count; i++) {
		if (tree_paths[i].kind == kind && !tree_paths[i].rank) {
			return tree_paths[i].path;
		}
	}
	return NULL;
}

static void list(struct writing *writing, const char *text)
{
	size_t room = sizeof(writing->listing) - writing->listed;
	int length = snprintf(writing->listing + writing->listed, room, "  %s\n", text);

	if (length > 0 && (size_t)length < room) {
		writing->listed += (size_t)length;
	}
}

static bool write_file(struct writing *writing, const char *name, struct machine_file *file)
{
	if (scrub_file(&writing->reader, file, &writing->snapshot->left_out) != LB_OK) {
		return false;
	}
	writing->snapshot->files++;
	writing->snapshot->bytes += file->size;
	return pack_add(writing->pack, name, file->data, file->size);
}

/* Modules, packages and disks may tell whose machine it is; what a dump depends on of them is told
 * by a file of our own. */
static bool is_left_out(enum machine_kind kind)
{
	return kind == MACHINE_MODULES || kind == MACHINE_CRASH_PATH || kind == MACHINE_DF ||
		kind == MACHINE_LSBLK || kind == MACHINE_INSTALLED_RPMS ||
		kind == MACHINE_DPKG_LIST;
}

static bool write_crash_path(struct writing *writing)
{
	if (!writing->crash_path_size) {
		return true;
	}
	list(writing, "crash-path");
	writing->snapshot->files++;
	writing->snapshot->bytes += writing->crash_path_size;
	return pack_add(writing->pack, "crash-path", writing->crash_path,
		writing->crash_path_size);
}

static bool write_kinds(struct writing *writing)
{
	/* Chosen before anything is masked: the choice compares files. */
	struct machine_file *log = machine_choose_log(&writing->reader);

	for (enum machine_kind kind = 0; kind < MACHINE_KIND_COUNT; kind++) {
		struct machine_file *file = kind == MACHINE_LOG
			? log : machine_find(&writing->reader, kind);
		const char *name = name_of_kind(kind);

		if (!file || !name || is_left_out(kind)) {
			continue;
		}
		list(writing, name);
		if (!write_file(writing, name, file)) {
			return false;
		}
	}
	return true;
}

/* Settings below proc/sys, under their own names; files of sysctl.d as they follow each other,
 * because people name them. */
static bool write_settings(struct writing *writing)
{
	struct machine_file **files;
	size_t count = machine_files_of(&writing->reader, MACHINE_SETTING, &files);

	if (count) {
		list(writing, "proc/sys/");
	}
	for (size_t i = 0; i < count; i++) {
		if (!write_file(writing, files[i]->path + files[i]->prefix, files[i])) {
			return false;
		}
	}
	count = machine_files_of(&writing->reader, MACHINE_SETTINGS_CONF, &files);
	if (count) {
		list(writing, "etc/sysctl.d/");
	}
	for (size_t i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "etc/sysctl.d/%03zu.conf", i);
		if (!machine_is_masked(files, count, i) &&
			!write_file(writing, name, files[i])) {
			return false;
		}
	}
	return writing->reader.status == LB_OK;
}

static bool write_numbered(struct writing *writing)
{
	const char *last = "";

	for (size_t i = 0; i < tree_numbered_count; i++) {
		const struct tree_numbered *known = &tree_numbered[i];

		for (size_t k = 0; k < writing->reader.files_count; k++) {
			struct machine_file *file = &writing->reader.files[k];
			char name[96];

			if (file->kind != known->kind) {
				continue;
			}
			if (strcmp(last, known->folder)) {
				last = known->folder;
				list(writing, last);
			}
			snprintf(name, sizeof(name), "%s%u%s", known->folder, file->index,
				known->name);
			if (!write_file(writing, name, file)) {
				return false;
			}
		}
	}
	return true;
}

static void miss(struct lb_snapshot *snapshot, bool there, const char *text)
{
	if (!there && snapshot->missing_count < LB_ARRAY_COUNT(snapshot->missing)) {
		snapshot->missing[snapshot->missing_count++] = text;
	}
}

static void find_missing(struct lb_snapshot *snapshot, const struct lb_machine *machine)
{
	bool x86 = machine->arch == LB_ARCH_X86_64;

	snapshot->sources = machine->sources;
	snapshot->efi_map = machine->efi.map_count != 0;
	miss(snapshot, lb_machine_has(machine, LB_SOURCE_IOMEM),
		"proc/iomem with addresses (only root sees them)");
	miss(snapshot, lb_machine_has(machine, LB_SOURCE_LOG),
		"the boot log (root, or kernel.dmesg_restrict=0)");
	miss(snapshot, lb_machine_has(machine, LB_SOURCE_CMDLINE), "proc/cmdline");
	miss(snapshot, !x86 || lb_machine_has(machine, LB_SOURCE_FIRMWARE_MEMMAP),
		"sys/firmware/memmap (kernel option CONFIG_FIRMWARE_MEMMAP)");
	miss(snapshot, !x86 || lb_machine_has(machine, LB_SOURCE_BOOT_PARAMS),
		"sys/kernel/boot_params/data (only root reads it)");
	miss(snapshot, x86 || lb_machine_has(machine, LB_SOURCE_FDT),
		"sys/firmware/fdt (only root reads it)");
	miss(snapshot, x86 || lb_machine_has(machine, LB_SOURCE_MEMBLOCK),
		"sys/kernel/debug/memblock (root, debugfs mounted)");
	miss(snapshot, !machine->efi.booted || snapshot->efi_map,
		"the firmware's EFI memory map (root reads it on many kernels; else one boot with "
		"efi=debug or iomem=relaxed shows it)");
}

static bool write_readme(struct writing *writing)
{
	const struct lb_left_out *left_out = &writing->snapshot->left_out;
	char text[8192];
	char missing[2048];
	size_t used = 0;
	int length;

	missing[0] = 0;
	for (unsigned int i = 0; i < writing->snapshot->missing_count; i++) {
		used += (size_t)snprintf(missing + used, sizeof(missing) - used, "  %s\n",
			writing->snapshot->missing[i]);
	}
	length = snprintf(text, sizeof(text),
		"This is a snapshot of a Linux machine, made by lifeboat %s. It tells where crash\n"
		"kernel memory will be and whether a crash will leave a dump, and nothing else:\n"
		"`lifeboat plan` and `check` read it as it is.\n\n"
		"In it:\n%s\n"
		"Not there, or not to be read:\n%s\n"
		"Kept is what the predictions ask for; the rest is left out, masked (with x, the\n"
		"length stays) or zeroed:\n"
		"  log: %zu lines kept, %zu left out: those that tell nothing about memory, and\n"
		"    in the kept ones every word that is not the kernel's own\n"
		"  command lines: %zu options masked: all but those that shape memory or the boot\n"
		"  kernel version: who built it where, unless a distribution did\n"
		"  device tree: %zu values zeroed: all but those about memory\n"
		"  boot_params: zeroed but for maps, addresses and the setup header\n"
		"  settings of sysctl: those that a crash depends on\n"
		"  kdump's configuration: without hosts, users, devices and folders\n"
		"  crash-path: programs and Linux's own modules in the capture initrd, room and\n"
		"    layers of the dump's file system, times\n"
		"  cpuinfo: the flags of the first processor, and how many there are\n"
		"  uname: without the host name; iomem: names of devices\n"
		"Still in it: physical addresses, the kernel's release and build, names of nodes\n"
		"and the models they are compatible with in a device tree.\n",
		LB_VERSION, writing->listing, *missing ? missing : "  nothing\n",
		left_out->log_lines_kept, left_out->log_lines, left_out->options,
		left_out->properties);
	return pack_add(writing->pack, "README", text, (size_t)length);
}

/* What the loaded files tell: read from copies, because readers change what they read, and a pipe
 * cannot be loaded twice. */
static enum lb_status understand(struct writing *writing, const char *root,
	struct lb_machine_error *error)
{
	const struct machine_reader *loaded = &writing->reader;
	struct machine_reader reader;
	enum lb_status status;

	if (!machine_reader_start(&reader, root, error)) {
		return LB_NO_STORAGE;
	}
	reader.live = loaded->live;
	for (size_t i = 0; i < loaded->files_count && reader.status == LB_OK; i++) {
		const struct machine_file *file = &loaded->files[i];

		tree_add(&reader, file, file->path, file->data, file->size);
	}
	if (reader.status == LB_OK) {
		machine_read_files(&reader);
	}
	machine_look_closely(&reader);
	status = reader.status;
	if (status == LB_OK) {
		find_missing(writing->snapshot, reader.machine);
		writing->crash_path_size = machine_crash_path_text(
			reader.machine, writing->crash_path, sizeof(writing->crash_path));
	}
	free(reader.scratch);
	lb_machine_close(reader.machine);
	return status;
}

/* Everything but the name: the caller commits or abandons. */
static enum lb_status fill(struct writing *writing, const char *root,
	struct lb_machine_error *error)
{
	struct lb_machine *machine;
	const char *written;
	enum lb_status status;

	machine_load(&writing->reader, root);
	if (writing->reader.status != LB_OK) {
		return writing->reader.status;
	}
	status = understand(writing, root, error);
	if (status != LB_OK) {
		return status;
	}
	if (!write_kinds(writing) || !write_numbered(writing) ||
		!write_settings(writing) || !write_crash_path(writing) || !write_readme(writing)) {
		return writing->reader.status != LB_OK ? writing->reader.status : LB_CONFLICT;
	}
	written = pack_close(writing->pack);
	if (!written) {
		return LB_CONFLICT;
	}
	status = lb_machine_open(written, &machine, error);
	if (status == LB_OK) {
		lb_machine_close(machine);
	}
	return status;
}

enum lb_status lb_snapshot_write(const char *root, const char *output, struct lb_snapshot *ret,
	struct lb_machine_error *error)
{
	struct writing *writing = calloc(1, sizeof(*writing));
	enum lb_status status;

	*ret = (struct lb_snapshot){0};
	if (!writing || !machine_reader_start(&writing->reader, root, error)) {
		free(writing);
		return LB_NO_STORAGE;
	}
	writing->snapshot = ret;
	writing->pack = pack_open(output, error);
	status = writing->pack ? fill(writing, root, error) : LB_CONFLICT;
	if (writing->pack && status != LB_OK) {
		pack_abandon(writing->pack);
	} else if (writing->pack && !pack_commit(writing->pack)) {
		status = LB_CONFLICT;
	}
	free(writing->reader.scratch);
	lb_machine_close(writing->reader.machine);
	free(writing);
	return status;
}
