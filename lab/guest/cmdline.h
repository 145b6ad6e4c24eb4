/* SPDX-License-Identifier: MIT */
/* cmdline: words of the command line that the kernel was booted with. */
#ifndef LIFEBOAT_LAB_GUEST_CMDLINE_H
#define LIFEBOAT_LAB_GUEST_CMDLINE_H

#include "lifeboat/base.h"

/* Before any of the others; /proc is mounted. */
void cmdline_read(void);

/* The value of the last word NAME=VALUE, cut to fit. False, buffer as it was: none. */
bool cmdline_value(const char *name, char *buffer, size_t bytes);
bool cmdline_has(const char *name);
/* The option as a size (lifeboat/number.h); fallback when it is absent or no size. */
uint64_t cmdline_number(const char *name, uint64_t fallback);

#endif
