/* SPDX-License-Identifier: MIT */
/*
 * gic: the interrupt controller, as far as one CPU stopping another needs it. "Interrupts off" is
 * a priority mask in this kernel, not PSTATE.I: the stop interrupt has a higher priority than the
 * mask, so it reaches a CPU that is stuck with interrupts off, as an NMI does on x86.
 */
#ifndef LIFEBOAT_KERNEL_ARM64_GIC_H
#define LIFEBOAT_KERNEL_ARM64_GIC_H

#include "lifeboat/base.h"

/* registers: from the device tree. version: 2 (distributor, CPU interface) or 3 (distributor,
 * redistributors). */
void gic_init(unsigned int version, struct lb_range distributor, struct lb_range second);

/* On every CPU, after gic_init. */
void gic_init_cpu(void);

/* Masks everything but the stop interrupt on this CPU; and back. */
void gic_mask(bool masked);
bool gic_is_masked(void);

/* Acknowledges what is pending; *ret_id is the interrupt. True for the stop interrupt. */
bool gic_acknowledge(uint64_t *ret_id);

#endif
