/* SPDX-License-Identifier: MIT */
/*
 * qemu_socket: a byte stream read with a deadline, line by line or byte by byte. The serial
 * console, the monitor and the debugger all speak over one.
 */
#ifndef LIFEBOAT_LAB_QEMU_SOCKET_H
#define LIFEBOAT_LAB_QEMU_SOCKET_H

#include "lifeboat/base.h"

enum lab_socket_state {
	LAB_SOCKET_OK,
	LAB_SOCKET_LATE,   /* nothing (whole) came in time */
	LAB_SOCKET_CLOSED, /* the other end is gone */
};

/* A line longer than this is cut: what follows counts as the next line. */
#define LAB_LINE_BYTES (64 * 1024)

struct lab_socket {
	int descriptor; /* the caller's; not blocking */
	size_t used;
	size_t taken;   /* bytes of the front that were handed out */
	char bytes[LAB_LINE_BYTES];
};

void lab_socket_init(struct lab_socket *socket, int descriptor);

/* True if bytes have been read that were not handed out yet. */
bool lab_socket_pending(const struct lab_socket *socket);

/*
 * The next line without its end (CR and LF), NUL-terminated, valid until the next call. A last
 * line without an end comes before LAB_SOCKET_CLOSED. until: lab_now() at which to give up.
 */
enum lab_socket_state lab_socket_line(struct lab_socket *socket, uint64_t until, char **ret_line);

/* So that what a machine sends cannot drive a terminal: blanks for tabs, else '?'. */
void lab_make_printable(char *line);

/* One byte. */
enum lab_socket_state lab_socket_byte(struct lab_socket *socket, uint64_t until, char *ret);

/* Sends all of it. */
enum lab_socket_state lab_socket_send(
	struct lab_socket *socket, const void *bytes, size_t length, uint64_t until);

#endif
