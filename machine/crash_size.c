/* SPDX-License-Identifier: MIT */
/* crash_size: one write, and what the kernel's answer to it means. */
#include "machine/crash_size.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "sys/kernel/kexec_crash_size"

static enum lb_status fail(
	struct lb_machine_error *error, enum lb_status status, const char *what, int code)
{
	snprintf(error->text, sizeof(error->text), "/" NAME ": %s (%s)", what, strerror(code));
	return status;
}

static const char *meaning_of(int code)
{
	switch (code) {
	case ENOENT:
		return "a capture kernel is loaded; unload it first";
	case EBUSY:
		return "kexec is at work at this moment; try again";
	case EINVAL:
		return "less than that is reserved";
	case EACCES:
	case EPERM:
		return "only root may write it";
	default:
		return "the kernel refuses";
	}
}

enum lb_status lb_crash_size_write(
	const char *root, uint64_t bytes, struct lb_machine_error *error)
{
	char path[PATH_MAX];
	char text[32];
	int length = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)bytes);
	ssize_t written;
	int code;
	int fd;

	if (snprintf(path, sizeof(path), "%s/" NAME, root) >= (int)sizeof(path)) {
		return fail(error, LB_NOT_FOUND, "cannot be opened", ENAMETOOLONG);
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		return fail(error, LB_CONFLICT, meaning_of(errno), errno);
	}
	if (fd < 0) {
		return fail(error, LB_NOT_FOUND, "cannot be opened", errno);
	}
	written = write(fd, text, (size_t)length);
	code = written < 0 ? errno : written < length ? EIO : 0;
	close(fd);
	return code ? fail(error, LB_CONFLICT, meaning_of(code), code) : LB_OK;
}
