/* SPDX-License-Identifier: MIT */
/* core_file: the header, the notes, and memory on demand. */
#include "machine/core_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/bytes.h"
#include "machine/text.h"

#define HEADERS_MAX (4 * LB_MIB) /* 65534 program headers take 3.5 MiB */
#define NOTES_MAX (16 * LB_MIB)  /* of one segment: registers of 40000 CPUs */

/* Elf64_Ehdr.e_phoff, e_ehsize and e_phnum, fields of Elf64_Phdr (System V ABI). */
#define PHOFF 32
#define EHSIZE 52
#define PHNUM 56
#define P_TYPE 0
#define P_PADDR 24
#define P_FILESZ 32
#define P_MEMSZ 40

struct lb_core_file_private {
	struct lb_core_file core;
	int fd;
	uint8_t *headers;
	uint8_t *notes;
};

static enum lb_status fail(struct lb_machine_error *error, const char *path,
	enum lb_status status, const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum lb_status fail(struct lb_machine_error *error, const char *path,
	enum lb_status status, const char *format, ...)
{
	int length = snprintf(error->text, sizeof(error->text), "%s: ", path);
	size_t used = lb_min((uint64_t)length, sizeof(error->text) - 1);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text + used, sizeof(error->text) - used, format, arguments);
	va_end(arguments);
	return status;
}

/* What errno says. EPERM is also a kernel in lockdown (LOCKDOWN_KCORE, fs/proc/kcore.c). */
static enum lb_status fail_of_system(struct lb_machine_error *error, const char *path)
{
	bool refused = errno == EACCES || errno == EPERM;

	return fail(error, path, refused ? LB_CONFLICT : LB_NOT_FOUND, "%s%s", strerror(errno),
		refused ? " (only root may, and not where the kernel is locked down)" : "");
}

/* How many bytes there are, at most size; below 0: cannot be read. */
static ssize_t read_some(int fd, void *bytes, size_t size, uint64_t offset)
{
	size_t used = 0;

	if (offset > INT64_MAX - size) {
		return 0;
	}
	while (used < size) {
		ssize_t got = pread(fd, (char *)bytes + used, size - used, (off_t)(offset + used));

		if (got < 0) {
			return got;
		}
		if (!got) {
			break;
		}
		used += (size_t)got;
	}
	return (ssize_t)used;
}

/* What other dumps begin with. */
static const char *other_form(const uint8_t *first)
{
	if (!memcmp(first, "KDUMP   ", 8) || !memcmp(first, "makedump", 8)) {
		return "a dump in makedumpfile's own form; expected an ELF core (makedumpfile -E)";
	}
	if (!memcmp(first, "\x1f\x8b", 2) || !memcmp(first, "\x28\xb5\x2f\xfd", 4) ||
		!memcmp(first, "\xfd" "7zXZ", 5)) {
		return "it is packed; unpack it first";
	}
	return NULL;
}

/*
 * What writers do that the core's reader need not bear. /proc/kcore (fs/proc/kcore.c, 5.10 to 7.3)
 * has segments without physical memory, which are none for us, and notes of p_memsz 0. QEMU up to 7
 * says that its header has the size of a pointer (dump/dump.c, write_elf64_header).
 */
static void repair(uint8_t *headers, uint64_t at, unsigned int count)
{
	memcpy(headers + EHSIZE, (const uint8_t[]){LB_CORE_EHDR_BYTES, 0}, 2);
	for (unsigned int i = 0; i < count; i++) {
		uint8_t *segment = headers + at + (uint64_t)i * LB_CORE_PHDR_BYTES;

		if (bytes_32(segment + P_TYPE) == 1 && bytes_64(segment + P_PADDR) == UINT64_MAX) {
			memset(segment + P_TYPE, 0, 4);
		}
		if (bytes_32(segment + P_TYPE) == 4) {
			memcpy(segment + P_MEMSZ, segment + P_FILESZ, 8);
		}
	}
}

static enum lb_status read_headers(
	struct lb_core_file_private *file, struct lb_machine_error *error)
{
	const char *path = file->core.path;
	uint8_t first[LB_CORE_EHDR_BYTES];
	ssize_t got = read_some(file->fd, first, sizeof(first), 0);
	size_t offset = 0;
	uint64_t size;
	enum lb_status status;

