/* SPDX-License-Identifier: MIT */
/* target: the machine that QEMU plays for each architecture. */
#ifndef LIFEBOAT_LAB_TARGET_H
#define LIFEBOAT_LAB_TARGET_H

#include "lifeboat/arch.h"

struct lab_target {
	const char *program; /* "qemu-system-x86_64" */
	const char *package; /* the Debian package that has it */
	const char *machine; /* -machine */
	const char *cpu;     /* -cpu */
	const char *exit[2]; /* how a guest ends QEMU with a code; NULLs fill up */
	const char *console; /* Linux's name of the serial port */
};

/* arch: x86-64 or arm64. */
const struct lab_target *lab_target_of(enum lb_arch arch);

#endif
