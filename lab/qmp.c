/* SPDX-License-Identifier: MIT */
/* qmp: see qmp.h. */
#include "lab/qmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/json_scan.h"

#define PATIENCE_MS 20000
#define BATCH 64

static void take_event(struct lab_qmp *qmp, const char *line)
{
	struct lab_json_value value;
	struct lab_json_value data;
	char name[32];

	if (!lab_json_member(line, strlen(line), "event", &value) ||
		!lab_json_string(value, name, sizeof(name))) {
		return;
	}
	if (!strcmp(name, "STOP") || !strcmp(name, "RESUME")) {
		qmp->stopped = name[0] == 'S';
	} else if (!strcmp(name, "SHUTDOWN") &&
		lab_json_member(line, strlen(line), "data", &data) &&
		lab_json_member(data.text, data.length, "reason", &value)) {
		lab_json_string(value, qmp->shutdown_reason, sizeof(qmp->shutdown_reason));
	}
}

/* The next reply; events on the way to it are noted. *ret is valid until the next read. */
static bool read_reply(struct lab_qmp *qmp, struct lab_json_value *ret, struct lab_error *error)
{
	uint64_t until = lab_now() + PATIENCE_MS;
	struct lab_json_value value;
	char *line;

	for (;;) {
		enum lab_socket_state state = lab_socket_line(&qmp->socket, until, &line);
		size_t length;

		if (state != LAB_SOCKET_OK) {
			lab_fail(error, "QEMU's monitor %s",
				state == LAB_SOCKET_LATE ? "does not answer" : "is gone");
			return false;
		}
		length = strlen(line);
		if (lab_json_member(line, length, "return", ret)) {
			return true;
		}
		if (lab_json_member(line, length, "error", &value) &&
			lab_json_member(value.text, value.length, "desc", &value)) {
			char text[256];

			lab_json_string(value, text, sizeof(text));
			lab_fail(error, "QEMU's monitor: %s", text);
			return false;
		}
		take_event(qmp, line);
	}
}

static bool send_text(struct lab_qmp *qmp, const char *text, size_t length, struct lab_error *error)
{
	if (lab_socket_send(&qmp->socket, text, length, lab_now() + PATIENCE_MS) != LAB_SOCKET_OK) {
		lab_fail(error, "QEMU's monitor does not listen");
		return false;
	}
	return true;
}

bool lab_qmp_command_with(struct lab_qmp *qmp, const char *command, const char *arguments,
	struct lab_error *error)
{
	struct lab_json_value reply;
	char text[512];
	int length = snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"arguments\":%s}\n",
		command, arguments);

	LB_ASSERT(length > 0 && (size_t)length < sizeof(text));
	return send_text(qmp, text, (size_t)length, error) && read_reply(qmp, &reply, error);
}

bool lab_qmp_command(struct lab_qmp *qmp, const char *command, struct lab_error *error)
{
	return lab_qmp_command_with(qmp, command, "{}", error);
}

bool lab_qmp_open(struct lab_qmp *qmp, int descriptor, struct lab_error *error)
{
	char *greeting;

	lab_socket_init(&qmp->socket, descriptor);
	qmp->shutdown_reason[0] = '\0';
	qmp->stopped = true;
	if (lab_socket_line(&qmp->socket, lab_now() + PATIENCE_MS, &greeting) != LAB_SOCKET_OK) {
		lab_fail(error, "QEMU does not start");
		return false;
	}
	return lab_qmp_command(qmp, "qmp_capabilities", error);
}

static bool send_human(struct lab_qmp *qmp, const char *line, struct lab_error *error)
{
	char text[256];
	int length = snprintf(text, sizeof(text),
		"{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"%s\"}}\n",
		line);

	LB_ASSERT(length > 0 && (size_t)length < sizeof(text) && !strpbrk(line, "\"\\"));
	return send_text(qmp, text, (size_t)length, error);
}

bool lab_qmp_human(struct lab_qmp *qmp, const char *line, char *answer, size_t bytes,
	struct lab_error *error)
{
	struct lab_json_value reply;

	return send_human(qmp, line, error) && read_reply(qmp, &reply, error) &&
		lab_json_string(reply, answer, bytes);
}

bool lab_qmp_human_batch(struct lab_qmp *qmp, const struct lab_qmp_batch *batch, size_t count,
	struct lab_error *error)
{
	struct lab_json_value reply;
	char text[256];

	for (size_t first = 0; first < count; first += BATCH) {
		size_t end = lb_min(count, first + BATCH);

		for (size_t i = first; i < end; i++) {
			char line[128];

			batch->line(batch->context, i, line);
			if (!send_human(qmp, line, error)) {
				return false;
			}
		}
		for (size_t i = first; i < end; i++) {
			if (!read_reply(qmp, &reply, error)) {
				return false;
			}
			lab_json_string(reply, text, sizeof(text));
			batch->answer(batch->context, i, text);
		}
	}
	return true;
}

void lab_qmp_drain(struct lab_qmp *qmp, uint64_t until)
{
	char *line;

	while (lab_socket_line(&qmp->socket, until, &line) == LAB_SOCKET_OK) {
		take_event(qmp, line);
	}
}
