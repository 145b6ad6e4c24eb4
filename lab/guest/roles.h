/* SPDX-License-Identifier: MIT */
/*
 * roles: what the first process of a Linux in the lab is there for. It shows by itself: a dump in
 * /proc/vmcore is verified, or with "lifeboat.measure" on the command line read for what that
 * takes; with "lifeboat.drill" the machine is crashed; otherwise it is recorded.
 */
#ifndef LIFEBOAT_LAB_GUEST_ROLES_H
#define LIFEBOAT_LAB_GUEST_ROLES_H

#include "lifeboat/base.h"

_Noreturn void verify_dump(void);
_Noreturn void measure_capture(void);
_Noreturn void crash_linux(void);
_Noreturn void send_recording(void);

/* Before it is recorded, by words of the command line: lifeboat.load loads /capture as the capture
 * kernel, lifeboat.shrink=BYTES gives crash memory back. What fails is said. */
void prepare(void);

/* With lifeboat.run=WORD,WORD,... on the command line becomes /program with these arguments, and
 * does not return; when that ends the kernel panics, because its first process has. */
void run_program(void);

#endif
