/* SPDX-License-Identifier: MIT */
/*
 * bounce: the bounce pool of the production kernel, and the same pool in the capture kernel: memory
 * that a device may still be writing.
 */
#ifndef LIFEBOAT_KERNEL_BOUNCE_H
#define LIFEBOAT_KERNEL_BOUNCE_H

#include "lifeboat/handover.h"

/* Production. True if a device on the bus cannot reach `memory_last`: then how far it does. */
bool bounce_needed(lb_phys_addr memory_last, lb_phys_addr *ret_device_last);

/* Makes the pool, proves that data travel through it, and leaves one mapping for the device. */
void bounce_set_up(struct lb_range pool);

/* The record for the next kernel; false: there is no pool. */
bool bounce_export(struct lb_handover_bounce_pool *ret);

/* Where it is; empty: there is none. */
struct lb_range bounce_range(void);

/* The last thing before purgatory: the device starts to write, as a network card would. */
void bounce_start_late_write(void);

/* Capture: takes the pool over, sees the late write in it, quiets the device, uses the pool. */
void bounce_take_over(const struct lb_handover_bounce_pool *record);

#endif
