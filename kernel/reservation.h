/* SPDX-License-Identifier: MIT */
/* reservation: the crash memory, as the sum of what each part of the system claims. */
#ifndef LIFEBOAT_KERNEL_RESERVATION_H
#define LIFEBOAT_KERNEL_RESERVATION_H

#include "lifeboat/base.h"

/*
 * Lets everybody claim, places the claims, prints each with its source and the sum, and releases
 * the bounce pool when no device needs one. load_open() has run. Returns the crash region: where
 * the claims of the capture kernel lie; 2 MiB aligned at both ends.
 */
struct lb_range reservation_make(void);

/* More crash memory, within reach of 32-bit devices, as crashkernel=,low has it beside a region
 * above 4 GiB; 2 MiB aligned at both ends. Empty before reservation_make, and unless
 * crash-low-size= asks for it. */
struct lb_range reservation_low(void);

#endif
