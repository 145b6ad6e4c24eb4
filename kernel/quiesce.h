/* SPDX-License-Identifier: MIT */
/*
 * quiesce: bus mastering off on the way out of a crash, so that what is pending is dropped. Of
 * endpoints only: a bridge carries what others still have to say, and a display is what people are
 * looking at. Bounded by what bus 0 can have. An option, because a device may not stand it.
 */
#ifndef LIFEBOAT_KERNEL_QUIESCE_H
#define LIFEBOAT_KERNEL_QUIESCE_H

#include "lifeboat/base.h"

/* Lets every function start transfers, as drivers and firmware do; then a crash stops endpoints, as
 * the last thing, and says of how many. */
void quiesce_at_crash(void);

/* Functions of bus 0, and how many of each kind may start transfers. */
struct quiesce_sight {
	uint32_t endpoints;
	uint32_t endpoints_on;
	uint32_t bridges_on;
	uint32_t displays_on;
};
struct quiesce_sight quiesce_look(void);

#endif
