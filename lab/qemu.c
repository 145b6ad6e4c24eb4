/* SPDX-License-Identifier: MIT */
/* qemu: see qemu.h. fork and exec instead of posix_spawn, which cannot ask for a signal when the
 * parent ends. */
#include "lab/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENT_BYTES 160
#define KILL_PATIENCE_MS 5000

/* The ends that QEMU gets, and the words that name them. */
struct launch {
	int serial;
	int monitor;
	int debugger;
	const char *argv[LAB_QEMU_ARGUMENTS_MAX + 1];
	size_t count;
	char words[24][ARGUMENT_BYTES];
	size_t word_count;
	char path[4096];
};

void lab_fail(struct lab_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
}

uint64_t lab_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool lab_find_program(const char *name, char *buffer, size_t bytes)
{
	const char *path = getenv("PATH");

	for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
		size_t length = strcspn(at, ":");
		int written = snprintf(buffer, bytes, "%.*s/%s", (int)length, at, name);

		if (length && written > 0 && (size_t)written < bytes && !access(buffer, X_OK)) {
			return true;
		}
		at += length + (at[length] == ':');
	}
	return false;
}

static void add(struct launch *launch, const char *word)
{
	LB_ASSERT(launch->count < LAB_QEMU_ARGUMENTS_MAX);
	launch->argv[launch->count++] = word;
}

__attribute__((format(printf, 2, 3))) static void add_word(
	struct launch *launch, const char *format, ...)
{
	va_list arguments;
	char *word = launch->words[launch->word_count++];
	int length;

	LB_ASSERT(launch->word_count <= LB_ARRAY_COUNT(launch->words));
	va_start(arguments, format);
	length = vsnprintf(word, ARGUMENT_BYTES, format, arguments);
	va_end(arguments);
	LB_ASSERT(length > 0 && length < ARGUMENT_BYTES);
	add(launch, word);
}

static void add_line(struct launch *launch, const char *option, const char *name, int descriptor)
{
	add(launch, "-chardev");
	add_word(launch, "socket,id=%s,fd=%d", name, descriptor);
	add(launch, option);
	if (!strcmp(option, "-mon")) {
		add_word(launch, "chardev=%s,mode=control", name);
	} else {
		add_word(launch, "chardev:%s", name);
	}
}

static void make_arguments(
	struct launch *launch, const struct lab_qemu_spec *spec, const struct lab_qemu *qemu)
{
	static const char *const common[] = {"-nodefaults", "-no-user-config", "-display", "none",
		"-no-reboot", "-S"};

	add(launch, launch->path);
	for (size_t i = 0; i < LB_ARRAY_COUNT(common); i++) {
		add(launch, common[i]);
	}
	add(launch, "-accel");
	add(launch, spec->accelerator);
	add(launch, "-object");
	add_word(launch, "memory-backend-file,id=lifeboat-ram,size=%" PRIu64
		",mem-path=/proc/self/fd/%d,share=on", spec->memory_bytes, qemu->memory);
	add(launch, "-machine");
	add_word(launch, "%s,memory-backend=lifeboat-ram", spec->machine);
	add(launch, "-m");
	add_word(launch, "%" PRIu64 "B", spec->memory_bytes);
	add(launch, "-smp");
	add_word(launch, "%u", spec->cpus);
	add_line(launch, "-serial", "console", launch->serial);
	add_line(launch, "-mon", "monitor", launch->monitor);
	add_line(launch, "-gdb", "debugger", launch->debugger);
	for (size_t i = 0; spec->arguments && spec->arguments[i]; i++) {
		add(launch, spec->arguments[i]);
	}
	add(launch, NULL);
}

static bool make_pair(int *ret_own, int *ret_other)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		return false;
	}
	*ret_own = pair[0];
	*ret_other = pair[1];
	return fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0;
}

static bool make_memory(int *ret, uint64_t bytes)
{
	*ret = memfd_create("lifeboat-ram", MFD_CLOEXEC);
	return *ret >= 0 && ftruncate(*ret, (off_t)bytes) == 0;
}

