/* SPDX-License-Identifier: MIT */
/* linux_initrd: see linux_initrd.h. */
#include "lab/linux_initrd.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lab/cpio.h"
#include "lab/image_files.h"
#include "lab/mapped_file.h"

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
	struct lab_mapped_file file;

	if (!lab_mapped_file_open(path, &file, error)) {
		return false;
	}
	lab_cpio_file(cpio, name, mode, file.bytes, (uint32_t)file.size);
	lab_mapped_file_close(&file);
	return true;
}

/* A file system joined to another begins at a multiple of four bytes. What lz4 packed ends with
 * a zero in the place of a length (lib/decompress_unlz4.c, 5.9 on). */
static bool put_under(struct lb_sink sink, const char *path, struct lab_error *error)
{
	struct lab_mapped_file file;

	if (!lab_mapped_file_open(path, &file, error)) {
		return false;
	}
	lb_sink_write(sink, (const char *)file.bytes, file.size);
	lb_sink_write(sink, "\0\0\0\0\0\0\0", 8 - file.size % 4);
	lab_mapped_file_close(&file);
	return true;
}

static bool add_capture(
	struct lab_cpio *cpio, const struct lab_linux_initrd *initrd, struct lab_error *error)
{
	struct lab_linux_initrd inner = *initrd;
	struct lab_mapped_file file;
	int descriptor;
	bool mapped;

	inner.capture = NULL;
	descriptor = lab_linux_initrd_make(&inner, error);
	if (descriptor < 0) {
		return false;
	}
	mapped = lab_mapped_file_of(descriptor, "initrd", &file, error);
	close(descriptor);
	if (!mapped) {
		return false;
	}
	lab_cpio_file(cpio, "lifeboat/initrd", LAB_CPIO_FILE, file.bytes, (uint32_t)file.size);
	lab_mapped_file_close(&file);
	return add_file(cpio, "lifeboat/kernel", LAB_CPIO_FILE, initrd->capture, error);
}

static bool fill(
	struct lab_cpio *cpio, const struct lab_linux_initrd *initrd, struct lab_error *error)
{
	char program[4096];

	if (!lab_find_image(initrd->arch, initrd->images, "lifeboat-init", program,
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
	struct lab_mapped_file file;

	if (!lab_mapped_file_open(path, &file, error)) {
		close(descriptor);
		return -1;
	}
	lb_sink_write(sink, (const char *)file.bytes, file.size);
	lab_mapped_file_close(&file);
	if (second >= 0 && lab_mapped_file_of(second, "initrd", &file, error)) {
		lb_sink_write(sink, (const char *)file.bytes, file.size);
		lab_mapped_file_close(&file);
	}
	if (descriptor < 0) {
		lab_fail(error, "cannot join %s: %s", path, strerror(errno));
	}
	return descriptor;
}
