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

/* Makes the pool, and one in a window where a device needs it; proves that data travel. */
void bounce_set_up(struct lb_range pool);

/* If there is a pool: a mapping for each device, which at a crash starts to write there: it lands
 * when this kernel is dead. To be called when the capture kernel is loaded: what was sealed then
 * must hold for mappings that came later. */
void bounce_map_for_crash(void);

/* Writes what the next kernel must know of the pool and its devices, if there is a pool. */
void bounce_seal(struct lb_handover_writer *writer);

/* Where it is; empty: there is none. */
struct lb_range bounce_range(void);
/* And where the one in a window is; empty likewise. */
struct lb_range bounce_window(void);

/* The same where the option policy=naive gives its memory to the capture kernel as RAM; else empty,
 * and bounce_seal hands the pool over. */
struct lb_range bounce_given_away(void);

/* Capture. True if this kernel can take such a pool over; else says why, and leaves it alone. */
bool bounce_acceptable(const struct lb_handover_bounce_pool *record);

/* It will. The record is not copied. */
void bounce_accept(const struct lb_handover_bounce_pool *record);

/*
 * Capture: takes the pools over that were accepted, if any, sees the late writes in them, stops one
 * device after the other, uses the pools. What fails here is reported and costs nothing else.
 */
void bounce_take_over(const struct lb_handover_view *handover);

#endif