static bool make_lines(
	const struct lab_qemu_spec *spec, struct launch *launch, struct lab_qemu *qemu)
{
	qemu->messages = memfd_create("qemu-messages", MFD_CLOEXEC);
	return make_pair(&qemu->serial, &launch->serial) &&
		make_pair(&qemu->monitor, &launch->monitor) &&
		make_pair(&qemu->debugger, &launch->debugger) &&
		make_memory(&qemu->memory, spec->memory_bytes) && qemu->messages >= 0;
}

static void keep(int descriptor)
{
	if (descriptor >= 0) {
		fcntl(descriptor, F_SETFD, 0);
	}
}

/* In the child; only calls that are safe after a fork with threads about. */
static _Noreturn void become_qemu(const struct lab_qemu_spec *spec, const struct launch *launch,
	const struct lab_qemu *qemu, pid_t parent)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(127);
	}
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(nothing, STDIN_FILENO);
	dup2(qemu->messages, STDOUT_FILENO);
	dup2(qemu->messages, STDERR_FILENO);
	keep(launch->serial);
	for (size_t i = 0; i < LAB_QEMU_INHERITED_MAX; i++) {
		keep(spec->inherited[i]);
	}
	keep(launch->monitor);
	keep(launch->debugger);
	keep(qemu->memory);
	execv(launch->path, (char *const *)(uintptr_t)launch->argv);
	dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	_exit(127);
}

static void shut(int *descriptor)
{
	if (*descriptor >= 0) {
		close(*descriptor);
	}
	*descriptor = -1;
}

static void close_theirs(struct launch *launch)
{
	shut(&launch->serial);
	shut(&launch->monitor);
	shut(&launch->debugger);
}

bool lab_qemu_start(
	const struct lab_qemu_spec *spec, struct lab_qemu *ret, struct lab_error *error)
{
	struct launch launch = {.serial = -1, .monitor = -1, .debugger = -1};
	pid_t parent = getpid();

	*ret = (struct lab_qemu){
		.serial = -1, .monitor = -1, .debugger = -1, .memory = -1, .messages = -1};
	if (!lab_find_program(spec->program, launch.path, sizeof(launch.path))) {
		error->kind = LAB_ERROR_MISSING;
		lab_fail(error, "%s is not installed: apt install %s", spec->program,
			spec->package);
		return false;
	}
	if (!make_lines(spec, &launch, ret)) {
		lab_fail(error, "cannot prepare %s: %s", spec->program, strerror(errno));
		close_theirs(&launch);
		lab_qemu_end(ret);
		return false;
	}
	make_arguments(&launch, spec, ret);
	ret->pid = fork();
	if (!ret->pid) {
		become_qemu(spec, &launch, ret, parent);
	}
	close_theirs(&launch);
	if (ret->pid < 0) {
		ret->pid = 0;
		lab_fail(error, "cannot start %s: %s", spec->program, strerror(errno));
		lab_qemu_end(ret);
		return false;
	}
	return true;
}

bool lab_qemu_ended(struct lab_qemu *qemu, unsigned int patience_ms, int *ret_status)
{
	uint64_t until = lab_now() + patience_ms;
	int status;

	if (!qemu->pid) {
		return false;
	}
	for (;;) {
		if (waitpid(qemu->pid, &status, WNOHANG) == qemu->pid) {
			qemu->pid = 0;
			*ret_status = WIFEXITED(status) ? WEXITSTATUS(status)
							: 128 + WTERMSIG(status);
			return true;
		}
		if (lab_now() >= until) {
			return false;
		}
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
}

void lab_qemu_messages(const struct lab_qemu *qemu, char *buffer, size_t bytes)
{
	ssize_t length = qemu->messages < 0 ? 0 : pread(qemu->messages, buffer, bytes - 1, 0);

	buffer[length > 0 ? length : 0] = '\0';
	for (char *at = buffer; *at; at++) {
		if (*at == '\n') {
			*at = at[1] ? ' ' : '\0';
		}
	}
}

void lab_qemu_end(struct lab_qemu *qemu)
{
	int status;

	if (qemu->pid) {
		kill(qemu->pid, SIGKILL);
		lab_qemu_ended(qemu, KILL_PATIENCE_MS, &status);
		qemu->pid = 0;
	}
	shut(&qemu->serial);
	shut(&qemu->monitor);
	shut(&qemu->debugger);
	shut(&qemu->memory);
	shut(&qemu->messages);
}
