/* SPDX-License-Identifier: MIT */
/* qemu_version: which QEMU it is, before it is started. See qemu.h. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/qemu.h"

static _Noreturn void say_version(const char *path, int out)
{
	dup2(out, STDOUT_FILENO);
	execl(path, path, "--version", (char *)NULL);
	_exit(127);
}

/* What the program prints, cut to fit. */
static bool read_output(const char *path, char *buffer, size_t bytes)
{
	int ends[2];
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		return false;
	}
	pid = fork();
	if (!pid) {
		say_version(path, ends[1]);
	}
	close(ends[1]);
	while (pid > 0 && used < bytes - 1 &&
		(got = read(ends[0], buffer + used, bytes - 1 - used)) > 0) {
		used += (size_t)got;
	}
	close(ends[0]);
	buffer[used] = '\0';
	return pid > 0 && waitpid(pid, NULL, 0) == pid && used;
}

bool lab_qemu_version(const char *program, const char *package, char *buffer, size_t bytes,
	struct lab_error *error)
{
	char path[4096];

	if (!lab_find_program(program, path, sizeof(path))) {
		error->kind = LAB_ERROR_MISSING;
		lab_fail(error, "%s is not installed: apt install %s", program, package);
		return false;
	}
	if (!read_output(path, buffer, bytes)) {
		lab_fail(error, "%s does not say its version", path);
		return false;
	}
	buffer[strcspn(buffer, "\n")] = '\0';
	return true;
}