	if (got < 0) {
		return fail_of_system(error, path);
	}
	if (got < (ssize_t)sizeof(first)) {
		return fail(error, path, LB_TRUNCATED, "ends at offset %zd, within an ELF header",
			got);
	}
	if (other_form(first)) {
		return fail(error, path, LB_UNSUPPORTED, "%s", other_form(first));
	}
	if (!lb_add(bytes_64(first + PHOFF),
		    (uint64_t)bytes_16(first + PHNUM) * LB_CORE_PHDR_BYTES, &size) ||
		size > HEADERS_MAX) {
		/* Whatever else is wrong is found in the first bytes. */
		size = sizeof(first);
	}
	size = lb_max(size, sizeof(first));
	file->headers = malloc(size);
	if (!file->headers) {
		return fail(error, path, LB_NO_STORAGE, "out of memory");
	}
	got = read_some(file->fd, file->headers, size, 0);
	if (got > (ssize_t)sizeof(first) && (uint64_t)got == size) {
		repair(file->headers, bytes_64(first + PHOFF), bytes_16(first + PHNUM));
	}
	status = lb_core_header_parse(file->headers, got < 0 ? 0 : (size_t)got,
		&file->core.header, &offset);
	if (status) {
		return fail(error, path, status, "offset %zu: no ELF core that makes sense (%s)",
			offset, lb_status_text(status));
	}
	file->core.arch = file->core.header.arch;
	return LB_OK;
}

static bool is_vmcoreinfo(const struct lb_note *note)
{
	static const char name[] = "VMCOREINFO";

	/* With or without the terminator. */
	return note->name_bytes >= sizeof(name) - 1 &&
		!memcmp(note->name, name, lb_min(note->name_bytes, sizeof(name))) &&
		note->desc_bytes && note->desc_bytes <= LB_CORE_FILE_VMCOREINFO_MAX;
}

/* Looks in one segment; keeps its bytes if it is there. */
static bool find_vmcoreinfo(
	struct lb_core_file_private *file, const struct lb_core_segment *segment)
{
	size_t size = (size_t)lb_min(segment->file_bytes, NOTES_MAX);
	uint8_t *bytes = malloc(size ? size : 1);
	struct lb_note note;
	size_t cursor = 0;
	ssize_t got;

	if (!bytes) {
		return false;
	}
	got = read_some(file->fd, bytes, size, segment->file_offset);
	while (got > 0 && lb_note_next(bytes, (size_t)got, &cursor, &note) == LB_OK) {
		if (is_vmcoreinfo(&note)) {
			file->notes = bytes;
			file->core.vmcoreinfo = (const char *)note.desc;
			file->core.vmcoreinfo_bytes = note.desc_bytes;
			return true;
		}
	}
	free(bytes);
	return false;
}

static void read_notes(struct lb_core_file_private *file)
{
	const struct lb_core_header *header = &file->core.header;
	struct lb_core_segment segment;

	for (uint32_t i = 0; i < header->segment_count; i++) {
		lb_core_header_segment(header, i, &segment);
		if (segment.kind == LB_CORE_NOTE && find_vmcoreinfo(file, &segment)) {
			return;
		}
	}
}

enum lb_status lb_core_file_open(
	const char *path, struct lb_core_file **ret, struct lb_machine_error *error)
{
	struct lb_core_file_private *file = calloc(1, sizeof(*file));
	enum lb_status status;

	*ret = NULL;
	if (!file) {
		return fail(error, path, LB_NO_STORAGE, "out of memory");
	}
	file->core = (struct lb_core_file){.path = path, .private_ = file};
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	status = file->fd < 0 ? fail_of_system(error, path) : read_headers(file, error);
	if (status) {
		lb_core_file_close(&file->core);
		return status;
	}
	read_notes(file);
	*ret = &file->core;
	return LB_OK;
}

void lb_core_file_close(struct lb_core_file *core)
{
	struct lb_core_file_private *file = core ? core->private_ : NULL;

	if (!file) {
		return;
	}
	if (file->fd >= 0) {
		close(file->fd);
	}
	free(file->headers);
	free(file->notes);
	free(file);
}

bool lb_core_file_read(
	const struct lb_core_file *core, lb_phys_addr address, void *bytes, size_t size)
{
	lb_phys_addr last;
	uint64_t offset, end;

	if (!size || !lb_add(address, size - 1, &last) ||
		lb_core_header_find(&core->header, address, &offset) != LB_OK ||
		lb_core_header_find(&core->header, last, &end) != LB_OK || end < offset ||
		end - offset != size - 1) {
		return false;
	}
	return read_some(core->private_->fd, bytes, size, offset) == (ssize_t)size;
}

bool lb_core_file_number(const struct lb_core_file *core, const char *key, uint64_t *ret)
{
	bool hexadecimal = text_starts(key, "SYMBOL(") || text_starts(key, "KERNELOFFSET");
	char text[32];
	const char *value;
	const char *at = text;
	size_t length;
	bool negative;
	uint64_t number;

	if (lb_vmcoreinfo_find(core->vmcoreinfo, core->vmcoreinfo_bytes, key, &value, &length) !=
			LB_OK ||
		length >= sizeof(text)) {
		return false;
	}
	memcpy(text, value, length);
	text[length] = 0;
	negative = !hexadecimal && text_skip(&at, "-");
	if (!(hexadecimal ? text_hex(&at, &number) : text_number(&at, &number)) || *at) {
		return false;
	}
	*ret = negative ? -number : number;
	return true;
}
