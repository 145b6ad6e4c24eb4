/* SPDX-License-Identifier: MIT */
/* linux: see linux.h. */
#include "lab/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/cpio.h"
#include "lab/drill.h"
#include "lifeboat/kernel_image.h"

#define FILE_MAX (UINT64_C(1) << 31)

/* A whole file, mapped. */
struct file {
	const uint8_t *bytes;
	size_t size;
};

static bool map_descriptor(int descriptor, const char *name, struct file *ret,
	struct lab_error *error)
{
	struct stat status;
	void *bytes;

	if (descriptor < 0 || fstat(descriptor, &status)) {
		lab_fail(error, "%s: %s", name, strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode) || !status.st_size || (uint64_t)status.st_size > FILE_MAX) {
		lab_fail(error, "%s: is empty, too large, or no file", name);
		return false;
	}
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
	if (bytes == MAP_FAILED) {
		lab_fail(error, "%s: %s", name, strerror(errno));
		return false;
	}
	*ret = (struct file){bytes, (size_t)status.st_size};
	return true;
}

static bool map_file(const char *path, struct file *ret, struct lab_error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	bool mapped = map_descriptor(descriptor, path, ret, error);

	if (descriptor >= 0) {
		close(descriptor);
	}
	return mapped;
}

static void unmap(struct file *file)
{
	munmap((void *)(uintptr_t)file->bytes, file->size);
}

/* "6.1.0-50-amd64 (...)": the first word is the release. */
static void name_from_release(const char *text, size_t length, struct lab_linux *ret)
{
	const char *blank = length ? memchr(text, ' ', length) : NULL;

	length = blank ? (size_t)(blank - text) : length;
	snprintf(ret->name, sizeof(ret->name), "linux %.*s", (int)lb_min(length, 100),
		length ? text : "");
}

/* The text after "Linux version " in an uncompressed kernel. */
static void name_from_text(const struct file *file, struct lab_linux *ret)
{
	static const char mark[] = "Linux version ";
	const uint8_t *at = file->bytes;
	const uint8_t *end = file->bytes + file->size;

	while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
		at += sizeof(mark) - 1;
		if (at < end && *at >= '0' && *at <= '9') {
			name_from_release((const char *)at, (size_t)(end - at), ret);
			return;
		}
	}
}

static bool identify(const struct file *file, struct lab_linux *ret)
{
	struct lb_image_error error;
	struct lb_arm64_image arm64;
	struct lb_bzimage bzimage;

	ret->bytes = file->size;
	if (lb_bzimage_open(&bzimage, file->bytes, file->size, &error) == LB_OK) {
		ret->arch = LB_ARCH_X86_64;
		name_from_release(
			bzimage.version, bzimage.version ? bzimage.version_length : 0, ret);
		return true;
	}
	if (lb_arm64_image_open(&arm64, file->bytes, file->size, &error) == LB_OK) {
		ret->arch = LB_ARCH_ARM64;
		name_from_text(file, ret);
		return true;
	}
	return false;
}

bool lab_linux_identify(const char *path, struct lab_linux *ret, struct lab_error *error)
{
	struct file file;
	bool known;

	*ret = (struct lab_linux){.name = "linux"};
	if (!map_file(path, &file, error)) {
		return false;
	}
	known = identify(&file, ret);
	unmap(&file);
	if (!known) {
		lab_fail(error, "%s: neither a bzImage nor an uncompressed arm64 Image", path);
	}
	return known;
}

static void write_sink(void *context, const char *bytes, size_t length)
{
	int *descriptor = context;

	while (*descriptor >= 0 && length) {
		ssize_t written = write(*descriptor, bytes, length);

		if (written <= 0) {
			close(*descriptor);
			*descriptor = -1;
			return;
		}
		bytes += written;
		length -= (size_t)written;
	}
}

static bool add_file(struct lab_cpio *cpio, const char *name, uint32_t mode, const char *path,
	struct lab_error *error)
{
	struct file file;

	if (!map_file(path, &file, error)) {
		return false;
	}
	lab_cpio_file(cpio, name, mode, file.bytes, (uint32_t)file.size);
	unmap(&file);
	return true;
}

/* A file system joined to another begins at a multiple of four bytes. */
static bool put_under(struct lb_sink sink, const char *path, struct lab_error *error)
{
	struct file file;

	if (!map_file(path, &file, error)) {
		return false;
	}
	lb_sink_write(sink, (const char *)file.bytes, file.size);
	lb_sink_write(sink, "\0\0\0", (4 - file.size % 4) % 4);
	unmap(&file);
	return true;
}

static bool add_capture(
	struct lab_cpio *cpio, const struct lab_linux_initrd *initrd, struct lab_error *error)
{
	struct lab_linux_initrd inner = *initrd;
	struct file file;
	int descriptor;
	bool mapped;

	inner.capture = NULL;
	descriptor = lab_linux_initrd_make(&inner, error);
	if (descriptor < 0) {
		return false;
	}
	mapped = map_descriptor(descriptor, "initrd", &file, error);
	close(descriptor);
	if (!mapped) {
		return false;
	}
	lab_cpio_file(cpio, "lifeboat/initrd", LAB_CPIO_FILE, file.bytes, (uint32_t)file.size);
	unmap(&file);
	return add_file(cpio, "lifeboat/kernel", LAB_CPIO_FILE, initrd->capture, error);
}

static bool fill(
	struct lab_cpio *cpio, const struct lab_linux_initrd *initrd, struct lab_error *error)
{
	char program[4096];

	if (!lb_drill_find_image(initrd->arch, initrd->images, "lifeboat-init", program,
		    sizeof(program), error) ||
		(initrd->under && !put_under(cpio->sink, initrd->under, error))) {
		return false;
	}
	lab_cpio_folder(cpio, "dev");
	lab_cpio_device(cpio, "dev/console", 5, 1);
	lab_cpio_folder(cpio, "lifeboat");
	if (!add_file(cpio, &LAB_LINUX_INIT[1], LAB_CPIO_PROGRAM, program, error) ||
		(initrd->capture && !add_capture(cpio, initrd, error))) {
		return false;
	}
	lab_cpio_finish(cpio);
	return true;
}

int lab_linux_initrd_make(const struct lab_linux_initrd *initrd, struct lab_error *error)
{
	int descriptor = memfd_create("lifeboat-initrd", MFD_CLOEXEC);
	struct lab_cpio cpio;

	lab_cpio_init(&cpio, (struct lb_sink){write_sink, &descriptor});
	lab_fail(error, "cannot write the initrd: %s", strerror(errno));
	if (descriptor >= 0 && fill(&cpio, initrd, error)) {
		if (descriptor >= 0) {
			error->text[0] = '\0';
		}
		return descriptor;
	}
	if (descriptor >= 0) {
		close(descriptor);
	}
	return -1;
}

int lab_linux_join(const char *path, int second, struct lab_error *error)
{
	int descriptor = memfd_create("lifeboat-module", MFD_CLOEXEC);
	struct lb_sink sink = {write_sink, &descriptor};
	struct file file;

	if (!map_file(path, &file, error)) {
		close(descriptor);
		return -1;
	}
	lb_sink_write(sink, (const char *)file.bytes, file.size);
	unmap(&file);
	if (second >= 0 && map_descriptor(second, "initrd", &file, error)) {
		lb_sink_write(sink, (const char *)file.bytes, file.size);
		unmap(&file);
	}
	if (descriptor < 0) {
		lab_fail(error, "cannot join %s: %s", path, strerror(errno));
	}
	return descriptor;
}
