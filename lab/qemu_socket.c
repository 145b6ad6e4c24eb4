/* SPDX-License-Identifier: MIT */
/* qemu_socket: see qemu_socket.h. */
#include "lab/qemu_socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/qemu.h"

void lab_socket_init(struct lab_socket *socket, int descriptor)
{
	socket->descriptor = descriptor;
	socket->used = 0;
	socket->taken = 0;
}

bool lab_socket_pending(const struct lab_socket *socket)
{
	return socket->taken < socket->used;
}

static enum lab_socket_state wait_for(const struct lab_socket *socket, short events, uint64_t until)
{
	struct pollfd entry = {.fd = socket->descriptor, .events = events};

	for (;;) {
		uint64_t now = lab_now();
		int ready = poll(&entry, 1, now < until ? (int)lb_min(until - now, 60000) : 0);

		if (ready > 0) {
			return LAB_SOCKET_OK;
		}
		if (ready < 0 && errno != EINTR) {
			return LAB_SOCKET_CLOSED;
		}
		if (lab_now() >= until) {
			return LAB_SOCKET_LATE;
		}
	}
}

/* Makes room at the end and reads once. */
static enum lab_socket_state fill(struct lab_socket *socket, uint64_t until)
{
	ssize_t got;

	memmove(socket->bytes, socket->bytes + socket->taken, socket->used - socket->taken);
	socket->used -= socket->taken;
	socket->taken = 0;
	for (;;) {
		enum lab_socket_state state = wait_for(socket, POLLIN, until);

		if (state != LAB_SOCKET_OK) {
			return state;
		}
		got = read(socket->descriptor, socket->bytes + socket->used,
			sizeof(socket->bytes) - 1 - socket->used);
		if (got > 0) {
			socket->used += (size_t)got;
			return LAB_SOCKET_OK;
		}
		if (!got || (errno != EAGAIN && errno != EINTR)) {
			return LAB_SOCKET_CLOSED;
		}
	}
}

static char *cut_line(struct lab_socket *socket, size_t length, size_t with_end)
{
	char *line = socket->bytes + socket->taken;

	socket->taken += with_end;
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

enum lab_socket_state lab_socket_line(struct lab_socket *socket, uint64_t until, char **ret_line)
{
	for (;;) {
		size_t length = socket->used - socket->taken;
		char *end = memchr(socket->bytes + socket->taken, '\n', length);
		enum lab_socket_state state;

		if (end) {
			length = (size_t)(end - socket->bytes) - socket->taken;
			*ret_line = cut_line(socket, length, length + 1);
			return LAB_SOCKET_OK;
		}
		if (length == sizeof(socket->bytes) - 1) {
			*ret_line = cut_line(socket, length, length);
			return LAB_SOCKET_OK;
		}
		state = fill(socket, until);
		if (state == LAB_SOCKET_CLOSED && length) {
			*ret_line = cut_line(socket, length, length);
			return LAB_SOCKET_OK;
		}
		if (state != LAB_SOCKET_OK) {
			return state;
		}
	}
}

enum lab_socket_state lab_socket_byte(struct lab_socket *socket, uint64_t until, char *ret)
{
	if (!lab_socket_pending(socket)) {
		enum lab_socket_state state = fill(socket, until);

		if (state != LAB_SOCKET_OK) {
			return state;
		}
	}
	*ret = socket->bytes[socket->taken++];
	return LAB_SOCKET_OK;
}

enum lab_socket_state lab_socket_send(
	struct lab_socket *socket, const void *bytes, size_t length, uint64_t until)
{
	const char *at = bytes;

	while (length) {
		enum lab_socket_state state = wait_for(socket, POLLOUT, until);
		ssize_t sent;

		if (state != LAB_SOCKET_OK) {
			return state;
		}
		sent = send(socket->descriptor, at, length, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			return LAB_SOCKET_CLOSED;
		}
		if (sent > 0) {
			at += sent;
			length -= (size_t)sent;
		}
	}
	return LAB_SOCKET_OK;
}

void lab_make_printable(char *line)
{
	for (; *line; line++) {
		if ((unsigned char)*line < ' ' || (unsigned char)*line > '~') {
			*line = *line == '\t' ? ' ' : '?';
		}
	}
}
