/* SPDX-License-Identifier: MIT */
/*
 * given_memory: RAM that the handover gives to the capture kernel besides the crash memory. Where
 * that is the dead kernel's bounce pool (policy=naive) a device writes into it: what is shown here
 * is that this is seen, and so that nobody may give it away.
 */
#ifndef LIFEBOAT_KERNEL_GIVEN_MEMORY_H
#define LIFEBOAT_KERNEL_GIVEN_MEMORY_H

#include "lifeboat/base.h"

/* Writes to all of it, as a kernel does that has a use for its RAM. It is mapped. */
void given_memory_use(struct lb_range range);

/* Waits as long as a device may still write; proves that what was written there is no more. */
void given_memory_prove(struct lb_range range);

#endif
