/* SPDX-License-Identifier: MIT */
/*
 * trial: what came of the last time that a dump was tried: a record that `lifeboat drill --record`
 * writes, or the one of `kdumpctl test` (kdump-utils, one word and a date).
 */
#include <string.h>

#include "lifeboat/format.h"
#include "machine/reader.h"
#include "machine/text.h"

#define HEADING "lifeboat drill-record 1"
#define VALUE_BYTES_MAX 200

static const char *const outcomes[] = {[LB_TRIED_FAILED] = "lost", [LB_TRIED_SAVED] = "saved",
	[LB_TRIED_WORKED] = "captured"};

/* What crashkernel= may be in a record: no blank, and nothing that ends a line. */
static bool is_value(const char *value)
{
	size_t length = strlen(value);

	return length && length <= VALUE_BYTES_MAX &&
		strspn(value, "0123456789abcdefghijklmnopqrstuvwxyzKMGTPE,:@-") == length;
}

void lb_trial_text(const struct lb_machine_trial *trial, char ret[LB_TRIAL_TEXT_BYTES])
{
	struct lb_text text = lb_text_in(ret, LB_TRIAL_TEXT_BYTES);

	LB_ASSERT(trial->outcome >= LB_TRIED_FAILED && trial->outcome <= LB_TRIED_WORKED);
	lb_format(&text, HEADING "\noutcome %s\n", outcomes[trial->outcome]);
	if (trial->when) {
		lb_format(&text, "when %llu\n", (unsigned long long)trial->when);
	}
	if (trial->initrd_bytes) {
		lb_format(&text, "initrd-bytes %llu\n", (unsigned long long)trial->initrd_bytes);
	}
	if (trial->crashkernel && is_value(trial->crashkernel)) {
		lb_format(&text, "crashkernel %s\n", trial->crashkernel);
	}
}

static bool take_outcome(struct lb_machine_trial *trial, const char *name)
{
	for (enum lb_tried i = LB_TRIED_FAILED; i <= LB_TRIED_WORKED; i++) {
		if (!strcmp(name, outcomes[i])) {
			trial->outcome = i;
			return true;
		}
	}
	return false;
}

static bool take_line(struct machine_reader *reader, const char *line)
{
	struct lb_machine_trial *trial = &reader->machine->trial;
	const char *at = line;

	if (text_skip(&at, "outcome ")) {
		return take_outcome(trial, at);
	}
	if (text_skip(&at, "when ")) {
		return text_decimal(&at, &trial->when) && !*at;
	}
	if (text_skip(&at, "initrd-bytes ")) {
		return text_decimal(&at, &trial->initrd_bytes) && !*at;
	}
	if (text_skip(&at, "crashkernel ")) {
		trial->crashkernel = machine_text(reader, at, strlen(at));
		return is_value(at);
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
					    : "expected a line of docs/drill.md");
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
