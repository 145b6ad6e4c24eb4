/* SPDX-License-Identifier: MIT */
/* wire: see wire.h. */
#include "lab/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/qemu.h"

void lab_wire_init(struct lab_wire *wire, int descriptor)
{
	wire->descriptor = descriptor;
	wire->used = 0;
	wire->taken = 0;
}

bool lab_wire_pending(const struct lab_wire *wire)
{
	return wire->taken < wire->used;
}

static enum lab_wire_state wait_for(const struct lab_wire *wire, short events, uint64_t until)
{
	struct pollfd entry = {.fd = wire->descriptor, .events = events};

	for (;;) {
		uint64_t now = lab_now();
		int ready = poll(&entry, 1, now < until ? (int)lb_min(until - now, 60000) : 0);

		if (ready > 0) {
			return LAB_WIRE_OK;
		}
		if (ready < 0 && errno != EINTR) {
			return LAB_WIRE_CLOSED;
		}
		if (lab_now() >= until) {
			return LAB_WIRE_LATE;
		}
	}
}

/* Makes room at the end and reads once. */
static enum lab_wire_state fill(struct lab_wire *wire, uint64_t until)
{
	ssize_t got;

	memmove(wire->bytes, wire->bytes + wire->taken, wire->used - wire->taken);
	wire->used -= wire->taken;
	wire->taken = 0;
	for (;;) {
		enum lab_wire_state state = wait_for(wire, POLLIN, until);

		if (state != LAB_WIRE_OK) {
			return state;
		}
		got = read(wire->descriptor, wire->bytes + wire->used,
			sizeof(wire->bytes) - 1 - wire->used);
		if (got > 0) {
			wire->used += (size_t)got;
			return LAB_WIRE_OK;
		}
		if (!got || (errno != EAGAIN && errno != EINTR)) {
			return LAB_WIRE_CLOSED;
		}
	}
}

static char *cut_line(struct lab_wire *wire, size_t length, size_t with_end)
{
	char *line = wire->bytes + wire->taken;

	wire->taken += with_end;
	if (with_end == length) {
		line[length] = '\0'; /* cut: there is always room for one byte more */
		return line;
	}
	line[length] = '\0';
	if (length && line[length - 1] == '\r') {
		line[length - 1] = '\0';
	}
	return line;
}

enum lab_wire_state lab_wire_line(struct lab_wire *wire, uint64_t until, char **ret_line)
{
	for (;;) {
		size_t length = wire->used - wire->taken;
		char *end = memchr(wire->bytes + wire->taken, '\n', length);
		enum lab_wire_state state;

		if (end) {
			length = (size_t)(end - wire->bytes) - wire->taken;
			*ret_line = cut_line(wire, length, length + 1);
			return LAB_WIRE_OK;
		}
		if (length == sizeof(wire->bytes) - 1) {
			*ret_line = cut_line(wire, length, length);
			return LAB_WIRE_OK;
		}
		state = fill(wire, until);
		if (state == LAB_WIRE_CLOSED && length) {
			*ret_line = cut_line(wire, length, length);
			return LAB_WIRE_OK;
		}
		if (state != LAB_WIRE_OK) {
			return state;
		}
	}
}

enum lab_wire_state lab_wire_byte(struct lab_wire *wire, uint64_t until, char *ret)
{
	if (!lab_wire_pending(wire)) {
		enum lab_wire_state state = fill(wire, until);

		if (state != LAB_WIRE_OK) {
			return state;
		}
	}
	*ret = wire->bytes[wire->taken++];
	return LAB_WIRE_OK;
}

enum lab_wire_state lab_wire_send(
	struct lab_wire *wire, const void *bytes, size_t length, uint64_t until)
{
	const char *at = bytes;

	while (length) {
		enum lab_wire_state state = wait_for(wire, POLLOUT, until);
		ssize_t sent;

		if (state != LAB_WIRE_OK) {
			return state;
		}
		sent = send(wire->descriptor, at, length, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			return LAB_WIRE_CLOSED;
		}
		if (sent > 0) {
			at += sent;
			length -= (size_t)sent;
		}
	}
	return LAB_WIRE_OK;
}
