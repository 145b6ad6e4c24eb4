/* SPDX-License-Identifier: MIT */
/* resources: who owns which physical addresses, as a tree, for people. */
#ifndef LIFEBOAT_KERNEL_RESOURCES_H
#define LIFEBOAT_KERNEL_RESOURCES_H

#include "lifeboat/base.h"

/* Prints the firmware's map with the image, the crash memory and the bounce pools in it. */
void resources_print(struct lb_range crash);

#endif
