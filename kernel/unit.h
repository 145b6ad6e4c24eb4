/* SPDX-License-Identifier: MIT */
/* unit: the core's unit tests, run on the bare machine. */
#ifndef LIFEBOAT_KERNEL_UNIT_H
#define LIFEBOAT_KERNEL_UNIT_H

#include "lifeboat/base.h"

/* Runs the tests whose name contains filter (NULL: all) and ends the machine. */
_Noreturn void unit_run(const char *filter);

#endif
