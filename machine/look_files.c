/* SPDX-License-Identifier: MIT */
/* look_files: the capture initrd and kernel where the distributions' services keep them. */
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/bytes.h"
#include "machine/look.h"
#include "machine/text.h"

#define FILE_BYTES_MAX (2 * LB_GIB)

bool look_path(char ret[LOOK_PATH_MAX], const char *root, const char *format, ...)
{
	size_t used = strlen(root);
	va_list arguments;
	int length;

	if (used >= LOOK_PATH_MAX) {
		return false;
	}
	memcpy(ret, root, used + 1);
	va_start(arguments, format);
	length = vsnprintf(ret + used, LOOK_PATH_MAX - used, format, arguments);
	va_end(arguments);
	return length >= 0 && (size_t)length < LOOK_PATH_MAX - used;
}

uint64_t look_written(const char *path)
{
	struct stat status;

	return stat(path, &status) || status.st_mtim.tv_sec < 0 ? 0
								: (uint64_t)status.st_mtim.tv_sec;
}

bool look_link_name(const char *path, char *ret, size_t size)
{
	char target[LOOK_PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *name;

	if (length <= 0) {
		return false;
	}
	target[length] = 0;
	name = basename(target);
	return snprintf(ret, size, "%s", name) < (int)size;
}

const uint8_t *look_map(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	void *bytes = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size > 0 &&
		(uint64_t)status.st_size <= FILE_BYTES_MAX) {
		*ret_size = (size_t)status.st_size;
		bytes = mmap(NULL, *ret_size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0) {
		close(fd);
	}
	return bytes == MAP_FAILED ? NULL : bytes;
}

void look_unmap(const uint8_t *bytes, size_t size)
{
	if (bytes) {
		munmap((void *)(uintptr_t)bytes, size);
	}
}

struct visit {
	struct machine_reader *reader;
	bool packed;
};

static void take_entry(void *context, const struct lb_cpio_entry *entry)
{
	struct visit *visit = context;

	visit->packed |= machine_initrd_is_packed_root(entry->path);
	if (!S_ISDIR(entry->mode)) {
		machine_initrd_file(visit->reader, entry->path, strlen(entry->path));
	}
}

static void read_initrd(struct machine_reader *reader, const char *path)
{
	struct lb_machine_initrd *initrd = &reader->machine->initrd;
	struct visit visit = {.reader = reader};
	struct lb_capture_error error;
	struct lb_initrd sizes;
	size_t size;
	const uint8_t *bytes = look_map(path, &size);

	if (!bytes) {
		return;
	}
	reader->machine->kexec.initrd_bytes = size;
	*initrd = (struct lb_machine_initrd){.path = machine_text(reader, path, strlen(path))};
	if (lb_initrd_read(bytes, size, 4096, take_entry, &visit, &sizes, &error) == LB_OK) {
		initrd->sizes = sizes;
		initrd->known = !visit.packed;
	} else {
		machine_remark(reader, machine_at_line(initrd->path, 0),
			"the capture initrd cannot be read: %.200s", error.text);
	}
	look_unmap(bytes, size);
}

static void look_at_initrd(struct machine_reader *reader, const char *root, const char *release)
{
	static const struct {
		const char *before, *behind; /* the release */
	} places[] = {
		{"/boot/initramfs-", "kdump.img"},             /* kdump-utils */
		{"/var/lib/kdump/initramfs-", "kdump.img"},    /* ... where /boot is not writable */
		{"/var/lib/kdump/initrd", NULL},               /* SUSE */
		{"/boot/initrd-", "-kdump"},                   /* SUSE, older */
		{"/var/lib/kdump/initrd.img", NULL},           /* Debian */
	};
	struct lb_machine_kexec *kexec = &reader->machine->kexec;

	for (size_t i = 0; i < LB_ARRAY_COUNT(places) && !kexec->initrd_written; i++) {
		char path[LOOK_PATH_MAX];

		if (!look_path(path, root, "%s%s%s", places[i].before,
			    places[i].behind ? release : "",
			    places[i].behind ? places[i].behind : "")) {
			continue;
		}
		kexec->initrd_written = look_written(path);
		if (kexec->initrd_written) {
			read_initrd(reader, path);
		}
	}
}

/* "kernel/fs/nfs/nfs.ko" a line (Documentation/kbuild/kbuild.rst, modules.builtin). */
static void look_at_builtin(struct machine_reader *reader, const char *root, const char *release)
{
	char path[LOOK_PATH_MAX];
	size_t size;
	const uint8_t *bytes = look_path(path, root, "/lib/modules/%s/modules.builtin", release)
				       ? look_map(path, &size)
				       : NULL;
	const char *at = (const char *)bytes;
	const char *end = at ? at + size : NULL;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *name = line_end;

		if (!line_end) {
			break;
		}
		while (name > at && name[-1] != '/') {
			name--;
		}
		if (line_end - name > 3 && !memcmp(line_end - 3, ".ko", 3)) {
			machine_initrd_builtin(reader, name, (size_t)(line_end - name) - 3);
			reader->machine->initrd.builtin_known = true;
		}
		at = line_end + 1;
	}
	look_unmap(bytes, size);
}

