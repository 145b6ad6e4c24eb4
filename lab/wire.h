/* SPDX-License-Identifier: MIT */
/*
 * wire: a byte stream read with a deadline, line by line or byte by byte. The serial console, the
 * monitor and the debugger all speak over one.
 */
#ifndef LIFEBOAT_LAB_WIRE_H
#define LIFEBOAT_LAB_WIRE_H

#include "lifeboat/base.h"

enum lab_wire_state {
	LAB_WIRE_OK,
	LAB_WIRE_LATE,   /* nothing (whole) came in time */
	LAB_WIRE_CLOSED, /* the other end is gone */
};

/* A line longer than this is cut: what follows counts as the next line. */
#define LAB_LINE_BYTES (64 * 1024)

struct lab_wire {
	int descriptor; /* the caller's; not blocking */
	size_t used;
	size_t taken;   /* bytes of the front that were handed out */
	char bytes[LAB_LINE_BYTES];
};

void lab_wire_init(struct lab_wire *wire, int descriptor);

/* True if bytes have been read that were not handed out yet. */
bool lab_wire_pending(const struct lab_wire *wire);

/*
 * The next line without its end (CR and LF), NUL-terminated, valid until the next call. A last
 * line without an end comes before LAB_WIRE_CLOSED. until: lab_now() at which to give up.
 */
enum lab_wire_state lab_wire_line(struct lab_wire *wire, uint64_t until, char **ret_line);

/* One byte. */
enum lab_wire_state lab_wire_byte(struct lab_wire *wire, uint64_t until, char *ret);

/* Sends all of it. */
enum lab_wire_state lab_wire_send(
	struct lab_wire *wire, const void *bytes, size_t length, uint64_t until);

#endif
