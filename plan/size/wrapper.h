/* SPDX-License-Identifier: MIT */
/* wrapper: the command line that a distribution's kdump service gives to the capture kernel. */
#ifndef LIFEBOAT_PLAN_SIZE_WRAPPER_H
#define LIFEBOAT_PLAN_SIZE_WRAPPER_H

#include "machine/machine.h"
#include "plan/boot/arena.h"

/*
 * From the machine's configuration (machine->kdump) and its own command line: what is taken out,
 * and what is appended. In the arena; NULL: memory is out. Without a configuration, what most
 * services append. *ret_source: whose rules, a static text.
 */
const char *lb_wrapper_cmdline(
	const struct lb_machine *machine, struct lb_arena *arena, const char **ret_source);

#endif
