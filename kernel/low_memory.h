/* SPDX-License-Identifier: MIT */
/*
 * low_memory: the first megabyte of a PC, in two phases (the core's lb_hold).
 *
 * From the first instant all of it is held. When the firmware's boot services are over, what they
 * used is there too, and one block of code lets every claimant choose: the CPU start-up code, the
 * capture kernel. What nobody claimed is freed. On arm64 there is no such memory and all of this
 * does nothing.
 */
#ifndef LIFEBOAT_KERNEL_LOW_MEMORY_H
#define LIFEBOAT_KERNEL_LOW_MEMORY_H

#include "lifeboat/base.h"

/* The first phase: called as soon as the memory map knows its RAM, before anybody takes any. */
void low_memory_hold(void);

/* The second phase, with its proof. */
void low_memory_settle(void);

/* Where CPUs start; 0: there is no place (or no need). */
lb_phys_addr low_memory_trampoline(void);

/* What the capture kernel may use below 1 MiB; empty: nothing. */
struct lb_range low_memory_capture(void);

#endif
