/* SPDX-License-Identifier: MIT */
/*
 * trial: what came of the last time that a dump was tried: a record that `lifeboat drill --record`
 * writes, or the one of `kdumpctl test` (kdump-utils, one word and a date).
 */
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

#define HEADING "lifeboat drill-record 1"
#define VALUE_BYTES_MAX 200

static bool take_line(struct machine_reader *reader, const char *line)
{
	struct lb_machine_trial *trial = &reader->machine->trial;
	const char *at = line;

	if (text_skip(&at, "outcome ")) {
		trial->outcome = !strcmp(at, "captured") ? LB_TRIED_WORKED : LB_TRIED_FAILED;
		return !strcmp(at, "captured") || !strcmp(at, "saved") || !strcmp(at, "lost");
	}
	if (text_skip(&at, "when ")) {
		return text_decimal(&at, &trial->when) && !*at;
	}
	if (text_skip(&at, "initrd-bytes ")) {
		return text_decimal(&at, &trial->initrd_bytes) && !*at;
	}
	if (text_skip(&at, "crashkernel ")) {
		size_t length = strlen(at);

		trial->crashkernel = machine_text(reader, at, length);
		return length && length <= VALUE_BYTES_MAX &&
			strspn(at, "0123456789abcdefghijklmnopqrstuvwxyzKMGTPE,:@-") == length;
	}
	return false;
}

void machine_read_trial(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_trial *trial = &reader->machine->trial;
	unsigned int number = 0;
	char *at = file->data;
	char *line;

	*trial = (struct lb_machine_trial){.path = file->path};
	while (reader->status == LB_OK && text_next_line(&at, file->data + file->size, &line)) {
		number++;
		if (number == 1 ? strcmp(line, HEADING) != 0 : !take_line(reader, line)) {
			machine_fail(reader, LB_INVALID, machine_at_line(file->path, number),
				number == 1 ? "expected \"" HEADING "\""
					    : "expected a line of docs/findings.md, drill");
		}
	}
	if (trial->outcome == LB_TRIED_UNKNOWN) {
		machine_fail(reader, LB_INVALID, machine_at_line(file->path, 0),
			"expected a line \"outcome\"");
	}
}

bool machine_trial_status(const char *line, struct lb_machine_trial *ret)
{
	struct lb_machine_trial trial = {0};
	const char *at = line;

	if (text_skip(&at, "success")) {
		trial.outcome = LB_TRIED_WORKED;
	} else if (text_skip(&at, "fail")) {
		trial.outcome = LB_TRIED_FAILED;
	} else {
		return false;
	}
	text_skip_blanks(&at);
	if (!text_decimal(&at, &trial.when)) {
		trial.when = 0;
	}
	*ret = trial;
	return true;
}

/* A word that is not known is no record. */
void machine_read_trial_status(struct machine_reader *reader, struct machine_file *file)
{
	struct lb_machine_trial *trial = &reader->machine->trial;
	char *at = file->data;
	char *line;

	if (text_next_line(&at, file->data + file->size, &line) &&
		machine_trial_status(line, trial)) {
		trial->path = file->path;
	}
}
