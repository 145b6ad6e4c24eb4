/* SPDX-License-Identifier: MIT */
/* release: gives crash memory back on this machine, and looks whether the kernel did as it was
 * said. */
#ifndef LIFEBOAT_CLI_RELEASE_H
#define LIFEBOAT_CLI_RELEASE_H

#include "plan/size/give_back.h"

/*
 * Writes if there is something to give back and no capture kernel is loaded, then reads the machine
 * again: fills give->applied and give->as_said. Returns an exit status, not LB_EXIT_GOOD after a
 * message.
 */
int lb_release_apply(const char *root, struct lb_give_back *give);

#endif
