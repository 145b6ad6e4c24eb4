/* SPDX-License-Identifier: MIT */
/*
 * gdb: as much of gdb's remote protocol as it takes to stop a machine at an instruction and to
 * touch its physical memory (QEMU 7.2, gdbstub.c; docs/system/gdb.rst for the physical mode).
 */
#ifndef LIFEBOAT_LAB_GDB_H
#define LIFEBOAT_LAB_GDB_H

#include "lab/qemu.h"
#include "lab/qemu_socket.h"

struct lab_gdb {
	struct lab_socket socket;
};

/* gdb is large: not for the stack. Nothing is sent yet. */
void lab_gdb_init(struct lab_gdb *gdb, int descriptor);

/* Stops all CPUs. */
bool lab_gdb_stop(struct lab_gdb *gdb, struct lab_error *error);

/* Lets them go on; they must stand still. */
bool lab_gdb_continue(struct lab_gdb *gdb, struct lab_error *error);

/* A breakpoint at a virtual address, for all CPUs; or none any more. They must stand still. */
bool lab_gdb_break(struct lab_gdb *gdb, uint64_t va, bool wanted, struct lab_error *error);

/* Takes the message that the CPUs stopped; false after until (lab_now()). */
bool lab_gdb_wait_stop(struct lab_gdb *gdb, uint64_t until);

/* Whether the CPU that stopped can read the byte at this address, by its own translation. */
bool lab_gdb_can_read(struct lab_gdb *gdb, uint64_t va, bool *ret, struct lab_error *error);

/* Turns over the bits of one byte of physical memory that mask has. CPUs must stand still. */
bool lab_gdb_flip(struct lab_gdb *gdb, lb_phys_addr at, uint8_t mask, struct lab_error *error);

#endif
