/* SPDX-License-Identifier: MIT */
/* lb_machine_open: finds the files of a root, reads each with its reader, holds the answers
 * against each other. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/look.h"
#include "machine/machine.h"
#include "machine/reader.h"
#include "machine/tree.h"

static bool is_standard_input(const char *root)
{
	return !strcmp(root, "-");
}

static void load_named(struct machine_reader *reader, const char *root)
{
	struct stat status, slash;

	if (stat(root, &status)) {
		machine_fail(reader, LB_NOT_FOUND, machine_at_line(root, 0), "%s",
			strerror(errno));
		return;
	}
	reader->live = !stat("/", &slash) && status.st_dev == slash.st_dev &&
		status.st_ino == slash.st_ino;
	if (reader->live) {
		reader->machine->name = "this machine";
	}
	if (S_ISDIR(status.st_mode)) {
		tree_load_folder(reader, root);
	} else {
		tree_load_file(reader, root);
	}
	if (reader->live && reader->status == LB_OK) {
		tree_load_live(reader);
	}
}

void machine_load(struct machine_reader *reader, const char *root)
{
	if (is_standard_input(root)) {
		tree_load_stream(reader, STDIN_FILENO);
	} else {
		load_named(reader, root);
	}
	if (reader->status == LB_OK) {
		tree_settle(reader);
	}
}

/* A log file of a running system may be left over from years ago: it must show the banner that
 * proc/version shows. */
static bool is_of_this_kernel(struct machine_reader *reader, const struct machine_file *log)
{
	const struct machine_file *version = machine_find(reader, MACHINE_VERSION);
	size_t length = version ? strcspn(version->data, "\n") : 0;

	if (log->rank < MACHINE_LOG_FILE_RANK || !length) {
		return true;
	}
	return memmem(log->data, log->size, version->data, length) != NULL;
}

struct machine_file *machine_choose_log(struct machine_reader *reader)
{
	struct machine_file *best = NULL;
	bool best_whole = false;

	for (size_t i = 0; i < reader->files_count; i++) {
		struct machine_file *file = &reader->files[i];
		bool whole;

		if (file->kind != MACHINE_LOG || !is_of_this_kernel(reader, file)) {
			continue;
		}
		if (best_whole && file->rank > best->rank) {
			continue;
		}
		whole = memmem(file->data, file->size, "Linux version ", 14) != NULL;
		if (!best || (whole && !best_whole) ||
			(whole == best_whole && file->rank < best->rank)) {
			best = file;
			best_whole = whole;
		}
	}
	return best;
}

static void read_sources(struct machine_reader *reader)
{
	static const struct {
		enum machine_kind kind;
		void (*read)(struct machine_reader *reader, struct machine_file *file);
	} sources[] = {
		{MACHINE_VERSION, machine_read_version},
		{MACHINE_UNAME, machine_read_uname},
		{MACHINE_CMDLINE, machine_read_cmdline},
		{MACHINE_MEMINFO, machine_read_meminfo},
		{MACHINE_CPUINFO, machine_read_cpuinfo},
		{MACHINE_CRASH_CMA, machine_read_crash_cma},
		{MACHINE_BLOCK_SIZE, machine_read_number_file},
		{MACHINE_SWIOTLB, machine_read_number_file},
		{MACHINE_CRASH_SIZE, machine_read_number_file},
		{MACHINE_CRASH_LOADED, machine_read_number_file},
		{MACHINE_BOOTLOADER_TYPE, machine_read_number_file},
		{MACHINE_MODULES, machine_read_modules},
		{MACHINE_KDUMP_SYSCONFIG, machine_read_kdump_config},
		{MACHINE_KDUMP_TOOLS, machine_read_kdump_config},
		{MACHINE_LOCKDOWN, machine_read_lockdown},
		{MACHINE_MOKUTIL, machine_read_mokutil},
		{MACHINE_SECURE_BOOT, machine_read_secure_boot},
		{MACHINE_KDUMP_CONF, machine_read_kdump_conf},
		{MACHINE_INITRD_LIST, machine_read_initrd_list},
		{MACHINE_TRIAL_STATUS, machine_read_trial_status},
		{MACHINE_TRIAL, machine_read_trial},
		{MACHINE_DF, machine_read_df},
		{MACHINE_LSBLK, machine_read_lsblk},
		{MACHINE_INSTALLED_RPMS, machine_read_rpms},
		{MACHINE_DPKG_LIST, machine_read_dpkg},
		{MACHINE_CRASH_PATH, machine_read_crash_path},
		{MACHINE_CRASH_HOTPLUG, machine_read_number_file},
		{MACHINE_WATCHDOG_STATE, machine_read_watchdog_state},
		{MACHINE_WATCHDOG_TIMEOUT, machine_read_number_file},
		{MACHINE_BOOT_PARAMS, machine_read_boot_params},
		{MACHINE_FDT, machine_read_fdt},
		{MACHINE_SRAT, machine_read_srat},
		{MACHINE_EFI_MEMMAP, machine_read_efi_memmap},
		{MACHINE_IOMEM, machine_read_iomem},
		{MACHINE_MEMBLOCK_MEMORY, machine_read_memblock},
		{MACHINE_MEMBLOCK_RESERVED, machine_read_memblock},
	};

	for (size_t i = 0; i < LB_ARRAY_COUNT(sources) && reader->status == LB_OK; i++) {
		struct machine_file *file = machine_find(reader, sources[i].kind);

		if (file) {
			reader->current = file->path;
			sources[i].read(reader, file);
		}
	}
}

