/* SPDX-License-Identifier: MIT */
/* packages: which makedumpfile is installed. */
#include <string.h>

#include "machine/reader.h"
#include "machine/text.h"

bool machine_makedumpfile_version(
	const char *text, const char *path, struct lb_machine_makedumpfile *ret)
{
	int numbers[3] = {0};
	const char *at = text;

	for (size_t i = 0; i < LB_ARRAY_COUNT(numbers); i++) {
		if (!text_int(&at, &numbers[i]) || numbers[i] > 255) {
			return false;
		}
		if (i + 1 < LB_ARRAY_COUNT(numbers) && !text_skip(&at, ".")) {
			return false;
		}
	}
	*ret = (struct lb_machine_makedumpfile){(unsigned int)numbers[0], (unsigned int)numbers[1],
		(unsigned int)numbers[2], path};
	return true;
}

/* "makedumpfile-1.7.5-1.fc41.x86_64   Fri 01 Nov 2024 ..." */
void machine_read_rpms(struct machine_reader *reader, struct machine_file *file)
{
	char *at = file->data;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		const char *version = line;

		if (text_skip(&version, "makedumpfile-") &&
			machine_makedumpfile_version(
				version, file->path, &reader->machine->makedumpfile)) {
			return;
		}
	}
}

/* "ii  makedumpfile  1:1.7.2-1  amd64  VMcore extraction tool" */
void machine_read_dpkg(struct machine_reader *reader, struct machine_file *file)
{
	char *at = file->data;
	char *line;

	while (text_next_line(&at, file->data + file->size, &line)) {
		const char *version = line;

		if (!text_skip(&version, "ii ")) {
			continue;
		}
		text_skip_blanks(&version);
		if (!text_skip(&version, "makedumpfile ")) {
			continue;
		}
		text_skip_blanks(&version);
		if (strchr(version, ':') && strcspn(version, ":") < strcspn(version, " ")) {
			version += strcspn(version, ":") + 1; /* the epoch */
		}
		machine_makedumpfile_version(
			version, file->path, &reader->machine->makedumpfile);
		return;
	}
}
