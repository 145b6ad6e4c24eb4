/* SPDX-License-Identifier: MIT */
/*
 * log_file: a whole log: which boot of it is read, and what other boots of the same machine did.
 * Each of those is read as if it were alone, into a machine that is thrown away.
 */
#include <stdio.h>

#include "machine/log.h"

static bool same_firmware_map(const struct lb_machine *a, const struct lb_machine *b)
{
	bool same = a->e820.log_count && a->e820.log_count == b->e820.log_count;

	for (size_t i = 0; i < a->e820.log_count && same; i++) {
		const struct lb_e820_entry *x = &a->e820.log[i], *y = &b->e820.log[i];

		same = x->type == y->type && x->range.start == y->range.start &&
			x->range.end == y->range.end;
	}
	return same;
}

static void read_other(struct log_reader *log, struct log_piece piece)
{
	struct lb_machine *other = machine_arena_allocate(log->reader->arena, sizeof(*other));
	struct lb_machine_error error;
	struct machine_reader reader = {
		.machine = other, .arena = log->reader->arena, .error = &error};
	struct log_reader other_log = {.reader = &reader, .machine = other, .path = log->path};

	if (!other) {
		machine_no_room(log->reader, log->path, sizeof(*other));
		return;
	}
	*other = (struct lb_machine){.kernel = {.release = "", .banner = ""}};
	log_read_piece(&other_log, piece);
	if (!reader.status && *other->kernel.release && reader.log_cmdline &&
		same_firmware_map(log->machine, other)) {
		MACHINE_APPEND(log->reader, log->machine->other_boots,
			{.release = other->kernel.release, .cmdline = reader.log_cmdline,
				.ramdisk = reader.log_ramdisk, .crash = other->crash.log,
				.crash_count = other->crash.log_count});
	}
}

static void read_other_boots(struct log_reader *log, const struct log_choice *choice)
{
	for (size_t i = 0; i < choice->other_count; i++) {
		read_other(log, choice->others[i]);
	}
}

/* Memory of two boots must not be added up. What else there is may do without the log. */
static void pass_over_mixed(struct log_reader *log, const struct log_mixture *mixed)
{
	static const char why[] =
		"lines of several boots between each other: \"%s\" stands in lines %u and %u, and "
		"nothing between tells where a boot begins; give the log of one boot (journalctl "
		"-k -b, or the lines of the last)";
	char text[256];

	snprintf(text, sizeof(text), why, mixed->phrase, mixed->first_line, mixed->second_line);
	if (log->reader->machine->sources) {
		machine_problem(log->reader, machine_at_line(log->path, mixed->second_line),
			"the log is not read: %s", text);
	} else {
		machine_fail(log->reader, LB_INVALID,
			machine_at_line(log->path, mixed->second_line), "%s", text);
	}
}

void machine_read_log(struct machine_reader *reader, struct machine_file *file)
{
	struct log_reader log = {
		.reader = reader, .machine = reader->machine, .path = file->path};
	struct log_piece whole = {file->data, file->data + file->size};
	struct log_choice choice;

	if (!log_choose_boot(&log, whole, &choice)) {
		pass_over_mixed(&log, &choice.mixed);
		return;
	}
	log_read_piece(&log, choice.boot);
	read_other_boots(&log, &choice);
	if (log.lines) {
		machine_found(reader, LB_SOURCE_LOG);
		reader->log_path = file->path;
	}
	if (reader->machine->efi.map_count && reader->efi_map_from_log) {
		machine_found(reader, LB_SOURCE_EFI_MAP_LOG);
	}
}
