/* SPDX-License-Identifier: MIT */
/* tree: the table of known paths, and the list of what was found. */
#include "machine/tree.h"

#include <stdlib.h>
#include <string.h>

#include "machine/text.h"

/* Snapshot, live system and sosreport (sos 3.x and 4.x) name the same things differently. Logs
 * that may hold several boots, or only the end of one, come last. */
const struct tree_path tree_paths[] = {
	{"proc/iomem", MACHINE_IOMEM, 0, false},
	{"proc/cmdline", MACHINE_CMDLINE, 0, false},
	{"proc/version", MACHINE_VERSION, 0, false},
	{"uname", MACHINE_UNAME, 0, false},
	{"sos_commands/kernel/uname_-a", MACHINE_UNAME, 1, false},
	{"proc/meminfo", MACHINE_MEMINFO, 0, false},
	{"proc/cpuinfo", MACHINE_CPUINFO, 0, false},
	{"dmesg", MACHINE_LOG, 0, false},
	{"dmesg.txt", MACHINE_LOG, 1, false},
	{"sos_commands/kernel/dmesg", MACHINE_LOG, 2, true},
	{"sos_commands/kernel/dmesg_-T", MACHINE_LOG, 3, true},
	{"sos_commands/general/dmesg", MACHINE_LOG, 4, true},
	{"var/log/dmesg", MACHINE_LOG, MACHINE_LOG_FILE_RANK, true},
	{"sos_commands/boot/dmesg", MACHINE_LOG, 6, true},
	{"sos_commands/logs/journalctl_--no-pager_--boot", MACHINE_LOG, 7, true},
	{"sos_commands/logs/journalctl_--no-pager_--catalog_--boot", MACHINE_LOG, 8, true},
	{"var/log/kern.log", MACHINE_LOG, 9, true},
	{"var/log/messages", MACHINE_LOG, 10, true},
	{"dmesg.0", MACHINE_LOG, MACHINE_LOG_EARLIER_RANK, true},
	{"var/log/dmesg.0", MACHINE_LOG, MACHINE_LOG_EARLIER_RANK + 1, true},
	{"sys/firmware/fdt", MACHINE_FDT, 0, false},
	{"sys/kernel/boot_params/data", MACHINE_BOOT_PARAMS, 0, false},
	{"sys/kernel/debug/memblock/memory", MACHINE_MEMBLOCK_MEMORY, 0, false},
	{"sys/kernel/debug/memblock/reserved", MACHINE_MEMBLOCK_RESERVED, 0, false},
	{"efi-memmap", MACHINE_EFI_MEMMAP, 0, false},
	{"sys/firmware/efi/systab", MACHINE_EFI_SYSTAB, 0, false},
	{"sys/firmware/acpi/tables/SRAT", MACHINE_SRAT, 0, false},
	{"sys/kernel/debug/swiotlb/io_tlb_nslabs", MACHINE_SWIOTLB, 0, false},
	{"sys/kernel/kexec_crash_size", MACHINE_CRASH_SIZE, 0, false},
	{"sys/kernel/kexec/crash_size", MACHINE_CRASH_SIZE, 1, false},
	{"sys/kernel/kexec_crash_loaded", MACHINE_CRASH_LOADED, 0, false},
	{"sys/kernel/kexec/crash_loaded", MACHINE_CRASH_LOADED, 1, false},
	{"sys/kernel/kexec/crash_cma_ranges", MACHINE_CRASH_CMA, 0, false},
	{"sys/kernel/kexec_crash_cma_ranges", MACHINE_CRASH_CMA, 1, false},
	{"sys/devices/system/memory/block_size_bytes", MACHINE_BLOCK_SIZE, 0, false},
	{"proc/sys/kernel/bootloader_type", MACHINE_BOOTLOADER_TYPE, 0, false},
	{"etc/sysconfig/kdump", MACHINE_KDUMP_SYSCONFIG, 0, true},
	{"etc/default/kdump-tools", MACHINE_KDUMP_TOOLS, 0, true},
	{"proc/modules", MACHINE_MODULES, 0, true},
	{"sos_commands/kernel/lsmod", MACHINE_MODULES, 1, true},
	{"sys/kernel/security/lockdown", MACHINE_LOCKDOWN, 0, false},
	{"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		MACHINE_SECURE_BOOT, 0, true},
	{"sos_commands/boot/mokutil_--sb-state", MACHINE_MOKUTIL, 0, true},
	{"crash-path", MACHINE_CRASH_PATH, 0, false},
	{"var/lib/lifeboat/drill", MACHINE_TRIAL, 0, true},
	{"var/lib/kdump/vmcore-creation.status", MACHINE_TRIAL_STATUS, 0, true},
	{"etc/kdump.conf", MACHINE_KDUMP_CONF, 0, true},
	{"sos_commands/filesys/df_-al_-x_autofs", MACHINE_DF, 0, true},
	{"sos_commands/filesys/df_-al", MACHINE_DF, 1, true},
	{"df", MACHINE_DF, 2, true},
	{"sos_commands/block/lsblk", MACHINE_LSBLK, 0, true},
	{"installed-rpms", MACHINE_INSTALLED_RPMS, 0, true},
	{"sos_commands/rpm/sh_-c_rpm_--nodigest_-qa_--qf_-59_NVRA_INSTALLTIME_date_sort_-V",
		MACHINE_INSTALLED_RPMS, 1, true},
	{"sos_commands/dpkg/dpkg_-l", MACHINE_DPKG_LIST, 0, true},
	{"sys/devices/system/memory/crash_hotplug", MACHINE_CRASH_HOTPLUG, 0, false},
	{"sys/class/watchdog/watchdog0/state", MACHINE_WATCHDOG_STATE, 0, true},
	{"sys/class/watchdog/watchdog0/timeout", MACHINE_WATCHDOG_TIMEOUT, 0, true},
	{"sysctl", MACHINE_SETTINGS_LIST, 0, true},
	{"sos_commands/kernel/sysctl_-a", MACHINE_SETTINGS_LIST, 1, true},
	{"etc/sysctl.conf", MACHINE_SYSCTL_CONF, 0, true},
	{"proc/sys/kernel/kexec_load_disabled", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/kexec_load_limit_panic", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/panic", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/panic_on_oops", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/unknown_nmi_panic", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/hung_task_panic", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/softlockup_panic", MACHINE_SETTING, 0, true},
	{"proc/sys/kernel/hardlockup_panic", MACHINE_SETTING, 0, true},
};
const size_t tree_paths_count = LB_ARRAY_COUNT(tree_paths);

/* Of files of one name that in etc counts, before those in run and usr/lib (sysctl.d(5)). */
const struct tree_folder tree_folders[] = {
	{"usr/lib/sysctl.d/", "", ".conf", MACHINE_SETTINGS_CONF, 0},
	{"run/sysctl.d/", "", ".conf", MACHINE_SETTINGS_CONF, 1},
	{"etc/sysctl.d/", "", ".conf", MACHINE_SETTINGS_CONF, 2},
	{"sos_commands/kdump/", "lsinit", "", MACHINE_INITRD_LIST, 0},
};
const size_t tree_folders_count = LB_ARRAY_COUNT(tree_folders);

const struct tree_numbered tree_numbered[] = {
	{"sys/firmware/memmap/", "/start", MACHINE_MEMMAP_START},
	{"sys/firmware/memmap/", "/end", MACHINE_MEMMAP_END},
	{"sys/firmware/memmap/", "/type", MACHINE_MEMMAP_TYPE},
	{"sys/firmware/efi/runtime-map/", "/attribute", MACHINE_RUNTIME_ATTRIBUTE},
	{"sys/firmware/efi/runtime-map/", "/num_pages", MACHINE_RUNTIME_PAGES},
	{"sys/firmware/efi/runtime-map/", "/phys_addr", MACHINE_RUNTIME_ADDRESS},
	{"sys/firmware/efi/runtime-map/", "/type", MACHINE_RUNTIME_TYPE},
};
const size_t tree_numbered_count = LB_ARRAY_COUNT(tree_numbered);

const char *const tree_packed[TREE_PACKED_COUNT] = {"", ".gz", ".xz", ".bz2", ".zst"};

/* True if path is that of the file, or of the log when it is packed. */
static bool is_path_of(const char *path, const struct tree_path *file)
{
	size_t endings = file->kind == MACHINE_LOG ? TREE_PACKED_COUNT : 1;

	if (!text_skip(&path, file->path)) {
		return false;
	}
	for (size_t i = 0; i < endings; i++) {
		if (!strcmp(path, tree_packed[i])) {
			return true;
		}
	}
	return false;
}

bool tree_is_name_in(const char *name, const struct tree_folder *folder)
{
	size_t length = strlen(name), ending = strlen(folder->ending);

	return text_starts(name, folder->beginning) && length > ending &&
		!strcmp(name + length - ending, folder->ending);
}

static bool is_in_folder(const char *path, const struct tree_folder *folder)
{
	return text_skip(&path, folder->folder) && !strchr(path, '/') &&
		tree_is_name_in(path, folder);
}

bool tree_lookup(const char *path, struct machine_file *ret)
{
	for (size_t i = 0; i < tree_paths_count; i++) {
		if (is_path_of(path, &tree_paths[i])) {
			*ret = (struct machine_file){.kind = tree_paths[i].kind,
				.rank = tree_paths[i].rank, .optional = tree_paths[i].optional};
			return true;
		}
	}
	for (size_t i = 0; i < tree_folders_count; i++) {
		if (is_in_folder(path, &tree_folders[i])) {
			*ret = (struct machine_file){.kind = tree_folders[i].kind,
				.rank = tree_folders[i].rank, .optional = true};
			return true;
		}
	}
	if (!text_starts(path, "sys/firmware/")) {
		return false;
	}
	for (size_t i = 0; i < tree_numbered_count; i++) {
		const char *at = path;
		uint64_t index;

		if (text_skip(&at, tree_numbered[i].folder) && text_decimal(&at, &index) &&
			index <= TREE_INDEX_MAX && !strcmp(at, tree_numbered[i].name)) {
			*ret = (struct machine_file){
				.kind = tree_numbered[i].kind, .index = (unsigned int)index};
			return true;
		}
	}
	return false;
}

char *tree_keep(struct machine_reader *reader, const char *path, const void *data, size_t size)
{
	char *copy = machine_arena_text(reader->arena, data, size);

	if (!copy) {
		machine_no_room(reader, path, size);
	}
	return copy;
}

void tree_add(struct machine_reader *reader, const struct machine_file *like, const char *path,
	const void *data, size_t size)
{
	struct machine_file file = *like;

	file.path = machine_text(reader, path, strlen(path));
	file.data = tree_keep(reader, path, data, size);
	file.size = size;
	if (file.data) {
		reader->files = machine_append(
			reader, reader->files, &reader->files_count, sizeof(file), &file);
	}
}

void tree_too_large(struct machine_reader *reader, const char *path)
{
	machine_fail(reader, LB_INVALID, machine_at_line(path, 0), "larger than %u MiB",
		(unsigned int)(LB_MACHINE_FILE_BYTES_MAX / LB_MIB));
}

char *tree_scratch(struct machine_reader *reader, size_t size)
{
	char *grown;

	if (size <= reader->scratch_size) {
		return reader->scratch;
	}
	size = (size_t)lb_max(size, 2 * (uint64_t)reader->scratch_size);
	grown = realloc(reader->scratch, size);
	if (!grown) {
		machine_no_room(reader, reader->machine->name, size);
		return NULL;
	}
	reader->scratch = grown;
	reader->scratch_size = size;
	return grown;
}
