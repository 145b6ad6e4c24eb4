/* SPDX-License-Identifier: MIT */
/* file: see file.h. */
#include "lab/guest/file.h"

#include "lab/guest/syscalls.h"

long read_file(const char *path, char *buffer, size_t bytes)
{
	long file = syscall_open(path, false);
	size_t used = 0;
	long got;

	buffer[0] = '\0';
	if (file < 0) {
		return -1;
	}
	while (used < bytes - 1 &&
		(got = syscall_read(file, buffer + used, bytes - 1 - used)) > 0) {
		used += (size_t)got;
	}
	syscall_close(file);
	buffer[used] = '\0';
	return (long)used;
}
