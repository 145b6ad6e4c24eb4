/* SPDX-License-Identifier: MIT */
/*
 * qemu: one QEMU process and the lines to it. Nothing is put into the file system: the serial
 * ports, the monitor and the debugger are socket pairs, and the guest's memory is a memfd, so
 * that it can be read (and compared) from here while the machine stands still.
 *
 * QEMU never outlives its starter: it is killed when the thread that started it ends, however that
 * happens (PR_SET_PDEATHSIG). It is in a process group of its own, so that Ctrl-C reaches only
 * the starter, which takes it down in the same way.
 *
 * Options as in QEMU 7.2 (docs/system/invocation.rst.inc); nothing newer is used.
 */
#ifndef LIFEBOAT_LAB_QEMU_H
#define LIFEBOAT_LAB_QEMU_H

#include <sys/types.h>

#include "lifeboat/base.h"

#define LAB_QEMU_ARGUMENTS_MAX 80
#define LAB_QEMU_INHERITED_MAX 2

/* What would have to change for it to work. */
enum lab_error_kind {
	LAB_ERROR_SYSTEM,  /* the system refused */
	LAB_ERROR_MISSING, /* a program or a kernel image is not installed, or is something else */
	LAB_ERROR_USAGE,   /* it was asked for what cannot be */
};

/* Why something in the lab did not work, for people. Zeros: nothing went wrong. */
struct lab_error {
	char text[512];
	enum lab_error_kind kind;
};

void lab_fail(struct lab_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct lab_qemu_spec {
	const char *program;  /* "qemu-system-x86_64"; looked for in PATH */
	const char *package;  /* the Debian package that has it */
	const char *machine;  /* "q35" or "virt,gic-version=3" */
	const char *accelerator; /* "tcg" or "kvm" */
	uint64_t memory_bytes;
	unsigned int cpus;
	const char *const *arguments; /* everything else; ends with NULL */
	/* Descriptors that QEMU gets under the same numbers (/proc/self/fd/N), or -1. */
	int inherited[LAB_QEMU_INHERITED_MAX];
};

struct lab_qemu {
	pid_t pid;         /* 0: not running */
	int serial;        /* both directions */
	int monitor;       /* QMP */
	int debugger;      /* gdb remote protocol */
	int memory;        /* memfd of the whole RAM */
	int messages;      /* memfd with what QEMU printed itself */
};

/*
 * Starts QEMU with the CPUs stopped (-S). On failure *ret is empty and error says why. The caller
 * ends it with lab_qemu_end.
 */
bool lab_qemu_start(
	const struct lab_qemu_spec *spec, struct lab_qemu *ret, struct lab_error *error);

/* True when it is gone; *ret_status is then its exit status, or 128 and the signal's number. */
bool lab_qemu_ended(struct lab_qemu *qemu, unsigned int patience_ms, int *ret_status);

/* What QEMU itself printed last (errors), as one line, "" for nothing. */
void lab_qemu_messages(const struct lab_qemu *qemu, char *buffer, size_t bytes);

/* Kills it if it runs, closes everything. May be called twice. */
void lab_qemu_end(struct lab_qemu *qemu);

/* The first line of what the program says of its version. False: it is not there, or says nothing;
 * error says so, and which package has it. */
bool lab_qemu_version(const char *program, const char *package, char *buffer, size_t bytes,
	struct lab_error *error);

/* Milliseconds on a clock that only goes forward. */
uint64_t lab_now(void);

/* Finds a program in PATH. False if there is none. */
bool lab_find_program(const char *name, char *buffer, size_t bytes);

#endif
