/* SPDX-License-Identifier: MIT */
/* load_parts: what load.c puts together, for load*.c alone. */
#ifndef LIFEBOAT_KERNEL_LOAD_PARTS_H
#define LIFEBOAT_KERNEL_LOAD_PARTS_H

#include "load.h"

#define LOAD_HANDOVER_BYTES PAGE_BYTES
/* Identity tables: six levels' worth for the region, the device, the image in its place. */
#define LOAD_TABLES_BYTES (48 * PAGE_BYTES)

/* Gives each segment its place in load.region. bytes: of each, by enum load_segment. Panics if they
 * do not fit. */
void load_place(const uint64_t bytes[LOAD_SEGMENTS]);

/* Writes the core header for a crash memory that is `region`, and VMCOREINFO beside it; without a
 * buffer, only how many bytes it takes. Returns these. */
size_t load_core_header(struct lb_range region, void *buffer, size_t bytes);

/* Writes the handover stream to its place. */
void load_handover(void);

/* Bytes of code and stack of purgatory; its structure comes after them. */
uint64_t load_purgatory_bytes(void);

/* Computes the digest of all that is loaded, and opens the way there: crash_exit. */
void load_arm_purgatory(void);

#endif
