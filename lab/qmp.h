/* SPDX-License-Identifier: MIT */
/*
 * qmp: QEMU's machine protocol (QEMU 7.2, docs/interop/qmp-spec.txt), and through it the monitor
 * for people, which is where the page tables can be asked about.
 */
#ifndef LIFEBOAT_LAB_QMP_H
#define LIFEBOAT_LAB_QMP_H

#include "lab/qemu.h"
#include "lab/qemu_socket.h"

#define LAB_QMP_ANSWER_BYTES LAB_LINE_BYTES

struct lab_qmp {
	struct lab_socket socket;
	char shutdown_reason[32]; /* of the SHUTDOWN event: "guest-reset", ...; "": none seen */
	bool stopped;             /* the last of STOP and RESUME was STOP */
};

/* Takes the greeting and switches to command mode. qmp is large: not for the stack. */
bool lab_qmp_open(struct lab_qmp *qmp, int descriptor, struct lab_error *error);

/* A command without arguments ("cont", "stop", "quit", "inject-nmi", "system_reset"). */
bool lab_qmp_command(struct lab_qmp *qmp, const char *command, struct lab_error *error);

/* The same with arguments, as the text of a JSON object. */
bool lab_qmp_command_with(struct lab_qmp *qmp, const char *command, const char *arguments,
	struct lab_error *error);

/* A line for the monitor, and its answer, cut to fit. The line holds no quotes or backslashes. */
bool lab_qmp_human(struct lab_qmp *qmp, const char *line, char *answer, size_t bytes,
	struct lab_error *error);

/*
 * count lines at once, which is many times faster than one after the other. line(context, i,
 * buffer) writes the i-th, answer(context, i, text) gets what came back.
 */
struct lab_qmp_batch {
	void (*line)(void *context, size_t index, char buffer[128]);
	void (*answer)(void *context, size_t index, const char *text);
	void *context;
};
bool lab_qmp_human_batch(struct lab_qmp *qmp, const struct lab_qmp_batch *batch, size_t count,
	struct lab_error *error);

/* Reads what events there are, until QEMU closes the line or until (lab_now()). */
void lab_qmp_drain(struct lab_qmp *qmp, uint64_t until);

#endif
