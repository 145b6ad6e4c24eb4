/* SPDX-License-Identifier: MIT */
/* cmdline: words of the command line that the kernel was booted with. */
#ifndef LIFEBOAT_LAB_GUEST_CMDLINE_H
#define LIFEBOAT_LAB_GUEST_CMDLINE_H

#include "lifeboat/base.h"

/* Before any of the others; /proc is mounted. */
void cmdline_read(void);

/* The value of a word NAME=VALUE; false: there is none. */
bool cmdline_value(const char *name, char *buffer, size_t bytes);
bool cmdline_has(const char *name);
/* Hexadecimal with 0x; fallback for everything else. */
uint64_t cmdline_number(const char *name, uint64_t fallback);

#endif
