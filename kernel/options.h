/* SPDX-License-Identifier: MIT */
/* options: the kernel's command line, "name=value" words separated by blanks. README.md lists
 * them. The last of several equal names wins; nothing after a word "--" counts. */
#ifndef LIFEBOAT_KERNEL_OPTIONS_H
#define LIFEBOAT_KERNEL_OPTIONS_H

#include "lifeboat/base.h"

#define OPTION_BYTES 64

/* The value of the option, "" for a word without "=", copied into buffer and cut to fit.
 * False, and buffer "", when it is not given. */
bool option_text(const char *cmdline, const char *name, char buffer[OPTION_BYTES]);

/* True if the option is given with exactly this value. */
bool option_is(const char *cmdline, const char *name, const char *value);

/* The option as a size (lifeboat/number.h). fallback when it is absent or no size. */
uint64_t option_number(const char *cmdline, const char *name, uint64_t fallback);

/* What stands behind the word "--": the capture kernel's part of the line. "" without one. */
const char *option_rest(const char *cmdline);

#endif
