/* SPDX-License-Identifier: MIT */
/* machine_recorder: see machine_recorder.h. */
#include "lab/machine_recorder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/base64.h"
#include "lab/linux_initrd.h"
#include "lab/qemu_machine.h"
#include "lab/qmp.h"
#include "lab/recording_lines.h"
#include "lab/qemu_socket.h"
#include "lifeboat/crc32c.h"

struct session {
	const struct lab_recorder_spec *spec;
	struct lab_qemu qemu;
	struct lab_socket console;
	struct lab_qmp qmp;
	char cmdline[2048];
	char initrd[64];
	const char *arguments[24];
	uint8_t *archive; /* LAB_RECORDING_BYTES_MAX */
	size_t used;
	bool done;
	struct lab_error *error;
};

static void fill_arguments(struct session *session, const struct lab_qemu_machine *machine)
{
	const struct lab_recorder_spec *spec = session->spec;
	size_t count = 0;

	session->arguments[count++] = "-cpu";
	session->arguments[count++] = machine->cpu;
	count += lab_qemu_machine_exit(machine, &session->arguments[count]);
	if (spec->firmware) {
		session->arguments[count++] = "-bios";
		session->arguments[count++] = spec->firmware;
	}
	session->arguments[count++] = "-kernel";
	session->arguments[count++] = spec->kernel;
	session->arguments[count++] = "-initrd";
	session->arguments[count++] = session->initrd;
	session->arguments[count++] = "-append";
	session->arguments[count++] = session->cmdline;
	session->arguments[count] = NULL;
}

static bool start(struct session *session)
{
	const struct lab_recorder_spec *spec = session->spec;
	const struct lab_qemu_machine *machine = lab_qemu_machine_of(spec->arch);
	struct lab_linux_initrd initrd = {.arch = spec->arch, .images = spec->images};
	int descriptor = lab_linux_initrd_make(&initrd, session->error);
	struct lab_qemu_spec qemu = {.program = machine->program, .package = machine->package,
		.machine = spec->machine ? spec->machine : machine->machine, .accelerator = "tcg",
		.memory_bytes = spec->memory_bytes, .cpus = spec->cpus,
		.arguments = session->arguments, .inherited = {descriptor, -1}};
	bool started;

	if (descriptor < 0) {
		return false;
	}
	snprintf(session->initrd, sizeof(session->initrd), "/proc/self/fd/%d", descriptor);
	snprintf(session->cmdline, sizeof(session->cmdline), "%s rdinit=" LAB_LINUX_INIT,
		spec->cmdline);
	fill_arguments(session, machine);
	started = lab_qemu_start(&qemu, &session->qemu, session->error);
	close(descriptor);
	if (!started) {
		return false;
	}
	lab_socket_init(&session->console, session->qemu.serial);
	return lab_qmp_open(&session->qmp, session->qemu.monitor, session->error) &&
		lab_qmp_command(&session->qmp, "cont", session->error);
}

/* "end BYTES CRC32C" */
static bool take_end(struct session *session, const char *text)
{
	uint64_t bytes;
	uint32_t crc;

	if (sscanf(text, "%" SCNu64 " %" SCNx32, &bytes, &crc) != 2 || bytes != session->used ||
		crc != lb_crc32c(0, session->archive, session->used)) {
		lab_fail(session->error, "the recording was damaged on its way: %zu bytes, %s",
			session->used, text);
		return false;
	}
	session->done = true;
	return true;
}

static bool take_line(struct session *session, const char *line)
{
	if (strncmp(line, LAB_RECORDING_LINE, strlen(LAB_RECORDING_LINE))) {
		if (session->spec->line) {
			session->spec->line(session->spec->context, line);
		}
		return true;
	}
	line += strlen(LAB_RECORDING_LINE);
	if (!strncmp(line, LAB_RECORDING_END, strlen(LAB_RECORDING_END))) {
		return take_end(session, line + strlen(LAB_RECORDING_END));
	}
	if (strcmp(line, LAB_RECORDING_BEGIN) &&
		!lab_base64_decode(
			line, session->archive, LAB_RECORDING_BYTES_MAX, &session->used)) {
		lab_fail(session->error, "the recording was damaged on its way: %.60s", line);
		return false;
	}
	return true;
}

static bool listen_to(struct session *session, bool *ret_hangs)
{
	uint64_t until = lab_now() + session->spec->timeout_ms;
	char *line;

	while (!session->done) {
		enum lab_socket_state state = lab_socket_line(&session->console, until, &line);

		if (state == LAB_SOCKET_LATE) {
			*ret_hangs = true;
			lab_fail(session->error, "no recording within %u s",
				session->spec->timeout_ms / 1000);
			return false;
		}
		if (state == LAB_SOCKET_CLOSED) {
			lab_fail(session->error, "the machine ended without a recording");
			return false;
		}
		if (!take_line(session, line)) {
			return false;
		}
	}
	return true;
}

bool lab_record_machine(const struct lab_recorder_spec *spec, struct lab_recording *ret,
	bool *ret_hangs, struct lab_error *error)
{
	struct session *session = calloc(1, sizeof(*session));
	bool recorded;

	*ret = (struct lab_recording){0};
	*ret_hangs = false;
	if (session) {
		session->archive = malloc(LAB_RECORDING_BYTES_MAX);
	}
	if (!session || !session->archive) {
		free(session);
		lab_fail(error, "out of memory");
		return false;
	}
	session->spec = spec;
	session->error = error;
	session->qemu = (struct lab_qemu){
		.serial = -1, .monitor = -1, .debugger = -1, .memory = -1, .messages = -1};
	recorded = start(session) && listen_to(session, ret_hangs) &&
		lab_recording_unpack(session->archive, session->used, ret, error);
	lab_qemu_end(&session->qemu);
	free(session->archive);
	free(session);
	return recorded;
}
