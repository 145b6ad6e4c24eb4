/* SPDX-License-Identifier: MIT */
/*
 * init: the first process of a Linux in the lab. What it is there for shows by itself: a dump in
 * /proc/vmcore is verified; with "lifeboat.drill" on the command line the machine is crashed;
 * otherwise it is recorded. It speaks the language of the reference kernel's console
 * (kernel/README.md).
 */
#ifndef LIFEBOAT_LAB_INIT_INIT_H
#define LIFEBOAT_LAB_INIT_INIT_H

#include "lifeboat/base.h"

#define INIT_PASSED 33 /* what the reference kernel ends QEMU with (kernel/arch.h) */
#define INIT_FAILED 37

/* A line on the console. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_stage(const char *name);
void say_proof(const char *id, bool passed, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Waits for a line on the console, so that the machine can be looked at from outside. */
void say_pause(const char *name);

/* The value of a word NAME=VALUE of the kernel's command line; false: there is none. */
bool cmdline_value(const char *name, char *buffer, size_t bytes);
bool cmdline_has(const char *name);
uint64_t cmdline_number(const char *name, uint64_t fallback);

/* Reads a whole small file; -1 if it cannot be opened. The text is terminated. */
long read_file(const char *path, char *buffer, size_t bytes);

_Noreturn void verify_dump(void);
_Noreturn void crash_machine(void);
_Noreturn void record_machine(void);

/* Proofs that failed. */
unsigned int proofs_failed(void);

#endif
