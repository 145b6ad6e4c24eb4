/* SPDX-License-Identifier: MIT */
/* mapped_file: see mapped_file.h. */
#include "lab/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (UINT64_C(1) << 31)

bool lab_mapped_file_of(int descriptor, const char *name, struct lab_mapped_file *ret,
	struct lab_error *error)
{
	struct stat status;
	void *bytes;

	if (descriptor < 0 || fstat(descriptor, &status)) {
		lab_fail(error, "%s: %s", name, strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		lab_fail(error, "%s: is no regular file", name);
		return false;
	}
	if (!status.st_size || (uint64_t)status.st_size > FILE_MAX) {
		lab_fail(error, status.st_size ? "%s: is larger than 2 GiB" : "%s: is empty", name);
		return false;
	}
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
	if (bytes == MAP_FAILED) {
		lab_fail(error, "%s: %s", name, strerror(errno));
		return false;
	}
	*ret = (struct lab_mapped_file){bytes, (size_t)status.st_size};
	return true;
}

bool lab_mapped_file_open(
	const char *path, struct lab_mapped_file *ret, struct lab_error *error)
{
	/* A pipe is refused, and not waited for. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool mapped = lab_mapped_file_of(descriptor, path, ret, error);

	if (descriptor >= 0) {
		close(descriptor);
	}
	return mapped;
}

void lab_mapped_file_close(struct lab_mapped_file *file)
{
	munmap((void *)(uintptr_t)file->bytes, file->size);
}