/* After the files: the log is held against some of them, and names more EFI tables than systab,
 * with the same addresses. */
static void read_log(struct machine_reader *reader)
{
	struct machine_file *log = machine_choose_log(reader);
	struct machine_file *systab = machine_find(reader, MACHINE_EFI_SYSTAB);

	if (log) {
		reader->current = log->path;
		machine_read_log(reader, log);
	}
	if (log && log->rank >= MACHINE_LOG_EARLIER_RANK && reader->files_count > 1) {
		machine_problem(reader, machine_at_line(log->path, 0),
			"by its name the log of the boot before, and the only one that shows the "
			"beginning of a boot");
	}
	if (systab && !reader->machine->efi.tables_count && reader->status == LB_OK) {
		machine_read_efi_systab(reader, systab);
	}
}

void machine_read_files(struct machine_reader *reader)
{
	read_sources(reader);
	if (reader->status == LB_OK) {
		reader->current = "sys/firmware";
		machine_read_numbered(reader);
	}
	if (reader->status == LB_OK) {
		machine_read_settings(reader);
	}
	if (reader->status == LB_OK) {
		read_log(reader);
	}
	if (reader->status != LB_OK) {
		return;
	}
	if (!reader->machine->sources) {
		machine_fail(reader, LB_NOT_FOUND, machine_at_line(reader->machine->name, 0),
			"nothing to read here: expected a root with proc/iomem, dmesg or "
			"another of the files that docs/snapshot.md lists");
		return;
	}
	machine_derive(reader);
	machine_cross_check(reader);
}

bool machine_reader_start(struct machine_reader *reader, const char *root,
	struct lb_machine_error *error)
{
	struct lb_machine *machine = calloc(1, sizeof(*machine));
	struct lb_machine_private *private_ = calloc(1, sizeof(*private_));

	error->text[0] = 0;
	if (!machine || !private_) {
		snprintf(error->text, sizeof(error->text), "%.200s: out of memory", root);
		free(machine);
		free(private_);
		return false;
	}
	machine->private_ = private_;
	machine->kernel.release = machine->kernel.banner = "";
	*reader = (struct machine_reader){
		.machine = machine, .arena = &private_->arena, .error = error};
	machine->name = root; /* for what is said if there is no room for a copy */
	machine->root = machine_text(reader, root, strlen(root));
	machine->name = is_standard_input(root) ? "standard input" : machine->root;
	return true;
}

void machine_look_closely(struct machine_reader *reader)
{
	if (reader->live && reader->status == LB_OK) {
		look_at_files(reader, "");
		look_at_loaded(reader, "");
		look_at_disks(reader, "");
	}
}

static enum lb_status open_machine(
	const char *root, bool closely, struct lb_machine **ret, struct lb_machine_error *error)
{
	struct lb_machine_error unwanted;
	struct machine_reader reader;

	*ret = NULL;
	if (!machine_reader_start(&reader, root, error ? error : &unwanted)) {
		return LB_NO_STORAGE;
	}
	machine_load(&reader, root);
	if (reader.status == LB_OK) {
		machine_read_files(&reader);
	}
	if (closely) {
		machine_look_closely(&reader);
	}
	free(reader.scratch);
	if (reader.status != LB_OK) {
		lb_machine_close(reader.machine);
		return reader.status;
	}
	*ret = reader.machine;
	return LB_OK;
}

enum lb_status lb_machine_open(
	const char *root, struct lb_machine **ret, struct lb_machine_error *error)
{
	return open_machine(root, false, ret, error);
}

enum lb_status lb_machine_open_closely(
	const char *root, struct lb_machine **ret, struct lb_machine_error *error)
{
	return open_machine(root, true, ret, error);
}

void lb_machine_close(struct lb_machine *machine)
{
	if (machine) {
		machine_arena_release(&machine->private_->arena);
		free(machine->private_);
		free(machine);
	}
}
