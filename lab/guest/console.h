/* SPDX-License-Identifier: MIT */
/*
 * console: lines on the machine's console, in the language of the reference kernel
 * (kernel/README.md), which the lab reads.
 */
#ifndef LIFEBOAT_LAB_GUEST_CONSOLE_H
#define LIFEBOAT_LAB_GUEST_CONSOLE_H

#include "lifeboat/base.h"

/* One line; cut if it is longer than 511 bytes. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_stage(const char *name);
void say_proof(const char *id, bool passed, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Waits for a line on the console, so that the machine can be looked at from outside. Nothing
 * happens unless pause= is on the kernel's command line. */
void say_pause(const char *name);

/* Proofs that failed so far. */
unsigned int proofs_failed(void);

#endif
