/* SPDX-License-Identifier: MIT */
/*
 * dump: the crashed machine's memory as an ELF core file, taken from outside while the capture
 * kernel waits: what /proc/vmcore shows inside, for readelf, makedumpfile, crash or drgn.
 */
#ifndef LIFEBOAT_LAB_DUMP_H
#define LIFEBOAT_LAB_DUMP_H

#include "lab/guest_ram.h"
#include "lifeboat/core_header.h"

/* The core header at this physical address; refers to memory. False: there is none. */
bool lab_dump_open(const struct lab_ram *memory, lb_phys_addr at, struct lb_core_header *ret,
	struct lab_error *error);

/*
 * Holds the file that lab_dump_write wrote against memory: the header, and in each segment every
 * byte that was ever written. False: it cannot be read, or differs; where, is said.
 */
bool lab_dump_compare(const struct lab_ram *memory, lb_phys_addr header, const char *path,
	struct lab_error *error);

/*
 * Writes the file that the core header at this physical address describes. There offsets are
 * physical addresses as a rule; in the file they are as much larger as the header needs in front,
 * as in /proc/vmcore. It is as large as the machine's address space, and sparse. On failure the
 * file is removed.
 */
bool lab_dump_write(const struct lab_ram *memory, lb_phys_addr header, const char *path,
	struct lab_error *error);

#endif
