/* SPDX-License-Identifier: MIT */
/* The root "/": the running kernel's own log, its name, and the firmware's map read back. */
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>

#include "machine/efi_readback.h"
#include "machine/tree.h"

#define SYSLOG_ACTION_READ_ALL 3
#define SYSLOG_ACTION_SIZE_BUFFER 10

/* The ring buffer, as dmesg reads it. Not allowed: a log file may have been found. */
static void load_log(struct machine_reader *reader)
{
	static const struct machine_file like = {.kind = MACHINE_LOG};
	int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
	char *room;

	if (size <= 0 || (uint64_t)size > LB_MACHINE_FILE_BYTES_MAX) {
		return;
	}
	room = tree_scratch(reader, (size_t)size);
	size = room ? klogctl(SYSLOG_ACTION_READ_ALL, room, size) : 0;
	if (size > 0) {
		tree_add(reader, &like, "dmesg", room, (size_t)size);
	}
}

/* As uname -a prints it, without the host's name. */
static void load_uname(struct machine_reader *reader)
{
	static const struct machine_file like = {.kind = MACHINE_UNAME};
	struct utsname names;
	char text[sizeof(names)];

	if (uname(&names)) {
		return;
	}
	snprintf(text, sizeof(text), "%s (none) %.64s %.65s %.64s", names.sysname, names.release,
		names.version, names.machine);
	tree_add(reader, &like, "uname", text, strlen(text));
}

void tree_load_live(struct machine_reader *reader)
{
	load_log(reader);
	load_uname(reader);
	efi_readback(reader, "/proc/kcore", "/dev/mem");
}
