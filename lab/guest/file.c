/* SPDX-License-Identifier: MIT */
/* file: see file.h. */
#include "lab/guest/file.h"

#include "lab/guest/syscalls.h"

/* A file of /proc/sys refuses to be read into more than 4 MiB (fs/proc/proc_sysctl.c). */
#define READ_AT_MOST (size_t)(64 * LB_KIB)

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
		(got = syscall_read(file, buffer + used,
			 lb_min(bytes - 1 - used, READ_AT_MOST))) > 0) {
		used += (size_t)got;
	}
	syscall_close(file);
	buffer[used] = '\0';
	return (long)used;
}
