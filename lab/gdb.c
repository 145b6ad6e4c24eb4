/* SPDX-License-Identifier: MIT */
/* gdb: see gdb.h. */
#include "lab/gdb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 20000
#define PACKET_BYTES 256
#define INTERRUPT "\x03"

void lab_gdb_init(struct lab_gdb *gdb, int descriptor)
{
	lab_socket_init(&gdb->socket, descriptor);
}

/* "$text#xx" acknowledged with "+"; anything between packets is skipped. */
static bool read_packet(struct lab_gdb *gdb, char packet[PACKET_BYTES], uint64_t until)
{
	size_t used = 0;
	char c = 0;

	do {
		if (lab_socket_byte(&gdb->socket, until, &c) != LAB_SOCKET_OK) {
			return false;
		}
	} while (c != '$');
	for (;;) {
		if (lab_socket_byte(&gdb->socket, until, &c) != LAB_SOCKET_OK) {
			return false;
		}
		if (c == '#') {
			break;
		}
		if (used < PACKET_BYTES - 1) {
			packet[used++] = c;
		}
	}
	packet[used] = '\0';
	for (int i = 0; i < 2; i++) {
		if (lab_socket_byte(&gdb->socket, until, &c) != LAB_SOCKET_OK) {
			return false;
		}
	}
	return lab_socket_send(&gdb->socket, "+", 1, until) == LAB_SOCKET_OK;
}

/* Takes the acknowledgement too, so that what can be read afterwards is a packet. */
static bool send_packet(struct lab_gdb *gdb, const char *text, struct lab_error *error)
{
	uint64_t until = lab_now() + PATIENCE_MS;
	char packet[PACKET_BYTES];
	char acknowledgement = 0;
	uint8_t sum = 0;
	int length;

	for (const char *at = text; *at; at++) {
		sum = (uint8_t)(sum + (uint8_t)*at);
	}
	length = snprintf(packet, sizeof(packet), "$%s#%02x", text, sum);
	LB_ASSERT(length > 0 && (size_t)length < sizeof(packet));
	if (lab_socket_send(&gdb->socket, packet, (size_t)length, until) != LAB_SOCKET_OK ||
		lab_socket_byte(&gdb->socket, until, &acknowledgement) != LAB_SOCKET_OK ||
		acknowledgement != '+') {
		lab_fail(error, "QEMU's debugger does not take \"%s\"", text);
		return false;
	}
	return true;
}

static bool ask(struct lab_gdb *gdb, const char *text, char answer[PACKET_BYTES],
	struct lab_error *error)
{
	if (!send_packet(gdb, text, error)) {
		return false;
	}
	if (!read_packet(gdb, answer, lab_now() + PATIENCE_MS)) {
		lab_fail(error, "QEMU's debugger does not answer \"%s\"", text);
		return false;
	}
	return true;
}

static bool command(struct lab_gdb *gdb, const char *text, struct lab_error *error)
{
	char answer[PACKET_BYTES];

	if (!ask(gdb, text, answer, error)) {
		return false;
	}
	if (strcmp(answer, "OK")) {
		lab_fail(error, "QEMU's debugger refuses \"%s\": \"%s\"", text, answer);
		return false;
	}
	return true;
}

bool lab_gdb_wait_stop(struct lab_gdb *gdb, uint64_t until)
{
	char packet[PACKET_BYTES];

	while (read_packet(gdb, packet, until)) {
		if (packet[0] == 'T' || packet[0] == 'S') {
			return true;
		}
	}
	return false;
}

bool lab_gdb_stop(struct lab_gdb *gdb, struct lab_error *error)
{
	uint64_t until = lab_now() + PATIENCE_MS;

	if (lab_socket_send(&gdb->socket, INTERRUPT, 1, until) != LAB_SOCKET_OK ||
		!lab_gdb_wait_stop(gdb, until)) {
		lab_fail(error, "QEMU's debugger does not stop the machine");
		return false;
	}
	return true;
}

bool lab_gdb_continue(struct lab_gdb *gdb, struct lab_error *error)
{
	return send_packet(gdb, "c", error);
}

bool lab_gdb_break(struct lab_gdb *gdb, uint64_t va, bool wanted, struct lab_error *error)
{
	char text[64];

	snprintf(text, sizeof(text), "%c1,%" PRIx64 ",4", wanted ? 'Z' : 'z', va);
	return command(gdb, text, error);
}

bool lab_gdb_can_read(struct lab_gdb *gdb, uint64_t va, bool *ret, struct lab_error *error)
{
	char text[64];
	char answer[PACKET_BYTES];

	snprintf(text, sizeof(text), "m%" PRIx64 ",1", va);
	if (!ask(gdb, text, answer, error)) {
		return false;
	}
	*ret = strlen(answer) == 2;
	return true;
}

bool lab_gdb_flip(struct lab_gdb *gdb, lb_phys_addr at, uint8_t mask, struct lab_error *error)
{
	char text[64];
	char answer[PACKET_BYTES];
	unsigned long value;
	bool written;

	if (!command(gdb, "Qqemu.PhyMemMode:1", error)) {
		return false;
	}
	snprintf(text, sizeof(text), "m%" PRIx64 ",1", at);
	if (!ask(gdb, text, answer, error)) {
		return false;
	}
	value = strtoul(answer, NULL, 16);
	if (strlen(answer) != 2) {
		lab_fail(error, "QEMU's debugger cannot read physical 0x%" PRIx64, at);
		return false;
	}
	snprintf(text, sizeof(text), "M%" PRIx64 ",1:%02lx", at, (value ^ mask) & 0xff);
	written = command(gdb, text, error);
	return command(gdb, "Qqemu.PhyMemMode:0", error) && written;
}