#define PE_OFFSET_AT 0x3c
#define PE_OPTIONAL 24       /* of the PE header: signature, COFF header */
#define PE_DIRECTORIES 112   /* of the optional header, PE32+ */
#define PE_CERTIFICATES 4    /* number of the directory; 8 bytes each: where, size */
#define PE_BYTES (PE_OPTIONAL + PE_DIRECTORIES + 8 * (PE_CERTIFICATES + 1))

bool look_is_signed(const uint8_t *bytes, size_t size, bool *ret)
{
	static const uint8_t magic[] = {'P', 'E', 0, 0};
	const uint8_t *optional;
	uint32_t at;

	if (size < PE_OFFSET_AT + 4 || memcmp(bytes, "MZ", 2)) {
		return false;
	}
	at = bytes_32(bytes + PE_OFFSET_AT);
	if (size < PE_BYTES || at > size - PE_BYTES || memcmp(bytes + at, magic, sizeof(magic))) {
		return false;
	}
	optional = bytes + at + PE_OPTIONAL;
	if (optional[0] != 0x0b || optional[1] != 0x02) {
		return false;
	}
	*ret = bytes_32(optional + PE_DIRECTORIES - 4) > PE_CERTIFICATES &&
		bytes_32(optional + PE_DIRECTORIES + 8 * PE_CERTIFICATES + 4) > 0;
	return true;
}

static void look_at_signature(struct machine_reader *reader, const char *path)
{
	struct lb_machine_kexec *kexec = &reader->machine->kexec;
	size_t size;
	const uint8_t *bytes = look_map(path, &size);
	bool is_signed;

	if (bytes) {
		kexec->signed_known = look_is_signed(bytes, size, &is_signed);
		kexec->kernel_signed = kexec->signed_known && is_signed;
		look_unmap(bytes, size);
	}
}

/* Debian's link names the release that is loaded, which need not be the one that runs. */
static void look_at_kernel(struct machine_reader *reader, const char *root, const char *release)
{
	struct lb_machine *machine = reader->machine;
	char path[LOOK_PATH_MAX], name[128];
	const char *at = name;

	if (look_path(path, root, "/var/lib/kdump/vmlinuz") &&
		look_link_name(path, name, sizeof(name)) && text_skip(&at, "vmlinuz-")) {
		machine->kdump.release = machine_text(reader, at, strlen(at));
	} else if (!look_path(path, root, "/boot/vmlinuz-%s", release)) {
		return;
	}
	machine->kexec.kernel_written = look_written(path);
	machine->kexec.kernel_path = machine_text(reader, path, strlen(path));
	look_at_signature(reader, path);
}

static void look_at_times(struct machine_reader *reader, const char *root)
{
	static const char *const configurations[] = {
		"/etc/kdump.conf", "/etc/sysconfig/kdump", "/etc/default/kdump-tools"};
	/* systemd keeps one link for each unit that was started. */
	static const char *const units[] = {"kdump", "kdump-tools"};
	struct lb_machine_kexec *kexec = &reader->machine->kexec;
	char path[LOOK_PATH_MAX];
	struct stat status;

	for (size_t i = 0; i < LB_ARRAY_COUNT(configurations); i++) {
		if (look_path(path, root, "%s", configurations[i])) {
			kexec->config_written = lb_max(kexec->config_written, look_written(path));
		}
	}
	for (size_t i = 0; i < LB_ARRAY_COUNT(units); i++) {
		if (look_path(path, root, "/run/systemd/units/invocation:%s.service", units[i]) &&
			!lstat(path, &status) && status.st_mtim.tv_sec > 0) {
			kexec->service_started = (uint64_t)status.st_mtim.tv_sec;
		}
	}
}

/* The program has its version in it: makedumpfile.c, show_version. */
static void look_at_makedumpfile(struct machine_reader *reader, const char *root)
{
	static const char *const places[] = {"/usr/bin/makedumpfile", "/usr/sbin/makedumpfile"};
	static const char mark[] = "makedumpfile: version ";

	for (size_t i = 0; i < LB_ARRAY_COUNT(places); i++) {
		char path[LOOK_PATH_MAX], version[16] = "";
		const uint8_t *bytes, *found;
		size_t size;

		bytes = look_path(path, root, "%s", places[i]) ? look_map(path, &size) : NULL;
		if (!bytes) {
			continue;
		}
		found = memmem(bytes, size, mark, strlen(mark));
		if (found) {
			found += strlen(mark);
			memcpy(version, found,
				lb_min(sizeof(version) - 1, (size_t)(bytes + size - found)));
			machine_makedumpfile_version(version,
				machine_text(reader, path, strlen(path)),
				&reader->machine->makedumpfile);
		}
		look_unmap(bytes, size);
		return;
	}
}

void look_at_files(struct machine_reader *reader, const char *root)
{
	const struct lb_machine *machine = reader->machine;
	const char *given = machine->kdump.release;
	const char *release = given && *given ? given : machine->kernel.release;

	look_at_initrd(reader, root, release);
	look_at_builtin(reader, root, release);
	look_at_kernel(reader, root, release);
	look_at_times(reader, root);
	look_at_makedumpfile(reader, root);
	if (machine->trial.outcome == LB_TRIED_UNKNOWN) {
		reader->machine->trial.outcome = LB_TRIED_NEVER;
	}
}
