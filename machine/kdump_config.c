/* SPDX-License-Identifier: MIT */
/*
 * kdump_config: what the distribution's kdump service tells the capture kernel. etc/sysconfig/kdump
 * is kdump-utils' (Fedora, RHEL) or SUSE's, etc/default/kdump-tools Debian's and Ubuntu's. Both are
 * read by a shell; here a line is NAME=VALUE, in quotes or without, and nothing is expanded.
 */
#include <string.h>

#include "machine/dump_target.h"
#include "machine/text.h"

/* The value without its quotes; what stands behind them is a comment. */
static const char *value_of(struct machine_reader *reader, const char *at)
{
	size_t length = *at == '"' || *at == '\'' ? strcspn(at + 1, *at == '"' ? "\"" : "'")
						  : strcspn(at, " \t#");

	return machine_text(reader, at + (*at == '"' || *at == '\''), length);
}

static void take_cpus(struct lb_machine_kdump *kdump, const char *value)
{
	uint64_t count;

	kdump->wrapper = LB_KDUMP_SUSE;
	if (text_decimal(&value, &count) && !*value && count <= INT_MAX) {
		kdump->cpus = (int)count;
	}
}

static void take_line(struct machine_reader *reader, const char *line)
{
	struct lb_machine_kdump *kdump = &reader->machine->kdump;
	const char *at = line;

	text_skip_blanks(&at);
	if (text_starts(at, "KDUMP_SAVEDIR=")) {
		kdump->wrapper = LB_KDUMP_SUSE;
		reader->machine->target.path = kdump->path;
		reader->machine->target.filtered = true; /* KDUMP_DUMPLEVEL is 31 */
	}
	if (machine_target_line(reader, at, value_of)) {
		return;
	}
	if (text_skip(&at, "KDUMP_COMMANDLINE_REMOVE=")) {
		kdump->remove = value_of(reader, at);
	} else if (text_skip(&at, "KDUMP_COMMANDLINE_APPEND=") ||
		text_skip(&at, "KDUMP_CMDLINE_APPEND=")) {
		kdump->append = value_of(reader, at);
	} else if (text_skip(&at, "KDUMP_COMMANDLINE=") || text_skip(&at, "KDUMP_CMDLINE=")) {
		kdump->cmdline = value_of(reader, at);
	} else if (text_skip(&at, "KDUMP_CPUS=")) {
		take_cpus(kdump, value_of(reader, at));
	} else if (text_skip(&at, "KEXEC_ARGS=") || text_skip(&at, "KDUMP_KEXEC_ARGS=")) {
		kdump->kexec = value_of(reader, at);
	} else if (text_skip(&at, "KDUMP_KERNELVER=")) {
		kdump->release = value_of(reader, at);
	} else if (text_skip(&at, "USE_KDUMP=")) {
		kdump->off = !strcmp(value_of(reader, at), "0");
	}
}

void machine_read_kdump_config(struct machine_reader *reader, struct machine_file *file)
{
	char *at = file->data;
	char *line;

	reader->machine->kdump = (struct lb_machine_kdump){
		.wrapper = file->kind == MACHINE_KDUMP_TOOLS ? LB_KDUMP_DEBIAN : LB_KDUMP_UTILS,
		.cpus = -1,
		.path = file->path,
	};
	if (file->kind == MACHINE_KDUMP_TOOLS) {
		machine_target_default(reader, file->path);
	}
	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		take_line(reader, line);
	}
}
